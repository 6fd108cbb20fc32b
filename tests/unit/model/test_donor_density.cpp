#include <neurograft/model/donor_density.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

TEST_CASE("the density of donor cells does not depend on how small the voxels are") {
  // The same 40 cells in tissue and 30 on the wall, in one voxel of 0.2 mm or in some of 0.1 mm.
  for (const double voxel_mm : {0.2, 0.1}) {
    const int n = voxel_mm == 0.2 ? 4 : 8;
    World world = test::world_of(test::box_with_ventricle(n, n, n, voxel_mm, n / 2));
    test::add_donors(world, 25, State::active, 0.45F, 0.45F, 0.45F);
    test::add_donors(world, 15, State::quiescent, 0.55F, 0.55F, 0.55F);
    test::add_donors(world, 30, State::attached, 0.41F, 0.41F, 0.45F);
    world.refresh({1});
    DonorDensities densities;
    densities.bind(world, 0.2);
    densities.count(world);
    for (const float x : {0.45F, 0.55F}) {
      const DonorDensity here = densities.at(world, world.grid().voxel_at(x, 0.45F, 0.55F));
      CHECK(here.tissue_per_mm3 == doctest::Approx(40.0 / 0.008));
      CHECK(here.attached_per_mm2 == doctest::Approx(30.0 / 0.04));
    }
    const DonorDensity there = densities.at(world, world.grid().voxel_at(0.65F, 0.45F, 0.45F));
    CHECK(there.tissue_per_mm3 == 0.0);
  }
}

TEST_CASE("voxels of the width or more stand for themselves") {
  World world = test::world_of(test::box_with_ventricle(4, 3, 3, 1.1, 2));
  test::add_donors(world, 7, State::active, 2.3F, 1.2F, 1.2F);
  world.refresh({1});
  DonorDensities densities;
  densities.bind(world, 0.2);
  densities.count(world);
  const double volume = 1.1 * 1.1 * 1.1;
  CHECK(densities.at(world, world.grid().voxel_at(2.3F, 1.2F, 1.2F)).tissue_per_mm3 ==
        doctest::Approx(7.0 / volume));
}
