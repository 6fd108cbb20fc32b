#pragma once

#include <array>
#include <cstddef>

#include <neurograft/core/ids.hpp>

namespace neurograft {

/// Values of the voxels met lately, for passes over agents: these lie nearly sorted by voxel, with
/// some between that came from beside since they were sorted.
template <class T>
class VoxelCache {
 public:
  VoxelCache() { voxel_.fill(no_voxel); }

  /// The value of a voxel, not of `no_voxel`, by `find(voxel)` if it is not kept.
  template <class Find>
  const T& at(VoxelIndex voxel, Find&& find) {
    const std::size_t place = voxel % size;
    if (voxel_[place] != voxel) {
      value_[place] = find(voxel);
      voxel_[place] = voxel;
    }
    return value_[place];
  }

 private:
  static constexpr std::size_t size = 64;
  std::array<VoxelIndex, size> voxel_;
  std::array<T, size> value_;
};

}  // namespace neurograft
