#include <neurograft/brain/patch.hpp>
#include <neurograft/brain/volumes.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/world/wall.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("a patch has the tissue and the wall asked for") {
  PatchOptions options;
  options.size_mm = {2.0, 1.0, 0.5};
  options.voxel_um = 100.0;
  options.ventricle_mm = 0.3;
  const LabelMap map = patch(options);
  CHECK(map.geometry.size == std::array<int, 3>{20, 10, 5});
  CHECK(map.at(2, 9, 4) == Label::ventricle);
  CHECK(map.at(3, 0, 0) == Label::white);
  CHECK(volumes(map).white_ml == doctest::Approx(1.7 * 1.0 * 0.5 / 1000.0));
  const Grid grid(map);
  CHECK(Wall(grid).total_area_mm2() == doctest::Approx(0.5));

  options.grey = true;
  options.ventricle_mm = 0.0;
  CHECK(volumes(patch(options)).grey_ml == doctest::Approx(0.001));
}

TEST_CASE("a patch that is no whole number of voxels, or all ventricle, is refused") {
  PatchOptions options;
  options.voxel_um = 30.0;
  try {
    patch(options);
    FAIL("no error");
  } catch (const InputError& error) {
    CHECK(error.problems().size() == 3);
  }
  options.voxel_um = 100.0;
  options.ventricle_mm = 1.0;
  CHECK_THROWS_AS(patch(options), InputError);
  options.voxel_um = 0.0;
  CHECK_THROWS_AS(patch(options), InputError);
  options = PatchOptions{};
  options.voxel_um = 0.01;
  CHECK_THROWS_AS(patch(options), InputError);
}
