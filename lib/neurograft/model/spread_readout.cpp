#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <neurograft/model/donor_readouts.hpp>
#include <neurograft/model/spread_readout.hpp>

namespace neurograft {
namespace {

// Sums over cells in whole micrometres, which add up the same in any order: squares of 300 mm and
// the agents that ids allow stay below 2^63.
struct Sums {
  std::int64_t cells = 0;
  std::array<std::int64_t, 3> um{};
  std::array<std::int64_t, 3> um2{};

  void operator+=(const Sums& other) {
    cells += other.cells;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      um[axis] += other.um[axis];
      um2[axis] += other.um2[axis];
    }
  }
};

Sums sums_of(const Agents& agents, Threads threads) {
  const std::array<const float*, 3> place{agents.x().data(), agents.y().data(), agents.z().data()};
  std::vector<Sums> parts((agents.size() + agent_block - 1) / agent_block);
  parallel_for(threads, agents.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    Sums part;
    for (std::size_t slot = begin; slot < end; ++slot) {
      if (agents.kind()[slot] != Kind::donor || !is_in_tissue(agents.state()[slot])) continue;
      ++part.cells;
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const std::int64_t um = std::lround(1000.0 * double{place[axis][slot]});
        part.um[axis] += um;
        part.um2[axis] += um * um;
      }
    }
    parts[begin / agent_block] = part;
  });
  Sums all;
  for (const Sums& part : parts) all += part;
  return all;
}

}  // namespace

void add_spread_readouts(ReadoutTable& readouts) {
  const ReadoutDimension axes{"axis", {"x", "y", "z"}, {}, ""};
  const auto per_cell = [](std::int64_t sum, const Sums& sums) {
    return sums.cells > 0 ? static_cast<double>(sum) / static_cast<double>(sums.cells)
                          : std::numeric_limits<double>::quiet_NaN();
  };
  readouts.add(
      {"donor_centre", "mm", "mean place of donor cells in tissue, from the grid's corner", {axes}},
      [per_cell](const World& world, Threads threads, std::span<double> out) {
        const Sums sums = sums_of(world.agents(), threads);
        for (std::size_t axis = 0; axis < 3; ++axis) {
          out[axis] = 1e-3 * per_cell(sums.um[axis], sums);
        }
      });
  readouts.add(
      {"donor_spread", "mm", "standard deviation of the places of donor cells in tissue", {axes}},
      [per_cell](const World& world, Threads threads, std::span<double> out) {
        const Sums sums = sums_of(world.agents(), threads);
        for (std::size_t axis = 0; axis < 3; ++axis) {
          const double mean = per_cell(sums.um[axis], sums);
          const double variance = per_cell(sums.um2[axis], sums) - mean * mean;
          out[axis] = variance > 0.0 ? 1e-3 * std::sqrt(variance) : 0.0 * variance;
        }
      });
}

}  // namespace neurograft
