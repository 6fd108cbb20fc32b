#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace neurograft {

/// Size, spacing and place in space of a voxel image. x is the fastest axis.
struct Geometry {
  std::array<int, 3> size{0, 0, 0};           ///< voxels in x, y, z
  std::array<double, 3> spacing_mm{1, 1, 1};  ///< [mm]
  /// Row-major 4x4, voxel index (i, j, k, 1) to the scanner's or template's space [mm].
  std::array<double, 16> affine{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};

  std::size_t voxels() const noexcept {
    return static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) *
           static_cast<std::size_t>(size[2]);
  }
  std::size_t index(int i, int j, int k) const noexcept {
    return (static_cast<std::size_t>(k) * static_cast<std::size_t>(size[1]) +
            static_cast<std::size_t>(j)) *
               static_cast<std::size_t>(size[0]) +
           static_cast<std::size_t>(i);
  }
  bool contains(int i, int j, int k) const noexcept {
    return i >= 0 && j >= 0 && k >= 0 && i < size[0] && j < size[1] && k < size[2];
  }
  double voxel_volume_mm3() const noexcept { return spacing_mm[0] * spacing_mm[1] * spacing_mm[2]; }
};

/// An image of real numbers, one or more channels (a vector or tensor image has 3 or 6).
struct Image {
  Geometry geometry;
  int channels = 1;
  std::vector<float> values;  ///< channel-major: all of channel 0, then 1, ...

  float at(int i, int j, int k, int channel = 0) const noexcept {
    return values[static_cast<std::size_t>(channel) * geometry.voxels() + geometry.index(i, j, k)];
  }
};

/// What a voxel is made of.
enum class Label : std::uint8_t {
  outside = 0,
  subarachnoid_csf = 1,
  ventricle = 2,
  grey = 3,
  white = 4,
};

constexpr bool is_parenchyma(Label label) noexcept {
  return label == Label::grey || label == Label::white;
}

/// A segmented brain.
struct LabelMap {
  Geometry geometry;
  std::vector<Label> labels;  ///< size geometry.voxels()
  std::string source;         ///< what it was made from, for provenance

  Label at(int i, int j, int k) const noexcept { return labels[geometry.index(i, j, k)]; }
};

}  // namespace neurograft
