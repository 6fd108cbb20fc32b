#include <cmath>
#include <limits>

#include <neurograft/core/math.hpp>

#include <immintrin.h>
#include <sleef.h>

namespace neurograft::math {

double exp(double x) noexcept {
  return Sleef_finz_expd1_u10purecfma(x);
}
double expm1(double x) noexcept {
  return Sleef_finz_expm1d1_u10purecfma(x);
}
double log(double x) noexcept {
  return Sleef_finz_logd1_u10purecfma(x);
}
double log1p(double x) noexcept {
  return Sleef_finz_log1pd1_u10purecfma(x);
}
double pow(double x, double y) noexcept {
  return Sleef_finz_powd1_u10purecfma(x, y);
}
double cbrt(double x) noexcept {
  return Sleef_finz_cbrtd1_u10purecfma(x);
}
double sin(double x) noexcept {
  return Sleef_finz_sind1_u10purecfma(x);
}
double cos(double x) noexcept {
  return Sleef_finz_cosd1_u10purecfma(x);
}
double tanh(double x) noexcept {
  return Sleef_finz_tanhd1_u10purecfma(x);
}
double erf(double x) noexcept {
  return Sleef_finz_erfd1_u10purecfma(x);
}

double probability(double hazard) noexcept {
  return -expm1(-hazard);
}

double hill(double x, double half, double n) noexcept {
  if (!(x > 0.0)) return 0.0;
  // Written in x/half, so that large powers cannot overflow.
  return 1.0 / (1.0 + pow(half / x, n));
}

double normal_cumulative(double z) noexcept {
  return 0.5 * Sleef_finz_erfcd1_u15purecfma(-z * 0.70710678118654752440);
}

namespace {

// Coefficients of a polynomial from the constant upwards.
using Polynomial = std::array<double, 8>;

double value_at(const Polynomial& coefficients, double x) noexcept {
  double sum = 0.0;
  for (std::size_t i = coefficients.size(); i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

// The rational functions of AS 241: about the median, in the tails, and far out in the tails.
constexpr Polynomial middle_over{3.3871328727963666080e0, 1.3314166789178437745e2,
                                 1.9715909503065514427e3, 1.3731693765509461125e4,
                                 4.5921953931549871457e4, 6.7265770927008700853e4,
                                 3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr Polynomial middle_under{1.0,
                                  4.2313330701600911252e1,
                                  6.8718700749205790830e2,
                                  5.3941960214247511077e3,
                                  2.1213794301586595867e4,
                                  3.9307895800092710610e4,
                                  2.8729085735721942674e4,
                                  5.2264952788528545610e3};
constexpr Polynomial tail_over{1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr Polynomial tail_under{1.0,
                                2.05319162663775882187e0,
                                1.67638483018380384940e0,
                                6.89767334985100004550e-1,
                                1.48103976427480074590e-1,
                                1.51986665636164571966e-2,
                                5.47593808499534494600e-4,
                                1.05075007164441684324e-9};
constexpr Polynomial far_over{6.65790464350110377720e0,  5.46378491116411436990e0,
                              1.78482653991729133580e0,  2.96560571828504891230e-1,
                              2.65321895265761230930e-2, 1.24266094738807843860e-3,
                              2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr Polynomial far_under{1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};

}  // namespace

double normal_quantile(double p) noexcept {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!(p >= 0.0 && p <= 1.0)) return std::numeric_limits<double>::quiet_NaN();
  const double from_median = p - 0.5;
  if (std::fabs(from_median) <= 0.425) {
    const double r = 0.180625 - from_median * from_median;
    return from_median * value_at(middle_over, r) / value_at(middle_under, r);
  }
  const double tail = p < 0.5 ? p : 1.0 - p;
  if (tail == 0.0) return p < 0.5 ? -infinity : infinity;
  const double r = std::sqrt(-log(tail));
  const double z = r <= 5.0 ? value_at(tail_over, r - 1.6) / value_at(tail_under, r - 1.6)
                            : value_at(far_over, r - 5.0) / value_at(far_under, r - 5.0);
  return p < 0.5 ? -z : z;
}

namespace {

// 24 bits of a word as a float in (0, 1): the logarithm stays finite, the largest radius is 5.77.
constexpr float unit_scale = 0x1p-24F;

// (0, 1) exclusive of 0; the top 24 bits are exact in a float.
float open_unit(std::uint32_t word) noexcept {
  return (static_cast<float>(word >> 8) + 0.5F) * unit_scale;
}

}  // namespace

std::array<float, 2> normal_pair(std::uint32_t a, std::uint32_t b) noexcept {
  const float radius = std::sqrt(-2.0F * Sleef_finz_logf1_u35purecfma(open_unit(a)));
  const Sleef_float_2 turn = Sleef_finz_sincospif1_u35purecfma(2.0F * open_unit(b));
  return {radius * turn.y, radius * turn.x};
}

void normal_pairs(const std::uint32_t* a, const std::uint32_t* b, std::size_t count, float* first,
                  float* second) noexcept {
  const auto to_unit = [](const std::uint32_t* words) {
    const __m256i w = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words));
    const __m256 f = _mm256_cvtepi32_ps(_mm256_srli_epi32(w, 8));
    return _mm256_mul_ps(_mm256_add_ps(f, _mm256_set1_ps(0.5F)), _mm256_set1_ps(unit_scale));
  };
  for (std::size_t i = 0; i < count; i += 8) {
    const __m256 logs = Sleef_finz_logf8_u35avx2(to_unit(a + i));
    const __m256 radius = _mm256_sqrt_ps(_mm256_mul_ps(_mm256_set1_ps(-2.0F), logs));
    const Sleef___m256_2 turn =
        Sleef_finz_sincospif8_u35avx2(_mm256_mul_ps(_mm256_set1_ps(2.0F), to_unit(b + i)));
    _mm256_storeu_ps(first + i, _mm256_mul_ps(radius, turn.y));
    _mm256_storeu_ps(second + i, _mm256_mul_ps(radius, turn.x));
  }
}

}  // namespace neurograft::math
