#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include <neurograft/world/occupancy.hpp>

namespace neurograft {
namespace {

// Crowds by kind and state, so that a pass over agents does not branch.
constexpr auto crowds = [] {
  std::array<std::array<std::uint8_t, state_count>, kind_count> table{};
  for (std::size_t kind = 0; kind < kind_count; ++kind) {
    for (std::size_t state = 0; state < state_count; ++state) {
      table[kind][state] =
          static_cast<std::uint8_t>(crowd_of(static_cast<Kind>(kind), static_cast<State>(state)));
    }
  }
  return table;
}();

}  // namespace

Occupancy::Occupancy(std::size_t voxels) {
  for (auto& counts : counts_) counts.resize(voxels);
  touched_.fill(Touched(voxels));
}

void Occupancy::update(const Agents& agents, Threads threads) {
  for (std::size_t crowd = 0; crowd < crowd_count; ++crowd) {
    touched_[crowd].clear(std::span(counts_[crowd]));
  }
  const auto voxel = agents.voxel();
  const auto kind = agents.kind();
  const auto state = agents.state();
  std::atomic<std::size_t> living = 0;
  parallel_for(threads, agents.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    // Agents lie nearly sorted by voxel: a run of equals is added in one go, and what the block
    // counts in a voxel at its end, or when another takes its place. Integers commute, so the order
    // in which threads add does not matter.
    struct Tally {
      VoxelIndex voxel = no_voxel;
      std::array<std::uint32_t, crowd_count> cells{};
    };
    std::array<Tally, 64> tallies;
    const auto hand_over = [&](Tally& tally) {
      for (std::size_t crowd = 0; crowd < crowd_count; ++crowd) {
        if (tally.cells[crowd] == 0) continue;
        std::atomic_ref(counts_[crowd][tally.voxel])
            .fetch_add(tally.cells[crowd], std::memory_order_relaxed);
        touched_[crowd].mark(tally.voxel);
        tally.cells[crowd] = 0;
      }
    };
    std::size_t run_crowd = crowd_count;
    VoxelIndex run_voxel = no_voxel;
    std::uint32_t run = 0;
    std::size_t living_here = 0;
    const auto end_run = [&] {
      if (run == 0) return;
      Tally& tally = tallies[run_voxel % tallies.size()];
      if (tally.voxel != run_voxel) {
        hand_over(tally);
        tally.voxel = run_voxel;
      }
      tally.cells[run_crowd] += run;
      run = 0;
    };
    for (std::size_t slot = begin; slot < end; ++slot) {
      living_here += state[slot] != State::dead;
      const std::size_t crowd =
          crowds[static_cast<std::size_t>(kind[slot])][static_cast<std::size_t>(state[slot])];
      if (crowd == crowd_count) continue;
      if (crowd != run_crowd || voxel[slot] != run_voxel) {
        end_run();
        run_crowd = crowd;
        run_voxel = voxel[slot];
      }
      ++run;
    }
    end_run();
    for (Tally& tally : tallies) hand_over(tally);
    living.fetch_add(living_here, std::memory_order_relaxed);
  });
  living_ = living;
}

}  // namespace neurograft
