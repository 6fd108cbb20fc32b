#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/study/statistics.hpp>
#include <neurograft/study/unit_points.hpp>

/// Screening by elementary effects (Morris 1991, doi 10.1080/00401706.1991.10484804): which inputs
/// matter, from few runs. A trajectory moves one input after the other by half of its range.
namespace neurograft {

/// Trajectories of `dimensions` + 1 points each, one after the other; order of moves and starts at
/// random. A coordinate is the centre of one of `levels` cells, (k + 1/2) / levels with
/// k = 0 ... levels - 1: Morris's grid of `levels` values, drawn in from the faces of the cube so
/// that the points stay in the open one. A move goes by levels / 2 cells as his does, which is 1/2
/// here, up or down, whichever stays within. Every coordinate of every point is uniform over the
/// levels. Throws InputError for no dimensions, levels that are odd or 0, or more than
/// `most_points` trajectories.
UnitPoints morris_design(std::size_t trajectories, std::size_t dimensions, std::uint32_t levels,
                         std::uint64_t seed);

/// Elementary effects of one input, in units of the output for the whole range of the input: the
/// change of the output over the move, divided by the move's length in the unit cube.
struct MorrisEffects {
  double mu = 0.0;       ///< mean
  double mu_star = 0.0;  ///< mean magnitude (Campolongo et al. 2007,
                         ///< doi 10.1016/j.envsoft.2006.10.004)
  double sigma = 0.0;    ///< sample standard deviation: non-linear, or interacts with other inputs
  Interval mu_star_interval;  ///< percentile bootstrap over trajectories
};

/// Effects by dimension. `outputs` has one value for each of the `points`, which are trajectories
/// as `morris_design` makes them. Throws InputError unless there are two trajectories or more, in
/// each of which every step moves one input and every input moves once, and all outputs are finite;
/// and as `bootstrap_intervals` does.
std::vector<MorrisEffects> morris_effects(const UnitPoints& points, std::span<const double> outputs,
                                          const Bootstrap& bootstrap);

}  // namespace neurograft
