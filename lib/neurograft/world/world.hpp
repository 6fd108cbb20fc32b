#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/ids.hpp>
#include <neurograft/core/parallel.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/world/agents.hpp>
#include <neurograft/world/arrays.hpp>
#include <neurograft/world/grid.hpp>
#include <neurograft/world/hazards.hpp>
#include <neurograft/world/occupancy.hpp>
#include <neurograft/world/wall.hpp>

namespace neurograft {

/// Simulated time. Public times are days from the first injection day, 0.
struct NEUROGRAFT_API Clock {
  double start_d = 0.0;  ///< day of tick 0
  double step_h = 1.0;   ///< one tick [h]; divides 24

  /// At which `tick` starts [d].
  double day(Tick tick) const noexcept {
    return start_d + static_cast<double>(tick) * step_h / 24.0;
  }
  double step_d() const noexcept { return step_h / 24.0; }  ///< one tick [d]
  /// The tick of a day. Throws InputError, naming `what`, unless it is a whole number of ticks.
  Tick tick_of(double day, const std::string& what) const;
  /// A duration in ticks, at least 1. Throws InputError unless it is a whole number of them.
  Tick ticks_in(double hours, const std::string& what) const;
};

/// An agent to be made at the next commit, where it gets its id.
struct Newborn {
  std::uint32_t process = 0;             ///< order of the process that made it
  std::uint32_t key = 0;                 ///< id of the parent, or the voxel of entry
  std::uint32_t ordinal = 0;             ///< counts within one key
  std::uint32_t parent_slot = no_agent;  ///< columns are copied from there; `no_agent`: none
  ///@{
  /// Goes to the column of this name in Agents, in its unit, over what comes from the parent.
  float x = 0, y = 0, z = 0;
  VoxelIndex voxel = 0;
  Kind kind = Kind::donor;
  State state = State::active;
  std::uint8_t product = 0;
  std::uint8_t divisions = 0;
  std::uint16_t hla1 = 0;
  std::uint16_t hla2 = 0;
  ///@}
};

/// Something that happened at a moment: for the file's `/events` and the report.
struct LoggedEvent {
  double day = 0.0;     ///< [d]
  std::string kind;     ///< "injection", "drug", "lesion", "insult", "signalling"
  std::string what;     ///< one line
  double amount = 0.0;  ///< in `unit`
  std::string unit;     ///< "cell", "mg", "mm3"
};

/// All state of a simulation. Copyable; a copy goes on exactly as the original would.
class NEUROGRAFT_API World {
 public:
  World() = default;
  /// At tick 0, without agents or arrays; finds the wall.
  World(Grid grid, Clock clock, std::uint64_t seed);

  const Grid& grid() const noexcept { return grid_; }     ///< voxels
  const Wall& wall() const noexcept { return wall_; }     ///< between ventricles and tissue
  const Clock& clock() const noexcept { return clock_; }  ///< from ticks to days
  std::uint64_t seed() const noexcept { return seed_; }   ///< of all random draws

  Tick tick() const noexcept { return tick_; }               ///< the present one
  void set_tick(Tick tick) noexcept { tick_ = tick; }        ///< for Simulation and checkpoints
  double day() const noexcept { return clock_.day(tick_); }  ///< at which it starts [d]

  ///@{
  /// Fixed maps over parenchyma voxels: wall distance, vessel density, fibre direction, tract.
  /// Made when the world is built, never changed, so not in a checkpoint.
  NamedArrays& maps() noexcept { return maps_; }
  const NamedArrays& maps() const noexcept { return maps_; }
  ///@}

  ///@{
  /// Resident tissue over parenchyma voxels.
  NamedArrays& tissue() noexcept { return tissue_; }
  const NamedArrays& tissue() const noexcept { return tissue_; }
  ///@}

  ///@{
  /// Diffusing substances over parenchyma voxels.
  NamedArrays& fields() noexcept { return fields_; }
  const NamedArrays& fields() const noexcept { return fields_; }
  ///@}

  ///@{
  /// Systemic state of any length: drug amounts, nodes, delay chains, ledgers.
  NamedArrays& compartments() noexcept { return compartments_; }
  const NamedArrays& compartments() const noexcept { return compartments_; }
  ///@}

  ///@{
  /// All mobile cells: the graft and the immune cells in brain.
  Agents& agents() noexcept { return agents_; }
  const Agents& agents() const noexcept { return agents_; }
  ///@}
  ///@{
  /// Hazards laid on donor cells since the last draw.
  Hazards& hazards() noexcept { return hazards_; }
  const Hazards& hazards() const noexcept { return hazards_; }
  ///@}
  /// Cells per voxel as of the last `commit` or `refresh`.
  const Occupancy& occupancy() const noexcept { return occupancy_; }

  ///@{
  /// In the order they were noted; recorders expect that the list only grows.
  std::vector<LoggedEvent>& events() noexcept { return events_; }
  const std::vector<LoggedEvent>& events() const noexcept { return events_; }
  ///@}

  /// Agents waiting for the next commit. Empty whenever a checkpoint is taken.
  std::vector<Newborn>& newborns() noexcept { return newborns_; }

  /// Adds `count` agents at once with consecutive ids and returns their first slot; the caller
  /// fills the columns. For injections. Throws Error when 32-bit ids run out.
  std::size_t append_agents(std::size_t count);

  /// When donor cells came last other than by division, or any agents by `append_agents`; 0 if
  /// never.
  Tick last_graft() const noexcept { return last_graft_; }
  void set_last_graft(Tick tick) noexcept { last_graft_ = tick; }  ///< for reading a checkpoint

  AgentId next_id() const noexcept { return next_id_; }     ///< that the next agent will get
  void set_next_id(AgentId id) noexcept { next_id_ = id; }  ///< for reading a checkpoint

  /// Gives newborns their ids in the order (process, key, ordinal), puts slots in order where that
  /// pays, and counts the occupancy. Results do not depend on `sort_every` [ticks].
  void commit(Threads threads, Tick sort_every);

  /// Derives afresh what is derived from the agents, after a checkpoint was read.
  void refresh(Threads threads);

 private:
  std::size_t grow(std::size_t count);
  void add_newborns();
  void sort_agents(Threads threads);

  Grid grid_;
  Wall wall_;
  Clock clock_;
  std::uint64_t seed_ = 0;
  Tick tick_ = 0;
  AgentId next_id_ = 0;
  Tick last_graft_ = 0;
  NamedArrays maps_, tissue_, fields_, compartments_;
  Agents agents_;
  Hazards hazards_;
  Occupancy occupancy_;
  std::vector<LoggedEvent> events_;
  std::vector<Newborn> newborns_;
};

}  // namespace neurograft
