#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/study/unit_points.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

using Design = UnitPoints (*)(std::size_t, std::size_t, std::uint64_t);

// Product of (pi / 2) sin(pi x) over dimensions; its integral is 1.
double bump_integral(const UnitPoints& points) {
  double sum = 0.0;
  for (std::size_t i = 0; i < points.count(); ++i) {
    double product = 1.0;
    for (const double x : points.row(i)) product *= M_PI_2 * std::sin(M_PI * x);
    sum += product;
  }
  return sum / static_cast<double>(points.count());
}

// Root mean square error of that integral over seeds.
double bump_error(Design design, std::size_t count) {
  constexpr std::uint64_t seeds = 50;
  double squares = 0.0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const double error = bump_integral(design(count, 4, seed)) - 1.0;
    squares += error * error;
  }
  return std::sqrt(squares / seeds);
}

std::uint64_t bits_of(double x) {
  return static_cast<std::uint64_t>(std::ldexp(x, 52));
}

}  // namespace

TEST_CASE("points have the size asked for, lie in the open cube, and follow the seed") {
  for (const Design design : {&uniform_points, &latin_hypercube, &sobol_sequence}) {
    const UnitPoints points = design(300, 5, 7);
    CHECK(points.dimensions == 5);
    CHECK(points.count() == 300);
    CHECK(points.row(299).size() == 5);
    CHECK(points.row(1)[2] == points.values[7]);
    CHECK(std::ranges::all_of(points.values, [](double x) { return x > 0.0 && x < 1.0; }));
    CHECK(points.values == design(300, 5, 7).values);
    CHECK(points.values != design(300, 5, 8).values);
    CHECK(std::set(points.values.begin(), points.values.end()).size() == 1500);
    CHECK(design(0, 5, 7).count() == 0);
  }
}

TEST_CASE("the first points of a longer design are the same") {
  for (const Design design : {&uniform_points, &sobol_sequence}) {
    const UnitPoints few = design(37, 6, 3);
    const UnitPoints many = design(1000, 6, 3);
    CHECK(std::equal(few.values.begin(), few.values.end(), many.values.begin()));
  }
  const UnitPoints narrow = uniform_points(10, 3, 3);
  const UnitPoints wide = uniform_points(10, 9, 3);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(std::ranges::equal(narrow.row(i), wide.row(i).first(3)));
  }
}

TEST_CASE("uniform coordinates are uniform and do not go together") {
  constexpr std::size_t count = 20000;
  const UnitPoints points = uniform_points(count, 3, 1);
  for (std::size_t d = 0; d < 3; ++d) {
    double sum = 0.0, squares = 0.0, products = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
      const double x = points.row(i)[d] - 0.5;
      sum += x;
      squares += x * x;
      products += x * (points.row(i)[(d + 1) % 3] - 0.5);
    }
    // Bounds at 4.5 standard errors: deviations 1/sqrt(12), 1/sqrt(180), 1/12 of one point.
    const double root = std::sqrt(static_cast<double>(count));
    CHECK(std::abs(sum / count) < 4.5 * 0.2887 / root);
    CHECK(std::abs(squares / count - 1.0 / 12.0) < 4.5 * 0.0745 / root);
    CHECK(std::abs(products / count) < 4.5 / 12.0 / root);
  }
}

TEST_CASE("a Latin hypercube has one point in each stratum of each dimension") {
  for (const std::size_t count : {1U, 7U, 1000U}) {
    const UnitPoints points = latin_hypercube(count, 4, 2);
    for (std::size_t d = 0; d < 4; ++d) {
      std::set<std::size_t> strata;
      for (std::size_t i = 0; i < count; ++i) {
        strata.insert(static_cast<std::size_t>(points.row(i)[d] * static_cast<double>(count)));
      }
      CHECK(strata.size() == count);
      CHECK(*strata.rbegin() == count - 1);
    }
  }
}

TEST_CASE("a Latin hypercube pairs strata at random and places points at random within") {
  constexpr std::size_t count = 4000;
  const UnitPoints points = latin_hypercube(count, 2, 5);
  double products = 0.0, places = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = points.row(i);
    products += 12.0 * (x[0] - 0.5) * (x[1] - 0.5);
    places += x[0] * count - std::floor(x[0] * count);
  }
  const double root = std::sqrt(static_cast<double>(count));
  CHECK(std::abs(products / count) < 4.5 / root);
  CHECK(std::abs(places / count - 0.5) < 4.5 * 0.2887 / root);
}

