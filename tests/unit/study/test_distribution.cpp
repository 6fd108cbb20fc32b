#include <bit>
#include <cmath>
#include <numbers>

#include <neurograft/study/distribution.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

constexpr double infinity = Distribution::unbounded;

std::vector<Distribution> continuous_laws() {
  return {Distribution::uniform(-2.0, 3.0),
          Distribution::log_uniform(0.01, 50.0),
          Distribution::normal(4.0, 0.5),
          Distribution::normal(0.0, 1.0, -0.3, 2.0),
          Distribution::normal(0.0, 1.0, 3.0, infinity),
          Distribution::log_normal(2.0, 0.7),
          Distribution::log_normal(2.0, 0.7, 1.0, 2.5)};
}

// Simpson's rule.
double integral(const auto& f, double from, double to, int intervals = 20000) {
  const double h = (to - from) / intervals;
  double sum = f(from) + f(to);
  for (int i = 1; i < intervals; ++i) sum += (i % 2 == 1 ? 4.0 : 2.0) * f(from + i * h);
  return sum * h / 3.0;
}

doctest::Approx closely(double x) {
  return doctest::Approx(x).epsilon(1e-13);
}

std::string message(const auto& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("the density adds up to the probability that the quantile was asked for") {
  for (const Distribution& law : continuous_laws()) {
    // A law of the logarithm is added up over the logarithm t: dx = x dt.
    const bool logs = law.is_of_logarithm();
    const auto scaled = [&](double x) { return logs ? std::log(x) : x; };
    const auto density = [&](double t) {
      return logs ? std::exp(law.log_density(std::exp(t)) + t) : std::exp(law.log_density(t));
    };
    const double start = scaled(law.quantile(1e-9));
    for (const double u : {0.001, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-9}) {
      CHECK(integral(density, start, scaled(law.quantile(u))) ==
            doctest::Approx(u - 1e-9).epsilon(1e-8));
    }
  }
}

TEST_CASE("quantiles and densities have their closed forms") {
  CHECK(Distribution::uniform(-2.0, 3.0).quantile(0.2) == closely(-1.0));
  CHECK(Distribution::uniform(-2.0, 3.0).log_density(0.0) == closely(-std::log(5.0)));
  CHECK(Distribution::log_uniform(0.01, 100.0).quantile(0.25) == closely(0.1));
  CHECK(Distribution::log_uniform(0.01, 100.0).log_density(2.0) ==
        closely(-std::log(2.0 * std::log(1e4))));
  const double upper = 1.959963984540054;  // 97.5 % of the standard normal law
  CHECK(Distribution::normal(4.0, 0.5).quantile(0.975) == closely(4.0 + 0.5 * upper));
  CHECK(Distribution::normal(4.0, 0.5).log_density(5.0) ==
        closely(-2.0 - std::log(0.5 * std::sqrt(2.0 * std::numbers::pi))));
  CHECK(Distribution::log_normal(2.0, 0.7).quantile(0.975) == closely(2.0 * std::exp(0.7 * upper)));
  CHECK(Distribution::log_normal(2.0, 0.7).log_density(2.0) ==
        closely(-std::log(2.0 * 0.7 * std::sqrt(2.0 * std::numbers::pi))));
}

TEST_CASE("quantiles increase within the support, up to its ends") {
  for (const Distribution& law : continuous_laws()) {
    double last = -infinity;
    for (int i = 1; i < 200; ++i) {
      const double x = law.quantile(i / 200.0);
      CHECK(x > last);
      CHECK(law.contains(x));
      last = x;
    }
    for (const double u : {0x1p-53, 1.0 - 0x1p-53}) {
      CHECK(law.quantile(u) >= law.lowest());
      CHECK(law.quantile(u) <= law.highest());
      CHECK(std::isfinite(law.quantile(u)));
    }
  }
}

TEST_CASE("a normal law cut far out in a tail keeps its digits, on both sides alike") {
  const Distribution right = Distribution::normal(0.0, 1.0, 8.0, 9.0);
  const Distribution left = Distribution::normal(0.0, 1.0, -9.0, -8.0);
  CHECK(right.quantile(0.5) == doctest::Approx(8.0848888990181664332).epsilon(1e-13));
  for (const double u : {0.25, 0.5, 0.75}) CHECK(left.quantile(u) == -right.quantile(1.0 - u));
  CHECK(left.log_density(-8.25) == right.log_density(8.25));
  CHECK(Distribution::normal(0.0, 1.0).quantile(1e-12) ==
        doctest::Approx(-7.034483825301131).epsilon(1e-14));
}

TEST_CASE("outside the support there is no density") {
  for (const Distribution& law : continuous_laws()) {
    for (const double x :
         {law.lowest() - 0.1, law.highest() + 0.1, infinity, -infinity, std::nan("")}) {
      CHECK_FALSE(law.contains(x));
      CHECK(law.log_density(x) == -infinity);
    }
  }
  CHECK_FALSE(Distribution::log_normal(1.0, 1.0).contains(0.0));
  CHECK_FALSE(Distribution::whole(1, 3).contains(1.5));
  CHECK_FALSE(Distribution::whole(1, 3).contains(4.0));
  CHECK(Distribution::whole(1, 3).log_density(1.5) == -infinity);
}

TEST_CASE("whole numbers are all as likely and a choice goes by its weights") {
  const Distribution whole = Distribution::whole(-1, 3);
  const Distribution choice = Distribution::choice({"a", "b", "c"}, {1.0, 2.0, 5.0});
  std::vector<int> wholes(5), choices(3);
  for (int i = 0; i < 4000; ++i) {
    const double u = (i + 0.5) / 4000.0;
    ++wholes.at(static_cast<std::size_t>(whole.quantile(u) + 1.0));
    ++choices.at(static_cast<std::size_t>(choice.quantile(u)));
  }
  CHECK(wholes == std::vector<int>(5, 800));
  CHECK(choices == std::vector<int>{500, 1000, 2500});
  CHECK(std::exp(whole.log_density(3.0)) == closely(0.2));
  CHECK(std::exp(choice.log_density(0.0)) == closely(0.125));
  CHECK(std::exp(choice.log_density(2.0)) == closely(0.625));
  CHECK(whole.quantile(1.0) == 3.0);
  CHECK(choice.quantile(1.0) == 2.0);
}

TEST_CASE("a value is written as TOML would") {
  const auto text = [](const Distribution& law, double x) { return to_string(law.setting(x)); };
  CHECK(text(Distribution::uniform(0.0, 2.0), 1.0) == "1.0");
  CHECK(text(Distribution::whole(0, 7), 3.0) == "3");
  CHECK(text(Distribution::choice({"icv", "it"}), 1.0) == "\"it\"");
  CHECK(text(Distribution::choice({0.5, 2.0}), 0.0) == "0.5");
}

TEST_CASE("quantiles have the same last bit on every machine") {
  const auto bits = [](double x) { return std::bit_cast<std::uint64_t>(x); };
  CHECK(bits(Distribution::uniform(0.1, 0.7).quantile(0.3)) == 0x3fd1eb851eb851ecU);
  CHECK(bits(Distribution::log_uniform(1e-3, 1e3).quantile(0.3)) == 0x3fb0270ac3f8a9f9U);
  CHECK(bits(Distribution::normal(1.0, 0.3).quantile(0.01)) == 0x3fd35588f1240246U);
  CHECK(bits(Distribution::log_normal(1.0, 0.3).quantile(0.9)) == 0x3ff78052d0791f01U);
  CHECK(bits(Distribution::normal(1.0, 0.3, 0.8, 1.1).quantile(0.9)) == 0x3ff12050392df78cU);
}

TEST_CASE("a law that cannot be is refused with every reason") {
  CHECK(message([] { Distribution::uniform(3.0, 1.0); }) ==
        "lowest = 3.0 (must be below highest = 1.0)");
  CHECK(message([] { Distribution::log_uniform(-1.0, infinity); }) ==
        "lowest = -1.0 (must be > 0)\nhighest = inf (must be finite)");
  CHECK(message([] { Distribution::normal(infinity, 0.0); }) ==
        "mean = inf (must be finite)\nsd = 0.0 (must be > 0)");
  CHECK(message([] { Distribution::normal(0.0, 1.0, 50.0, 60.0); }) ==
        "lowest = 50.0 and highest = 60.0 (hold none of the distribution)");
  CHECK(message([] { Distribution::log_normal(1.0, 1.0, -1.0); }) ==
        "lowest = -1.0 (must be >= 0)");
  CHECK(message([] { Distribution::whole(3, 3); }) == "lowest = 3 (must be below highest = 3)");
  CHECK(message([] { Distribution::choice({}); }) == "values = [] (must not be empty)");
  CHECK(message([] {
          Distribution::choice({"a"}, {1.0, -1.0});
        }) ==
        "weights = [1.0, -1.0] (must be as many as values, 1)\n"
        "weights = [1.0, -1.0] (every element must be finite and > 0)");
}
