#include <array>
#include <cmath>
#include <filesystem>
#include <string>

#include <neurograft/brain/lesions.hpp>
#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/brain/resample.hpp>
#include <neurograft/brain/segment.hpp>
#include <neurograft/brain/tracts.hpp>
#include <neurograft/brain/volumes.hpp>
#include <neurograft/io/nifti.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

const std::string templates = "/usr/share/mricron/templates/";

bool has_templates() {
  return std::filesystem::exists(templates + "ch2bet.nii.gz");
}

std::size_t ventricle_parts(const LabelMap& map) {
  Mask mask(map.labels.size());
  for (std::size_t n = 0; n < mask.size(); ++n) mask[n] = map.labels[n] == Label::ventricle ? 1 : 0;
  return connected_components(map.geometry, mask, Connectivity::faces).count();
}

}  // namespace

// Needs Debian's mricron-data.
TEST_CASE("colin27 has human volumes at 1 and 2 mm, its ventricles in one piece" *
          doctest::skip(!has_templates())) {
  const LabelMap fine =
      segment(read_nifti(templates + "ch2bet.nii.gz"), read_nifti(templates + "jhu189.nii.gz"),
              jhu189_ventricles(), "colin27");
  const Volumes v = volumes(fine);
  CHECK(v.parenchyma_ml() > 1450.0);
  CHECK(v.parenchyma_ml() < 1650.0);
  CHECK(v.grey_ml / v.white_ml > 1.1);
  CHECK(v.grey_ml / v.white_ml < 1.7);
  CHECK(v.ventricle_ml > 20.0);
  CHECK(v.ventricle_ml < 40.0);
  CHECK(ventricle_parts(fine) == 1);

  const LabelMap coarse = resample(fine, 2.0);
  const Volumes w = volumes(coarse);
  CHECK(w.grey_ml == doctest::Approx(v.grey_ml).epsilon(0.03));
  CHECK(w.white_ml == doctest::Approx(v.white_ml).epsilon(0.03));
  CHECK(w.ventricle_ml == doctest::Approx(v.ventricle_ml).epsilon(0.10));
  CHECK(ventricle_parts(coarse) == 1);

  const Grid grid(coarse);
  const auto labels =
      atlas_labels(grid, read_nifti(templates + "JHU-WhiteMatter-labels-1mm.nii.gz"));
  const auto tracts = tract_of_voxel(labels, jhu_tract_groups());
  std::array<double, 7> ml{};
  for (const std::uint8_t tract : tracts) ml.at(tract) += 0.008;
  for (std::size_t tract = 1; tract < ml.size(); ++tract) CHECK(ml[tract] > 2.0);
  const auto directions = fibre_directions(grid, labels);
  // Along the corticospinal tract fibres run upwards, in the callosal body left to right.
  double up = 0.0, across = 0.0, limb = 0.0, body = 0.0;
  for (VoxelIndex voxel = 0; voxel < labels.size(); ++voxel) {
    const auto& d = directions[voxel];
    const double length = std::sqrt(static_cast<double>(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]));
    if (tracts[voxel] == 1) {
      up += std::abs(static_cast<double>(d[2]));
      limb += length;
    }
    if (labels[voxel] == 4) {
      across += std::abs(static_cast<double>(d[0]));
      body += length;
    }
  }
  CHECK(up / limb > 0.8);
  CHECK(across / body > 0.8);

  LesionParameters parameters = lesion_section().defaults();
  parameters.volume_ml = 15.0;
  CHECK(lesion_volume_ml(grid.geometry(), generate_lesions(grid, parameters)) ==
        doctest::Approx(15.0).epsilon(0.001));
}
