#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/engine/readout.hpp>

/// Counts of cells: donor cells alive by state, compartment and depth, injected, born and dead by
/// cause (injected + born = alive + dead), and immune cells in brain.
namespace neurograft {

inline constexpr std::size_t most_bins = 255;

/// Living agents by bin: `bin(slot)` gives the bin of an agent that is not dead, or `bins` for
/// none; throws Error for more than `most_bins`. Exact whatever the order of slots and the number
/// of threads.
template <class Bin>
std::vector<std::uint64_t> count_agents(const Agents& agents, Threads threads, std::size_t bins,
                                        Bin bin) {
  if (bins > most_bins) throw Error("too many bins to count agents in");
  // One histogram per block of slots; whole numbers add up the same in any order.
  const std::size_t blocks = (agents.size() + agent_block - 1) / agent_block;
  std::vector<std::uint32_t> parts(blocks * (bins + 1));
  parallel_for(threads, agents.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    std::array<std::uint32_t, most_bins + 1> part{};  // of its own: neighbours share cache lines
    const State* const state = agents.state().data();
    for (std::size_t slot = begin; slot < end; ++slot) {
      if (state[slot] != State::dead) ++part[bin(slot)];
    }
    std::copy_n(part.begin(), bins + 1, parts.begin() + begin / agent_block * (bins + 1));
  });
  std::vector<std::uint64_t> counts(bins);
  for (std::size_t block = 0; block < blocks; ++block) {
    for (std::size_t i = 0; i < bins; ++i) counts[i] += parts[block * (bins + 1) + i];
  }
  return counts;
}

/// `depth_edges_mm` are lower edges of bands of the map `wall_distance`; without that map there is
/// no readout by depth.
void add_donor_readouts(World& world, ReadoutTable& readouts,
                        std::span<const double> depth_edges_mm);

}  // namespace neurograft
