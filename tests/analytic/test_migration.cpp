#include <cmath>
#include <memory>

#include <neurograft/core/math.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/migration.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

TEST_CASE("no cell leaves the tissue and a uniform population stays uniform") {
  // A box whose right third is a ventricle: walkers of the left part bounce off it.
  LabelMap map = test::box(12, 6, 6, 0.5);
  for (int k = 0; k < 6; ++k) {
    for (int j = 0; j < 6; ++j) {
      for (int i = 8; i < 12; ++i) map.labels[map.geometry.index(i, j, k)] = Label::ventricle;
    }
  }
  World world = test::world_of(map, 5);
  constexpr std::size_t count = 16000;
  test::add_donors(world, count, State::active, 0.1F, 0.1F, 0.1F);
  const Stream stream(3, StreamCode::run_setup, 0);
  Agents& agents = world.agents();
  for (std::size_t slot = 0; slot < count; ++slot) {
    const Block w = stream.block(agents.id()[slot]);
    agents.x()[slot] = static_cast<float>(4.0 * math::uniform(w[0]) * 0.9999);
    agents.y()[slot] = static_cast<float>(3.0 * math::uniform(w[1]) * 0.9999);
    agents.z()[slot] = static_cast<float>(3.0 * math::uniform(w[2]) * 0.9999);
    agents.voxel()[slot] =
        world.grid().voxel_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]);
  }
  MigrationParameters p = migration_section().defaults();
  p.crowding_limit_per_mm3 = 1e30;
  p.wall_entry_per_d = 0.0;
  p.donor_diffusivity_mm2_per_d = 2.0;
  p.donor_persistence_h = 0.5;
  Simulation simulation(std::move(world), {2});
  simulation.add(std::make_unique<Migration>(p));
  simulation.run_until(5.0);
  const Agents& after = simulation.world().agents();
  std::size_t near_wall = 0;
  for (std::size_t slot = 0; slot < count; ++slot) {
    const VoxelIndex voxel = after.voxel()[slot];
    REQUIRE(voxel < simulation.world().grid().parenchyma_size());
    REQUIRE(voxel ==
            simulation.world().grid().voxel_at(after.x()[slot], after.y()[slot], after.z()[slot]));
    near_wall += after.x()[slot] >= 3.0F;
  }
  // A quarter lies within the last of four mm; binomial s.d. sqrt(n/4 * 3/4) = 55; 5 sigma.
  CHECK(std::abs(static_cast<double>(near_wall) - 4000.0) < 275.0);
}
