#pragma once

#include <neurograft/verification/small_worlds.hpp>

/// Worlds small enough to reason about.
namespace neurograft::test {

using verification::add_donors;
using verification::box;
using verification::box_with_ventricle;
using verification::world_of;

/// A ball of ventricle in the middle of a cube of white matter.
inline LabelMap ball_ventricle(double side_mm, double radius_mm, double spacing_mm) {
  const int n = static_cast<int>(side_mm / spacing_mm + 0.5);
  LabelMap map = box(n, n, n, spacing_mm);
  for (int k = 0; k < n; ++k) {
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < n; ++i) {
        const double x = (i + 0.5) * spacing_mm - side_mm / 2;
        const double y = (j + 0.5) * spacing_mm - side_mm / 2;
        const double z = (k + 0.5) * spacing_mm - side_mm / 2;
        if (x * x + y * y + z * z < radius_mm * radius_mm) {
          map.labels[map.geometry.index(i, j, k)] = Label::ventricle;
        }
      }
    }
  }
  return map;
}

}  // namespace neurograft::test
