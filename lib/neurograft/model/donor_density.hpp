#pragma once

#include <span>
#include <vector>

#include <neurograft/model/encounter.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// Donor cells about a place.
struct DonorDensity {
  double attached_per_mm2 = 0.0;  ///< on the wall
  double tissue_per_mm3 = 0.0;    ///< away from it
};

/// Local densities of donor cells, by voxel; voxels smaller than the width over which cells share
/// what they live on are joined. In less than that single cells would look crowded, and the rim of
/// a graft would be the sharper the finer the grid.
class DonorDensities {
 public:
  void bind(const World& world, double width_mm);
  /// Takes up where the cells are now; call before `at`.
  void count(const World& world);
  DonorDensity at(const World& world, VoxelIndex voxel) const;

 private:
  SearchBlocks blocks_;
  std::vector<double> wall_mm2_;         // by group of joined voxels, as below
  std::vector<DonorDensity> densities_;  // empty: no voxels are joined
};

/// Gives joined voxels their mean. Exact in any order for whole numbers.
void average_joined(const SearchBlocks& blocks, std::span<double> values);

}  // namespace neurograft
