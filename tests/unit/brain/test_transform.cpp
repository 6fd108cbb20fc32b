#include <cmath>

#include <neurograft/brain/distance.hpp>
#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/brain/phantom.hpp>
#include <neurograft/brain/transform.hpp>
#include <neurograft/brain/volumes.hpp>
#include <neurograft/core/error.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("native volume alone scales the spacing and nothing else") {
  const LabelMap map = phantom(3.0);
  const double before = volumes(map).parenchyma_ml();
  const Fitted fitted = fit_volumes(map, 1100.0, std::nullopt);
  CHECK(fitted.parenchyma_ml == doctest::Approx(1100.0));
  CHECK(fitted.scale == doctest::Approx(std::cbrt(1100.0 / before)));
  CHECK(fitted.map.labels == map.labels);
  CHECK(fitted.map.geometry.affine == map.geometry.affine);
  CHECK(fitted.map.geometry.spacing_mm[1] == doctest::Approx(3.0 * fitted.scale));
}

TEST_CASE("both volumes are met to a voxel") {
  const LabelMap map = phantom(2.0);
  const Fitted fitted = fit_volumes(map, 1150.0, 45.0);
  const double voxel_ml = fitted.map.geometry.voxel_volume_mm3() / 1000.0;
  CHECK(std::abs(fitted.ventricle_ml - 45.0) <= voxel_ml);
  CHECK(std::abs(fitted.parenchyma_ml - 1150.0) <= voxel_ml);
}

TEST_CASE("larger ventricles take the nearest tissue, in one piece") {
  LabelMap map = phantom(2.0);
  const LabelMap before = map;
  enlarge_ventricles(map, 50.0);
  CHECK(volumes(map).ventricle_ml == doctest::Approx(50.0).epsilon(0.001));
  Mask old_ventricle(map.labels.size()), new_ventricle(map.labels.size());
  for (std::size_t n = 0; n < map.labels.size(); ++n) {
    old_ventricle[n] = before.labels[n] == Label::ventricle ? 1 : 0;
    new_ventricle[n] = map.labels[n] == Label::ventricle ? 1 : 0;
    CHECK((map.labels[n] == before.labels[n] || map.labels[n] == Label::ventricle));
  }
  CHECK(connected_components(map.geometry, new_ventricle, Connectivity::faces).count() == 1);
  const auto depth = distance_mm(map.geometry, old_ventricle, DistanceTo::face);
  double deepest_taken = 0.0, nearest_left = 1e9;
  for (std::size_t n = 0; n < map.labels.size(); ++n) {
    if (new_ventricle[n] != 0) deepest_taken = std::fmax(deepest_taken, depth[n]);
    if (is_parenchyma(map.labels[n])) nearest_left = std::fmin(nearest_left, depth[n]);
  }
  CHECK(deepest_taken <= nearest_left);
}

TEST_CASE("no growth through the pial surface") {
  LabelMap map;
  map.geometry.size = {20, 5, 5};
  map.labels.assign(map.geometry.voxels(), Label::subarachnoid_csf);
  for (int i = 2; i < 18; ++i) {
    for (int k = 1; k < 4; ++k) {
      for (int j = 1; j < 4; ++j) map.labels[map.geometry.index(i, j, k)] = Label::white;
    }
  }
  map.labels[map.geometry.index(3, 2, 2)] = Label::ventricle;
  CHECK_THROWS_AS(enlarge_ventricles(map, 0.020), InputError);
  enlarge_ventricles(map, 0.014);
  for (int i = 3; i < 17; ++i) CHECK(map.at(i, 2, 2) == Label::ventricle);
}

TEST_CASE("ventricles cannot shrink, volumes are positive") {
  LabelMap map = phantom(4.0);
  CHECK_THROWS_AS(enlarge_ventricles(map, 10.0), InputError);
  CHECK_THROWS_AS(fit_volumes(map, 0.0, std::nullopt), InputError);
  CHECK_THROWS_AS(fit_volumes(map, std::nullopt, -3.0), InputError);
  map.labels.assign(map.labels.size(), Label::white);
  CHECK_THROWS_AS(enlarge_ventricles(map, 10.0), InputError);
}
