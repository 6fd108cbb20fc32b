#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/study/morris.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

template <typename Function>
std::vector<double> outputs_of(const UnitPoints& points, Function function) {
  std::vector<double> outputs;
  for (std::size_t i = 0; i < points.count(); ++i) outputs.push_back(function(points.row(i)));
  return outputs;
}

// The function of Morris 1991, section 5, with (-1)^i and (-1)^(i + j) for the coefficients that he
// drew at random: inputs 1 to 10 matter, 8 to 10 of them by themselves, 11 to 20 hardly.
double morris_function(std::span<const double> x) {
  std::array<double, 21> w{};
  for (std::size_t i = 1; i <= 20; ++i) {
    const bool curved = i == 3 || i == 5 || i == 7;
    w[i] = 2.0 * ((curved ? 1.1 * x[i - 1] / (x[i - 1] + 0.1) : x[i - 1]) - 0.5);
  }
  double y = 0.0;
  for (std::size_t i = 1; i <= 20; ++i) {
    y += (i <= 10 ? 20.0 : i % 2 == 0 ? 1.0 : -1.0) * w[i];
    for (std::size_t j = i + 1; j <= 20; ++j) {
      y += (j <= 6 ? -15.0 : (i + j) % 2 == 0 ? 1.0 : -1.0) * w[i] * w[j];
      for (std::size_t k = j + 1; k <= 5; ++k) {
        y -= 10.0 * w[i] * w[j] * w[k];
        for (std::size_t l = k + 1; l <= 4; ++l) y += 5.0 * w[i] * w[j] * w[k] * w[l];
      }
    }
  }
  return y;
}

}  // namespace

TEST_CASE("a trajectory moves each input once, by half, between centres of levels") {
  for (const std::uint32_t levels : {2U, 4U, 6U}) {
    const UnitPoints points = morris_design(50, 3, levels, 1);
    REQUIRE(points.count() == 200);
    for (const double x : points.values) {
      const double level = x * levels - 0.5;
      REQUIRE(std::abs(level - std::round(level)) < 1e-12);
      REQUIRE((x > 0.0 && x < 1.0));
    }
    for (std::size_t t = 0; t < 50; ++t) {
      std::set<std::size_t> moved;
      for (std::size_t row = 4 * t; row < 4 * t + 3; ++row) {
        int moves = 0;
        for (std::size_t d = 0; d < 3; ++d) {
          const double step = points.row(row + 1)[d] - points.row(row)[d];
          if (step == 0.0) continue;
          ++moves;
          moved.insert(d);
          REQUIRE(std::abs(step) == doctest::Approx(0.5).epsilon(1e-14));
        }
        REQUIRE(moves == 1);
      }
      REQUIRE(moved.size() == 3);
    }
  }
}

TEST_CASE("starts, orders and directions are random, each as likely as the others") {
  constexpr std::size_t trajectories = 6000;
  const UnitPoints points = morris_design(trajectories, 3, 4, 2);
  std::map<double, int> starts;
  std::map<std::array<std::size_t, 3>, int> orders;
  int up = 0;
  for (std::size_t t = 0; t < trajectories; ++t) {
    ++starts[points.row(4 * t)[1]];
    up += points.row(4 * t + 3)[1] > points.row(4 * t)[1] ? 1 : 0;
    std::array<std::size_t, 3> order{};
    for (std::size_t step = 0; step < 3; ++step) {
      while (points.row(4 * t + step)[order[step]] == points.row(4 * t + step + 1)[order[step]]) {
        ++order[step];
      }
    }
    ++orders[order];
  }
  REQUIRE(starts.size() == 4);
  REQUIRE(orders.size() == 6);
  // 4.5 binomial standard deviations.
  for (const auto& [level, count] : starts) CHECK(std::abs(count - 1500) < 4.5 * 33.6);
  for (const auto& [order, count] : orders) CHECK(std::abs(count - 1000) < 4.5 * 28.9);
  CHECK(std::abs(up - 3000) < 4.5 * 38.8);
  const UnitPoints fewer = morris_design(10, 3, 4, 2);
  CHECK(std::equal(fewer.values.begin(), fewer.values.end(), points.values.begin()));
  CHECK(fewer.values != morris_design(10, 3, 4, 3).values);
}

