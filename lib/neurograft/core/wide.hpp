#pragma once

#include <cstddef>

namespace neurograft {

/// Four doubles side by side. Arithmetic and comparisons act on each, as the same operations on
/// doubles would (GNU vector extension).
using Wide = double __attribute__((vector_size(32)));
using WideMask = long long __attribute__((vector_size(32)));
inline constexpr std::size_t wide_lanes = 4;
inline constexpr Wide wide_zero{0.0, 0.0, 0.0, 0.0};

/// Four doubles in memory, of any alignment.
struct __attribute__((packed, may_alias)) WideMemory {
  Wide values;
};

///@{
/// To and from memory of any alignment.
inline Wide load(const double* at) noexcept {
  return reinterpret_cast<const WideMemory*>(at)->values;
}
inline void store(double* at, Wide values) noexcept {
  reinterpret_cast<WideMemory*>(at)->values = values;
}
///@}

/// a * b + c, rounded once, as std::fma does.
inline Wide fused(const Wide& a, const Wide& b, const Wide& c) noexcept {
  return __builtin_ia32_vfmaddpd256(a, b, c);
}

/// The first `count` lanes, or all.
inline WideMask first_lanes(std::size_t count) noexcept {
  const auto n = static_cast<long long>(count);
  return WideMask{0, 1, 2, 3} < n;
}

/// Memory of the lanes in `taken` alone; the others are 0, or left as they are.
inline Wide load(const double* at, const WideMask& taken) noexcept {
  return __builtin_ia32_maskloadpd256(reinterpret_cast<const Wide*>(at), taken);
}
inline void store(double* at, const WideMask& taken, const Wide& values) noexcept {
  __builtin_ia32_maskstorepd256(reinterpret_cast<Wide*>(at), taken, values);
}

}  // namespace neurograft
