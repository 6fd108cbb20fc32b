#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <neurograft/scenario/terrain.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

// The fibre direction of each voxel of a patch, as components x, y, z.
std::vector<std::array<double, 3>> fibres_of(const std::vector<double>& direction) {
  BrainSettings settings = brain_section().defaults();
  settings.source = "patch";
  settings.patch_fibres = direction;
  World world = test::world_of(test::box(3, 2, 1, 0.1));
  std::vector<std::filesystem::path> inputs;
  CHECK(add_terrain(world, settings, "", inputs).empty());  // no tract has a name
  CHECK(inputs.empty());
  std::vector<std::array<double, 3>> fibres;
  const std::array names{"fibre_x", "fibre_y", "fibre_z"};
  for (std::size_t voxel = 0; voxel < world.grid().parenchyma_size(); ++voxel) {
    std::array<double, 3>& fibre = fibres.emplace_back();
    for (std::size_t axis = 0; axis < 3; ++axis) {
      fibre[axis] = world.maps()[world.maps().find(names[axis])][voxel];
    }
  }
  return fibres;
}

}  // namespace

TEST_CASE("the fibres of a patch are one unit vector everywhere") {
  const auto along_x = fibres_of({7.0, 0.0, 0.0});
  REQUIRE(along_x.size() == 6);
  for (const auto& fibre : along_x) CHECK(fibre == std::array{1.0, 0.0, 0.0});
  for (const auto& fibre : fibres_of({0.0, -3.0, 4.0})) {
    CHECK(fibre[0] == 0.0);
    CHECK(fibre[1] == doctest::Approx(-0.6).epsilon(1e-15));
    CHECK(fibre[2] == doctest::Approx(0.8).epsilon(1e-15));
  }
}

TEST_CASE("a direction has no length, however long or short it is written") {
  for (const double scale : {1e-200, 1e200}) {
    for (const auto& fibre : fibres_of({0.0, 3.0 * scale, 4.0 * scale})) {
      CHECK(fibre[1] == doctest::Approx(0.6).epsilon(1e-15));
      CHECK(fibre[2] == doctest::Approx(0.8).epsilon(1e-15));
    }
  }
}

TEST_CASE("a patch has no fibres unless they are given") {
  BrainSettings settings = brain_section().defaults();
  settings.source = "patch";
  World world = test::world_of(test::box(3, 2, 1, 0.1));
  std::vector<std::filesystem::path> inputs;
  add_terrain(world, settings, "", inputs);
  CHECK(world.maps().contains("wall_distance"));
  CHECK_FALSE(world.maps().contains("fibre_x"));
}
