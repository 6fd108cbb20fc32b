#include <neurograft/core/error.hpp>
#include <neurograft/world/grid.hpp>

namespace neurograft {

Grid::Grid(const LabelMap& map) : geometry_(map.geometry) {
  for (int axis = 0; axis < 3; ++axis) {
    if (!(geometry_.spacing_mm[axis] > 0.0)) {
      throw InputError(Problem{map.source, "voxel spacing is not positive", "a length in mm", ""});
    }
    inverse_spacing_[axis] = static_cast<float>(1.0 / geometry_.spacing_mm[axis]);
  }
  if (map.labels.size() != geometry_.voxels() || geometry_.voxels() >= no_voxel) {
    throw InputError(Problem{map.source, "label map and its size disagree",
                             "one label per voxel, fewer than 2^32 voxels", ""});
  }
  compact_.assign(geometry_.voxels(), no_voxel);
  const auto take = [&](auto wanted) {
    for (std::size_t linear = 0; linear < map.labels.size(); ++linear) {
      if (!wanted(map.labels[linear])) continue;
      compact_[linear] = static_cast<VoxelIndex>(linear_.size());
      linear_.push_back(static_cast<std::uint32_t>(linear));
      label_.push_back(map.labels[linear]);
    }
  };
  take([](Label label) { return is_parenchyma(label); });
  parenchyma_size_ = linear_.size();
  take([](Label label) { return label != Label::outside && !is_parenchyma(label); });
  if (parenchyma_size_ == 0) {
    throw InputError(Problem{map.source, "no grey or white matter voxel",
                             "the model needs brain tissue", "check the label table"});
  }

  neighbours_.resize(linear_.size());
  for (VoxelIndex voxel = 0; voxel < neighbours_.size(); ++voxel) {
    const auto [i, j, k] = coordinates(voxel);
    const std::array<std::array<int, 3>, 6> around{
        {{i - 1, j, k}, {i + 1, j, k}, {i, j - 1, k}, {i, j + 1, k}, {i, j, k - 1}, {i, j, k + 1}}};
    for (std::size_t face = 0; face < 6; ++face) {
      const auto [a, b, c] = around[face];
      neighbours_[voxel][face] =
          geometry_.contains(a, b, c) ? compact_[geometry_.index(a, b, c)] : no_voxel;
    }
  }
}

std::array<int, 3> Grid::coordinates(VoxelIndex voxel) const noexcept {
  const auto nx = static_cast<std::uint32_t>(geometry_.size[0]);
  const auto ny = static_cast<std::uint32_t>(geometry_.size[1]);
  const std::uint32_t linear = linear_[voxel];
  return {static_cast<int>(linear % nx), static_cast<int>(linear / nx % ny),
          static_cast<int>(linear / nx / ny)};
}

std::array<double, 3> Grid::centre_mm(VoxelIndex voxel) const noexcept {
  const auto [i, j, k] = coordinates(voxel);
  return {(i + 0.5) * geometry_.spacing_mm[0], (j + 0.5) * geometry_.spacing_mm[1],
          (k + 0.5) * geometry_.spacing_mm[2]};
}

}  // namespace neurograft
