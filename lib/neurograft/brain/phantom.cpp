#include <algorithm>
#include <cmath>
#include <string>

#include <neurograft/brain/phantom.hpp>
#include <neurograft/core/error.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

using Point = std::array<double, 3>;

/// Lengths of an adult human brain [mm], x to the right, y forwards, z up, origin at its centre.
constexpr Point brain_axes{66.0, 84.0, 58.0};
constexpr double white_share_of_length = 0.77;  ///< its cube is the share of white matter
constexpr double csf_shell_mm = 3.0;
constexpr Point lateral_centre{11.0, 0.0, 6.0};
constexpr Point lateral_axes{7.0, 34.0, 10.0};
constexpr Point third_centre{0.0, 0.0, -6.0};
constexpr Point third_axes{2.5, 14.0, 11.0};
constexpr Point fourth_centre{0.0, -6.0, -34.0};
constexpr Point fourth_axes{6.0, 7.0, 7.0};
constexpr double duct_radius_mm = 1.5;
/// A round duct holds a voxel centre in every layer, the same one, if its radius is at least half
/// the diagonal of a voxel's face.
constexpr double least_duct_radius_voxels = 0.72;
constexpr double foramen_y_mm = 8.0, foramen_z_mm = 0.0;
constexpr double coarsest_mm = 4.0;
constexpr double largest_image = 0x1p29;

bool in_ellipsoid(const Point& p, const Point& centre, const Point& axes, double share = 1.0) {
  double sum = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double u = (p[axis] - centre[axis]) / (share * axes[axis]);
    sum += u * u;
  }
  return sum <= 1.0;
}

bool in_ventricle(const Point& p, double duct_mm) {
  const Point folded{std::abs(p[0]), p[1], p[2]};
  if (in_ellipsoid(folded, lateral_centre, lateral_axes)) return true;
  if (in_ellipsoid(p, third_centre, third_axes)) return true;
  if (in_ellipsoid(p, fourth_centre, fourth_axes)) return true;
  const auto within = [&](double a, double b) { return a * a + b * b <= duct_mm * duct_mm; };
  const bool foramen =
      folded[0] <= lateral_centre[0] && within(p[1] - foramen_y_mm, p[2] - foramen_z_mm);
  const bool aqueduct =
      p[2] <= third_centre[2] && p[2] >= fourth_centre[2] && within(p[0], p[1] - fourth_centre[1]);
  return foramen || aqueduct;
}

Label label_at(const Point& p, double duct_mm) {
  constexpr Point origin{};
  constexpr Point outer{brain_axes[0] + csf_shell_mm, brain_axes[1] + csf_shell_mm,
                        brain_axes[2] + csf_shell_mm};
  if (!in_ellipsoid(p, origin, outer)) return Label::outside;
  if (!in_ellipsoid(p, origin, brain_axes)) return Label::subarachnoid_csf;
  if (in_ventricle(p, duct_mm)) return Label::ventricle;
  return in_ellipsoid(p, origin, brain_axes, white_share_of_length) ? Label::white : Label::grey;
}

Geometry phantom_geometry(double resolution_mm, double scale) {
  Geometry geometry;
  geometry.affine = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  double voxels = 1.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double extent_mm = 2.0 * (brain_axes[axis] + csf_shell_mm);
    const double count = std::ceil(extent_mm / (resolution_mm / scale)) + 2.0;
    voxels *= count;
    if (voxels > largest_image) {
      throw InputError(Problem{"brain", "the phantom would have more than 2^29 voxels", "memory",
                               "raise resolution_mm or use a patch"});
    }
    geometry.size[axis] = static_cast<int>(count);
    geometry.spacing_mm[axis] = resolution_mm;
    geometry.affine[5 * axis] = resolution_mm;
    geometry.affine[4 * axis + 3] = -0.5 * (count - 1.0) * resolution_mm;
  }
  return geometry;
}

}  // namespace

LabelMap phantom(double resolution_mm, double scale) {
  if (!(scale > 0.0) || !(resolution_mm > 0.0) || resolution_mm > coarsest_mm * scale) {
    throw InputError(Problem{"brain",
                             "phantom at resolution_mm = " + fmt::format("{:g}", resolution_mm),
                             "must be > 0 and <= " + std::to_string(coarsest_mm * scale),
                             "its ventricles would fall apart"});
  }
  LabelMap map{phantom_geometry(resolution_mm, scale), {}, "phantom"};
  const Geometry& geometry = map.geometry;
  const double duct_mm = std::max(duct_radius_mm, least_duct_radius_voxels * resolution_mm / scale);
  map.labels.reserve(geometry.voxels());
  // In the lengths of a human brain, so that a scaled phantom is the same to the voxel.
  const auto place = [&](int index, std::size_t axis) {
    return (index - 0.5 * (geometry.size[axis] - 1)) * (resolution_mm / scale);
  };
  for (int k = 0; k < geometry.size[2]; ++k) {
    for (int j = 0; j < geometry.size[1]; ++j) {
      for (int i = 0; i < geometry.size[0]; ++i) {
        map.labels.push_back(label_at({place(i, 0), place(j, 1), place(k, 2)}, duct_mm));
      }
    }
  }
  return map;
}

}  // namespace neurograft
