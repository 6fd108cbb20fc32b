#include <neurograft/verification/small_worlds.hpp>

namespace neurograft::verification {

LabelMap box(int nx, int ny, int nz, double spacing_mm, Label label) {
  LabelMap map;
  map.geometry.size = {nx, ny, nz};
  map.geometry.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
  map.labels.assign(map.geometry.voxels(), label);
  map.source = "made up";
  return map;
}

LabelMap box_with_ventricle(int nx, int ny, int nz, double spacing_mm, int ventricle_nx) {
  LabelMap map = box(nx, ny, nz, spacing_mm);
  for (int k = 0; k < nz; ++k) {
    for (int j = 0; j < ny; ++j) {
      for (int i = 0; i < ventricle_nx; ++i) {
        map.labels[map.geometry.index(i, j, k)] = Label::ventricle;
      }
    }
  }
  return map;
}

World world_of(const LabelMap& map, std::uint64_t seed, double step_h) {
  return World(Grid(map), Clock{0.0, step_h}, seed);
}

void add_donors(World& world, std::size_t count, State state, float x, float y, float z) {
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

}  // namespace neurograft::verification
