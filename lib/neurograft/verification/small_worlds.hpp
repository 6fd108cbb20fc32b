#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <neurograft/world/world.hpp>

/// Worlds small enough to reason about, for checks and tests.
namespace neurograft::verification {

/// A box of one label; nx by ny by nz cubic voxels.
LabelMap box(int nx, int ny, int nz, double spacing_mm, Label label = Label::white);

/// A box of white matter with a ventricle filling the low-x part of it.
LabelMap box_with_ventricle(int nx, int ny, int nz, double spacing_mm, int ventricle_nx);

/// Day 0, steps of `step_h`.
World world_of(const LabelMap& map, std::uint64_t seed = 1, double step_h = 1.0);

/// Donor cells in one state at one place [mm], which must lie in the grid.
void add_donors(World& world, std::size_t count, State state, float x, float y, float z);

/// A grid whose labels are `label(i, j, k)`.
template <class LabelOf>
Grid make_grid(std::array<int, 3> size, std::array<double, 3> spacing_mm, LabelOf&& label) {
  LabelMap map;
  map.geometry.size = size;
  map.geometry.spacing_mm = spacing_mm;
  map.source = "made up";
  for (int k = 0; k < size[2]; ++k) {
    for (int j = 0; j < size[1]; ++j) {
      for (int i = 0; i < size[0]; ++i) map.labels.push_back(label(i, j, k));
    }
  }
  return Grid(map);
}

/// A cube of white matter, n voxels of h mm a side.
inline Grid white_box(int n, double h) {
  return Grid(box(n, n, n, h));
}

}  // namespace neurograft::verification
