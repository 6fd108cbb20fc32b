#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/model/state.hpp>

/// What a donor cell shows to T and NK cells. HLA-I and HLA-II expression e of each cell on the
/// wall or in tissue relaxes to a target set by the inflammatory field I of its voxel,
///
///     de/dt = r (e*(I) - e),   e*(I) = e_rest + (e_max - e_rest) I / (I + I_half),
///
/// over a step by the exact factor 1 - exp(-r dt). Cells are grafted with a low expression
/// (a setting of the graft) and keep it while suspended in CSF. How many loci differ from the
/// host's is not the cell's affair: it scales the precursor pool in `periphery`.
///
/// Expression is kept in 16-bit fixed point. A step is rounded to the nearest unit, but to one unit
/// where that would be none, so that a cell comes to within one unit (1.5e-5) of its target
/// whatever the step; the error on the way is below 1 / (2 (1 - exp(-r dt))) units.
///
/// Assumed: I alone acts; no memory, no difference between cell types, no loss variants.
namespace neurograft {

struct AntigenicityParameters {
  double hla1_resting;
  double hla1_max;
  double hla1_inflammation_half;
  double hla1_rate_per_d;
  double hla2_resting;
  double hla2_max;
  double hla2_inflammation_half;
  double hla2_rate_per_d;
};

const Section<AntigenicityParameters>& antigenicity_section();

/// An expression in [0, 1] in the fixed point of `Agents::hla1`.
inline std::uint16_t hla_fixed_point(double expression) noexcept {
  const double units = std::clamp(expression, 0.0, 1.0) * double{hla_scale};
  return static_cast<std::uint16_t>(std::floor(units + 0.5));
}

/// One step of the relaxation in fixed point; `target` in units, `approach` = 1 - exp(-r dt).
inline std::uint16_t relaxed_hla(std::uint16_t now, float target, float approach) noexcept {
  const float gap = target - static_cast<float>(now);
  float step = std::floor(gap * approach + 0.5F);
  if (step == 0.0F && gap >= 1.0F) step = 1.0F;
  if (step == 0.0F && gap <= -1.0F) step = -1.0F;
  return static_cast<std::uint16_t>(static_cast<float>(now) + step);
}

class Antigenicity final : public Process {
 public:
  explicit Antigenicity(const AntigenicityParameters& parameters) : parameters_(parameters) {}

  std::string_view name() const noexcept override { return "antigenicity"; }
  void bind(World& world, ReadoutTable& readouts) override;
  void step(World& world, const StepContext& context) override;

 private:
  AntigenicityParameters parameters_;
  FieldState fields_;
};

}  // namespace neurograft
