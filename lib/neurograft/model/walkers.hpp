#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include <neurograft/core/random.hpp>
#include <neurograft/world/agents.hpp>
#include <neurograft/world/grid.hpp>

namespace neurograft {

/// Coefficients of the exact step of a persistent walk; see `Migration`.
struct PersistentWalk {
  double scale = 0.0;        ///< s = sqrt(D tau) [mm]
  double carry = 0.0;        ///< 1 - E: displacement per heading, in s
  double spread = 0.0;       ///< s.d. of X
  double keep = 0.0;         ///< E
  double heading_x = 0.0;    ///< part of V along X's normal
  double heading_own = 0.0;  ///< part of V along its own normal

  /// For a diffusivity [mm2/d], a persistence and a step [d]. `persistence_d` > 0.
  static PersistentWalk make(double diffusivity, double persistence_d, double dt_d);
};

/// What a walk depends on besides the cell itself, the same for all donor cells of a voxel.
struct LocalMotion {
  float scale = 1.0F;                            ///< of displacements: sqrt of the factor on D
  float across = 1.0F;                           ///< of displacements across the fibre
  std::array<float, 3> fibre{0.0F, 0.0F, 0.0F};  ///< unit, or zero where it is not known
  std::array<float, 3> drift{0.0F, 0.0F, 0.0F};  ///< [mm] over the step
};

/// Walkers of one kind that take their step side by side, in single precision, as positions are
/// kept. Each takes to the bit the step that it would take alone.
class Walkers {
 public:
  static constexpr std::size_t lanes = stream_lanes;

  /// `scale_at` gives the scale of displacements of any voxel, where that differs between voxels. A
  /// move goes on in each voxel by that one's scale, and one into slower surroundings is made in
  /// the ratio of the two scales, else the cell stays and turns back: exact detailed balance with a
  /// uniform population (cells that only went slower would gather wherever they are slow).
  Walkers(Agents& agents, const Grid& grid, const PersistentWalk& walk, const Stream& stream,
          std::function<float(VoxelIndex)> scale_at = {});

  /// Adds the agent of a slot, in ascending order of slots; `pace` multiplies its displacements.
  /// `local` is that of its voxel. When all lanes are taken they step.
  void add(std::size_t slot, float pace, VoxelIndex voxel, const LocalMotion& local) {
    if (voxel != local_of_) {
      spread_from(count_, local);
      local_of_ = voxel;
    }
    slot_[count_] = slot;
    pace_[count_] = pace;
    if (++count_ == lanes) finish();
  }

  /// Lets those step that have not yet.
  void finish();

 private:
  template <class T>
  using Lanes = std::array<T, lanes>;
  using LanesByAxis = std::array<Lanes<float>, 3>;

  struct Coefficients {
    float carry, spread, keep, heading_x, heading_own;  // the first two in mm
  };

  static void step_axis(const Coefficients& c, const float* heading, const float* x, const float* v,
                        float* move, std::int32_t* packed);
  void spread_from(std::size_t lane, const LocalMotion& local);
  template <class SlotOf>
  void load(SlotOf slot_of);
  void draw();
  void turn_and_drift();
  void arrive();
  void store_row(std::size_t first);
  VoxelIndex follow(std::size_t lane);
  void settle(std::size_t lane);

  Agents& agents_;
  const Grid& grid_;
  Stream stream_;
  std::function<float(VoxelIndex)> scale_at_;
  Coefficients coefficients_;
  std::array<float, 3> inverse_spacing_{};
  float inverse_finest_ = 0.0F;

  std::size_t count_ = 0;
  VoxelIndex local_of_ = no_voxel;  // the voxel whose motion stands in the lanes from count_ on
  Lanes<std::size_t> slot_{};
  LaneWords id_{};
  Lanes<float> pace_{}, scale_{}, across_{};
  LanesByAxis fibre_{}, drift_{}, heading_{}, move_{}, from_{}, to_{};
  std::array<Lanes<std::int32_t>, 3> packed_{};  // new headings in fixed point
  Lanes<float> longest_{};                       // component of the move over the finest spacing
  Lanes<std::int32_t> leaves_{};                 // not 0: ends in another voxel
};

}  // namespace neurograft
