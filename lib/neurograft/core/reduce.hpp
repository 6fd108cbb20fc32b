#pragma once

#include <array>
#include <cmath>
#include <cstddef>

/// Sums and extremes over stretches of numbers, eight lanes at a time: they vectorise without flags
/// that would let a compiler reorder, and the order is fixed.
namespace neurograft {

inline constexpr std::size_t reduce_lanes = 8;

inline double sum_of(const double* values, std::size_t count) noexcept {
  std::array<double, reduce_lanes> sums{};
  std::size_t i = 0;
  for (; i + reduce_lanes <= count; i += reduce_lanes) {
    for (std::size_t lane = 0; lane < reduce_lanes; ++lane) sums[lane] += values[i + lane];
  }
  double total = 0.0;
  for (; i < count; ++i) total += values[i];
  for (const double sum : sums) total += sum;
  return total;
}

/// Largest magnitude; 0 if there are none. Passes over values that are not numbers.
inline double largest_magnitude(const double* values, std::size_t count) noexcept {
  std::array<double, reduce_lanes> best{};
  std::size_t i = 0;
  for (; i + reduce_lanes <= count; i += reduce_lanes) {
    for (std::size_t lane = 0; lane < reduce_lanes; ++lane) {
      const double x = std::abs(values[i + lane]);
      best[lane] = x > best[lane] ? x : best[lane];
    }
  }
  double result = 0.0;
  for (; i < count; ++i) {
    const double x = std::abs(values[i]);
    result = x > result ? x : result;
  }
  for (const double lane : best) result = lane > result ? lane : result;
  return result;
}

}  // namespace neurograft
