#pragma once

#include <vector>

#include <neurograft/model/csf_trophic.hpp>

/// Hypothesis: factors that live donor cells release into CSF are carried deep into the brain along
/// the spaces around vessels.
///
///     contribution = share x level x (vessel density / its mean over the brain)
///
/// with the CSF level of csf_trophic.hpp, kept by this process for itself so that either hypothesis
/// runs without the other. Without a map `vessel_density` the contribution is uniform. It stands in
/// the tissue array `trophic_perivascular` [1] and adds to the field T where `tissue` reads it.
///
/// Assumed: the share is the same at all depths; transport is fast against CSF turnover.
namespace neurograft {

struct PerivascularTrophicParameters : CsfLevelParameters {
  double share;
};

const Section<PerivascularTrophicParameters>& perivascular_trophic_section();

class PerivascularTrophic final : public Process {
 public:
  explicit PerivascularTrophic(const PerivascularTrophicParameters& parameters)
      : parameters_(parameters) {}

  std::string_view name() const noexcept override { return "perivascular_trophic"; }
  void bind(World& world, ReadoutTable& readouts) override;
  void step(World& world, const StepContext& context) override;

 private:
  PerivascularTrophicParameters parameters_;
  ArrayHandle level_, contribution_, vessels_;
  double mean_vessels_ = 0.0;  ///< 0: no map, uniform
};

}  // namespace neurograft
