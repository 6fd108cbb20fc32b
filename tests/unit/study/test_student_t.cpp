#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <neurograft/study/student_t.hpp>

#include <boost/math/distributions/students_t.hpp>
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

using Values = std::vector<double>;

constexpr double infinity = std::numeric_limits<double>::infinity();

doctest::Approx closely(double x, double relative = 1e-10) {
  return doctest::Approx(x).epsilon(relative).scale(0.0);
}

// Two tails of the density, by Simpson's rule over u = atan(t / sqrt(degrees)), where it is
// cos(u)^(degrees - 1) but for a constant.
double tails_by_integration(double t, double degrees) {
  constexpr int steps = 20000;
  const auto integral = [&](double from) {
    const double to = 0.5 * std::numbers::pi;
    const double h = (to - from) / steps;
    double sum = 0.0;
    for (int n = 0; n <= steps; ++n) {
      const double weight = n == 0 || n == steps ? 1.0 : n % 2 == 1 ? 4.0 : 2.0;
      sum += weight * std::pow(std::abs(std::cos(from + n * h)), degrees - 1.0);
    }
    return sum * h / 3.0;
  };
  return integral(std::atan(t / std::sqrt(degrees))) / integral(0.0);
}

}  // namespace

TEST_CASE("the two-sided p value is that of Boost over wide ranges") {
  for (const double degrees : {0.5, 1.0, 1.5, 2.0, 3.0, 4.7, 10.0, 29.0, 58.3, 200.0, 1e3, 1e4}) {
    const boost::math::students_t law(degrees);
    for (const double t :
         {1e-8, 1e-3, 0.1, 0.5, 1.0, 1.5, 1.9, 2.0, 3.0, 5.0, 8.0, 13.0, 25.0, 40.0, 1e3, 1e6}) {
      const double expected = 2.0 * boost::math::cdf(boost::math::complement(law, t));
      if (expected < 1e-280) continue;
      CAPTURE(degrees);
      CAPTURE(t);
      CHECK(two_sided_p(t, degrees) == closely(expected));
      CHECK(two_sided_p(-t, degrees) == two_sided_p(t, degrees));
    }
  }
}

TEST_CASE("with very many degrees of freedom some digits are lost, not more") {
  for (const double degrees : {1e5, 1e6}) {
    const boost::math::students_t law(degrees);
    for (const double t : {0.1, 1.0, 1.7, 2.0, 5.0}) {
      const double expected = 2.0 * boost::math::cdf(boost::math::complement(law, t));
      CHECK(two_sided_p(t, degrees) == closely(expected, 1e-8));
    }
  }
}

TEST_CASE("p values known in closed form") {
  for (const double t : {0.01, 0.3, 1.0, 2.0, 12.706, 1e4}) {
    CHECK(two_sided_p(t, 1.0) == closely(2.0 / std::numbers::pi * std::atan(1.0 / t), 1e-13));
    CHECK(two_sided_p(t, 2.0) ==
          closely(2.0 / (2.0 + t * t) / (1.0 + t / std::sqrt(2.0 + t * t)), 1e-13));
  }
  CHECK(two_sided_p(0.0, 7.0) == 1.0);
  CHECK(two_sided_p(infinity, 7.0) == 0.0);
  CHECK(two_sided_p(-1e200, 7.0) == 0.0);
  // Close to a normal law.
  CHECK(two_sided_p(1.959963984540054, 1e9) == closely(0.05, 1e-6));
}

TEST_CASE("there is no p value without degrees of freedom or t") {
  CHECK(std::isnan(two_sided_p(1.0, 0.0)));
  CHECK(std::isnan(two_sided_p(1.0, -2.0)));
  CHECK(std::isnan(two_sided_p(1.0, std::nan(""))));
  CHECK(std::isnan(two_sided_p(std::nan(""), 3.0)));
}

TEST_CASE("the critical t is that of Boost and of printed tables") {
  for (const double degrees : {1.0, 2.0, 3.5, 5.0, 11.0, 30.0, 120.0, 999.0}) {
    for (const double level : {0.01, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999}) {
      const boost::math::students_t law(degrees);
      CAPTURE(degrees);
      CAPTURE(level);
      CHECK(critical_t(level, degrees) ==
            closely(boost::math::quantile(boost::math::complement(law, 0.5 * (1.0 - level)))));
    }
  }
  CHECK(critical_t(0.95, 1.0) == doctest::Approx(12.7062).epsilon(1e-5));
  CHECK(critical_t(0.95, 10.0) == doctest::Approx(2.22814).epsilon(1e-5));
  CHECK(critical_t(0.99, 30.0) == doctest::Approx(2.74999).epsilon(1e-5));
}

