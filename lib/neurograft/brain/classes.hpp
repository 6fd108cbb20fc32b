#pragma once

#include <array>
#include <span>
#include <string>

namespace neurograft {

/// Brightness of the three tissues in a T1-weighted image, dark to bright.
struct TissueClasses {
  std::array<double, 3> mean{};   ///< CSF, grey, white [the image's unit]
  std::array<double, 3> sd{};     ///< [the image's unit]
  std::array<double, 3> share{};  ///< of all voxels [1]

  /// Half way between two means. A voxel that holds both tissues in equal parts has this
  /// brightness, so cutting here, and not where the classes are equally likely, keeps the volumes.
  double csf_grey() const noexcept { return 0.5 * (mean[0] + mean[1]); }
  double grey_white() const noexcept { return 0.5 * (mean[1] + mean[2]); }
};

/// Fits three Gaussian classes to the histogram of brain voxels by expectation maximisation.
/// Throws InputError, naming `where`, if the image does not show three separate classes.
TissueClasses fit_tissue_classes(std::span<const float> brain_values, const std::string& where);

}  // namespace neurograft