TEST_CASE("the Sobol sequence is the published one after its shift is taken back") {
  // The beginning in two dimensions as the documentation of Boost.Random gives it.
  constexpr double expected[6][2] = {{0.0, 0.0},   {0.5, 0.5},     {0.75, 0.25},
                                     {0.25, 0.75}, {0.375, 0.375}, {0.875, 0.875}};
  const UnitPoints points = sobol_sequence(6, 2, 99);
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t d = 0; d < 2; ++d) {
      const std::uint64_t bits = bits_of(points.row(i)[d]) ^ bits_of(points.row(0)[d]);
      CHECK(bits == bits_of(expected[i][d]));
    }
  }
}

TEST_CASE("2^m Sobol points have one point in each elementary interval") {
  constexpr int m = 8;
  const UnitPoints points = sobol_sequence(std::size_t{1} << m, 40, 6);
  // In one dimension, for every dimension.
  for (std::size_t d = 0; d < points.dimensions; ++d) {
    std::set<std::uint64_t> cells;
    for (std::size_t i = 0; i < points.count(); ++i) {
      cells.insert(bits_of(points.row(i)[d]) >> (52 - m));
    }
    CHECK(cells.size() == points.count());
  }
  // In the first two: boxes of 2^-k by 2^-(m - k).
  for (int k = 0; k <= m; ++k) {
    std::set<std::pair<double, double>> cells;
    for (std::size_t i = 0; i < points.count(); ++i) {
      const auto x = points.row(i);
      cells.emplace(std::floor(std::ldexp(x[0], k)), std::floor(std::ldexp(x[1], m - k)));
    }
    CHECK(cells.size() == points.count());
  }
}

TEST_CASE("each Sobol point is uniform over seeds, the first too") {
  constexpr std::uint64_t seeds = 4000;
  double first = 0.0, sixth = 0.0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const UnitPoints points = sobol_sequence(6, 3, seed);
    first += points.row(0)[1] / seeds;
    sixth += points.row(5)[2] / seeds;
  }
  const double bound = 4.5 * 0.2887 / std::sqrt(static_cast<double>(seeds));
  CHECK(std::abs(first - 0.5) < bound);
  CHECK(std::abs(sixth - 0.5) < bound);
}

TEST_CASE(
    "a smooth integrand: Sobol is 20 times as good as random and gains with n, not its root") {
  const double random = bump_error(&uniform_points, 4096);
  const double sobol = bump_error(&sobol_sequence, 4096);
  const double sobol_fewer = bump_error(&sobol_sequence, 256);
  const double hypercube = bump_error(&latin_hypercube, 4096);
  // The standard deviation of the integrand is sqrt((pi^2 / 8)^4 - 1) = 1.148.
  CHECK(random == doctest::Approx(1.148 / 64.0).epsilon(0.3));
  CHECK(hypercube < random);
  CHECK(sobol < random / 20.0);
  CHECK(sobol < sobol_fewer / 8.0);
}

TEST_CASE("designs refuse no dimensions, too many points, dimensions that Boost does not know") {
  for (const Design design : {&uniform_points, &latin_hypercube, &sobol_sequence}) {
    CHECK_THROWS_AS(design(10, 0, 1), InputError);
    CHECK_THROWS_AS(design(most_points + 1, 1, 1), InputError);
  }
  CHECK(sobol_sequence(2, 3667, 1).count() == 2);
  CHECK_THROWS_WITH_AS(sobol_sequence(2, 3668, 1), "sobol_sequence: 3668 dimensions (at most 3667)",
                       InputError);
}

TEST_CASE("designs keep their numbers") {
  // A change here changes every study made with a seed.
  CHECK(std::ranges::equal(uniform_points(3, 2, 1).row(0),
                           std::array{0x1.16cf7f0201cd1p-1, 0x1.a4daa8b82dbffp-1}));
  CHECK(std::ranges::equal(latin_hypercube(3, 2, 1).row(0),
                           std::array{0x1.fc4a065555555p-1, 0x1.b4c08ap-2}));
  CHECK(std::ranges::equal(sobol_sequence(3, 2, 1).row(0),
                           std::array{0x1.6279dfca826bap-2, 0x1.2d3bb6254d93fp-1}));
}
