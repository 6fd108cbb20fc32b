#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <neurograft/core/error.hpp>
#include <neurograft/study/target.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr double not_given = std::numeric_limits<double>::quiet_NaN();

std::span<const double> column_of(const SeriesTable& series, const std::string& readout) {
  const auto column = std::ranges::find(series.columns, readout, &SeriesColumn::name);
  if (column != series.columns.end()) return column->values;
  const auto part = std::ranges::find_if(
      series.columns, [&](const SeriesColumn& one) { return one.name.starts_with(readout + "."); });
  const std::string hint =
      part == series.columns.end() ? "" : "name one of them, as in " + part->name;
  throw InputError(Problem{"target", "readout \"" + readout + "\" has parts", "", hint});
}

// The index of the record on a day; the number of records if there is none.
std::size_t record_on(std::span<const double> days, double day) {
  constexpr double same_day = 1e-9;
  std::size_t n = 0;
  while (n < days.size() && std::abs(days[n] - day) >= same_day) ++n;
  return n;
}

// Where the curve first passes the level, upwards if `sign` is 1 and downwards if it is -1.
double first_day(std::span<const double> days, std::span<const double> curve, double level,
                 double sign) {
  for (std::size_t n = 0; n < days.size(); ++n) {
    if (!(sign * (curve[n] - level) > 0.0)) continue;
    if (n == 0) return days[0];
    return days[n - 1] +
           (days[n] - days[n - 1]) * (level - curve[n - 1]) / (curve[n] - curve[n - 1]);
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace

std::vector<std::string> readouts_of(std::span<const Target> targets) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const Target& target : targets) {
    const std::string day =
        target.measure == Measure::value ? fmt::format("@{}", target.day) : std::string();
    add(target.readout + day);
    if (!target.per.empty()) add(target.per + day);
  }
  return names;
}

std::vector<std::string> columns_of(std::span<const Target> targets) {
  std::vector<std::string> names;
  for (const Target& target : targets) {
    for (const std::string& name : {target.readout, target.per}) {
      if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

double binomial_error(std::int64_t successes, std::int64_t n) noexcept {
  const double count = static_cast<double>(n);
  const double p = (static_cast<double>(successes) + 0.5) / (count + 1.0);
  return std::sqrt(p * (1.0 - p) / count);
}

std::vector<double> curve_of(const Target& target, const SeriesTable& series) {
  const std::span<const double> readout = column_of(series, target.readout);
  std::vector<double> curve(readout.begin(), readout.end());
  if (!target.per.empty()) {
    const std::span<const double> per = column_of(series, target.per);
    for (std::size_t n = 0; n < curve.size(); ++n) curve[n] /= per[n];
  }
  const auto own_on = [&](double day) {
    const std::size_t n = record_on(series.days, day);
    return n < curve.size() ? curve[n] : not_given;
  };
  if (target.per_d) {
    const double own = own_on(*target.per_d);
    for (double& value : curve) value /= own;
  } else if (target.minus_d) {
    const double own = own_on(*target.minus_d);
    for (double& value : curve) value -= own;
  }
  return curve;
}

double measure_of(const Target& target, std::span<const double> days,
                  std::span<const double> curve) noexcept {
  if (target.measure == Measure::value) {
    const std::size_t n = record_on(days, target.day);
    return n < days.size() ? curve[n] : not_given;
  }
  std::size_t first = 0;
  std::size_t last = days.size();
  if (target.from_d)
    while (first < last && days[first] < *target.from_d) ++first;
  if (target.to_d)
    while (last > first && days[last - 1] > *target.to_d) --last;
  if (first == last) return not_given;
  days = days.subspan(first, last - first);
  curve = curve.subspan(first, last - first);
  switch (target.measure) {
    case Measure::largest:
      return *std::ranges::max_element(curve);
    case Measure::smallest:
      return *std::ranges::min_element(curve);
    case Measure::mean:
      return std::accumulate(curve.begin(), curve.end(), 0.0) / static_cast<double>(curve.size());
    case Measure::first_day_above:
      return first_day(days, curve, target.level, 1.0);
    case Measure::first_day_below:
      return first_day(days, curve, target.level, -1.0);
    default:
      return days[static_cast<std::size_t>(std::ranges::max_element(curve) - curve.begin())];
  }
}

double simulated_value(const Target& target, double measure, double reference) noexcept {
  const double value = !target.per_experiment.empty()     ? measure / reference
                       : !target.minus_experiment.empty() ? measure - reference
                                                          : measure;
  // What failed is no event that did not occur.
  if (std::isnan(value)) return value;
  if (target.above) return value > *target.above ? 1.0 : 0.0;
  if (target.below) return value < *target.below ? 1.0 : 0.0;
  return value;
}

double distance_to(const Target& target, double simulated) noexcept {
  if (target.kind != TargetKind::bounds) return (simulated - target.value) / target.error;
  if (target.at_least && !(simulated >= *target.at_least)) {
    return (simulated - *target.at_least) / target.error;
  }
  if (target.at_most && !(simulated <= *target.at_most)) {
    return (simulated - *target.at_most) / target.error;
  }
  return 0.0;
}

double distance(std::span<const Target> targets, std::span<const double> simulated) {
  if (targets.empty() || targets.size() != simulated.size()) {
    throw Error(
        fmt::format("distance: {} targets, {} simulated values", targets.size(), simulated.size()));
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const double off = distance_to(targets[i], simulated[i]);
    sum += off * off;
  }
  const double result = std::sqrt(sum / static_cast<double>(targets.size()));
  return std::isfinite(result) ? result : std::numeric_limits<double>::infinity();
}

}  // namespace neurograft
