#pragma once

#include <optional>

#include <neurograft/world/image.hpp>

namespace neurograft {

/// Turns parenchyma next to the ventricles into ventricle, nearest first (of equals the lowest
/// index), until the ventricles hold `target_ml`. A layer of tissue under the pial
/// surface is left standing. Throws InputError if the ventricles hold more already, if there are
/// none, or if tissue within reach does not suffice.
void enlarge_ventricles(LabelMap& map, double target_ml);

/// A map fitted to a person.
struct Fitted {
  LabelMap map;
  double scale = 1.0;         ///< of lengths: spacing over the spacing before
  double ventricle_ml = 0.0;  ///< as reached, to a voxel
  double parenchyma_ml = 0.0;
};

/// Fits a map to a native volume of parenchyma and of ventricles [mL]; what is not given is left:
/// without `ventricle_ml` ventricles scale along, without `parenchyma_ml` nothing is scaled and
/// larger ventricles take their room from the tissue. Scaling changes the spacing alone. The affine
/// stays that of the input, so that exports lie on the scan they came from.
/// Throws InputError for volumes <= 0, or if ventricles would have to shrink.
Fitted fit_volumes(const LabelMap& map, std::optional<double> parenchyma_ml,
                   std::optional<double> ventricle_ml);

}  // namespace neurograft
