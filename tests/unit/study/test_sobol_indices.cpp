#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <neurograft/core/error.hpp>
#include <neurograft/study/sobol_indices.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

template <typename Function>
std::vector<double> outputs_of(const UnitPoints& points, Function function) {
  std::vector<double> outputs;
  for (std::size_t i = 0; i < points.count(); ++i) outputs.push_back(function(points.row(i)));
  return outputs;
}

// The rows of a `saltelli_design` with independent points in place of the sequence.
UnitPoints independent_design(std::size_t base_samples, std::size_t dimensions,
                              std::uint64_t seed) {
  const UnitPoints base = uniform_points(base_samples, 2 * dimensions, seed);
  UnitPoints points{dimensions, {}};
  for (std::size_t sample = 0; sample < base_samples; ++sample) {
    const auto both = base.row(sample);
    for (std::size_t row = 0; row < dimensions + 2; ++row) {
      for (std::size_t d = 0; d < dimensions; ++d) {
        const bool of_b = row == 1 || row == d + 2;
        points.values.push_back(both[of_b ? dimensions + d : d]);
      }
    }
  }
  return points;
}

struct Expected {
  std::vector<double> first, total;
};

// Ishigami and Homma 1990, doi 10.1109/ISUMA.1990.151285: three inputs uniform in (-pi, pi).
constexpr double ishigami_a = 7.0;
constexpr double ishigami_b = 0.1;

double ishigami(std::span<const double> u) {
  const auto x = [&](std::size_t i) { return M_PI * (2.0 * u[i] - 1.0); };
  return std::sin(x(0)) + ishigami_a * std::pow(std::sin(x(1)), 2) +
         ishigami_b * std::pow(x(2), 4) * std::sin(x(0));
}

Expected ishigami_indices() {
  const double pi4 = std::pow(M_PI, 4);
  const double v1 = 0.5 * std::pow(1.0 + ishigami_b * pi4 / 5.0, 2);
  const double v2 = ishigami_a * ishigami_a / 8.0;
  const double v13 = ishigami_b * ishigami_b * pi4 * pi4 * 8.0 / 225.0;
  const double v = v1 + v2 + v13;
  return {{v1 / v, v2 / v, 0.0}, {(v1 + v13) / v, v2 / v, v13 / v}};
}

// Saltelli and Sobol' 1995, doi 10.1016/0951-8320(95)00099-2.
constexpr std::array g_a{0.0, 1.0, 4.5, 9.0, 99.0, 99.0};

double g_function(std::span<const double> u) {
  double product = 1.0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    product *= (std::abs(4.0 * u[i] - 2.0) + g_a[i]) / (1.0 + g_a[i]);
  }
  return product;
}

Expected g_indices() {
  const auto part = [](double a) { return 1.0 / (3.0 * (1.0 + a) * (1.0 + a)); };
  double all = 1.0;
  for (const double a : g_a) all *= 1.0 + part(a);
  Expected expected;
  for (const double a : g_a) {
    expected.first.push_back(part(a) / (all - 1.0));
    expected.total.push_back(part(a) * all / (1.0 + part(a)) / (all - 1.0));
  }
  return expected;
}

// Half a 95 % interval is 1.96 standard errors.
double standard_error(const Interval& interval) {
  return (interval.high - interval.low) / (2.0 * 1.96);
}

void check_index(double found, const Interval& interval, double expected, double bound) {
  CHECK(std::abs(found - expected) < bound);
  CHECK(std::abs(found - expected) < 4.0 * standard_error(interval));
  CHECK(interval.low <= expected);
  CHECK(expected <= interval.high);
  CHECK(interval.low <= found);
  CHECK(found <= interval.high);
}

