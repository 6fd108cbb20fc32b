#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/model/donor_density.hpp>
#include <neurograft/model/lifecycle.hpp>
#include <neurograft/world/world.hpp>

/// The trials of `Lifecycle`: when they come, and by what they are counted down.
namespace neurograft {

/// Units of `hazard_unit` until the next trial, from one uniform word: so drawn that n of them pass
/// without one with chance exp(-n hazard_unit). At least 1.
std::uint16_t draw_hazard_left(std::uint32_t word);

/// What the hazard of no donor cell exceeds in a step, in whole units of `hazard_unit`: a part of
/// its state and a part of its voxel. A function of what a checkpoint holds alone, since it decides
/// when trials come.
class HazardBound {
 public:
  /// `youngest`, by product: early death over the step of a lone cell of the last graft.
  HazardBound(const World& world, const DonorDensities& densities,
              std::span<const LifecycleParameters> products, std::span<const double> youngest,
              double dt_d);

  /// 0: cells in this state have no trials.
  std::uint32_t of_state(State state) const noexcept {
    return units_of_state_[static_cast<std::size_t>(state)];
  }
  std::uint32_t of_voxel(VoxelIndex voxel) const;

 private:
  const World& world_;
  const DonorDensities& densities_;
  std::array<std::uint32_t, state_count> units_of_state_{};
  double early_per_mm2_ = 0.0;  // rise of early death with cells on the wall [mm2/cell]
  double early_per_mm3_ = 0.0;  // and with cells in tissue [mm3/cell]
  std::vector<const double*> laid_by_voxel_;  // of the causes that have laid anything
};

}  // namespace neurograft
