#include <array>
#include <cstddef>

#include <neurograft/brain/volumes.hpp>
#include <neurograft/core/units.hpp>

namespace neurograft {

Volumes volumes(const LabelMap& map) noexcept {
  std::array<std::size_t, 5> count{};
  for (const Label label : map.labels) ++count[static_cast<std::size_t>(label)];
  const double voxel_ml = map.geometry.voxel_volume_mm3() / units::mm3_per_ml;
  const auto ml = [&](Label label) {
    return voxel_ml * static_cast<double>(count[static_cast<std::size_t>(label)]);
  };
  return {ml(Label::subarachnoid_csf), ml(Label::ventricle), ml(Label::grey), ml(Label::white)};
}

}  // namespace neurograft
