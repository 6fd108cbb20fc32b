#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/ids.hpp>
#include <neurograft/world/grid.hpp>

namespace neurograft {

/// A face between a ventricle voxel and a parenchyma voxel.
struct WallFace {
  VoxelIndex voxel;      ///< the parenchyma voxel
  std::uint8_t towards;  ///< direction from it to the ventricle, as in Grid::neighbours
  float area_mm2;        ///< its share of the smooth wall, not of the staircase
};

/// The ventricle wall as a sheet. The faces of voxels overstate an oblique surface by up to 1.7; a
/// face's share is its own area times the cosine between its axis and the local wall normal, which
/// is the gradient of the ventricle's indicator, smoothed over the neighbourhood. The total is then
/// nearly independent of voxel size and orientation.
class NEUROGRAFT_API Wall {
 public:
  Wall() = default;
  explicit Wall(const Grid& grid);  ///< without faces if the brain has no ventricle

  /// In the order of their voxels.
  std::span<const WallFace> faces() const noexcept { return faces_; }
  /// Of all faces [mm2].
  double total_area_mm2() const noexcept { return cumulative_.empty() ? 0.0 : cumulative_.back(); }

  /// The face in which a uniform number in (0, 1) falls, each face weighted by area. Only where
  /// there are faces.
  std::size_t face_at(double uniform) const noexcept;

  /// Wall area inside a parenchyma voxel [mm2]; 0 away from the wall.
  double area_mm2(VoxelIndex voxel) const noexcept { return area_by_voxel_[voxel]; }

 private:
  std::vector<WallFace> faces_;
  std::vector<double> cumulative_;
  std::vector<float> area_by_voxel_;
};

}  // namespace neurograft
