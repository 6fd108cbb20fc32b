#include <algorithm>
#include <cmath>

#include <neurograft/model/encounter.hpp>

namespace neurograft {

SearchBlocks::SearchBlocks(const World& world, double search_mm)
    : size_(world.grid().parenchyma_size()), voxel_volume_mm3_(world.grid().voxel_volume_mm3()) {
  const Grid& grid = world.grid();
  const Geometry& geometry = grid.geometry();
  std::array<int, 3> width{};
  std::array<std::size_t, 3> blocks{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double voxels = std::ceil(search_mm / geometry.spacing_mm[axis] - 1e-9);
    width[axis] = static_cast<int>(std::clamp(voxels, 1.0, double{1} * geometry.size[axis]));
    blocks[axis] = static_cast<std::size_t>((geometry.size[axis] - 1) / width[axis] + 1);
  }
  if (width == std::array{1, 1, 1}) return;

  of_voxel_.resize(size_);
  size_ = blocks[0] * blocks[1] * blocks[2];
  volume_mm3_.resize(size_);
  wall_mm2_.resize(size_);
  for (VoxelIndex voxel = 0; voxel < of_voxel_.size(); ++voxel) {
    const auto at = grid.coordinates(voxel);
    std::array<std::size_t, 3> b{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      b[axis] = static_cast<std::size_t>(at[axis] / width[axis]);
    }
    const std::size_t block = (b[2] * blocks[1] + b[1]) * blocks[0] + b[0];
    of_voxel_[voxel] = static_cast<std::uint32_t>(block);
    volume_mm3_[block] += voxel_volume_mm3_;
    wall_mm2_[block] += world.wall().area_mm2(voxel);
  }
}

Encounters::Encounters(const World& world, const SearchBlocks& blocks, double layer_mm)
    : blocks_(blocks), wall_(world.wall()), layer_mm_(layer_mm) {
  for (std::size_t crowd = 0; crowd < crowd_count; ++crowd) {
    const auto by_voxel = world.occupancy().of(static_cast<Crowd>(crowd));
    counts_[crowd] = by_voxel;
    if (blocks.trivial()) continue;
    sums_[crowd].resize(blocks.size());
    for (VoxelIndex voxel = 0; voxel < by_voxel.size(); ++voxel) {
      sums_[crowd][blocks.of(voxel)] += by_voxel[voxel];
    }
    counts_[crowd] = sums_[crowd];
  }
}

double Encounters::sheet_mm3(std::uint32_t block) const noexcept {
  const double area = blocks_.wall_mm2(wall_, block);
  return area > 0.0 ? area * layer_mm_ : blocks_.volume_mm3(block);
}

double Encounters::targets(std::uint32_t block) const noexcept {
  double density = count(Crowd::donor_tissue, block) / blocks_.volume_mm3(block);
  const std::uint32_t attached = count(Crowd::donor_attached, block);
  if (attached > 0) density += attached / sheet_mm3(block);
  return density;
}

double Encounters::per_killer(std::uint32_t block) const noexcept {
  const double volume = blocks_.volume_mm3(block);
  const std::uint32_t attached = count(Crowd::donor_attached, block);
  if (attached == 0) return 1.0 / volume;
  const double on_wall = attached / donors(block);
  return (1.0 - on_wall) / volume + on_wall / std::min(sheet_mm3(block), volume);
}

double Encounters::met(std::uint32_t block) const noexcept {
  const double volume = blocks_.volume_mm3(block);
  double density = count(Crowd::donor_tissue, block) / volume;
  const std::uint32_t attached = count(Crowd::donor_attached, block);
  if (attached > 0) density += attached / std::min(sheet_mm3(block), volume);
  return density;
}

}  // namespace neurograft
