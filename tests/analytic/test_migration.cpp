#include <array>
#include <cmath>
#include <memory>

#include <neurograft/core/math.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/migration.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

// Puts all cells of a world uniformly into the box from `low` to `high` [mm].
void strew(World& world, const std::array<double, 3>& low, const std::array<double, 3>& high) {
  const Stream stream(3, StreamCode::run_setup, 0);
  Agents& agents = world.agents();
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    const Block w = stream.block(agents.id()[slot]);
    const auto at = [&](std::size_t axis) {
      return static_cast<float>(low[axis] +
                                (high[axis] - low[axis]) * 0.9999 * math::uniform(w[axis]));
    };
    agents.x()[slot] = at(0);
    agents.y()[slot] = at(1);
    agents.z()[slot] = at(2);
    agents.voxel()[slot] =
        world.grid().voxel_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]);
  }
}

std::size_t beyond(const Agents& agents, float x) {
  std::size_t count = 0;
  for (std::size_t slot = 0; slot < agents.size(); ++slot) count += agents.x()[slot] >= x;
  return count;
}

}  // namespace

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
  strew(world, {0.0, 0.0, 0.0}, {4.0, 3.0, 3.0});
  MigrationParameters p = migration_section().defaults();
  p.crowding_limit_per_mm3 = 1e30;
  p.wall_entry_per_d = 0.0;
  p.donor_diffusivity_mm2_per_d = 2.0;
  p.donor_persistence_h = 0.5;
  Simulation simulation(std::move(world), {2});
  simulation.add(std::make_unique<Migration>(p));
  simulation.run_until(5.0);
  const Agents& after = simulation.world().agents();
  for (std::size_t slot = 0; slot < count; ++slot) {
    const VoxelIndex voxel = after.voxel()[slot];
    REQUIRE(voxel < simulation.world().grid().parenchyma_size());
    REQUIRE(voxel ==
            simulation.world().grid().voxel_at(after.x()[slot], after.y()[slot], after.z()[slot]));
  }
  const std::size_t near_wall = beyond(after, 3.0F);
  // A quarter lies within the last of four mm; binomial s.d. sqrt(n/4 * 3/4) = 55; 5 sigma.
  CHECK(std::abs(static_cast<double>(near_wall) - 4000.0) < 275.0);
}

TEST_CASE("a uniform population stays uniform where half of its surroundings are slow") {
  LabelMap map = test::box(8, 4, 4, 0.5);
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 4; ++j) {
      for (int i = 4; i < 8; ++i) map.labels[map.geometry.index(i, j, k)] = Label::grey;
    }
  }
  World world = test::world_of(map, 5);
  constexpr std::size_t count = 16000;
  test::add_donors(world, count, State::active, 0.1F, 0.1F, 0.1F);
  strew(world, {0.0, 0.0, 0.0}, {4.0, 2.0, 2.0});
  MigrationParameters p = migration_section().defaults();
  p.crowding_limit_per_mm3 = 1e30;
  p.donor_diffusivity_mm2_per_d = 0.5;
  p.donor_persistence_h = 0.5;
  p.grey_factor = 0.2;
  Simulation simulation(std::move(world), {2});
  simulation.add(std::make_unique<Migration>(p));
  simulation.run_until(40.0);
  // Binomial s.d. sqrt(n/4) = 63; 5 sigma. By the scale of the start alone 11,000 would be there.
  CHECK(std::abs(static_cast<double>(beyond(simulation.world().agents(), 2.0F)) - 8000.0) < 316.0);
}

TEST_CASE("a crowd near its limit spreads into a sparser one, as Fick's law has it") {
  World world = test::world_of(test::box(8, 2, 2, 0.2), 5);
  constexpr std::size_t count = 19200, dense = 11520;  // 0.9 and 0.6 of the limit
  test::add_donors(world, count, State::active, 0.1F, 0.1F, 0.1F);
  strew(world, {0.0, 0.0, 0.0}, {0.8, 0.4, 0.4});
  Agents& agents = world.agents();
  for (std::size_t slot = dense; slot < count; ++slot) {
    agents.x()[slot] += 0.8F;
    agents.voxel()[slot] =
        world.grid().voxel_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]);
  }
  MigrationParameters p = migration_section().defaults();
  p.crowding_limit_per_mm3 = 1e5;
  p.donor_diffusivity_mm2_per_d = 0.2;
  p.donor_persistence_h = 0.5;
  Simulation simulation(std::move(world), {2});
  simulation.add(std::make_unique<Migration>(p));
  simulation.run_until(40.0);
  // Binomial s.d. sqrt(n/4) = 69; 5 sigma. By the scale of the start alone the crowd would grow.
  CHECK(std::abs(static_cast<double>(beyond(simulation.world().agents(), 0.8F)) - 9600.0) < 346.0);
}
