#include <algorithm>

#include <neurograft/core/math.hpp>
#include <neurograft/model/hazard_bound.hpp>

namespace neurograft {
namespace {

// The least whole number of units above a hazard: at least 1, so that trials come and slight
// hazards count exactly.
std::uint32_t units_above(double hazard) {
  constexpr double most = 1e9;
  const double units = hazard / hazard_unit;
  // Of what is negative or no number, which only a fault can bring, as of the most.
  return 1 + static_cast<std::uint32_t>(units >= 0.0 && units < most ? units : most);
}

// Rate of all that may happen to a cell in a state of its own accord [1/d], where all speaks for
// it. Early death apart.
double highest_rate(const LifecycleParameters& p, State state) {
  switch (state) {
    case State::active:
      return p.baseline_death_per_d + p.rest_per_d + p.commit_per_d + p.division_per_d();
    case State::quiescent:
      return p.baseline_death_per_d + p.wake_per_d;
    case State::opc_like:
      return p.baseline_death_per_d + p.differentiation_per_d;
    case State::premyelinating:
      return p.baseline_death_per_d + p.maturation_per_d + p.unmatched_death_per_d;
    default:
      return p.baseline_death_per_d;
  }
}

}  // namespace

std::uint16_t draw_hazard_left(std::uint32_t word) {
  // 32 bits reach to 23 / hazard_unit, which 16 bits hold.
  const double exposure = -math::log((word + 0.5) * 0x1p-32);
  return static_cast<std::uint16_t>(1 + static_cast<std::uint32_t>(exposure / hazard_unit));
}

HazardBound::HazardBound(const World& world, const DonorDensities& densities,
                         std::span<const LifecycleParameters> products,
                         std::span<const double> youngest, double dt_d)
    : world_(world), densities_(densities) {
  for (std::size_t product = 0; product < products.size(); ++product) {
    const LifecycleParameters& p = products[product];
    const double per_mm3 = youngest[product] / p.early_density_per_mm3;
    early_per_mm3_ = std::max(early_per_mm3_, per_mm3);
    early_per_mm2_ = std::max(early_per_mm2_, per_mm3 / p.wall_layer_mm);
  }
  for (std::size_t index = 0; index < state_count; ++index) {
    const auto state = static_cast<State>(index);
    if (state != State::suspended && !is_in_tissue(state)) continue;
    double hazard = 0.0;
    for (std::size_t product = 0; is_in_tissue(state) && product < products.size(); ++product) {
      hazard = std::max(hazard, youngest[product] + highest_rate(products[product], state) * dt_d);
    }
    for (const Hazards::Cause& cause : world.hazards().causes()) hazard += cause.by_state[index];
    units_of_state_[index] = units_above(hazard);
  }
  for (const Hazards::Cause& cause : world.hazards().causes()) {
    if (cause.touched.any()) laid_by_voxel_.push_back(cause.by_voxel.data());
  }
}

std::uint32_t HazardBound::of_voxel(VoxelIndex voxel) const {
  const DonorDensity density = densities_.at(world_, voxel);
  double hazard =
      early_per_mm2_ * density.attached_per_mm2 + early_per_mm3_ * density.tissue_per_mm3;
  for (const double* laid : laid_by_voxel_) hazard += laid[voxel];
  return units_above(hazard);
}

}  // namespace neurograft
