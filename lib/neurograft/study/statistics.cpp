#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/reduce.hpp>
#include <neurograft/study/draws.hpp>
#include <neurograft/study/statistics.hpp>

namespace neurograft {
namespace {

void need_values(const char* where, std::size_t least, std::size_t count) {
  if (count >= least) return;
  throw InputError(
      Problem{where, std::to_string(count) + " values", "at least " + std::to_string(least), ""});
}

void check_bootstrap(std::size_t rows, const Bootstrap& bootstrap) {
  std::vector<Problem> problems;
  const auto need = [&problems](bool holds, const std::string& what, const char* why) {
    if (!holds) problems.push_back({"bootstrap", what, why, ""});
  };
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  need(rows > 0 && rows <= most, std::to_string(rows) + " rows", "1 to 2^32 - 1");
  need(bootstrap.resamples > 0 && bootstrap.resamples <= most,
       "resamples = " + std::to_string(bootstrap.resamples), "1 to 2^32 - 1");
  need(bootstrap.level > 0.0 && bootstrap.level < 1.0, "level = " + shown(bootstrap.level),
       "must be above 0 and below 1");
  if (!problems.empty()) throw InputError(std::move(problems));
}

}  // namespace

double mean(std::span<const double> values) {
  need_values("mean", 1, values.size());
  return sum_of(values.data(), values.size()) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  need_values("standard_deviation", 2, values.size());
  const double centre = mean(values);
  double squares = 0.0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double quantile(std::span<const double> values, double probability) {
  need_values("quantile", 1, values.size());
  check_finite("quantile", values);
  if (!(probability >= 0.0 && probability <= 1.0)) {
    throw InputError(
        Problem{"quantile", "probability = " + shown(probability), "must be from 0 to 1", ""});
  }
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  const double place = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 == sorted.size()) return sorted[below];
  const double part = place - static_cast<double>(below);
  return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

void check_finite(std::string_view where, std::span<const double> values) {
  const auto found = std::ranges::find_if(values, [](double x) { return !std::isfinite(x); });
  if (found == values.end()) return;
  throw InputError(Problem{std::string(where),
                           "row " + std::to_string(found - values.begin()) + " is " + shown(*found),
                           "must be finite", ""});
}

std::vector<Interval> bootstrap_intervals(
    std::size_t rows,
    const std::function<std::vector<double>(std::span<const std::uint32_t> rows)>& statistics,
    const Bootstrap& bootstrap) {
  check_bootstrap(rows, bootstrap);
  const Stream stream(bootstrap.seed, StreamCode::study_bootstrap, 0);
  std::vector<std::uint32_t> drawn(rows);
  std::vector<std::vector<double>> values;  // by statistic
  for (std::uint32_t resample = 0; resample < bootstrap.resamples; ++resample) {
    StreamEngine engine = stream.engine(resample);
    for (std::uint32_t& row : drawn) row = draw_below(static_cast<std::uint32_t>(rows), engine);
    const std::vector<double> found = statistics(drawn);
    values.resize(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) values[i].push_back(found[i]);
  }
  const double outside = 0.5 * (1.0 - bootstrap.level);
  std::vector<Interval> intervals;
  for (const std::vector<double>& of_one : values) {
    check_finite("bootstrapped statistic, by resample", of_one);
    intervals.push_back({quantile(of_one, outside), quantile(of_one, 1.0 - outside)});
  }
  return intervals;
}

Interval bootstrap_interval(std::span<const double> values,
                            const std::function<double(std::span<const double>)>& statistic,
                            const Bootstrap& bootstrap) {
  std::vector<double> sample(values.size());
  const auto of_rows = [&](std::span<const std::uint32_t> rows) {
    std::ranges::transform(rows, sample.begin(), [&](std::uint32_t row) { return values[row]; });
    return std::vector<double>{statistic(sample)};
  };
  return bootstrap_intervals(values.size(), of_rows, bootstrap).front();
}

}  // namespace neurograft
