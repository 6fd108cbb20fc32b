#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/world/agents.hpp>
#include <neurograft/world/touched.hpp>

namespace neurograft {

/// Names one cause of change.
struct CauseHandle {
  std::uint32_t index = 0;  ///< place in Hazards::causes
};

/// How an agent's HLA-I expression e in [0, 1] scales a cause.
enum class Susceptibility : std::uint8_t {
  uniform,       ///< 1
  hla1,          ///< e: T cells see the target through it
  missing_hla1,  ///< 1 - e: natural killer cells attack what lacks it
};

/// Hazards that processes lay on donor cells, each a rate integrated over the time since the last
/// draw (a pure number). They add up; `lifecycle` makes one draw on the sum and one for the cause,
/// then clears them. Processes may therefore run with different periods.
class NEUROGRAFT_API Hazards {
 public:
  /// Something that takes donor cells, and the hazard it has laid on them since the last draw.
  struct Cause {
    std::string name;             ///< as in the output, e.g. "ctl"
    bool deadly = true;           ///< false: a conversion, as attaching to the wall
    State becomes = State::dead;  ///< the state after it
    Susceptibility susceptibility = Susceptibility::uniform;  ///< factor of each cell
    std::array<double, state_count> by_state{};  ///< integrated hazard of all cells in a state
    std::vector<double> by_voxel;  ///< the same per parenchyma voxel; empty until first asked for
    Touched touched;               ///< where `by_voxel` may not be zero
    std::uint64_t taken = 0;       ///< cells this cause has taken so far
  };

  /// Without causes, for this many parenchyma voxels.
  explicit Hazards(std::size_t voxels = 0) : voxels_(voxels) {}

  /// Declares a cause, or returns the one of that name. Throws Error if one of the same name
  /// differs in kind.
  CauseHandle declare(std::string name, Susceptibility susceptibility = Susceptibility::uniform,
                      State becomes = State::dead);

  /// Adds to the hazard of all donor cells in a state.
  void add(CauseHandle cause, State state, double integrated) {
    causes_[cause.index].by_state[static_cast<std::size_t>(state)] += integrated;
  }

  /// The hazard per parenchyma voxel, for cells in tissue, to be added to by its owner.
  std::span<double> by_voxel(CauseHandle cause);

  /// Makes room for the hazards of a cause by voxel; `add` may then be called from several threads,
  /// each for voxels of its own. For causes that act in few voxels: clearing costs by voxels used.
  void prepare(CauseHandle cause);
  /// Adds to the hazard of donor cells in the tissue of a voxel. Only after `prepare`.
  void add(CauseHandle cause, VoxelIndex voxel, double integrated) {
    Cause& its = causes_[cause.index];
    its.by_voxel[voxel] += integrated;
    its.touched.mark(voxel);
  }

  void clear();  ///< all hazards to 0; causes and what they have taken stay

  ///@{
  /// In order of declaration.
  std::vector<Cause>& causes() noexcept { return causes_; }
  const std::vector<Cause>& causes() const noexcept { return causes_; }
  ///@}

 private:
  std::size_t voxels_;
  std::vector<Cause> causes_;
};

}  // namespace neurograft