TEST_CASE("a linear function: effects are its coefficients, without spread") {
  constexpr std::array coefficients{3.0, -2.0, 0.0, 0.25};
  for (const std::uint32_t levels : {4U, 6U}) {
    const UnitPoints points = morris_design(20, 4, levels, 5);
    const auto outputs = outputs_of(points, [&](std::span<const double> x) {
      return 7.0 + 3.0 * x[0] - 2.0 * x[1] + 0.25 * x[3];
    });
    const auto effects = morris_effects(points, outputs, {.seed = 1});
    REQUIRE(effects.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
      // Coordinates of 4 levels, and so these outputs, have few bits: nothing is rounded.
      const double error = levels == 4 ? 0.0 : 1e-13;
      CHECK(std::abs(effects[i].mu - coefficients[i]) <= error);
      CHECK(std::abs(effects[i].mu_star - std::abs(coefficients[i])) <= error);
      CHECK(effects[i].sigma <= error);
      CHECK(effects[i].mu_star_interval.high - effects[i].mu_star_interval.low <= error);
    }
  }
}

TEST_CASE("an interaction spreads effects: x1 x2 on two levels") {
  // The effect of x1 is x2, 1/4 or 3/4 as likely: mean 1/2, deviation 1/4.
  const UnitPoints points = morris_design(4000, 2, 2, 8);
  const auto outputs = outputs_of(points, [](std::span<const double> x) { return x[0] * x[1]; });
  for (const MorrisEffects& effect : morris_effects(points, outputs, {.seed = 1})) {
    CHECK(effect.mu == doctest::Approx(0.5).epsilon(4.5 * 0.5 / std::sqrt(4000.0)));
    CHECK(effect.mu_star == effect.mu);
    CHECK(effect.sigma == doctest::Approx(0.25).epsilon(0.01));
  }
}

TEST_CASE("the function of Morris 1991 falls into its three groups") {
  const UnitPoints points = morris_design(40, 20, 4, 3);
  const auto effects = morris_effects(points, outputs_of(points, morris_function), {.seed = 1});
  const auto least = [&](std::size_t from, std::size_t to, double MorrisEffects::*what) {
    double value = effects[from - 1].*what;
    for (std::size_t i = from; i <= to; ++i) value = std::min(value, effects[i - 1].*what);
    return value;
  };
  const auto most = [&](std::size_t from, std::size_t to, double MorrisEffects::*what) {
    double value = effects[from - 1].*what;
    for (std::size_t i = from; i <= to; ++i) value = std::max(value, effects[i - 1].*what);
    return value;
  };
  CHECK(least(1, 10, &MorrisEffects::mu_star) > 2.0 * most(11, 20, &MorrisEffects::mu_star));
  CHECK(least(1, 7, &MorrisEffects::sigma) > 1.5 * most(8, 20, &MorrisEffects::sigma));
  // Alone and nearly linear: 40 over the whole range.
  for (std::size_t i = 8; i <= 10; ++i) {
    CHECK(effects[i - 1].mu == doctest::Approx(40.0).epsilon(0.1));
    CHECK(effects[i - 1].sigma < 0.25 * effects[i - 1].mu);
  }
}

