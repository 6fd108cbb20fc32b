#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <neurograft/io/config.hpp>
#include <neurograft/io/series_reader.hpp>

/// What was measured, and how far a simulation is from it. A file of targets is a TOML of entries:
///
///     [[target]]
///     name = "alive after a month"    # optional: what tables call it
///     readout = "donor_alive"         # a readout with one value per record, or a part of one
///     per = "donor_injected"          # optional: divided by this readout of the same day
///     at_d = 30.0
///     value = 0.45
///     error = 0.05                    # standard error of the value
///     n = 6                           # animals or patients, if known
///     source = "Author 2020, doi 10.1000/example"
///
///     [[target]]
///     kind = "binomial"               # so many of n had the event
///     readout = "donor_alive"
///     per_experiment = "no_immunity"  # divided by the mean of the same in another experiment
///     below = 0.1                     # the event: value below (or `above`) this; without it the
///     at_d = 90.0                     # value itself is an event, 0 or 1, or a probability
///     successes = 9
///     n = 13
///     source = "..."
///
///     [[target]]
///     kind = "bounds"                 # known to lie above, below or between
///     measure = "day_of_largest"      # not the value on a day, but when it is largest
///     readout = "t_cells"
///     from_d = 0.0                    # optional: of the records from this day
///     to_d = 60.0                     # to this one
///     at_least = 8.0
///     at_most = 14.0
///     error = 2.0                     # how far outside counts as one standard error
///     source = "..."
namespace neurograft {

enum class TargetKind { normal, binomial, bounds };

/// What is read off the curve of a readout.
enum class Measure {
  value,            ///< on the day `at_d`
  largest,          ///< of the records from `from_d` to `to_d`
  smallest,         ///< likewise
  mean,             ///< likewise
  day_of_largest,   ///< the first of them with the largest value [d]
  first_day_above,  ///< when it first is above `level`, between records by a straight line [d]
  first_day_below,  ///< likewise
};

/// What is taken of the values of several runs or animals.
enum class Statistic { mean, standard_deviation };

/// One measured value.
struct Target {
  std::string name;  ///< as tables show it
  TargetKind kind = TargetKind::normal;
  std::string readout;            ///< simulated counterpart
  std::string per;                ///< readout to divide it by; empty if none
  std::optional<double> per_d;    ///< then divided by its own value on this day [d]
  std::optional<double> minus_d;  ///< then less its own value on this day [d]
  std::string per_experiment;     ///< then divided by the mean in this experiment; empty if none
  std::string minus_experiment;   ///< or less that mean
  Measure measure = Measure::value;
  Statistic statistic = Statistic::mean;
  double day = 0.0;                ///< [d] from injection, of a value
  std::optional<double> from_d;    ///< [d]
  std::optional<double> to_d;      ///< [d]
  double level = 0.0;              ///< of a first day
  std::optional<double> above;     ///< the event is a value above this
  std::optional<double> below;     ///< the event is a value below this
  double value = 0.0;              ///< measured; for a binomial target the share successes / n
  double error = 0.0;              ///< its standard error, > 0
  std::optional<double> at_least;  ///< bounds
  std::optional<double> at_most;   ///< bounds
  std::int64_t n = 0;              ///< animals or patients; 0 if not known
  std::string source;              ///< where it was published

  /// A share of runs; of their events, or the readout itself is 0 or 1.
  bool is_share() const noexcept { return kind == TargetKind::binomial; }
  bool is_event() const noexcept { return above || below; }

  /// The experiment that it is compared with; empty if none.
  const std::string& reference() const noexcept {
    return per_experiment.empty() ? minus_experiment : per_experiment;
  }
};

/// Reads all `[[target]]` entries. Throws InputError with all that is wrong, each with its line:
/// unknown, missing or contradictory keys, numbers out of range, a target without a source, no
/// targets.
std::vector<Target> read_targets(const Config& config);

/// What targets need collected, "donor_alive@30" or "t_cells", each once: with the days on which
/// there must be a record.
std::vector<std::string> readouts_of(std::span<const Target> targets);

/// Names of the readouts that targets are read off, without days, each once.
std::vector<std::string> columns_of(std::span<const Target> targets);

/// Standard error of the share k / n: sqrt(p (1 - p) / n) at p = (k + 1/2) / (n + 1). The half
/// (mean under Jeffreys' prior; Brown, Cai & DasGupta 2001, doi 10.1214/ss/1009213286) keeps it
/// above 0 where none or all had the event.
double binomial_error(std::int64_t successes, std::int64_t n) noexcept;

/// The curve that a target is read off: `readout`, divided by `per`, divided by its value on
/// `per_d` or less that on `minus_d`. Throws InputError if the series has no such column.
std::vector<double> curve_of(const Target& target, const SeriesTable& series);

/// The target's measure of such a curve, before it is compared with another experiment. Of a span
/// of days, records whose value is NaN are passed over: a ratio to nothing, as before an injection.
/// NaN if no record is left, or none is on the day; +infinity for a level that is never passed.
double measure_of(const Target& target, std::span<const double> days,
                  std::span<const double> curve);

/// The target's counterpart: the measure divided by `reference`, the mean measure of the experiment
/// `per_experiment`, or less that of `minus_experiment`; or 1 and 0 for an event that occurred or
/// did not. Not finite if the numbers are not. Over several runs of the same parameters its mean is
/// compared with the target.
double simulated_value(const Target& target, double measure, double reference = 1.0) noexcept;

/// How far a simulated value is from a target, in its errors; 0 within bounds.
double distance_to(const Target& target, double simulated) noexcept;

/// sqrt(mean of squared distances) over all targets: 1 if a simulation is off by one standard error
/// each. +infinity if a simulated value is not finite. Throws Error without targets or if the
/// numbers of targets and values differ.
double distance(std::span<const Target> targets, std::span<const double> simulated);

}  // namespace neurograft
