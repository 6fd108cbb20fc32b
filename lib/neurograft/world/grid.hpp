#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/ids.hpp>
#include <neurograft/world/image.hpp>

namespace neurograft {

/// The voxels of a brain that are not `outside`, as one compact list: parenchyma first
/// [0, parenchyma_size()), then CSF. Within each part in the order of the image. Positions are
/// [mm] from the low corner of voxel (0, 0, 0), along the image's axes.
class NEUROGRAFT_API Grid {
 public:
  Grid() = default;

  /// Throws InputError if the map has no parenchyma voxel, a size of zero, a spacing <= 0, or not
  /// one label per voxel.
  explicit Grid(const LabelMap& map);

  std::size_t size() const noexcept { return label_.size(); }                ///< all voxels
  std::size_t parenchyma_size() const noexcept { return parenchyma_size_; }  ///< those of tissue

  const Geometry& geometry() const noexcept { return geometry_; }  ///< of the whole image
  double voxel_volume_mm3() const noexcept { return geometry_.voxel_volume_mm3(); }  ///< of each

  Label label(VoxelIndex voxel) const noexcept { return label_[voxel]; }  ///< never `outside`
  std::span<const Label> labels() const noexcept { return label_; }       ///< by compact voxel

  /// Index in the image of a compact voxel.
  std::uint32_t linear(VoxelIndex voxel) const noexcept { return linear_[voxel]; }
  /// The compact voxel of an index in the image; `no_voxel` for outside.
  VoxelIndex compact(std::size_t linear) const noexcept { return compact_[linear]; }

  /// Image coordinates (i, j, k) of a compact voxel.
  std::array<int, 3> coordinates(VoxelIndex voxel) const noexcept;

  /// Centre of a voxel [mm].
  std::array<double, 3> centre_mm(VoxelIndex voxel) const noexcept;

  /// The compact voxel that holds a position, or `no_voxel`.
  VoxelIndex voxel_at(float x, float y, float z) const noexcept {
    const int i = cell_of(x, inverse_spacing_[0]);
    const int j = cell_of(y, inverse_spacing_[1]);
    const int k = cell_of(z, inverse_spacing_[2]);
    if (!geometry_.contains(i, j, k)) return no_voxel;
    return compact_[geometry_.index(i, j, k)];
  }

  /// Face neighbours in the order -x, +x, -y, +y, -z, +z; `no_voxel` where the grid or the brain
  /// ends.
  const std::array<VoxelIndex, 6>& neighbours(VoxelIndex voxel) const noexcept {
    return neighbours_[voxel];
  }

 private:
  static int cell_of(float position, float inverse) noexcept {
    // Positions are not negative inside the grid; truncation would fold (-1, 0) into voxel 0.
    const float scaled = position * inverse;
    return scaled < 0.0F ? -1 : static_cast<int>(scaled);
  }

  Geometry geometry_;
  std::array<float, 3> inverse_spacing_{};
  std::size_t parenchyma_size_ = 0;
  std::vector<Label> label_;
  std::vector<std::uint32_t> linear_;
  std::vector<VoxelIndex> compact_;
  std::vector<std::array<VoxelIndex, 6>> neighbours_;
};

}  // namespace neurograft
