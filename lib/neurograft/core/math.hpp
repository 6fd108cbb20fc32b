#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <neurograft/core/export.hpp>

/// Transcendental functions with the same last bit on every machine. The C library's pick an
/// implementation by processor, so state and stochastic code use these alone. `std::sqrt`, `floor`
/// and `fabs` are exact by IEEE 754 and may be used from the standard library.
namespace neurograft::math {

///@{
/// As the function of this name in `<cmath>`, wrong by at most one unit in the last place.
NEUROGRAFT_API double exp(double x) noexcept;
NEUROGRAFT_API double expm1(double x) noexcept;
NEUROGRAFT_API double log(double x) noexcept;
NEUROGRAFT_API double log1p(double x) noexcept;
NEUROGRAFT_API double pow(double x, double y) noexcept;
NEUROGRAFT_API double cbrt(double x) noexcept;
NEUROGRAFT_API double sin(double x) noexcept;
NEUROGRAFT_API double cos(double x) noexcept;
NEUROGRAFT_API double tanh(double x) noexcept;
NEUROGRAFT_API double erf(double x) noexcept;
///@}

/// Chance of at least one event of a Poisson process whose rate, integrated over the step, is
/// `hazard`: p = 1 - exp(-hazard). The one place where rates become probabilities.
NEUROGRAFT_API double probability(double hazard) noexcept;

/// `x^n / (x^n + half^n)`, the saturating response; 0 for x <= 0.
NEUROGRAFT_API double hill(double x, double half, double n) noexcept;

/// Chance that a standard normal is below `z`; all digits hold in the lower tail, down to z = -37.
NEUROGRAFT_API double normal_cumulative(double z) noexcept;

/// The `z` below which a standard normal falls with probability `p`, to about 1e-15 of itself;
/// infinite at p = 0 and 1, NaN outside [0, 1]. Algorithm AS 241 (Wichura 1988, Applied Statistics
/// 37:477, doi 10.2307/2347330).
NEUROGRAFT_API double normal_quantile(double p) noexcept;

/// Two independent standard normals from two uniform words (Box-Muller).
NEUROGRAFT_API std::array<float, 2> normal_pair(std::uint32_t a, std::uint32_t b) noexcept;

/// `normal_pair(a[i], b[i])` for `count` pairs, a multiple of 8: equal to the bit and faster.
NEUROGRAFT_API void normal_pairs(const std::uint32_t* a, const std::uint32_t* b, std::size_t count,
                                 float* first, float* second) noexcept;

/// Three normal pairs from the words of one block: six numbers of 21 bits, the first three for the
/// radii (5.4 standard deviations at most), the others for the angles. Returned as the words that
/// `normal_pair` takes.
constexpr std::array<std::uint32_t, 6> words_of_three_pairs(std::uint32_t w0, std::uint32_t w1,
                                                            std::uint32_t w2,
                                                            std::uint32_t w3) noexcept {
  constexpr std::uint32_t top = 0xfffff800U;  // 21 bits
  const auto rest = [](std::uint32_t a, std::uint32_t b) {
    return (a & 0x7ffU) << 21 | (b & 0x3ffU) << 11;
  };
  return {w0 & top, w1 & top, w2 & top, w3 & top, rest(w0, w1), rest(w2, w3)};
}

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