TEST_CASE("the g-function: only mean magnitudes see its inputs, and rank them") {
  // On four levels |4x - 2| is 3/2, 1/2, 1/2, 3/2 and changes by 1 in every move, with mean 1:
  // mu = 0 and mu_star = 2 / (1 + a), the other factors having mean 1.
  constexpr std::array a{0.0, 1.0, 4.5, 9.0, 99.0};
  const UnitPoints points = morris_design(400, 5, 4, 4);
  const auto outputs = outputs_of(points, [&](std::span<const double> x) {
    double product = 1.0;
    for (std::size_t i = 0; i < 5; ++i) {
      product *= (std::abs(4.0 * x[i] - 2.0) + a[i]) / (1.0 + a[i]);
    }
    return product;
  });
  const auto effects = morris_effects(points, outputs, {.seed = 2, .level = 0.99});
  for (std::size_t i = 0; i < 5; ++i) {
    const MorrisEffects& effect = effects[i];
    const double expected = 2.0 / (1.0 + a[i]);
    CHECK(effect.mu_star_interval.low <= expected);
    CHECK(expected <= effect.mu_star_interval.high);
    CHECK(effect.mu_star == doctest::Approx(expected).epsilon(0.1));
    CHECK(std::abs(effect.mu) < 4.5 * effect.sigma / std::sqrt(400.0));
    if (i > 0) CHECK(effect.mu_star_interval.high < effects[i - 1].mu_star_interval.low);
  }
}

TEST_CASE("a design of elementary effects refuses what it cannot make") {
  CHECK_THROWS_AS(morris_design(5, 0, 4, 1), InputError);
  CHECK_THROWS_AS(morris_design(most_points + 1, 1, 4, 1), InputError);
  for (const std::uint32_t levels : {0U, 1U, 5U}) {
    CHECK_THROWS_AS(morris_design(5, 3, levels, 1), InputError);
  }
}

TEST_CASE("effects refuse points that are no trajectories, and outputs that do not fit") {
  const UnitPoints points = morris_design(3, 2, 4, 1);
  std::vector<double> outputs(9, 1.0);
  CHECK_NOTHROW(morris_effects(points, outputs, {.seed = 1}));
  CHECK_THROWS_AS(morris_effects(points, std::span(outputs).first(6), {.seed = 1}), InputError);
  CHECK_THROWS_AS(
      morris_effects(morris_design(1, 2, 4, 1), std::span(outputs).first(3), {.seed = 1}),
      InputError);
  CHECK_THROWS_AS(morris_effects({}, {}, {.seed = 1}), InputError);
  CHECK_THROWS_AS(morris_effects(points, outputs, {.seed = 1, .resamples = 0}), InputError);

  UnitPoints still = points;  // row 4 as row 3
  std::copy_n(still.values.begin() + 6, 2, still.values.begin() + 8);
  CHECK_THROWS_AS(morris_effects(still, outputs, {.seed = 1}), InputError);
  UnitPoints back = points;  // row 5 as row 3: one input moves and returns
  std::copy_n(back.values.begin() + 6, 2, back.values.begin() + 10);
  CHECK_THROWS_WITH_AS(morris_effects(back, outputs, {.seed = 1}),
                       "morris_effects: the step from row 4 (a step must move one input, and each "
                       "input once in a trajectory)",
                       InputError);
  const UnitPoints both{2, {0.1, 0.1, 0.6, 0.6, 0.1, 0.6, 0.1, 0.1, 0.6, 0.1, 0.6, 0.6}};
  CHECK_THROWS_AS(morris_effects(both, std::span(outputs).first(6), {.seed = 1}), InputError);
  CHECK_THROWS_AS(morris_effects(uniform_points(9, 2, 1), outputs, {.seed = 1}), InputError);

  outputs[5] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(morris_effects(points, outputs, {.seed = 1}),
                       "morris_effects: row 5 is inf (must be finite)", InputError);
}

TEST_CASE("trajectories keep their numbers") {
  CHECK(morris_design(1, 3, 4, 1).values == std::vector<double>{0.625, 0.375, 0.375, 0.625, 0.875,
                                                                0.375, 0.125, 0.875, 0.375, 0.125,
                                                                0.875, 0.875});
}
