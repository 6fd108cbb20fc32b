#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/study/statistics.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<double> normal_sample(std::size_t count, std::uint32_t number) {
  const Stream stream(11, StreamCode::host_draw, number);
  std::vector<double> sample;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Block words = stream.block(i);
    sample.push_back(math::normal_pair(words[0], words[1])[0]);
  }
  return sample;
}

}  // namespace

TEST_CASE("mean and sample standard deviation of known values") {
  const std::array values{2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0};
  CHECK(mean(values) == 5.0);
  CHECK(standard_deviation(values) == doctest::Approx(std::sqrt(32.0 / 7.0)).epsilon(1e-15));
  CHECK(standard_deviation(std::array{3.0, 3.0}) == 0.0);
  // The squares of these exceed what a double holds next to the spread.
  CHECK(standard_deviation(std::array{1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0}) == 1.0);
}

TEST_CASE("quantiles are those of R's type 7, in any order of values") {
  const std::array values{15.0, 1.0, 7.0, 3.0};
  CHECK(quantile(values, 0.0) == 1.0);
  CHECK(quantile(values, 0.25) == 2.5);
  CHECK(quantile(values, 0.5) == 5.0);
  CHECK(quantile(values, 0.9) == doctest::Approx(12.6).epsilon(1e-15));
  CHECK(quantile(values, 1.0) == 15.0);
  CHECK(quantile(std::array{8.0}, 0.3) == 8.0);
}

TEST_CASE("statistics refuse what they cannot be of") {
  const std::vector<double> none;
  CHECK_THROWS_AS(mean(none), InputError);
  CHECK_THROWS_AS(standard_deviation(std::array{1.0}), InputError);
  CHECK_THROWS_AS(quantile(none, 0.5), InputError);
  CHECK_THROWS_AS(quantile(std::array{1.0, 2.0}, 1.01), InputError);
  CHECK_THROWS_AS(quantile(std::array{1.0, 2.0}, not_a_number), InputError);
  CHECK_THROWS_WITH_AS(quantile(std::array{1.0, not_a_number}, 0.5),
                       "quantile: row 1 is nan (must be finite)", InputError);
  CHECK_THROWS_WITH_AS(check_finite("table", std::array{1.0, 2.0, -infinity, not_a_number}),
                       "table: row 2 is -inf (must be finite)", InputError);
  CHECK_NOTHROW(check_finite("table", none));
}

TEST_CASE("the bootstrap interval of a normal mean covers as often as it says") {
  // Nominal 90 %; the percentile interval of n = 40 is known to fall a little short (about 89 %).
  // 4 standard errors of the share among 600 are 5 points.
  constexpr std::uint32_t samples = 600;
  int covering = 0;
  double width = 0.0;
  for (std::uint32_t number = 0; number < samples; ++number) {
    const auto sample = normal_sample(40, number);
    const Interval interval =
        bootstrap_interval(sample, mean, {.seed = number, .resamples = 400, .level = 0.9});
    covering += interval.low <= 0.0 && 0.0 <= interval.high ? 1 : 0;
    width += (interval.high - interval.low) / samples;
  }
  const double share = static_cast<double>(covering) / samples;
  CHECK(share > 0.84);
  CHECK(share < 0.94);
  CHECK(width == doctest::Approx(2.0 * 1.645 / std::sqrt(40.0)).epsilon(0.04));
}

TEST_CASE("rows of several statistics are drawn together, and all of them") {
  constexpr std::size_t count = 50;
  std::vector<int> times(count, 0);
  bool whole = true;
  const auto statistics = [&](std::span<const std::uint32_t> rows) {
    whole = whole && rows.size() == count;
    double sum = 0.0;
    for (const std::uint32_t row : rows) {
      ++times[row];
      sum += row;
    }
    return std::vector<double>{sum, 2.0 * sum};
  };
  const auto intervals = bootstrap_intervals(count, statistics, {.seed = 4, .resamples = 2000});
  REQUIRE(intervals.size() == 2);
  CHECK(whole);
  CHECK(intervals[1].low == 2.0 * intervals[0].low);
  CHECK(intervals[1].high == 2.0 * intervals[0].high);
  for (const int n : times) CHECK(std::abs(n - 2000) < 4.5 * 45);  // binomial, 4.5 sigma
}

TEST_CASE("the seed decides a bootstrap, a higher level widens it") {
  const auto sample = normal_sample(30, 5);
  const auto interval = [&](std::uint64_t seed, double level) {
    return bootstrap_interval(sample, standard_deviation, {.seed = seed, .level = level});
  };
  CHECK(interval(1, 0.9).low == interval(1, 0.9).low);
  CHECK(interval(1, 0.9).low != interval(2, 0.9).low);
  CHECK(interval(1, 0.99).low < interval(1, 0.9).low);
  CHECK(interval(1, 0.99).high > interval(1, 0.9).high);
}

TEST_CASE("a bootstrap refuses no rows, no resamples, a level outside (0, 1), values not finite") {
  const std::array values{1.0, 2.0, 3.0};
  CHECK_THROWS_AS(bootstrap_interval({}, mean, {.seed = 1}), InputError);
  CHECK_THROWS_AS(bootstrap_interval(values, mean, {.seed = 1, .resamples = 0}), InputError);
  for (const double level : {0.0, 1.0, -0.5, not_a_number}) {
    CHECK_THROWS_AS(bootstrap_interval(values, mean, {.seed = 1, .level = level}), InputError);
  }
  const auto broken = [](std::span<const double>) { return not_a_number; };
  CHECK_THROWS_WITH_AS(bootstrap_interval(values, broken, {.seed = 1}),
                       "bootstrapped statistic, by resample: row 0 is nan (must be finite)",
                       InputError);
}

TEST_CASE("a bootstrap keeps its numbers") {
  std::vector<std::uint32_t> drawn;
  const auto statistics = [&](std::span<const std::uint32_t> rows) {
    drawn.insert(drawn.end(), rows.begin(), rows.end());
    return std::vector<double>{0.0};
  };
  bootstrap_intervals(8, statistics, {.seed = 1, .resamples = 2});
  CHECK(drawn == std::vector<std::uint32_t>{0, 6, 5, 1, 0, 2, 2, 0, 3, 4, 4, 1, 2, 2, 0, 5});
}
