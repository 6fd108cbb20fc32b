#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/engine/readout.hpp>

/// Counts of cells: donor cells alive by state, compartment and depth, injected, born and dead by
/// cause (injected + born = alive + dead), and immune cells in brain.
namespace neurograft {

/// Living agents by bin: `bin(slot)` gives the bin of an agent that is not dead, or `bins` for
/// none. Exact whatever the order of slots and the number of threads.
std::vector<std::uint64_t> count_agents(const Agents& agents, Threads threads, std::size_t bins,
                                        FunctionRef<std::size_t(std::size_t slot)> bin);

/// `depth_edges_mm` are lower edges of bands of the map `wall_distance`; without that map there is
/// no readout by depth.
void add_donor_readouts(World& world, ReadoutTable& readouts,
                        std::span<const double> depth_edges_mm);

}  // namespace neurograft
