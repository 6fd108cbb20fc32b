#pragma once

#include <array>
#include <cmath>

#include <neurograft/world/grid.hpp>

/// Small grids for tests.
namespace neurograft::test {

/// A grid whose labels are `label(i, j, k)`.
template <class LabelOf>
Grid make_grid(std::array<int, 3> size, std::array<double, 3> spacing_mm, LabelOf&& label) {
  LabelMap map;
  map.geometry.size = size;
  map.geometry.spacing_mm = spacing_mm;
  map.source = "test";
  for (int k = 0; k < size[2]; ++k) {
    for (int j = 0; j < size[1]; ++j) {
      for (int i = 0; i < size[0]; ++i) map.labels.push_back(label(i, j, k));
    }
  }
  return Grid(map);
}

inline Grid white_box(int n, double h) {
  return make_grid({n, n, n}, {h, h, h}, [](int, int, int) { return Label::white; });
}

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
