#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/core/ids.hpp>

namespace neurograft {

/// Which stretches of an array over voxels may hold something else than zero, so that clearing it
/// costs by what is in it: cells are in few of a brain's voxels.
class Touched {
 public:
  /// For an array over this many voxels, nothing marked.
  explicit Touched(std::size_t voxels = 0) : stretches_((voxels + stretch - 1) / stretch) {}

  /// Marks the stretch of a voxel. May be called from several threads at once.
  void mark(VoxelIndex voxel) noexcept {
    std::atomic_ref(stretches_[voxel / stretch]).store(1, std::memory_order_relaxed);
  }
  /// For an array that is written to anywhere.
  void mark_all() noexcept { std::ranges::fill(stretches_, std::uint8_t{1}); }

  /// Whether anything is marked.
  bool any() const noexcept { return std::ranges::find(stretches_, 1) != stretches_.end(); }

  /// Zeroes the marked stretches of `values` and takes the marks away.
  template <class T>
  void clear(std::span<T> values) noexcept {
    for (std::size_t s = 0; s < stretches_.size(); ++s) {
      if (stretches_[s] == 0) continue;
      const std::size_t begin = s * stretch;
      std::ranges::fill(values.subspan(begin, std::min(stretch, values.size() - begin)), T{});
      stretches_[s] = 0;
    }
  }

 private:
  static constexpr std::size_t stretch = 256;
  std::vector<std::uint8_t> stretches_;
};

}  // namespace neurograft