template <typename Function>
void check_function(Function function, const Expected& expected, double bound) {
  const std::size_t d = expected.first.size();
  const auto outputs = outputs_of(saltelli_design(4096, d, 1), function);
  const auto indices = sobol_indices(d, outputs, {.seed = 1, .resamples = 500});
  REQUIRE(indices.size() == d);
  for (std::size_t i = 0; i < d; ++i) {
    const SobolIndex& index = indices[i];
    CAPTURE(i);
    check_index(index.first, index.first_interval, expected.first[i], bound);
    check_index(index.total, index.total_interval, expected.total[i], bound);
    CHECK(index.total >= index.first - 4.0 * standard_error(index.first_interval));
    if (expected.total[i] > expected.first[i] + 0.02) CHECK(index.total > index.first);
  }
}

}  // namespace

TEST_CASE("a design is a, b, and a with one coordinate of b after the other") {
  const UnitPoints points = saltelli_design(8, 3, 4);
  REQUIRE(points.count() == 40);
  const UnitPoints base = sobol_sequence(8, 6, 4);
  for (std::size_t sample = 0; sample < 8; ++sample) {
    const auto a = points.row(5 * sample);
    const auto b = points.row(5 * sample + 1);
    CHECK(std::ranges::equal(a, base.row(sample).first(3)));
    CHECK(std::ranges::equal(b, base.row(sample).last(3)));
    for (std::size_t i = 0; i < 3; ++i) {
      const auto mixed = points.row(5 * sample + 2 + i);
      for (std::size_t d = 0; d < 3; ++d) CHECK(mixed[d] == (d == i ? b[d] : a[d]));
    }
  }
  const UnitPoints longer = saltelli_design(16, 3, 4);
  CHECK(std::equal(points.values.begin(), points.values.end(), longer.values.begin()));
}

TEST_CASE("two base samples of one input, by hand") {
  // a, b, mixed: mean over a and b 3, variance (4 + 0 + 1 + 9) / 4 = 7/2; first order
  // (0 * 2 + 3 * 2) / 2 = 3, total (2^2 + 2^2) / 4 = 2.
  const auto indices = sobol_indices(1, std::array{1.0, 3.0, 3.0, 2.0, 6.0, 4.0}, {.seed = 1});
  CHECK(indices[0].first == doctest::Approx(6.0 / 7.0).epsilon(1e-15));
  CHECK(indices[0].total == doctest::Approx(4.0 / 7.0).epsilon(1e-15));
}

TEST_CASE("indices of the Ishigami function are those of its formula") {
  check_function(ishigami, ishigami_indices(), 0.005);
}

TEST_CASE("indices of the g-function are those of its formula") {
  check_function(g_function, g_indices(), 0.005);
}

TEST_CASE("few base samples scatter about the formula: no bias over seeds") {
  constexpr std::uint64_t seeds = 200;
  const Expected expected = ishigami_indices();
  std::array<std::vector<double>, 6> found;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const auto outputs = outputs_of(saltelli_design(256, 3, seed), ishigami);
    const auto indices = sobol_indices(3, outputs, {.seed = 1, .resamples = 1});
    for (std::size_t i = 0; i < 3; ++i) {
      found[i].push_back(indices[i].first);
      found[3 + i].push_back(indices[i].total);
    }
  }
  for (std::size_t i = 0; i < 6; ++i) {
    const double truth = i < 3 ? expected.first[i] : expected.total[i - 3];
    const double error = standard_deviation(found[i]) / std::sqrt(static_cast<double>(seeds));
    // A ratio of estimates from 256 base samples has a bias of some 1/256 of itself.
    CHECK(std::abs(mean(found[i]) - truth) < 4.0 * error + truth / 256.0);
  }
}

TEST_CASE("intervals cover as often as they say where base samples are independent") {
  // Nominal 90 %. 4.5 standard errors of a share among 400 are 7 points; percentile intervals fall
  // a little short.
  constexpr std::uint64_t seeds = 400;
  const Expected expected = ishigami_indices();
  std::array<double, 6> share{};
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const auto outputs = outputs_of(independent_design(200, 3, seed), ishigami);
    const auto indices = sobol_indices(3, outputs, {.seed = seed, .resamples = 300, .level = 0.9});
    const auto covers = [](const Interval& interval, double value) {
      return interval.low <= value && value <= interval.high ? 1.0 / seeds : 0.0;
    };
    for (std::size_t i = 0; i < 3; ++i) {
      share[i] += covers(indices[i].first_interval, expected.first[i]);
      share[3 + i] += covers(indices[i].total_interval, expected.total[i]);
    }
  }
  for (const double of_one : share) {
    CHECK(of_one > 0.82);
    CHECK(of_one < 0.97);
  }
}

