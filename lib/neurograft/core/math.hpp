#pragma once

#include <array>
#include <cstdint>

/// Transcendental functions with the same last bit on every machine. The C library's pick an
/// implementation by processor, so state and stochastic code use these alone. `std::sqrt`, `floor`
/// and `fabs` are exact by IEEE 754 and may be used from the standard library.
namespace neurograft::math {

double exp(double x) noexcept;
double expm1(double x) noexcept;
double log(double x) noexcept;
double log1p(double x) noexcept;
double pow(double x, double y) noexcept;
double cbrt(double x) noexcept;
double sin(double x) noexcept;
double cos(double x) noexcept;
double tanh(double x) noexcept;
double erf(double x) noexcept;

/// Chance of at least one event of a Poisson process whose rate, integrated over the step, is
/// `hazard`: p = 1 - exp(-hazard). The one place where rates become probabilities.
double probability(double hazard) noexcept;

/// `x^n / (x^n + half^n)`, the saturating response; 0 for x <= 0.
double hill(double x, double half, double n) noexcept;

/// Two independent standard normals from two uniform words (Box-Muller).
std::array<float, 2> normal_pair(std::uint32_t a, std::uint32_t b) noexcept;

/// `normal_pair(a[i], b[i])` for eight pairs at once, equal to the bit.
void normal_pairs8(const std::array<std::uint32_t, 8>& a, const std::array<std::uint32_t, 8>& b,
                   std::array<float, 8>& first, std::array<float, 8>& second) noexcept;

/// A uniform number in (0, 1), never 0 and never 1, from one word.
constexpr double uniform(std::uint32_t word) noexcept {
  return (static_cast<double>(word) + 0.5) * 0x1p-32;
}

/// The same from two words, with 52 bits: where the tails of a law matter.
constexpr double fine_uniform(std::uint32_t high, std::uint32_t low) noexcept {
  return (static_cast<double>((std::uint64_t{high} << 20) | (low >> 12)) + 0.5) * 0x1p-52;
}

/// A word is below this with probability `p` (0 <= p <= 1). Compare as `word < threshold`;
/// 64 bits wide so that p = 1 is certain.
constexpr std::uint64_t bernoulli_threshold(double p) noexcept {
  if (!(p > 0.0)) return 0;
  if (p >= 1.0) return std::uint64_t{1} << 32;
  return static_cast<std::uint64_t>(p * 0x1p32);
}

}  // namespace neurograft::math
