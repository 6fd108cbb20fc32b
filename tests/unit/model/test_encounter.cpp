#include <neurograft/model/encounter.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

TEST_CASE(
    "blocks group small voxels, count their parenchyma and wall, and leave large ones alone") {
  const World coarse = test::world_of(test::box(3, 3, 3, 1.0));
  const SearchBlocks same(coarse, 0.2);
  CHECK(same.trivial());
  CHECK(same.size() == 27);
  CHECK(same.of(13) == 13);
  CHECK(same.volume_mm3(13) == doctest::Approx(1.0));

  // Ventricle in x < 0.3 mm: the second block along x is half parenchyma.
  const World fine = test::world_of(test::box_with_ventricle(7, 4, 4, 0.1, 3));
  const SearchBlocks blocks(fine, 0.2);
  CHECK_FALSE(blocks.trivial());
  CHECK(blocks.size() == 4 * 2 * 2);
  double volume = 0.0;
  double wall = 0.0;
  for (std::uint32_t block = 0; block < blocks.size(); ++block) {
    volume += blocks.volume_mm3(block);
    wall += blocks.wall_mm2(fine.wall(), block);
  }
  CHECK(volume == doctest::Approx(4 * 4 * 4 * 1e-3));
  CHECK(wall == doctest::Approx(fine.wall().total_area_mm2()));
  CHECK(blocks.volume_mm3(1) == doctest::Approx(4e-3));
  CHECK(blocks.volume_mm3(2) == doctest::Approx(8e-3));
}

TEST_CASE("cells on the wall are a sheet, and immune cells beside them lie in it") {
  World world = test::world_of(test::box_with_ventricle(4, 8, 8, 2.0, 2));
  const VoxelIndex voxel = world.grid().voxel_at(5.F, 9.F, 9.F);
  test::add_donors(world, 100, State::attached, 5.F, 9.F, 9.F);
  world.refresh({1});
  const SearchBlocks blocks(world, 0.2);
  const double sheet = 0.5 * world.wall().area_mm2(voxel);
  REQUIRE(sheet == doctest::Approx(2.0));
  {
    const Encounters encounters(world, blocks, 0.5);
    CHECK(encounters.targets(voxel) == doctest::Approx(100.0 / sheet));
    CHECK(encounters.per_killer(voxel) == doctest::Approx(1.0 / sheet));
    CHECK(encounters.met(voxel) == doctest::Approx(100.0 / sheet));
  }
  test::add_donors(world, 300, State::active, 5.F, 9.F, 9.F);
  world.refresh({1});
  const Encounters mixed(world, blocks, 0.5);
  CHECK(mixed.donors(voxel) == 400.0);
  CHECK(mixed.targets(voxel) == doctest::Approx(100.0 / sheet + 300.0 / 8.0));
  CHECK(mixed.per_killer(voxel) == doctest::Approx(0.25 / sheet + 0.75 / 8.0));
}
