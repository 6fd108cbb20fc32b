#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/world/world.hpp>

/// Who can meet whom: the volumes over which encounters of T cells and donor cells are counted.
namespace neurograft {

/// Groups the parenchyma voxels of a grid into blocks about as wide as a T cell searches while it
/// deals with one target; where voxels are at least that wide, each is a block of its own. A
/// saturating law applied to smaller volumes would see single cells, whose scatter it does not
/// average: at 20 um, one cell in a voxel looks like 125,000 per mm3. A fixed map, rebuilt from the
/// grid; not state.
class SearchBlocks {
 public:
  SearchBlocks() = default;
  SearchBlocks(const World& world, double search_mm);

  bool trivial() const noexcept { return of_voxel_.empty(); }
  std::size_t size() const noexcept { return size_; }
  std::uint32_t of(VoxelIndex voxel) const noexcept { return trivial() ? voxel : of_voxel_[voxel]; }
  /// Parenchyma in a block [mm3].
  double volume_mm3(std::uint32_t block) const noexcept {
    return trivial() ? voxel_volume_mm3_ : volume_mm3_[block];
  }
  /// Ventricle wall in a block [mm2].
  double wall_mm2(const Wall& wall, std::uint32_t block) const noexcept {
    return trivial() ? wall.area_mm2(block) : wall_mm2_[block];
  }

 private:
  std::size_t size_ = 0;
  double voxel_volume_mm3_ = 0.0;
  std::vector<std::uint32_t> of_voxel_;
  std::vector<double> volume_mm3_, wall_mm2_;
};

/// Densities in each block at the start of a step, from the occupancy. Cells on the wall are a
/// sheet of `layer_mm`; immune cells that share a block with them are taken to lie in it.
class Encounters {
 public:
  Encounters(const World& world, const SearchBlocks& blocks, double layer_mm);

  std::uint32_t block(VoxelIndex voxel) const noexcept { return blocks_.of(voxel); }
  std::uint32_t count(Crowd crowd, std::uint32_t block) const noexcept {
    return counts_[static_cast<std::size_t>(crowd)][block];
  }
  double donors(std::uint32_t block) const noexcept {
    return double{1} * count(Crowd::donor_attached, block) + count(Crowd::donor_tissue, block);
  }

  /// Donor cells per mm3, those on the wall over their layer.
  double targets(std::uint32_t block) const noexcept;

  /// One immune cell of the block as its donor cells see it, on average [1/mm3]. Needs donor cells.
  double per_killer(std::uint32_t block) const noexcept;

  /// Donor cells per mm3 as the immune cells of the block meet them.
  double met(std::uint32_t block) const noexcept;

 private:
  double sheet_mm3(std::uint32_t block) const noexcept;

  const SearchBlocks& blocks_;
  const Wall& wall_;
  double layer_mm_;
  std::array<std::vector<std::uint32_t>, crowd_count> sums_;
  std::array<std::span<const std::uint32_t>, crowd_count> counts_;
};

}  // namespace neurograft