TEST_CASE("shifting and scaling the output changes no index") {
  const UnitPoints points = saltelli_design(128, 3, 2);
  const auto plain = outputs_of(points, ishigami);
  const auto moved =
      outputs_of(points, [](std::span<const double> u) { return 1e4 - 3.0 * ishigami(u); });
  const auto expected = sobol_indices(3, plain, {.seed = 1, .resamples = 50});
  const auto found = sobol_indices(3, moved, {.seed = 1, .resamples = 50});
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(found[i].first == doctest::Approx(expected[i].first).epsilon(1e-9));
    CHECK(found[i].total == doctest::Approx(expected[i].total).epsilon(1e-9));
    CHECK(found[i].first_interval.low ==
          doctest::Approx(expected[i].first_interval.low).epsilon(1e-9));
    CHECK(found[i].total_interval.high ==
          doctest::Approx(expected[i].total_interval.high).epsilon(1e-9));
  }
}

TEST_CASE("one input that does all has both indices 1, one that does nothing has total 0") {
  const auto outputs = outputs_of(saltelli_design(1024, 2, 3),
                                  [](std::span<const double> u) { return std::exp(u[0]); });
  const auto indices = sobol_indices(2, outputs, {.seed = 1});
  CHECK(indices[0].first == doctest::Approx(1.0).epsilon(0.01));
  CHECK(indices[0].total == doctest::Approx(1.0).epsilon(0.01));
  CHECK(indices[1].first == 0.0);
  CHECK(indices[1].total == 0.0);
  CHECK(indices[1].total_interval.high == 0.0);
}

TEST_CASE("an output that never varies gives indices of 0") {
  for (const SobolIndex& index :
       sobol_indices(2, std::vector<double>(4 * 10, 0.1), {.seed = 1, .resamples = 20})) {
    for (const double value : {index.first, index.total, index.first_interval.low,
                               index.first_interval.high, index.total_interval.high}) {
      CHECK(value == 0.0);
    }
  }
}

TEST_CASE("a rare output: finite in every resample, refused if its variance is not known") {
  std::vector<double> outputs(3 * 20, 0.0);
  outputs[3] = 1.0;   // a of base sample 1
  outputs[17] = 1.0;  // mixed point of base sample 5, of which a and b are 0
  const auto indices = sobol_indices(1, outputs, {.seed = 1});
  CHECK(std::isfinite(indices[0].total_interval.high));
  outputs[3] = 0.0;
  CHECK_THROWS_AS(sobol_indices(1, outputs, {.seed = 1}), InputError);
}

TEST_CASE("indices refuse outputs that do not fit the design or are not finite") {
  std::vector<double> outputs(4 * 5, 1.0);
  CHECK_NOTHROW(sobol_indices(2, outputs, {.seed = 1}));
  CHECK_THROWS_AS(sobol_indices(0, outputs, {.seed = 1}), InputError);
  CHECK_THROWS_AS(sobol_indices(4, outputs, {.seed = 1}), InputError);  // 3.3 base samples
  CHECK_THROWS_AS(sobol_indices(2, std::span(outputs).first(4), {.seed = 1}), InputError);
  CHECK_THROWS_AS(sobol_indices(2, {}, {.seed = 1}), InputError);
  CHECK_THROWS_AS(sobol_indices(2, outputs, {.seed = 1, .level = 2.0}), InputError);
  CHECK_THROWS_AS(saltelli_design(4, 0, 1), InputError);
  CHECK_THROWS_AS(saltelli_design(4, 1834, 1), InputError);  // 3668 dimensions of the sequence
  outputs[13] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(sobol_indices(2, outputs, {.seed = 1}),
                       "sobol_indices: row 13 is nan (must be finite)", InputError);
}
