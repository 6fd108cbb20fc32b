#include <cmath>
#include <numbers>

#include <neurograft/core/error.hpp>
#include <neurograft/world/grid.hpp>
#include <neurograft/world/wall.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

TEST_CASE("parenchyma comes first in the compact list and indices go both ways") {
  const Grid grid(test::box_with_ventricle(5, 3, 2, 1.0, 2));
  CHECK(grid.size() == 30);
  CHECK(grid.parenchyma_size() == 18);
  for (VoxelIndex voxel = 0; voxel < grid.size(); ++voxel) {
    CHECK(grid.compact(grid.linear(voxel)) == voxel);
    CHECK(is_parenchyma(grid.label(voxel)) == (voxel < grid.parenchyma_size()));
    const auto centre = grid.centre_mm(voxel);
    CHECK(grid.voxel_at(static_cast<float>(centre[0]), static_cast<float>(centre[1]),
                        static_cast<float>(centre[2])) == voxel);
  }
}

TEST_CASE("positions outside the grid or the brain have no voxel") {
  LabelMap map = test::box(3, 3, 3, 0.5);
  map.labels[map.geometry.index(1, 1, 1)] = Label::outside;
  const Grid grid(map);
  CHECK(grid.voxel_at(-0.01F, 0.1F, 0.1F) == no_voxel);
  CHECK(grid.voxel_at(0.1F, 1.51F, 0.1F) == no_voxel);
  CHECK(grid.voxel_at(0.75F, 0.75F, 0.75F) == no_voxel);
  CHECK(grid.voxel_at(0.25F, 0.75F, 0.75F) != no_voxel);
}

TEST_CASE("neighbours are mutual") {
  const Grid grid(test::ball_ventricle(6.0, 2.0, 0.5));
  for (VoxelIndex voxel = 0; voxel < grid.size(); ++voxel) {
    for (std::size_t face = 0; face < 6; ++face) {
      const VoxelIndex other = grid.neighbours(voxel)[face];
      if (other != no_voxel) CHECK(grid.neighbours(other)[face ^ 1U] == voxel);
    }
  }
}

TEST_CASE("a map without tissue, size or spacing is refused") {
  CHECK_THROWS_AS(Grid(test::box(2, 2, 2, 1.0, Label::ventricle)), InputError);
  CHECK_THROWS_AS(Grid(test::box(2, 2, 2, 0.0)), InputError);
  LabelMap lying = test::box(2, 2, 2, 1.0);
  lying.labels.pop_back();
  CHECK_THROWS_AS(Grid{lying}, InputError);
}

TEST_CASE("the wall area of a ball is that of the ball, not of its staircase, at any resolution") {
  const double exact = 4.0 * std::numbers::pi * 5.0 * 5.0;
  for (const double spacing : {1.0, 0.5, 0.25}) {
    const Grid grid(test::ball_ventricle(14.0, 5.0, spacing));
    const Wall wall(grid);
    // The staircase has 1.5 times the area of a ball.
    CHECK(wall.total_area_mm2() == doctest::Approx(exact).epsilon(0.06));
    double by_voxel = 0.0;
    for (VoxelIndex v = 0; v < grid.parenchyma_size(); ++v) by_voxel += wall.area_mm2(v);
    CHECK(by_voxel == doctest::Approx(wall.total_area_mm2()).epsilon(1e-5));
  }
}

TEST_CASE("the wall area of a plane is exact") {
  const Wall wall{Grid(test::box_with_ventricle(8, 10, 12, 0.5, 3))};
  CHECK(wall.total_area_mm2() == doctest::Approx(10 * 12 * 0.25).epsilon(0.02));
}

TEST_CASE("faces are drawn in proportion to area") {
  const Wall wall{Grid(test::ball_ventricle(8.0, 3.0, 0.5))};
  double below = 0.0;
  for (std::size_t face = 0; face < wall.faces().size(); ++face) {
    const double middle = (below + wall.faces()[face].area_mm2 / 2.0) / wall.total_area_mm2();
    CHECK(wall.face_at(middle) == face);
    below += wall.faces()[face].area_mm2;
  }
}
