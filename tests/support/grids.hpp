#pragma once

#include <cmath>

#include <neurograft/verification/small_worlds.hpp>

/// Small grids for tests.
namespace neurograft::test {

using verification::make_grid;
using verification::white_box;

/// A ball of brain in the middle of a cube of n voxels: a ventricle off centre, white matter, a
/// grey rind, subarachnoid CSF around it, `outside` in the corners. No symmetry, curved borders.
inline Grid small_brain(int n, double h) {
  const double centre = 0.5 * (n - 1);
  return make_grid({n, n, n}, {h, 1.2 * h, 0.9 * h}, [=](int i, int j, int k) {
    const double x = (i - centre) / n;
    const double y = (j - centre) / n;
    const double z = (k - centre) / n;
    const double r = std::sqrt(x * x + y * y + z * z);
    if (std::hypot(x - 0.05, y + 0.03, 1.4 * z) < 0.13) return Label::ventricle;
    if (r < 0.3) return Label::white;
    if (r < 0.43) return Label::grey;
    return r < 0.55 ? Label::subarachnoid_csf : Label::outside;
  });
}

}  // namespace neurograft::test
