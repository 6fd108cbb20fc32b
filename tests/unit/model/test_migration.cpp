#include <cmath>
#include <memory>

#include <neurograft/core/math.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/migration.hpp>
#include <neurograft/model/walkers.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

// One walker as the header says, by itself: the slow way.
struct Walker {
  AgentId id;
  std::array<float, 3> position;
  std::array<float, 3> heading{};  // in fixed point over its scale, as it is stored

  void step(const Grid& grid, const PersistentWalk& walk, const Stream& stream,
            const LocalMotion& local = {}) {
    const auto carry = static_cast<float>(walk.scale * walk.carry);
    const auto spread = static_cast<float>(walk.scale * walk.spread);
    const auto keep = static_cast<float>(walk.keep);
    const auto heading_x = static_cast<float>(walk.heading_x);
    const auto heading_own = static_cast<float>(walk.heading_own);
    const Block w = stream.block(id);
    const auto six = math::words_of_three_pairs(w[0], w[1], w[2], w[3]);
    std::array<float, 3> next{}, end{}, move{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const auto n = math::normal_pair(six[axis], six[axis + 3]);
      const float x = n[0], v = n[1], h = heading[axis];
      move[axis] = carry * h + spread * x;
      const float turned = keep * h + heading_x * x + heading_own * v;
      next[axis] = std::floor(turned * heading_scale + 32768.5F) - 32768.0F;
    }
    const auto& f = local.fibre;
    const float along = move[0] * f[0] + move[1] * f[1] + move[2] * f[2];
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const float parallel = along * f[axis];
      const float turned = parallel + local.across * (move[axis] - parallel);
      end[axis] = position[axis] + (local.scale * turned + local.drift[axis]);
    }
    const bool inside = grid.voxel_at(end[0], end[1], end[2]) < grid.parenchyma_size();
    if (inside) position = end;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      heading[axis] = (inside ? next[axis] : -next[axis]) / heading_scale;
    }
  }
};

}  // namespace

TEST_CASE("walkers in rows, with gaps and in several voxels step as each would alone") {
  World world = test::world_of(test::box(6, 6, 6, 1.0), 5);
  // Three voxels' walkers one after the other; of the last, every third slot only.
  constexpr std::size_t count = 16 * 7 + 5;
  test::add_donors(world, count, State::active, 1.5F, 2.5F, 3.5F);
  Agents& agents = world.agents();
  const PersistentWalk walk = PersistentWalk::make(0.003, 0.125, 1.0 / 24.0);
  std::array<LocalMotion, 3> local;
  local[1] = {0.5F, 0.25F, {0.6F, 0.0F, 0.8F}, {0.01F, 0.0F, -0.02F}};
  local[2].drift = {0.0F, 0.9F, 0.0F};  // into the next voxel, before long
  std::vector<Walker> alone;
  const auto place_of = [](std::size_t slot) { return slot < 40 ? 0U : slot < 70 ? 1U : 2U; };
  const auto takes_part = [](std::size_t slot) { return slot < 80 || slot % 3 == 0; };
  for (std::size_t slot = 0; slot < count; ++slot) {
    agents.x()[slot] = 1.5F + static_cast<float>(place_of(slot));
    agents.voxel()[slot] = world.grid().voxel_at(agents.x()[slot], 2.5F, 3.5F);
    alone.push_back({agents.id()[slot], {agents.x()[slot], 2.5F, 3.5F}});
  }
  std::size_t left = 0;
  for (Tick tick = 0; tick < 6; ++tick) {
    const Stream stream(5, StreamCode::donor_walk, tick);
    Walkers walkers(agents, world.grid(), walk, stream);
    for (std::size_t slot = 0; slot < count; ++slot) {
      if (!takes_part(slot)) continue;
      // The motion is that of where it began, so that the test needs no map of it.
      const auto place = static_cast<VoxelIndex>(place_of(slot));
      walkers.add(slot, 1.0F, place, local[place]);
      alone[slot].step(world.grid(), walk, stream, local[place]);
    }
    walkers.finish();
    for (std::size_t slot = 0; slot < count; ++slot) {
      const auto& [x, y, z] = alone[slot].position;
      REQUIRE(agents.x()[slot] == x);
      REQUIRE(agents.y()[slot] == y);
      REQUIRE(agents.z()[slot] == z);
      REQUIRE(agents.heading_x()[slot] == alone[slot].heading[0] * heading_scale);
      REQUIRE(agents.heading_z()[slot] == alone[slot].heading[2] * heading_scale);
      REQUIRE(agents.voxel()[slot] == world.grid().voxel_at(x, y, z));
      left += tick == 5 && agents.voxel()[slot] != world.grid().voxel_at(x, 2.5F, z);
    }
  }
  CHECK(left > 0);
}

