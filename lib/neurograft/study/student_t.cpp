#include <array>
#include <cmath>
#include <limits>

#include <neurograft/core/math.hpp>
#include <neurograft/study/student_t.hpp>

namespace neurograft {
namespace {

// Lanczos's approximation with g = 7 and nine terms (coefficients of P. Godfrey), to 1e-15.
double log_gamma(double x) noexcept {
  constexpr std::array<double, 9> coefficients{
      0.99999999999980993,  676.5203681218851,     -1259.1392167224028,
      771.32342877765313,   -176.61502916214059,   12.507343278686905,
      -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7};
  const double z = x - 1.0;
  double sum = coefficients[0];
  for (std::size_t n = 1; n < coefficients.size(); ++n) {
    sum += coefficients[n] / (z + static_cast<double>(n));
  }
  const double t = z + 7.5;
  constexpr double half_log_two_pi = 0.91893853320467274178;
  return half_log_two_pi + (z + 0.5) * math::log(t) - t + math::log(sum);
}

// Continued fraction of the incomplete beta function, by Lentz's method; quick for x below
// (a + 1) / (a + b + 2).
double beta_fraction(double x, double a, double b) noexcept {
  constexpr double tiny = 1e-300;
  constexpr int most_terms = 10000;
  const auto above_zero = [](double value) { return std::abs(value) < tiny ? tiny : value; };
  double c = 1.0;
  double d = 1.0 / above_zero(1.0 - (a + b) * x / (a + 1.0));
  double fraction = d;
  for (int m = 1; m < most_terms; ++m) {
    const double n = m;
    const double even = n * (b - n) * x / ((a + 2.0 * n - 1.0) * (a + 2.0 * n));
    d = 1.0 / above_zero(1.0 + even * d);
    c = above_zero(1.0 + even / c);
    fraction *= c * d;
    const double odd = -(a + n) * (a + b + n) * x / ((a + 2.0 * n) * (a + 2.0 * n + 1.0));
    d = 1.0 / above_zero(1.0 + odd * d);
    c = above_zero(1.0 + odd / c);
    const double step = c * d;
    fraction *= step;
    if (std::abs(step - 1.0) < 1e-15) break;
  }
  return fraction;
}

// Regularised incomplete beta function I_x(a, b), of x and 1 - x so that neither loses digits.
double incomplete_beta(double x, double rest, double a, double b) noexcept {
  if (x <= 0.0) return 0.0;
  if (rest <= 0.0) return 1.0;
  const double front = math::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * math::log(x) +
                                 b * math::log(rest));
  if (x < (a + 1.0) / (a + b + 2.0)) return front * beta_fraction(x, a, b) / a;
  return 1.0 - front * beta_fraction(rest, b, a) / b;
}

struct Moments {
  double mean = 0.0;
  double square = 0.0;  ///< sum of squared deviations
};

Moments moments(std::span<const double> values) noexcept {
  Moments m;
  // From the first value on, so that equal values have exactly that mean.
  const double first = values.front();
  for (const double value : values) m.mean += value - first;
  m.mean = first + m.mean / static_cast<double>(values.size());
  for (const double value : values) m.square += (value - m.mean) * (value - m.mean);
  return m;
}

// The difference of two means, its standard error and the degrees of freedom of that.
struct Welch {
  double difference = 0.0;
  double error = 0.0;
  double degrees = 0.0;
};

Welch welch_of(std::span<const double> a, std::span<const double> b) noexcept {
  const Moments first = moments(a);
  const Moments second = moments(b);
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const double u = first.square / (n - 1.0) / n;
  const double v = second.square / (m - 1.0) / m;
  return {first.mean - second.mean, std::sqrt(u + v),
          (u + v) * (u + v) / (u * u / (n - 1.0) + v * v / (m - 1.0))};
}

}  // namespace

double two_sided_p(double t, double degrees) noexcept {
  if (std::isnan(t) || !(degrees > 0.0)) return std::numeric_limits<double>::quiet_NaN();
  const double square = t * t;
  if (std::isinf(square)) return 0.0;
  return incomplete_beta(degrees / (degrees + square), square / (degrees + square), 0.5 * degrees,
                         0.5);
}

double critical_t(double level, double degrees) noexcept {
  double low = 0.0;
  double high = 1.0;
  const double p = 1.0 - level;
  while (two_sided_p(high, degrees) > p && high < 1e12) high *= 2.0;
  for (int n = 0; n < 100; ++n) {
    const double middle = 0.5 * (low + high);
    (two_sided_p(middle, degrees) > p ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double welch_p(std::span<const double> a, std::span<const double> b) noexcept {
  const Welch welch = welch_of(a, b);
  if (welch.error == 0.0) return welch.difference == 0.0 ? 1.0 : 0.0;
  return two_sided_p(welch.difference / welch.error, welch.degrees);
}

MeanEstimate mean_with_interval(std::span<const double> values, double level) {
  MeanEstimate result;
  if (values.empty()) return result;
  const Moments of = moments(values);
  result.mean = of.mean;
  if (values.size() < 2) return result;
  const auto n = static_cast<double>(values.size());
  const double half = critical_t(level, n - 1.0) * std::sqrt(of.square / (n - 1.0) / n);
  result.low = of.mean - half;
  result.high = of.mean + half;
  return result;
}

MeanEstimate difference_with_interval(std::span<const double> a, std::span<const double> b,
                                      double level) {
  MeanEstimate result;
  if (a.empty() || b.empty()) return result;
  result.mean = moments(a).mean - moments(b).mean;
  if (a.size() < 2 || b.size() < 2) return result;
  const Welch welch = welch_of(a, b);
  const double half = welch.error == 0.0 ? 0.0 : critical_t(level, welch.degrees) * welch.error;
  result.low = result.mean - half;
  result.high = result.mean + half;
  return result;
}

double slope_p(std::span<const double> x, std::span<const double> y) noexcept {
  if (x.size() < 3) return 1.0;
  const Moments of_x = moments(x);
  const Moments of_y = moments(y);
  if (!(of_x.square > 0.0) || !(of_y.square > 0.0)) return 1.0;
  double product = 0.0;
  for (std::size_t n = 0; n < x.size(); ++n) product += (x[n] - of_x.mean) * (y[n] - of_y.mean);
  const double slope = product / of_x.square;
  const auto degrees = static_cast<double>(x.size()) - 2.0;
  const double residual = std::max(0.0, of_y.square - slope * product);
  if (residual <= 1e-14 * of_y.square) return 0.0;
  return two_sided_p(slope / std::sqrt(residual / degrees / of_x.square), degrees);
}

}  // namespace neurograft