TEST_CASE("Welch's test: t, degrees of freedom and p worked out by hand") {
  // Means 3 and 6, variances of the means 5/2/5 = 0.5 and 4/3, difference -3.
  const Values a{1.0, 2.0, 3.0, 4.0, 5.0};
  const Values b{4.0, 6.0, 8.0};
  const double u = 0.5;
  const double v = 4.0 / 3.0;
  const double t = 3.0 / std::sqrt(u + v);
  const double degrees = (u + v) * (u + v) / (u * u / 4.0 + v * v / 2.0);
  CHECK(welch_p(a, b) == closely(tails_by_integration(t, degrees), 1e-9));
  CHECK(welch_p(b, a) == closely(welch_p(a, b), 1e-14));
  // Neither place nor scale matters.
  CHECK(welch_p(Values{1003.0, 1005.0, 1007.0}, Values{1010.0, 1020.0}) ==
        closely(welch_p(Values{0.3, 0.5, 0.7}, Values{1.0, 2.0}), 1e-9));
  CHECK(welch_p(a, a) == 1.0);
}

TEST_CASE("Welch's test of samples that do not vary") {
  CHECK(welch_p(Values{2.0, 2.0}, Values{2.0, 2.0, 2.0}) == 1.0);
  CHECK(welch_p(Values{2.0, 2.0}, Values{3.0, 3.0, 3.0}) == 0.0);
  // A sum of tenths is not a whole number: no difference may come of that.
  CHECK(welch_p(Values(100, 0.1), Values(49, 0.1)) == 1.0);
  CHECK(welch_p(Values(7, 0.3), Values(30, 0.3)) == 1.0);
  // One that varies is enough.
  CHECK(welch_p(Values{1.0, 1.0, 1.0}, Values{0.0, 2.0}) == 1.0);
  CHECK(std::isnan(welch_p(Values{1.0, std::nan("")}, Values{1.0, 2.0})));
}

TEST_CASE("the p value of a slope, worked out by hand") {
  // Slope 0.6, squares about the line 2.4 over 3 degrees of freedom, of x 10.
  const Values x{1.0, 2.0, 3.0, 4.0, 5.0};
  const Values y{2.0, 4.0, 5.0, 4.0, 5.0};
  CHECK(slope_p(x, y) == closely(tails_by_integration(0.6 / std::sqrt(0.08), 3.0), 1e-9));
  // Three points leave one degree of freedom: slope 1/2, squares about the line 1/6.
  const double t = 0.5 / std::sqrt(1.0 / 6.0 / 2.0);
  CHECK(slope_p(Values{0.0, 1.0, 2.0}, Values{0.0, 1.0, 1.0}) ==
        closely(2.0 / std::numbers::pi * std::atan(1.0 / t), 1e-9));
  Values falling;
  for (const double value : y) falling.push_back(-1e6 * value);
  CHECK(slope_p(x, falling) == closely(slope_p(x, y), 1e-10));
}

TEST_CASE("slopes of points on a line, of none, and of too few") {
  CHECK(slope_p(Values{1.0, 2.0, 3.0}, Values{0.1, 0.2, 0.3}) == 0.0);
  CHECK(slope_p(Values{1.0, 2.0, 3.0}, Values{4.0, 4.0, 4.0}) == 1.0);
  CHECK(slope_p(Values(9, 0.1), Values{1, 2, 3, 4, 5, 6, 7, 8, 9}) == 1.0);
  CHECK(slope_p(Values{1, 2, 3, 4, 5, 6, 7, 8, 9}, Values(9, 0.1)) == 1.0);
  CHECK(slope_p(Values{1.0, 2.0, 3.0}, Values{1.0, 0.0, 1.0}) == closely(1.0));
  // A line through two points always fits: that shows nothing.
  CHECK(slope_p(Values{1.0, 2.0}, Values{1.0, 5.0}) == 1.0);
}
