#pragma once

#include <neurograft/world/image.hpp>

namespace neurograft {

/// The map on cubic voxels of `resolution_mm`, in the map's own millimetres (its spacing). Voxels
/// are given to tissues by the share of them that the tissue fills, the fullest first, until each
/// has its volume: brain or outside, then ventricle, subarachnoid CSF, grey, white. A plain
/// majority would lose what is thin (sulci, horns of the ventricles). Ventricles that were
/// connected stay so: where a duct got lost, it is drawn again through its fullest voxels.
/// Deterministic. Throws InputError unless resolution_mm > 0 and the result has a brain voxel and
/// at most 2^29 voxels.
LabelMap resample(const LabelMap& map, double resolution_mm);

}  // namespace neurograft
