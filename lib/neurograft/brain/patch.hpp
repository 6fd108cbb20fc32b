#pragma once

#include <array>

#include <neurograft/world/image.hpp>

namespace neurograft {

/// What a tissue patch is.
struct PatchOptions {
  std::array<double, 3> size_mm{1.0, 1.0, 1.0};  ///< whole block, ventricle included [mm]
  double voxel_um = 50.0;                        ///< edge of a cubic voxel [um]
  double ventricle_mm = 0.0;  ///< thickness of a slab of ventricle on the low x face [mm]
  bool grey = false;          ///< grey instead of white matter
};

/// A block of tissue with a closed edge. Throws InputError unless size and slab are whole numbers
/// of voxels, leave some tissue, and make at most 2^29 voxels.
LabelMap patch(const PatchOptions& options);

}  // namespace neurograft
