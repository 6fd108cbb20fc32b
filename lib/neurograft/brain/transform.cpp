#include <cmath>
#include <limits>
#include <string>

#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/brain/transform.hpp>
#include <neurograft/brain/volumes.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/units.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

void require_positive(const char* key, double ml) {
  if (ml > 0.0 && std::isfinite(ml)) return;
  throw InputError(
      Problem{"brain", std::string(key) + " = " + fmt::format("{:g}", ml), "must be > 0", ""});
}

}  // namespace

void enlarge_ventricles(LabelMap& map, double target_ml) {
  const Geometry& geometry = map.geometry;
  const double have_ml = volumes(map).ventricle_ml;
  const double voxel_ml = geometry.voxel_volume_mm3() / units::mm3_per_ml;
  const double missing = std::floor((target_ml - have_ml) / voxel_ml + 0.5);
  const auto fail = [&](const std::string& why, const std::string& hint) {
    throw InputError(
        Problem{"brain", "ventricle_volume_ml = " + fmt::format("{:g}", target_ml), why, hint});
  };
  if (have_ml == 0.0) fail("the map has no ventricle", "");
  if (missing < 0.0) {
    fail("the map's ventricles hold " + fmt::format("{:g}", have_ml) + " mL already",
         "ventricles can only be enlarged");
  }
  const auto around = neighbours(geometry, Connectivity::faces);
  Mask ventricle(map.labels.size()), inner(map.labels.size());
  for (std::size_t voxel = 0; voxel < map.labels.size(); ++voxel) {
    ventricle[voxel] = map.labels[voxel] == Label::ventricle ? 1 : 0;
    bool enclosed = is_parenchyma(map.labels[voxel]);
    for_each_neighbour(geometry, around, voxel, [&](std::size_t next, double) {
      const Label label = map.labels[next];
      enclosed = enclosed && (is_parenchyma(label) || label == Label::ventricle);
    });
    inner[voxel] = enclosed ? 1 : 0;
  }
  const auto wanted = static_cast<std::size_t>(missing);
  const std::vector<std::size_t> order =
      grow_order(geometry, ventricle, inner, std::numeric_limits<double>::infinity(), wanted);
  if (order.size() < wanted) fail("too little tissue around the ventricles", "");
  for (const std::size_t voxel : order) map.labels[voxel] = Label::ventricle;
}

Fitted fit_volumes(const LabelMap& map, std::optional<double> parenchyma_ml,
                   std::optional<double> ventricle_ml) {
  if (parenchyma_ml) require_positive("native_volume_ml", *parenchyma_ml);
  if (ventricle_ml) require_positive("ventricle_volume_ml", *ventricle_ml);
  Fitted fitted{map, 1.0, 0.0, 0.0};
  const Volumes before = volumes(map);
  if (parenchyma_ml) {
    // Both together are what the scale must give; inside that sum tissue turns into ventricle.
    const double from = before.parenchyma_ml() + (ventricle_ml ? before.ventricle_ml : 0.0);
    const double to = *parenchyma_ml + ventricle_ml.value_or(0.0);
    if (!(from > 0.0)) {
      throw InputError(
          Problem{map.source, "no grey or white matter voxel", "cannot be scaled", ""});
    }
    fitted.scale = math::cbrt(to / from);
    for (double& spacing : fitted.map.geometry.spacing_mm) spacing *= fitted.scale;
  }
  if (ventricle_ml) enlarge_ventricles(fitted.map, *ventricle_ml);
  const Volumes after = volumes(fitted.map);
  fitted.ventricle_ml = after.ventricle_ml;
  fitted.parenchyma_ml = after.parenchyma_ml();
  return fitted;
}

}  // namespace neurograft
