#include <algorithm>
#include <atomic>

#include <neurograft/world/occupancy.hpp>

namespace neurograft {

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
    // Agents lie nearly sorted by voxel: a run of equals is added in one go. Integers commute, so
    // the order in which threads add does not matter.
    std::size_t run_crowd = crowd_count;
    VoxelIndex run_voxel = no_voxel;
    std::uint32_t run = 0;
    std::size_t living_here = 0;
    const auto flush = [&] {
      if (run == 0) return;
      std::atomic_ref(counts_[run_crowd][run_voxel]).fetch_add(run, std::memory_order_relaxed);
      touched_[run_crowd].mark(run_voxel);
      run = 0;
    };
    for (std::size_t slot = begin; slot < end; ++slot) {
      living_here += state[slot] != State::dead;
      const std::size_t crowd = crowd_of(kind[slot], state[slot]);
      if (crowd == crowd_count) continue;
      if (crowd != run_crowd || voxel[slot] != run_voxel) {
        flush();
        run_crowd = crowd;
        run_voxel = voxel[slot];
      }
      ++run;
    }
    flush();
    living.fetch_add(living_here, std::memory_order_relaxed);
  });
  living_ = living;
}

}  // namespace neurograft
