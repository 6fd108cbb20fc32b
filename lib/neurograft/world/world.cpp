#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {
namespace {

Tick whole_ticks(double hours, double step_h, const std::string& what) {
  const double ticks = hours / step_h;
  const double rounded = std::round(ticks);
  if (!(std::abs(ticks - rounded) <= 1e-6)) {
    throw InputError(Problem{
        "", what, "must be a whole number of steps of " + std::to_string(step_h) + " h", ""});
  }
  return static_cast<Tick>(rounded);
}

// Donor cells in tissue that neither divide nor move every step.
bool stays(State state) noexcept {
  return state == State::attached || state == State::quiescent || state == State::premyelinating ||
         state == State::oligodendrocyte;
}

}  // namespace

Tick Clock::tick_of(double day, const std::string& what) const {
  return whole_ticks((day - start_d) * 24.0, step_h, what);
}

Tick Clock::ticks_in(double hours, const std::string& what) const {
  const Tick ticks = whole_ticks(hours, step_h, what);
  if (ticks < 1) throw InputError(Problem{"", what, "must be at least one step", ""});
  return ticks;
}

World::World(Grid grid, Clock clock, std::uint64_t seed)
    : grid_(std::move(grid)),
      wall_(grid_),
      clock_(clock),
      seed_(seed),
      hazards_(grid_.parenchyma_size()),
      occupancy_(grid_.parenchyma_size()) {}

std::size_t World::append_agents(std::size_t count) {
  if (count > 0) last_graft_ = tick_;
  return grow(count);
}

void World::refresh(Threads threads) {
  occupancy_.update(agents_, threads);
}

std::size_t World::grow(std::size_t count) {
  if (count > std::size_t{no_agent} - next_id_) {
    throw Error("more than 2^32 - 1 agents over the run: agent ids are used up");
  }
  const std::size_t first = agents_.append(count);
  const auto id = agents_.id();
  for (std::size_t slot = first; slot < first + count; ++slot) {
    id[slot] = next_id_++;
    agents_.clone()[slot] = id[slot];
    agents_.birth()[slot] = static_cast<std::uint32_t>(tick_);
  }
  return first;
}

void World::add_newborns() {
  std::sort(newborns_.begin(), newborns_.end(), [](const Newborn& a, const Newborn& b) {
    return std::tie(a.process, a.key, a.ordinal) < std::tie(b.process, b.key, b.ordinal);
  });
  std::size_t slot = grow(newborns_.size());
  for (const Newborn& newborn : newborns_) {
    const AgentId id = agents_.id()[slot];
    if (newborn.parent_slot != no_agent) {
      agents_.copy_slot(newborn.parent_slot, slot);
      agents_.id()[slot] = id;
      agents_.birth()[slot] = static_cast<std::uint32_t>(tick_);
    } else if (newborn.kind == Kind::donor) {
      last_graft_ = tick_;
    }
    agents_.x()[slot] = newborn.x;
    agents_.y()[slot] = newborn.y;
    agents_.z()[slot] = newborn.z;
    agents_.voxel()[slot] = newborn.voxel;
    agents_.kind()[slot] = newborn.kind;
    agents_.state()[slot] = newborn.state;
    agents_.product()[slot] = newborn.product;
    agents_.divisions()[slot] = newborn.divisions;
    agents_.hla1()[slot] = newborn.hla1;
    agents_.hla2()[slot] = newborn.hla2;
    agents_.hazard_left()[slot] = 0;
    ++slot;
  }
  newborns_.clear();
}

void World::sort_agents(Threads threads) {
  // Groups that processes walk through alike lie together: suspended cells, then donor cells in
  // tissue that mostly stay where they are, those that move at every step, and immune cells, each
  // by voxel. No process looks up anything by the voxel of a suspended cell, so these keep the
  // order they have.
  const auto voxels = static_cast<std::uint32_t>(grid_.parenchyma_size());
  const auto kind = agents_.kind();
  const auto state = agents_.state();
  const auto voxel = agents_.voxel();
  std::vector<std::uint32_t> keys(agents_.size());
  parallel_for(threads, keys.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    for (std::size_t slot = begin; slot < end; ++slot) {
      if (kind[slot] == Kind::donor && !is_in_tissue(state[slot])) {
        keys[slot] = 0;
      } else {
        const std::uint32_t group = kind[slot] != Kind::donor ? 2 : stays(state[slot]) ? 0 : 1;
        keys[slot] = 1 + voxel[slot] + group * voxels;
      }
    }
  });
  agents_.reorder(keys, 1 + 3 * voxels, threads);
}

void World::commit(Threads threads, Tick sort_every) {
  if (!newborns_.empty()) add_newborns();
  const bool due = sort_every > 0 && tick_ % sort_every == 0;
  // After an injection most slots die within a day; walking over them would cost more than this.
  const bool sparse = sort_every > 0 && 2 * occupancy_.living() < agents_.size();
  if (agents_.size() > 0 && (due || sparse)) sort_agents(threads);
  occupancy_.update(agents_, threads);
}

}  // namespace neurograft