TEST_CASE("walkers that step together take the steps of walkers alone, to the bit") {
  MigrationParameters p = migration_section().defaults();
  p.crowding_limit_per_mm3 = 1e300;  // no crowding
  constexpr std::size_t count = 37;  // two full batches and a part
  for (const Kind kind : {Kind::donor, Kind::cd8}) {
    // Voxels so small that many moves leave theirs, and some the tissue.
    World world = test::world_of(test::box(6, 6, 6, 0.02), 5);
    const State state = kind == Kind::donor ? State::active : State::searching;
    test::add_donors(world, count, state, 0.05F, 0.06F, 0.07F);
    std::vector<Walker> alone;
    for (std::size_t slot = 0; slot < count; ++slot) {
      world.agents().kind()[slot] = kind;
      alone.push_back({world.agents().id()[slot], {0.05F, 0.06F, 0.07F}});
    }
    const double persistence_d =
        kind == Kind::donor ? p.donor_persistence_h / 24.0 : p.immune_persistence_min / 1440.0;
    const double diffusivity = kind == Kind::donor ? p.donor_diffusivity_mm2_per_d
                                                   : p.immune_motility_um2_per_min * 1440.0 * 1e-6;
    const PersistentWalk walk = PersistentWalk::make(diffusivity, persistence_d, 1.0 / 24.0);
    const StreamCode code = kind == Kind::donor ? StreamCode::donor_walk : StreamCode::immune_walk;
    Simulation simulation(std::move(world), {2});
    simulation.add(std::make_unique<Migration>(p));
    std::size_t moved = 0;
    for (Tick tick = 0; tick < 20; ++tick) {
      simulation.run_until(static_cast<double>(tick + 1) / 24.0);
      const Agents& agents = simulation.world().agents();
      for (Walker& walker : alone) {
        walker.step(simulation.world().grid(), walk, Stream(5, code, tick));
        std::size_t slot = 0;
        while (agents.id()[slot] != walker.id) ++slot;
        REQUIRE(agents.x()[slot] == walker.position[0]);
        REQUIRE(agents.y()[slot] == walker.position[1]);
        REQUIRE(agents.z()[slot] == walker.position[2]);
        moved += agents.x()[slot] != 0.05F;
      }
    }
    CHECK(moved > count);
  }
}

TEST_CASE(
    "a move through a slow voxel is slow there, and half of such moves are made at half pace") {
  World world = test::world_of(test::box(6, 3, 3, 0.05), 5);
  constexpr std::size_t count = 400;
  test::add_donors(world, count, State::active, 0.04F, 0.06F, 0.06F);
  Agents& agents = world.agents();
  const Stream stream(5, StreamCode::donor_walk, 0);
  const VoxelIndex slow = world.grid().voxel_at(0.06F, 0.06F, 0.06F);
  Walkers walkers(agents, world.grid(), PersistentWalk::make(1e-24, 0.125, 1.0 / 24.0), stream,
                  [&](VoxelIndex voxel) { return voxel == slow ? 0.5F : 1.0F; });
  LocalMotion local;
  local.drift = {0.12F, 0.0F, 0.0F};
  for (std::size_t slot = 0; slot < count; ++slot) {
    walkers.add(slot, 1.0F, agents.voxel()[slot], local);
  }
  walkers.finish();
  std::size_t made = 0;
  for (std::size_t slot = 0; slot < count; ++slot) {
    if (agents.x()[slot] == 0.04F) continue;
    ++made;
    // 0.01 of 0.12 to the slow voxel, 0.10 through its 0.05 mm, and 0.01 beyond it.
    CHECK(agents.x()[slot] == doctest::Approx(0.11).epsilon(1e-4));
    CHECK(agents.voxel()[slot] == world.grid().voxel_at(agents.x()[slot], 0.06F, 0.06F));
  }
  // Binomial s.d. 10; 5 sigma.
  CHECK(std::abs(static_cast<double>(made) - 200.0) < 50.0);
}
