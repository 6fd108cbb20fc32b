#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

/// The few statistics that studies need. All are pure functions of their arguments, on every
/// machine.
namespace neurograft {

/// Arithmetic mean. Throws InputError for no values.
double mean(std::span<const double> values);

/// Sample standard deviation, with n - 1 below. Throws InputError for fewer than two values.
double standard_deviation(std::span<const double> values);

/// Quantile at `probability` in [0, 1], interpolated linearly between order statistics (type 7 of
/// Hyndman and Fan 1996, doi 10.1080/00031305.1996.10473566). Throws InputError for no values, a
/// value that is not finite, or another probability.
double quantile(std::span<const double> values, double probability);

/// Throws InputError that names the first row whose value is not finite. `where` opens the message.
void check_finite(std::string_view where, std::span<const double> values);

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// How to bootstrap. The same seed draws the same rows for any table of as many rows.
struct Bootstrap {
  std::uint64_t seed;
  std::size_t resamples = 1000;
  double level = 0.95;  ///< of the interval, in (0, 1)
};

/// Percentile bootstrap intervals (Efron and Tibshirani 1993, doi 10.1201/9780429246593) of several
/// statistics of one table of `rows` independent rows. `statistics` is given the numbers of as many
/// rows, drawn with replacement, and returns one value for each statistic. Throws InputError for no
/// rows or resamples, a level outside (0, 1), or a statistic that is not finite.
std::vector<Interval> bootstrap_intervals(
    std::size_t rows,
    const std::function<std::vector<double>(std::span<const std::uint32_t> rows)>& statistics,
    const Bootstrap& bootstrap);

/// The same for one statistic of independent values.
Interval bootstrap_interval(std::span<const double> values,
                            const std::function<double(std::span<const double>)>& statistic,
                            const Bootstrap& bootstrap);

}  // namespace neurograft
