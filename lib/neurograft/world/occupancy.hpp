#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/parallel.hpp>
#include <neurograft/world/agents.hpp>
#include <neurograft/world/touched.hpp>

namespace neurograft {

/// Who is counted apart in each parenchyma voxel.
enum class Crowd : std::uint8_t {
  donor_attached,  ///< on the wall
  donor_tissue,    ///< in tissue, away from the wall sheet
  cd8,             ///< searching, engaged or resident
  cd4,             ///< likewise
  treg,            ///< likewise
  nk,              ///< likewise
};
inline constexpr std::size_t crowd_count = 6;  ///< for arrays over crowds

/// The crowd an agent counts in, or `crowd_count` for none (dead, suspended, attaching, exhausted).
constexpr std::size_t crowd_of(Kind kind, State state) noexcept {
  if (kind == Kind::donor) {
    if (state == State::attached) return static_cast<std::size_t>(Crowd::donor_attached);
    return is_in_tissue(state) ? static_cast<std::size_t>(Crowd::donor_tissue) : crowd_count;
  }
  if (state != State::searching && state != State::engaged && state != State::resident) {
    return crowd_count;
  }
  return static_cast<std::size_t>(Crowd::cd8) + static_cast<std::size_t>(kind) -
         static_cast<std::size_t>(Kind::cd8);
}

/// Cells per parenchyma voxel, taken once at the start of a step and read by all its processes.
/// Derived from the agents: not part of a checkpoint.
class NEUROGRAFT_API Occupancy {
 public:
  explicit Occupancy(std::size_t voxels = 0);  ///< that many parenchyma voxels, all empty

  /// Counts anew.
  void update(const Agents& agents, Threads threads);

  /// Of one crowd, per parenchyma voxel [cell].
  std::span<const std::uint32_t> of(Crowd crowd) const noexcept {
    return counts_[static_cast<std::size_t>(crowd)];
  }
  /// Slots that were not dead at the last update.
  std::size_t living() const noexcept { return living_; }

  /// Donor cells in a parenchyma voxel, wall and tissue.
  std::uint32_t donor(VoxelIndex voxel) const noexcept {
    return of(Crowd::donor_attached)[voxel] + of(Crowd::donor_tissue)[voxel];
  }

 private:
  std::array<std::vector<std::uint32_t>, crowd_count> counts_;
  std::array<Touched, crowd_count> touched_;
  std::size_t living_ = 0;
};

}  // namespace neurograft
