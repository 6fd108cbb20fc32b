#include <algorithm>
#include <cmath>
#include <limits>

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

constexpr double same_day = 1e-9;

// The index of the record on a day; the number of records if there is none.
std::size_t record_on(std::span<const double> days, double day) {
  std::size_t n = 0;
  while (n < days.size() && std::abs(days[n] - day) >= same_day) ++n;
  return n;
}

struct Record {
  double day;
  double value;
};

// Those from the target's first day to its last that have a value.
std::vector<Record> records_within(const Target& target, std::span<const double> days,
                                   std::span<const double> curve) {
  std::vector<Record> records;
  for (std::size_t n = 0; n < days.size(); ++n) {
    if (target.from_d && days[n] < *target.from_d - same_day) continue;
    if (target.to_d && days[n] > *target.to_d + same_day) continue;
    if (!std::isnan(curve[n])) records.push_back({days[n], curve[n]});
  }
  return records;
}

// Where the curve first passes the level, upwards if `sign` is 1 and downwards if it is -1.
double first_day(std::span<const Record> records, double level, double sign) {
  for (std::size_t n = 0; n < records.size(); ++n) {
    const Record& now = records[n];
    if (!(sign * (now.value - level) > 0.0)) continue;
    if (n == 0) return now.day;
    const Record& last = records[n - 1];
    if (!std::isfinite(now.value) || !std::isfinite(last.value)) return now.day;
    return last.day + (now.day - last.day) * (level - last.value) / (now.value - last.value);
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
    const auto add_both = [&](const std::string& day) {
      add(target.readout + day);
      if (!target.per.empty()) add(target.per + day);
    };
    const auto on = [](double day) { return fmt::format("@{}", day); };
    add_both(target.measure == Measure::value ? on(target.day) : "");
    if (target.per_d) add_both(on(*target.per_d));
    if (target.minus_d) add_both(on(*target.minus_d));
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
                  std::span<const double> curve) {
  if (target.measure == Measure::value) {
    const std::size_t n = record_on(days, target.day);
    return n < days.size() ? curve[n] : not_given;
  }
  const std::vector<Record> records = records_within(target, days, curve);
  if (records.empty()) return not_given;
  switch (target.measure) {
    case Measure::largest:
      return std::ranges::max_element(records, {}, &Record::value)->value;
    case Measure::smallest:
      return std::ranges::min_element(records, {}, &Record::value)->value;
    case Measure::mean: {
      double sum = 0.0;
      for (const Record& record : records) sum += record.value;
      return sum / static_cast<double>(records.size());
    }
    case Measure::first_day_above:
      return first_day(records, target.level, 1.0);
    case Measure::first_day_below:
      return first_day(records, target.level, -1.0);
    default:
      return std::ranges::max_element(records, {}, &Record::value)->day;
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
