#pragma once

#include <neurograft/world/image.hpp>

namespace neurograft {

/// A smooth stand-in for a human brain, for tests and where no brain image is at hand: an ellipsoid
/// of white matter in a shell of grey and one of subarachnoid CSF, with two lateral ventricles
/// joined through foramina to a third and by an aqueduct to a fourth. Unfolded, so its grey shell
/// is thicker than a cortex, which gives it a human share of grey matter (1.2 : 1). About 1.3 L of
/// parenchyma and 23 mL of ventricle; volumes do not depend on the resolution.
///
/// `scale` multiplies all lengths (a mouse brain is about 0.07). Throws InputError unless the
/// resolution is > 0 and at most 4 mm * scale, where the ventricles would fall apart, or if the
/// image would have more than 2^29 voxels.
LabelMap phantom(double resolution_mm, double scale = 1.0);

}  // namespace neurograft
