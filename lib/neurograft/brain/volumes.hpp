#pragma once

#include <neurograft/world/image.hpp>

namespace neurograft {

/// Volume of each tissue [mL].
struct Volumes {
  double subarachnoid_csf_ml = 0.0;
  double ventricle_ml = 0.0;
  double grey_ml = 0.0;
  double white_ml = 0.0;

  double parenchyma_ml() const noexcept { return grey_ml + white_ml; }
};

Volumes volumes(const LabelMap& map) noexcept;

}  // namespace neurograft
