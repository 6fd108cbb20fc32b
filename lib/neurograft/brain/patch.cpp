#include <cmath>
#include <string>

#include <neurograft/brain/patch.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/core/units.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

/// A length in voxels; adds a problem unless it is a whole number of at least `least`.
double whole_voxels(const std::string& name, double mm, double voxel_mm, double least,
                    std::vector<Problem>& problems) {
  const double count = std::floor(mm / voxel_mm + 0.5);
  if (!(std::abs(mm / voxel_mm - count) < 1e-6) || !(count >= least)) {
    problems.push_back({"brain", name + " = " + fmt::format("{:g}", mm),
                        "must be a whole number of voxels, patch_voxel_um = " +
                            fmt::format("{:g}", voxel_mm * units::um_per_mm) + ", at least " +
                            std::to_string(static_cast<int>(least)),
                        ""});
  }
  return count;
}

}  // namespace

LabelMap patch(const PatchOptions& options) {
  if (!(options.voxel_um > 0.0)) {
    throw InputError(Problem{"brain",
                             "patch voxel of " + fmt::format("{:g}", options.voxel_um) + " um",
                             "must be > 0", ""});
  }
  const double voxel_mm = options.voxel_um / units::um_per_mm;
  std::vector<Problem> problems;
  std::array<double, 3> count{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    count[axis] = whole_voxels("patch_size_mm", options.size_mm[axis], voxel_mm, 1.0, problems);
  }
  const double slab = whole_voxels("ventricle slab", options.ventricle_mm, voxel_mm, 0.0, problems);
  if (slab >= count[0]) {
    problems.push_back({"brain", "ventricle slab fills the patch", "tissue must be left", ""});
  }
  if (count[0] * count[1] * count[2] > 0x1p29) {
    problems.push_back({"brain", "patch_size_mm makes more than 2^29 voxels", "memory",
                        "make it smaller, or patch_voxel_um larger"});
  }
  if (!problems.empty()) throw InputError(problems);

  LabelMap map;
  map.source = options.grey ? "patch of grey matter" : "patch of white matter";
  for (std::size_t axis = 0; axis < 3; ++axis) {
    map.geometry.size[axis] = static_cast<int>(count[axis]);
    map.geometry.spacing_mm[axis] = voxel_mm;
    map.geometry.affine[5 * axis] = voxel_mm;
    map.geometry.affine[4 * axis + 3] = 0.5 * voxel_mm;
  }
  map.labels.assign(map.geometry.voxels(), options.grey ? Label::grey : Label::white);
  const auto nx = static_cast<std::size_t>(map.geometry.size[0]);
  for (std::size_t voxel = 0; voxel < map.labels.size(); ++voxel) {
    if (static_cast<double>(voxel % nx) < slab) map.labels[voxel] = Label::ventricle;
  }
  return map;
}

}  // namespace neurograft
