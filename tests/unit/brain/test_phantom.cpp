#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/brain/phantom.hpp>
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

TEST_CASE("the phantom has human volumes at any resolution, its ventricles in one piece") {
  const double pi = 3.14159265358979;
  const double brain_ml = 4.0 / 3.0 * pi * 66.0 * 84.0 * 58.0 / 1000.0;
  for (const double mm : {1.0, 1.3, 2.0, 3.0, 4.0}) {
    const LabelMap map = phantom(mm);
    const Volumes v = volumes(map);
    CHECK(v.parenchyma_ml() + v.ventricle_ml == doctest::Approx(brain_ml).epsilon(0.003));
    CHECK(v.grey_ml / v.white_ml == doctest::Approx(1.235).epsilon(0.02));
    CHECK(v.ventricle_ml == doctest::Approx(22.9).epsilon(mm <= 2.0 ? 0.03 : 0.10));
    CHECK(ventricle_parts(map) == 1);
  }
}

TEST_CASE("scaled, all lengths shrink alike") {
  const LabelMap human = phantom(2.0), small = phantom(0.2, 0.1);
  CHECK(small.labels == human.labels);
  CHECK(volumes(small).grey_ml == doctest::Approx(volumes(human).grey_ml / 1000.0));
}

TEST_CASE("the origin of space is at the centre") {
  const Geometry geometry = phantom(2.0).geometry;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double middle = 0.5 * (geometry.size[axis] - 1);
    CHECK(geometry.affine[5 * axis] * middle + geometry.affine[4 * axis + 3] ==
          doctest::Approx(0.0));
  }
}

TEST_CASE("a resolution that cannot hold it is refused") {
  CHECK_THROWS_AS(phantom(0.0), InputError);
  CHECK_THROWS_AS(phantom(5.0), InputError);
  CHECK_THROWS_AS(phantom(0.001), InputError);
  CHECK_THROWS_AS(phantom(1.0, 0.0), InputError);
}
