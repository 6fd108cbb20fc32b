#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include <neurograft/study/validation_curves.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool is_drawn(const Target& target) {
  if (target.statistic != Statistic::mean) return false;
  return target.measure == Measure::value || (!target.is_event() && target.reference().empty());
}

// What makes two targets points of one picture.
auto identity(const Target& target) {
  return std::tie(target.readout, target.per, target.per_d, target.minus_d, target.per_experiment,
                  target.minus_experiment, target.above, target.below);
}

std::string title_of(const Target& target) {
  std::string title = target.readout;
  if (!target.per.empty()) title += " / " + target.per;
  if (target.per_d) title += fmt::format(", relative to day {:g}", *target.per_d);
  if (target.minus_d) title += fmt::format(", less that of day {:g}", *target.minus_d);
  if (!target.per_experiment.empty()) title += ", relative to " + target.per_experiment;
  if (!target.minus_experiment.empty()) title += ", less " + target.minus_experiment;
  if (target.below) return fmt::format("share of runs with {} < {:g}", title, *target.below);
  if (target.above) return fmt::format("share of runs with {} > {:g}", title, *target.above);
  return title;
}

// The curves of all runs of an experiment that are done, over the days of the first.
struct Curves {
  std::vector<double> days;
  std::vector<std::vector<double>> runs;
};

Curves read_curves(const Target& target, const Experiment& experiment, const RunStore& store) {
  Curves curves;
  const Plan plan = plan_of(experiment);
  const std::vector<std::string> columns = columns_of(std::span(&target, 1));
  for (const PlannedRun* run : plan.results()) {
    if (store.state(*run) != RunState::done) continue;
    const SeriesTable series = read_series(store.results(*run), columns);
    if (curves.days.empty()) curves.days = series.days;
    if (series.days == curves.days) curves.runs.push_back(curve_of(target, series));
  }
  return curves;
}

std::vector<double> on_record(const Curves& curves, std::size_t record) {
  std::vector<double> values;
  for (const std::vector<double>& run : curves.runs) {
    if (std::isfinite(run[record])) values.push_back(run[record]);
  }
  return values;
}

void append(CurveBand& band, double middle, const Interval& interval) {
  band.middle.push_back(middle);
  band.low.push_back(interval.low);
  band.high.push_back(interval.high);
}

// The mean over the runs of the experiment that the target refers to, on a day; 1 without one.
double reference_on(const Target& target, const Curves& reference, double day) {
  if (target.reference().empty()) return 1.0;
  const auto found = std::ranges::find(reference.days, day);
  if (found == reference.days.end()) return nan;
  const auto values =
      on_record(reference, static_cast<std::size_t>(found - reference.days.begin()));
  return values.empty() ? nan : mean(values);
}

CurveBand band_of(const Target& target, const Experiment& experiment, const Curves& curves,
                  const Curves& reference) {
  CurveBand band{experiment.name, curves.days, {}, {}, {}};
  for (std::size_t record = 0; record < curves.days.size(); ++record) {
    const double other = reference_on(target, reference, curves.days[record]);
    std::vector<double> values;
    for (const double measure : on_record(curves, record)) {
      const double value = simulated_value(target, measure, other);
      if (std::isfinite(value)) values.push_back(value);
    }
    if (values.empty()) {
      append(band, nan, {nan, nan});
    } else if (target.is_share()) {
      const auto count = static_cast<double>(values.size());
      append(band, mean(values), wilson_interval(mean(values) * count, count));
    } else {
      append(band, mean(values), {quantile(values, 0.025), quantile(values, 0.975)});
    }
  }
  return band;
}

CurveBand read_band(const Target& target, const Experiment& experiment,
                    const Validation& validation, const fs::path& folder) {
  Curves reference;
  if (!target.reference().empty()) {
    const auto other =
        std::ranges::find(validation.experiments, target.reference(), &Experiment::name);
    reference = read_curves(target, *other, store_of(folder, validation, *other));
  }
  const Curves own = read_curves(target, experiment, store_of(folder, validation, experiment));
  return band_of(target, experiment, own, reference);
}

// `days`: those of the experiment's records.
CurvePoint point_of(const Target& target, const Experiment& experiment,
                    const std::vector<double>& days) {
  const Interval measured = measured_interval(target);
  const double middle = std::isfinite(measured.low) && std::isfinite(measured.high)
                            ? 0.5 * (measured.low + measured.high)
                            : target.value;
  const double value = target.kind == TargetKind::bounds ? middle : target.value;
  switch (target.measure) {
    case Measure::value:
      return {experiment.name, target.day, value, {target.day, target.day}, measured};
    case Measure::day_of_largest:
      return {experiment.name, value, nan, measured, {nan, nan}};
    case Measure::first_day_above:
    case Measure::first_day_below:
      return {experiment.name, value, target.level, measured, {target.level, target.level}};
    default: {  // of a span of days
      const Interval span{target.from_d.value_or(days.empty() ? nan : days.front()),
                          target.to_d.value_or(days.empty() ? nan : days.back())};
      return {experiment.name, 0.5 * (span.low + span.high), value, span, measured};
    }
  }
}

}  // namespace

std::vector<CurvePanel> curves_of(const Validation& validation, const fs::path& folder) {
  std::vector<CurvePanel> panels;
  std::vector<const Target*> first;  // of each panel
  for (const Experiment& experiment : validation.experiments) {
    for (const Target& target : experiment.targets) {
      if (!is_drawn(target)) continue;
      const auto known = std::ranges::find_if(
          first, [&](const Target* one) { return identity(*one) == identity(target); });
      const auto index = static_cast<std::size_t>(known - first.begin());
      if (known == first.end()) {
        first.push_back(&target);
        panels.push_back({title_of(target), target.is_share(), {}, {}});
      }
      std::vector<CurveBand>& bands = panels[index].bands;
      auto band = std::ranges::find(bands, experiment.name, &CurveBand::experiment);
      if (band == bands.end()) {
        bands.push_back(read_band(target, experiment, validation, folder));
        band = bands.end() - 1;
      }
      panels[index].points.push_back(point_of(target, experiment, band->days));
    }
  }
  return panels;
}

}  // namespace neurograft
