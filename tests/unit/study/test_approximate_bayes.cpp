#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

#include <neurograft/study/approximate_bayes.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
using Rows = std::vector<std::vector<double>>;

std::string message(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::vector<Distribution> two_priors() {
  return {Distribution::uniform(0.0, 1.0), Distribution::log_uniform(0.01, 100.0)};
}

std::vector<double> distances_of(const Rows& rows) {
  std::vector<double> distances;
  for (const auto& row : rows) distances.push_back(std::abs(row[0] - 0.3) + std::abs(row[1] - 2.0));
  return distances;
}

Population advanced(Population population, const AbcOptions& options, int generations) {
  const auto priors = two_priors();
  for (int g = 0; g < generations; ++g) {
    const Rows rows = propose(priors, population, options);
    population = accept(priors, population, rows, distances_of(rows), options);
  }
  return population;
}

bool same(const Population& a, const Population& b) {
  return a.generation == b.generation && a.parameters == b.parameters && a.weights == b.weights &&
         a.distances == b.distances && a.tolerance == b.tolerance && a.acceptance == b.acceptance;
}

}  // namespace

TEST_CASE("a generation evaluates a fixed number and keeps the nearest, in order") {
  const AbcOptions options{.particles = 200, .keep_fraction = 0.25, .seed = 3};
  const auto priors = two_priors();
  const Rows first = propose(priors, {}, options);
  CHECK(first.size() == 200);
  const Population one = accept(priors, {}, first, distances_of(first), options);
  CHECK(one.generation == 1);
  CHECK(one.acceptance == 1.0);
  REQUIRE(one.parameters.size() == 50);
  CHECK(one.weights == std::vector<double>(50, 1.0));
  CHECK(std::ranges::is_sorted(one.distances));
  CHECK(one.tolerance == one.distances.back());
  CHECK(distances_of(one.parameters) == one.distances);
  std::vector<double> sorted = distances_of(first);
  std::ranges::sort(sorted);
  CHECK(one.tolerance == sorted[49]);

  const Rows second = propose(priors, one, options);
  CHECK(second.size() == 150);
  const std::vector<double> distances = distances_of(second);
  const Population two = accept(priors, one, second, distances, options);
  CHECK(two.generation == 2);
  CHECK(two.parameters.size() == 50);
  CHECK(two.tolerance < one.tolerance);
  const auto nearer = std::ranges::count_if(distances, [&](double d) { return d < one.tolerance; });
  CHECK(two.acceptance == static_cast<double>(nearer) / 150.0);
}

TEST_CASE("a proposal weighs its prior over the density that it was drawn with") {
  const auto priors = two_priors();
  Population population;
  population.generation = 1;
  population.parameters = {{0.2, 1.0}, {0.5, 3.0}, {0.7, 2.0}};
  population.weights = {2.0, 6.0, 4.0};
  population.distances = {0.1, 0.2, 0.3};
  population.tolerance = 0.3;
  const Rows rows{{0.4, 1.5}};
  const Population next =
      accept(priors, population, rows, std::vector<double>{0.0}, {.particles = 4});

  // On the scales of movement, x and y = log of the second parameter: twice the covariance.
  const double x[] = {0.2, 0.5, 0.7}, y[] = {0.0, std::log(3.0), std::log(2.0)};
  const double share[] = {1.0 / 6.0, 1.0 / 2.0, 1.0 / 3.0};
  double mx = 0.0, my = 0.0, xx = 0.0, xy = 0.0, yy = 0.0, density = 0.0;
  for (int j = 0; j < 3; ++j) {
    mx += share[j] * x[j];
    my += share[j] * y[j];
  }
  for (int j = 0; j < 3; ++j) {
    xx += 2.0 * share[j] * (x[j] - mx) * (x[j] - mx);
    xy += 2.0 * share[j] * (x[j] - mx) * (y[j] - my);
    yy += 2.0 * share[j] * (y[j] - my) * (y[j] - my);
  }
  const double determinant = xx * yy - xy * xy;
  for (int j = 0; j < 3; ++j) {
    const double dx = 0.4 - x[j], dy = std::log(1.5) - y[j];
    const double square = (yy * dx * dx - 2.0 * xy * dx * dy + xx * dy * dy) / determinant;
    density +=
        share[j] * std::exp(-0.5 * square) / (2.0 * std::numbers::pi * std::sqrt(determinant));
  }
  const double prior = 1.0 * (1.0 / std::log(1e4));  // of x, and of the logarithm y
  CHECK(next.parameters == Rows{{0.4, 1.5}, {0.2, 1.0}});
  CHECK(next.weights[1] == 2.0);
  // The ridge, 1e-10 of the squared ranges, makes the last difference.
  CHECK(std::abs(next.weights[0] / (prior / density) - 1.0) < 1e-7);
}

