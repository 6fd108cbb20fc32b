#include <cmath>

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
