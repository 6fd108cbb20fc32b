#include <algorithm>

#include <neurograft/brain/distance.hpp>
#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/brain/phantom.hpp>
#include <neurograft/brain/segment.hpp>
#include <neurograft/brain/volumes.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

float brightness(Label label) {
  constexpr std::array<float, 5> of{0.0F, 40.0F, 30.0F, 85.0F, 115.0F};
  return of[static_cast<std::size_t>(label)];
}

/// A T1-like image of the phantom: each voxel the mean of the 3 x 3 x 3 around it, so that borders
/// hold a mixture as in a scan, plus noise; and a wing of residue outside.
Image scan_of(const LabelMap& map, float noise) {
  const auto around = neighbours(map.geometry, Connectivity::corners);
  const Stream stream(3, StreamCode::run_setup, 0);
  Image t1{map.geometry, 1, std::vector<float>(map.labels.size(), 0.0F)};
  for (std::size_t voxel = 0; voxel < map.labels.size(); ++voxel) {
    if (map.labels[voxel] == Label::outside) continue;
    float sum = 2.0F * brightness(map.labels[voxel]), weight = 2.0F;
    for_each_neighbour(map.geometry, around, voxel, [&](std::size_t next, double mm) {
      if (map.labels[next] == Label::outside) return;
      const float w = mm > 1.1 * map.geometry.spacing_mm[0] ? 0.2F : 1.0F;
      sum += w * brightness(map.labels[next]);
      weight += w;
    });
    const Block words = stream.block(static_cast<std::uint32_t>(voxel));
    t1.values[voxel] =
        std::max(1.0F, sum / weight + noise * math::normal_pair(words[0], words[1])[0]);
  }
  for (int i = 2; i < 30; ++i) t1.values[map.geometry.index(i, 3, 3)] = 60.0F;
  return t1;
}

/// The ventricles' cores as label 9, without ducts, as a parcellation would give them.
Image parcellation_of(const LabelMap& map) {
  Mask rest(map.labels.size());
  for (std::size_t n = 0; n < rest.size(); ++n) rest[n] = map.labels[n] == Label::ventricle ? 0 : 1;
  const auto depth = distance_mm(map.geometry, rest, DistanceTo::face);
  Image image{map.geometry, 1, std::vector<float>(rest.size(), 0.0F)};
  for (std::size_t n = 0; n < rest.size(); ++n) image.values[n] = depth[n] > 1.2 ? 9.0F : 0.0F;
  return image;
}

}  // namespace

TEST_CASE("a scan of the phantom gives the phantom back") {
  const LabelMap truth = phantom(1.5);
  const LabelMap map = segment(scan_of(truth, 3.0F), parcellation_of(truth), {9}, "scan");
  const Volumes expected = volumes(truth), found = volumes(map);
  CHECK(found.parenchyma_ml() == doctest::Approx(expected.parenchyma_ml()).epsilon(0.02));
  CHECK(found.grey_ml / found.white_ml ==
        doctest::Approx(expected.grey_ml / expected.white_ml).epsilon(0.05));
  CHECK(found.ventricle_ml == doctest::Approx(expected.ventricle_ml).epsilon(0.10));

  Mask ventricle(map.labels.size());
  std::size_t white_at_wall = 0, grey_at_wall = 0;
  for (std::size_t n = 0; n < ventricle.size(); ++n) {
    ventricle[n] = map.labels[n] == Label::ventricle ? 1 : 0;
  }
  const auto around = neighbours(map.geometry, Connectivity::faces);
  for (std::size_t n = 0; n < ventricle.size(); ++n) {
    if (ventricle[n] == 0) continue;
    for_each_neighbour(map.geometry, around, n, [&](std::size_t next, double) {
      white_at_wall += map.labels[next] == Label::white ? 1 : 0;
      grey_at_wall += map.labels[next] == Label::grey ? 1 : 0;
    });
  }
  CHECK(connected_components(map.geometry, ventricle, Connectivity::faces).count() == 1);
  // All ventricles of the phantom lie in white matter: any grey at their wall is partial volume.
  CHECK(white_at_wall > 1000);
  CHECK(grey_at_wall == 0);
  // The residue is gone.
  for (int i = 2; i < 15; ++i) CHECK(map.at(i, 3, 3) == Label::outside);
}

TEST_CASE("images that cannot be segmented are refused") {
  const LabelMap truth = phantom(3.0);
  const Image t1 = scan_of(truth, 3.0F);
  Image none = parcellation_of(truth);
  CHECK_THROWS_AS(segment(t1, none, {8}, "scan"), InputError);
  const Image empty{truth.geometry, 1, std::vector<float>(truth.labels.size(), 0.0F)};
  CHECK_THROWS_AS(segment(empty, none, {9}, "scan"), InputError);
}
