#pragma once

#include <array>
#include <vector>

#include <neurograft/model/diffusion_operator.hpp>

/// Ever coarser versions of a diffusion stencil, for multigrid.
///
/// In words: blocks of 2 x 2 x 2 voxels become one, as far as they hold tissue. What flows between
/// two blocks passes the faces between them, over twice the distance: the coefficient of a coarse
/// face is half the sum of those of its fine faces. Losses of a block are the sum of its voxels'.
///
/// Limit: a block joins what lies in it, also tissue on either side of a cleft thinner than itself.
/// That costs iterations, never the solution.
namespace neurograft {

/// A stencil of blocks and how they lie on the next finer level.
struct CoarseLevel {
  DiffusionStencil stencil;
  std::vector<VoxelIndex> block_of;  ///< by voxel of the finer level
  /// Voxels of the finer level by block; what a block lacks is one past their end.
  std::vector<std::array<VoxelIndex, 8>> voxels_of;
};

class DiffusionHierarchy {
 public:
  /// Coarsens down to a level of at most `smallest` blocks. The stencil is that of the grid.
  DiffusionHierarchy(const Grid& grid, const DiffusionStencil& stencil, std::size_t smallest = 8);

  /// From the first coarse level on.
  const std::vector<CoarseLevel>& levels() const noexcept { return levels_; }

 private:
  std::vector<CoarseLevel> levels_;
};

}  // namespace neurograft
