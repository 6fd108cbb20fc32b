#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/study/draws.hpp>
#include <neurograft/study/morris.hpp>

namespace neurograft {
namespace {

[[noreturn]] void fail(const char* where, std::string what, const char* why) {
  throw InputError(Problem{where, std::move(what), why, ""});
}

// By input, then by trajectory.
using Effects = std::vector<std::vector<double>>;

// The only input that differs between a row and the next, or the number of inputs.
std::size_t moved_input(const UnitPoints& points, std::size_t row) {
  const std::size_t none = points.dimensions;
  std::size_t moved = none;
  for (std::size_t d = 0; d < points.dimensions; ++d) {
    if (points.row(row)[d] == points.row(row + 1)[d]) continue;
    if (moved != none) return none;
    moved = d;
  }
  return moved;
}

Effects effects_by_input(const UnitPoints& points, std::span<const double> outputs) {
  const std::size_t d = points.dimensions;
  Effects effects(d);
  for (std::size_t row = 0; row + 1 < outputs.size(); ++row) {
    if ((row + 1) % (d + 1) == 0) continue;  // the next trajectory begins
    const std::size_t moved = moved_input(points, row);
    if (moved == d || effects[moved].size() != row / (d + 1)) {
      fail("morris_effects", "the step from row " + std::to_string(row),
           "a step must move one input, and each input once in a trajectory");
    }
    const double length = points.row(row + 1)[moved] - points.row(row)[moved];
    effects[moved].push_back((outputs[row + 1] - outputs[row]) / length);
  }
  return effects;
}

void check(const UnitPoints& points, std::span<const double> outputs) {
  constexpr const char* where = "morris_effects";
  const std::size_t d = points.dimensions;
  if (points.count() < 2 * (d + 1) || points.values.size() % (d * (d + 1)) != 0) {
    fail(where, std::to_string(points.count()) + " points of " + std::to_string(d) + " dimensions",
         "must be two or more trajectories of dimensions + 1 points");
  }
  if (outputs.size() != points.count()) {
    fail(where,
         std::to_string(outputs.size()) + " outputs for " + std::to_string(points.count()) +
             " points",
         "must be one for each");
  }
  check_finite(where, outputs);
}

// A point of levels, and one after each step of half the range, every input once.
std::vector<std::vector<std::uint32_t>> draw_trajectory(std::size_t dimensions,
                                                        std::uint32_t levels,
                                                        StreamEngine& engine) {
  std::vector<std::uint32_t> level(dimensions);
  const std::uint32_t half = levels / 2;
  for (std::uint32_t& k : level) k = draw_below(levels, engine);
  std::vector<std::vector<std::uint32_t>> points{level};
  for (const std::uint32_t d : random_order(static_cast<std::uint32_t>(dimensions), engine)) {
    level[d] = level[d] < half ? level[d] + half : level[d] - half;
    points.push_back(level);
  }
  return points;
}

}  // namespace

UnitPoints morris_design(std::size_t trajectories, std::size_t dimensions, std::uint32_t levels,
                         std::uint64_t seed) {
  constexpr const char* where = "morris_design";
  if (dimensions == 0) fail(where, "no dimensions", "at least one");
  if (levels == 0 || levels % 2 != 0) {
    fail(where, "levels = " + std::to_string(levels), "must be even and above 0");
  }
  if (trajectories > most_points) {
    fail(where, std::to_string(trajectories) + " trajectories", "at most 2^28");
  }
  UnitPoints points{dimensions, {}};
  points.values.reserve(trajectories * (dimensions + 1) * dimensions);
  const Stream stream = design_stream(seed, DesignDraw::morris_trajectory);
  std::set<std::vector<std::vector<std::uint32_t>>> drawn;
  for (std::uint32_t t = 0; t < trajectories; ++t) {
    StreamEngine engine = stream.engine(t);
    std::vector<std::vector<std::uint32_t>> trajectory =
        draw_trajectory(dimensions, levels, engine);
    // The same points once more, if only walked backwards, would tell nothing new. A grid may have
    // no others left.
    constexpr int tries = 200;
    const auto is_new = [&] {
      auto sorted = trajectory;
      std::ranges::sort(sorted);
      return drawn.insert(std::move(sorted)).second;
    };
    for (int n = 0; !is_new() && n < tries; ++n) {
      trajectory = draw_trajectory(dimensions, levels, engine);
    }
    for (const std::vector<std::uint32_t>& point : trajectory) {
      for (const std::uint32_t k : point) points.values.push_back((k + 0.5) / levels);
    }
  }
  return points;
}

std::vector<MorrisEffects> morris_effects(const UnitPoints& points, std::span<const double> outputs,
                                          const Bootstrap& bootstrap) {
  check(points, outputs);
  Effects effects = effects_by_input(points, outputs);
  std::vector<MorrisEffects> results;
  for (std::vector<double>& of_input : effects) {
    MorrisEffects result;
    result.mu = mean(of_input);
    result.sigma = standard_deviation(of_input);
    for (double& effect : of_input) effect = std::abs(effect);
    result.mu_star = mean(of_input);
    results.push_back(result);
  }
  const auto mu_stars = [&effects](std::span<const std::uint32_t> rows) {
    std::vector<double> means;
    for (const std::vector<double>& magnitudes : effects) {
      double sum = 0.0;
      for (const std::uint32_t row : rows) sum += magnitudes[row];
      means.push_back(sum / static_cast<double>(rows.size()));
    }
    return means;
  };
  const auto intervals = bootstrap_intervals(effects.front().size(), mu_stars, bootstrap);
  for (std::size_t i = 0; i < results.size(); ++i) results[i].mu_star_interval = intervals[i];
  return results;
}

}  // namespace neurograft
