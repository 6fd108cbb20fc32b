#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include <neurograft/model/donor_readouts.hpp>
#include <neurograft/model/spread_readout.hpp>

namespace neurograft {
namespace {

// Squares are summed in two parts, a multiple of 2^20 and the rest: those of 1 m and as many cells
// as ids allow stay below 2^63.
constexpr std::int64_t square_unit = std::int64_t{1} << 20;

// Sums over cells in whole micrometres, which add up the same in any order.
struct Sums {
  std::int64_t cells = 0;
  std::array<std::int64_t, 3> um{};
  std::array<std::int64_t, 3> um2_units{};
  std::array<std::int64_t, 3> um2_rest{};

  void operator+=(const Sums& other) {
    cells += other.cells;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      um[axis] += other.um[axis];
      um2_units[axis] += other.um2_units[axis];
      um2_rest[axis] += other.um2_rest[axis];
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
        part.um2_units[axis] += um * um / square_unit;
        part.um2_rest[axis] += um * um % square_unit;
      }
    }
    parts[begin / agent_block] = part;
  });
  Sums all;
  for (const Sums& part : parts) all += part;
  return all;
}

// NaN without cells, as the next.
double mean_um(const Sums& sums, std::size_t axis) {
  return static_cast<double>(sums.um[axis]) / static_cast<double>(sums.cells);
}

double deviation_um(const Sums& sums, std::size_t axis) {
  const double mean = mean_um(sums, axis);
  const double squares =
      static_cast<double>(sums.um2_units[axis]) * static_cast<double>(square_unit) +
      static_cast<double>(sums.um2_rest[axis]);
  const double variance = squares / static_cast<double>(sums.cells) - mean * mean;
  return variance < 0.0 ? 0.0 : std::sqrt(variance);  // below 0 by rounding alone
}

}  // namespace

void add_spread_readouts(ReadoutTable& readouts) {
  const ReadoutDimension axes{"axis", {"x", "y", "z"}, {}, ""};
  readouts.add(
      {"donor_centre", "mm", "mean place of donor cells in tissue, from the grid's corner", {axes}},
      [](const World& world, Threads threads, std::span<double> out) {
        const Sums sums = sums_of(world.agents(), threads);
        for (std::size_t axis = 0; axis < 3; ++axis) out[axis] = 1e-3 * mean_um(sums, axis);
      });
  readouts.add(
      {"donor_spread", "mm", "standard deviation of the places of donor cells in tissue", {axes}},
      [](const World& world, Threads threads, std::span<double> out) {
        const Sums sums = sums_of(world.agents(), threads);
        for (std::size_t axis = 0; axis < 3; ++axis) out[axis] = 1e-3 * deviation_um(sums, axis);
      });
}

}  // namespace neurograft
