#pragma once

#include <neurograft/world/world.hpp>

/// Worlds small enough to reason about.
namespace neurograft::test {

/// A box of one label.
inline LabelMap box(int nx, int ny, int nz, double spacing_mm, Label label = Label::white) {
  LabelMap map;
  map.geometry.size = {nx, ny, nz};
  map.geometry.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
  map.labels.assign(map.geometry.voxels(), label);
  map.source = "test";
  return map;
}

/// A box of white matter with a ventricle filling the low-x part of it.
inline LabelMap box_with_ventricle(int nx, int ny, int nz, double spacing_mm, int ventricle_nx) {
  LabelMap map = box(nx, ny, nz, spacing_mm);
  for (int k = 0; k < nz; ++k) {
    for (int j = 0; j < ny; ++j) {
      for (int i = 0; i < ventricle_nx; ++i)
        map.labels[map.geometry.index(i, j, k)] = Label::ventricle;
    }
  }
  return map;
}

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

inline World world_of(const LabelMap& map, std::uint64_t seed = 1, double step_h = 1.0) {
  return World(Grid(map), Clock{0.0, step_h}, seed);
}

/// Donor cells in one state at one place.
inline void add_donors(World& world, std::size_t count, State state, float x, float y, float z) {
  const std::size_t first = world.append_agents(count);
  Agents& agents = world.agents();
  const VoxelIndex voxel = world.grid().voxel_at(x, y, z);
  for (std::size_t slot = first; slot < first + count; ++slot) {
    agents.kind()[slot] = Kind::donor;
    agents.state()[slot] = state;
    agents.x()[slot] = x;
    agents.y()[slot] = y;
    agents.z()[slot] = z;
    agents.voxel()[slot] = voxel;
  }
}

}  // namespace neurograft::test