TEST_CASE("proposals are within the priors, differ, and depend on seed and generation") {
  const AbcOptions options{.particles = 400, .seed = 3};
  const auto priors = two_priors();
  const Population one = advanced({}, options, 1);
  const Rows rows = propose(priors, one, options);
  for (const auto& row : rows) {
    CHECK(priors[0].contains(row[0]));
    CHECK(priors[1].contains(row[1]));
  }
  CHECK(std::set<std::vector<double>>(rows.begin(), rows.end()).size() == rows.size());
  AbcOptions other = options;
  other.seed = 4;
  CHECK(propose(priors, one, other)[0] != rows[0]);
  Population later = one;
  later.generation = 2;
  CHECK(propose(priors, later, options)[0] != rows[0]);
}

TEST_CASE("a second run, and one resumed from a stored population, have the same bytes") {
  const AbcOptions options{.particles = 300, .seed = 11};
  const Population stored = advanced({}, options, 3);
  const Population whole = advanced({}, options, 6);
  CHECK(same(whole, advanced({}, options, 6)));
  CHECK(same(whole, advanced(stored, options, 3)));
}

TEST_CASE("failed simulations are never kept") {
  const AbcOptions options{.particles = 100, .keep_fraction = 0.2};
  const auto priors = two_priors();
  const Rows rows = propose(priors, {}, options);
  std::vector<double> distances = distances_of(rows);
  for (std::size_t i = 0; i < 100; ++i) {
    if (rows[i][0] < 0.3) distances[i] = i % 2 == 0 ? infinity : NAN;
  }
  const Population one = accept(priors, {}, rows, distances, options);
  CHECK(one.parameters.size() == 20);
  for (const auto& row : one.parameters) CHECK(row[0] >= 0.3);
  const Rows next = propose(priors, one, options);
  const Population two =
      accept(priors, one, next, std::vector<double>(next.size(), infinity), options);
  CHECK(two.acceptance == 0.0);
  CHECK(two.parameters == one.parameters);
  CHECK(two.weights == one.weights);
  std::ranges::fill(distances, infinity);
  std::fill_n(distances.begin(), 19, 1.0);
  CHECK(message([&] { accept(priors, {}, rows, distances, options); }) ==
        "19 of 100 simulations succeeded (20 are to be kept); "
        "see why they fail, or keep a smaller fraction");
}

TEST_CASE("of equal distances the older is kept, and none of them counts as accepted") {
  const AbcOptions options{.particles = 100};
  const auto priors = two_priors();
  const Rows rows = propose(priors, {}, options);
  const Population one = accept(priors, {}, rows, std::vector<double>(100, 0.0), options);
  CHECK(one.parameters == Rows(rows.begin(), rows.begin() + 50));
  const Rows next = propose(priors, one, options);
  const Population two = accept(priors, one, next, std::vector<double>(50, 0.0), options);
  CHECK(two.parameters == one.parameters);
  CHECK(two.acceptance == 0.0);
  CHECK(is_finished(two, options));
}

TEST_CASE("the end comes by acceptance or by generations") {
  const AbcOptions options{.stop_acceptance = 0.1, .most_generations = 5};
  Population population;
  CHECK_FALSE(is_finished(population, options));
  population.generation = 4;
  population.acceptance = 0.1;
  CHECK_FALSE(is_finished(population, options));
  population.acceptance = 0.09;
  CHECK(is_finished(population, options));
  population.acceptance = 1.0;
  population.generation = 5;
  CHECK(is_finished(population, options));
}

