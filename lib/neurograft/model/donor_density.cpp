#include <neurograft/model/donor_density.hpp>

namespace neurograft {

void DonorDensities::bind(const World& world, double width_mm) {
  blocks_ = SearchBlocks(world, width_mm);
  wall_mm2_.clear();
  densities_.clear();
  if (!blocks_.joins()) return;
  wall_mm2_.resize(blocks_.groups());
  densities_.resize(blocks_.groups());
  for (VoxelIndex voxel = 0; voxel < world.grid().parenchyma_size(); ++voxel) {
    wall_mm2_[blocks_.group_of(voxel)] += world.wall().area_mm2(voxel);
  }
}

void DonorDensities::count(const World& world) {
  if (!blocks_.joins()) return;
  std::vector<std::uint64_t> attached(blocks_.groups()), tissue(blocks_.groups());
  const auto attached_in = world.occupancy().of(Crowd::donor_attached);
  const auto tissue_in = world.occupancy().of(Crowd::donor_tissue);
  for (VoxelIndex voxel = 0; voxel < world.grid().parenchyma_size(); ++voxel) {
    const std::uint32_t group = blocks_.group_of(voxel);
    attached[group] += attached_in[voxel];
    tissue[group] += tissue_in[voxel];
  }
  for (std::uint32_t group = 0; group < densities_.size(); ++group) {
    const double volume = blocks_.group_mm3(group);
    densities_[group] = {
        wall_mm2_[group] > 0.0 ? static_cast<double>(attached[group]) / wall_mm2_[group] : 0.0,
        volume > 0.0 ? static_cast<double>(tissue[group]) / volume : 0.0};
  }
}

void average_joined(const SearchBlocks& blocks, std::span<double> values) {
  if (!blocks.joins()) return;
  std::vector<double> sum(blocks.groups()), voxels(blocks.groups());
  for (VoxelIndex voxel = 0; voxel < values.size(); ++voxel) {
    sum[blocks.group_of(voxel)] += values[voxel];
    voxels[blocks.group_of(voxel)] += 1.0;
  }
  for (VoxelIndex voxel = 0; voxel < values.size(); ++voxel) {
    const std::uint32_t group = blocks.group_of(voxel);
    values[voxel] = sum[group] / voxels[group];
  }
}

DonorDensity DonorDensities::at(const World& world, VoxelIndex voxel) const {
  if (blocks_.joins()) return densities_[blocks_.group_of(voxel)];
  const Occupancy& occupancy = world.occupancy();
  const double area = world.wall().area_mm2(voxel);
  return {area > 0.0 ? occupancy.of(Crowd::donor_attached)[voxel] / area : 0.0,
          occupancy.of(Crowd::donor_tissue)[voxel] / world.grid().voxel_volume_mm3()};
}

}  // namespace neurograft
