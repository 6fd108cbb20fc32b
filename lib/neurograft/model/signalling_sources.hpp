#pragma once

#include <neurograft/model/signalling.hpp>

namespace neurograft {

/// What cells release in one step; see signalling.hpp for the law.
class SignallingSources {
 public:
  SignallingSources(const Signalling& process, const World& world, const StepContext& context);

  /// Source of the field named `name` with decay `k` [1/d] per voxel [1/d]; donor cells add
  /// `donor_production` [mm3/(cell d)] each.
  void fill(std::string_view name, double k, double donor_production, std::span<double> out) const;

 private:
  double regulatory(std::size_t v) const;
  double inflammatory(std::size_t v) const;
  double trophic(std::size_t v) const;
  double chemoattractant(std::size_t v) const;
  double antigen(std::size_t v) const;
  double donor_per_mm3(std::size_t v) const;
  double deaths_per_mm3_per_d(std::size_t v) const;

  template <class Law>
  void set(std::span<double> out, const Law& law) const;

  const Signalling& process_;
  const SignallingParameters& parameters_;
  const World& world_;
  Threads threads_;
  double per_mm3_;
  double per_mm3_per_d_;
  std::span<const double> g1_, g2_, kind_, deaths_, seen_;
  std::span<const std::uint32_t> attached_, in_tissue_, cd8_, cd4_, treg_;
};

}  // namespace neurograft