TEST_CASE("particles in one point or on a line still move, a little") {
  const AbcOptions options{.particles = 1000};
  const auto priors = two_priors();
  for (const double slope : {0.0, 1.0}) {
    Population population;
    population.generation = 1;
    for (int i = 0; i < 500; ++i) {
      const double along = slope * i / 1000.0;
      population.parameters.push_back({0.3 + along, 2.0 * std::exp(along)});
    }
    population.weights.assign(500, 1.0);
    population.distances.assign(500, 1.0);
    population.tolerance = 1.0;
    double squares = 0.0;
    const Rows rows = propose(priors, population, options);
    for (const auto& row : rows) {
      const double across = std::log(row[1] / 2.0) - (row[0] - 0.3);
      squares += across * across;
    }
    // Across the line, and in a point, the ridge alone moves them: 1e-5 of the ranges 0.5 and
    // log 1e2. Over n = 500 draws the standard error of a variance is sqrt(2 / n); 5 sigma.
    const double variance = 1e-10 * (0.25 + std::log(100.0) * std::log(100.0));
    CHECK(std::abs(squares / 500.0 / variance - 1.0) < 5.0 * std::sqrt(2.0 / 500.0));
    const Population next =
        accept(priors, population, rows, std::vector<double>(rows.size(), 0.5), options);
    CHECK(next.parameters == rows);
    for (const double weight : next.weights) CHECK(std::isfinite(weight));
  }
}

TEST_CASE("what cannot be calibrated is refused with every reason") {
  const std::vector<Distribution> priors{Distribution::whole(0, 3), Distribution::choice({"a"})};
  CHECK(message([&] {
          check_calibration(priors, {.particles = 10, .keep_fraction = 1.0, .stop_acceptance = 2});
        }) ==
        "prior 0 is a whole number or a choice (must be continuous)\n"
        "prior 1 is a whole number or a choice (must be continuous)\n"
        "particles = 10, keep_fraction = 1 (must keep at least 2 and leave at least 1 to propose)\n"
        "stop_acceptance = 2 (must be in [0, 1])");
  CHECK(message([] { check_calibration({}, {.keep_fraction = NAN}); }) ==
        "no priors (nothing to calibrate)\nkeep_fraction = nan (must be in [0, 1])");
  CHECK_THROWS_AS(propose(priors, {}, {}), InputError);
  CHECK_THROWS_AS(accept(priors, {}, {}, {}, {}), InputError);
  const Rows rows{{0.5}};
  CHECK_THROWS_WITH_AS(accept(two_priors(), {}, rows, std::vector<double>{1.0}, {}),
                       "calibration: rows of parameters, distances and priors do not match", Error);
}

TEST_CASE("a row that was not drawn from the population has no weight") {
  const AbcOptions options{.particles = 100};
  const auto priors = two_priors();
  Population population;
  population.generation = 1;
  population.parameters.assign(50, {0.3, 2.0});
  population.weights.assign(50, 1.0);
  population.distances.assign(50, 1.0);
  const Rows rows{{0.9, 2.0}};
  CHECK_THROWS_WITH_AS(accept(priors, population, rows, std::vector<double>{0.5}, options),
                       "calibration: a proposal was not drawn from this population", Error);
}

TEST_CASE("summaries are weighted") {
  Population population;
  population.parameters = {{3.0, 1.0}, {1.0, 1.0}, {2.0, 5.0}};
  population.weights = {1.0, 2.0, 1.0};
  const auto summaries = summarise(population, std::vector<double>{0.0, 0.5, 0.6, 0.75, 1.0});
  REQUIRE(summaries.size() == 2);
  CHECK(summaries[0].mean == 1.75);
  CHECK(summaries[0].sd == doctest::Approx(std::sqrt((1.5625 + 2 * 0.5625 + 0.0625) / 4.0)));
  CHECK(summaries[0].quantiles == std::vector<double>{1.0, 1.0, 2.0, 2.0, 3.0});
  CHECK(summaries[1].mean == 2.0);
  CHECK(effective_sample_size(population) == doctest::Approx(16.0 / 6.0));
  CHECK(summarise({}, {}).empty());
  CHECK(effective_sample_size({}) == 0.0);
}

TEST_CASE("draws for predictions go by the weights") {
  Population population;
  population.parameters = {{0.0}, {1.0}, {2.0}};
  population.weights = {1.0, 6.0, 3.0};
  constexpr std::size_t n = 20000;
  const Rows draws = resample(population, n, 5);
  REQUIRE(draws.size() == n);
  std::array<double, 3> shares{};
  for (const auto& row : draws) shares.at(static_cast<std::size_t>(row[0])) += 1.0 / n;
  for (std::size_t i = 0; i < 3; ++i) {
    const double p = population.weights[i] / 10.0;
    CHECK(std::abs(shares[i] - p) < 5.0 * std::sqrt(p * (1.0 - p) / n));  // 5 sigma
  }
  CHECK(resample(population, 10, 5) == Rows(draws.begin(), draws.begin() + 10));
  CHECK(resample(population, 100, 6) != Rows(draws.begin(), draws.begin() + 100));
  CHECK_THROWS_AS(resample({}, 1, 5), Error);
}
