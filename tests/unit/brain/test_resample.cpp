#include <neurograft/brain/align.hpp>
#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/brain/phantom.hpp>
#include <neurograft/brain/resample.hpp>
#include <neurograft/brain/volumes.hpp>
#include <neurograft/core/error.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

std::size_t ventricle_parts(const LabelMap& map) {
  Mask mask(map.labels.size());
  for (std::size_t n = 0; n < mask.size(); ++n) mask[n] = map.labels[n] == Label::ventricle ? 1 : 0;
  return connected_components(map.geometry, mask, Connectivity::faces).count();
}

}  // namespace

TEST_CASE("volumes and the connection of the ventricles hold, coarser and finer") {
  const LabelMap map = phantom(1.5);
  const Volumes before = volumes(map);
  for (const double mm : {1.0, 2.0, 2.7, 3.0, 5.0}) {
    const LabelMap result = resample(map, mm);
    const Volumes after = volumes(result);
    CHECK(result.geometry.spacing_mm == std::array<double, 3>{mm, mm, mm});
    CHECK(after.grey_ml == doctest::Approx(before.grey_ml).epsilon(0.005));
    CHECK(after.white_ml == doctest::Approx(before.white_ml).epsilon(0.005));
    CHECK(after.ventricle_ml ==
          doctest::Approx(before.ventricle_ml).epsilon(mm < 4.0 ? 0.05 : 0.2));
    CHECK(ventricle_parts(result) == 1);
  }
}

TEST_CASE("the same resolution gives the same map") {
  const LabelMap map = phantom(3.0);
  const LabelMap same = resample(map, 3.0);
  CHECK(same.labels == map.labels);
  CHECK(same.geometry.affine == map.geometry.affine);
}

TEST_CASE("a place in space stays where it was") {
  LabelMap map = phantom(2.0);
  map.geometry.affine = {0, -2, 0, 30, 2, 0, 0, -7, 0, 0, 2, 4, 0, 0, 0, 1};
  const LabelMap coarse = resample(map, 4.0);
  // The centre of a coarse voxel is the corner shared by eight fine ones.
  const auto a = mapped(map.geometry.affine, {6.5, 4.5, 8.5});
  const auto b = mapped(coarse.geometry.affine, {3.0, 2.0, 4.0});
  for (std::size_t axis = 0; axis < 3; ++axis) CHECK(a[axis] == doctest::Approx(b[axis]));
}

TEST_CASE("a sheet thinner than half a voxel keeps its volume") {
  LabelMap map;
  map.geometry.size = {24, 24, 24};
  map.labels.assign(map.geometry.voxels(), Label::white);
  for (int k = 0; k < 24; ++k) {
    for (int j = 0; j < 24; ++j) map.labels[map.geometry.index(11, j, k)] = Label::subarachnoid_csf;
  }
  CHECK(volumes(resample(map, 3.0)).subarachnoid_csf_ml ==
        doctest::Approx(volumes(map).subarachnoid_csf_ml).epsilon(0.05));
}

TEST_CASE("nonsense is refused") {
  CHECK_THROWS_AS(resample(phantom(4.0), 0.0), InputError);
  CHECK_THROWS_AS(resample(phantom(4.0), 0.01), InputError);
  CHECK_THROWS_AS(resample(phantom(4.0), 1000.0), InputError);
}
