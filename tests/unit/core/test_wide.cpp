#include <array>
#include <cmath>

#include <neurograft/core/wide.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("fused multiplication and addition rounds once, as std::fma") {
  const std::array<double, 4> a{1.0 + 0x1p-52, 1.0 / 3.0, -7.1, 1e200};
  const std::array<double, 4> b{1.0 - 0x1p-52, 3.0, 0.3, 1e200};
  const std::array<double, 4> c{-1.0, -1.0, 2.13, -1e300};
  const Wide result = fused(load(a.data()), load(b.data()), load(c.data()));
  for (std::size_t i = 0; i < wide_lanes; ++i) CHECK(result[i] == std::fma(a[i], b[i], c[i]));
  CHECK(result[0] != a[0] * b[0] + c[0]);
}

TEST_CASE("lanes that are not taken are neither read nor written") {
  const std::array<double, 4> from{1.0, 2.0, 3.0, 4.0};
  for (std::size_t count = 0; count <= 6; ++count) {
    const WideMask taken = first_lanes(count);
    const Wide values = load(from.data(), taken);
    std::array<double, 4> to{-1.0, -2.0, -3.0, -4.0};
    store(to.data(), taken, 10.0 * values);
    for (std::size_t i = 0; i < wide_lanes; ++i) {
      CHECK(values[i] == (i < count ? from[i] : 0.0));
      CHECK(to[i] == (i < count ? 10.0 * from[i] : -from[i]));
    }
  }
}
