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

  /// In the whole image.
  std::size_t voxels() const noexcept {
    return static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) *
           static_cast<std::size_t>(size[2]);
  }
  /// Place of a voxel in an array of the image; of one inside it alone.
  std::size_t index(int i, int j, int k) const noexcept {
    return (static_cast<std::size_t>(k) * static_cast<std::size_t>(size[1]) +
            static_cast<std::size_t>(j)) *
               static_cast<std::size_t>(size[0]) +
           static_cast<std::size_t>(i);
  }
  /// Whether these are coordinates of a voxel of the image.
  bool contains(int i, int j, int k) const noexcept {
    return i >= 0 && j >= 0 && k >= 0 && i < size[0] && j < size[1] && k < size[2];
  }
  /// Of each voxel [mm3].
  double voxel_volume_mm3() const noexcept { return spacing_mm[0] * spacing_mm[1] * spacing_mm[2]; }
};

/// An image of real numbers, one or more channels (a vector or tensor image has 3 or 6).
struct Image {
  Geometry geometry;          ///< the same for all channels
  int channels = 1;           ///< values per voxel
  std::vector<float> values;  ///< channel-major: all of channel 0, then 1, ...

  /// Value of a voxel inside the image; not checked.
  float at(int i, int j, int k, int channel = 0) const noexcept {
    return values[static_cast<std::size_t>(channel) * geometry.voxels() + geometry.index(i, j, k)];
  }
};

/// What a voxel is made of.
enum class Label : std::uint8_t {
  outside = 0,           ///< not of the brain, or not wanted
  subarachnoid_csf = 1,  ///< CSF around the brain
  ventricle = 2,         ///< CSF in the ventricles
  grey = 3,              ///< grey matter
  white = 4,             ///< white matter
};

/// Grey or white matter: what has tissue, fields and immune cells.
constexpr bool is_parenchyma(Label label) noexcept {
  return label == Label::grey || label == Label::white;
}

/// A segmented brain.
struct LabelMap {
  Geometry geometry;          ///< of the image
  std::vector<Label> labels;  ///< size geometry.voxels()
  std::string source;         ///< what it was made from, for provenance

  /// Label of a voxel inside the image; not checked.
  Label at(int i, int j, int k) const noexcept { return labels[geometry.index(i, j, k)]; }
};

}  // namespace neurograft
