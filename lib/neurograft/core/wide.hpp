#pragma once

#include <cstddef>

namespace neurograft {

/// Four doubles side by side that need no alignment. Arithmetic and comparisons act on each, as the
/// same operations on doubles would (GNU vector extension). Arrays of it are plain arrays:
/// templates drop its attributes.
using Wide = double __attribute__((vector_size(32), aligned(8), may_alias));
using WideMask = long long __attribute__((vector_size(32)));
inline constexpr std::size_t wide_lanes = 4;
inline constexpr Wide wide_zero{0.0, 0.0, 0.0, 0.0};

inline Wide& wide(double* at) noexcept {
  return *reinterpret_cast<Wide*>(at);
}
inline const Wide& wide(const double* at) noexcept {
  return *reinterpret_cast<const Wide*>(at);
}

}  // namespace neurograft
