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

  void step(const Grid& grid, const PersistentWalk& walk, const Stream& stream) {
    const auto carry = static_cast<float>(walk.scale * walk.carry);
    const auto spread = static_cast<float>(walk.scale * walk.spread);
    const auto keep = static_cast<float>(walk.keep);
    const auto heading_x = static_cast<float>(walk.heading_x);
    const auto heading_own = static_cast<float>(walk.heading_own);
    const Block w = stream.block(id);
    const auto six = math::words_of_three_pairs(w[0], w[1], w[2], w[3]);
    std::array<float, 3> next{}, end{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const auto n = math::normal_pair(six[axis], six[axis + 3]);
      const float x = n[0], v = n[1], h = heading[axis];
      end[axis] = position[axis] + (carry * h + spread * x);
      const float turned = keep * h + heading_x * x + heading_own * v;
      next[axis] = std::floor(turned * heading_scale + 32768.5F) - 32768.0F;
    }
    const bool inside = grid.voxel_at(end[0], end[1], end[2]) < grid.parenchyma_size();
    if (inside) position = end;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      heading[axis] = (inside ? next[axis] : -next[axis]) / heading_scale;
    }
  }
};

}  // namespace

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
