#include <cmath>
#include <memory>

#include <neurograft/core/math.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/migration.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

// Walkers start near the middle of a box 40 mm across, off the faces of voxels.

constexpr float start = 20.1F;

struct Spread {
  std::array<double, 3> mean{};
  std::array<double, 3> square{};
  double msd() const { return square[0] + square[1] + square[2]; }
};

Spread spread_of(const World& world) {
  Spread spread;
  const Agents& agents = world.agents();
  const double n = static_cast<double>(agents.size());
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    const std::array<double, 3> d{agents.x()[slot] - start, agents.y()[slot] - start,
                                  agents.z()[slot] - start};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      spread.mean[axis] += d[axis] / n;
      spread.square[axis] += d[axis] * d[axis] / n;
    }
  }
  return spread;
}

// 4,000 walkers from the middle of a box, headings drawn from the stationary law.
World walkers(const LabelMap& map, double step_h, Kind kind, State state) {
  World world = test::world_of(map, 17, step_h);
  constexpr std::size_t count = 4000;
  test::add_donors(world, count, state, start, start, start);
  Agents& agents = world.agents();
  const Stream stream(99, StreamCode::run_setup, 0);
  for (std::size_t slot = 0; slot < count; ++slot) {
    agents.kind()[slot] = kind;
    const Block w = stream.block(agents.id()[slot]);
    const auto a = math::normal_pair(w[0], w[1]);
    const auto b = math::normal_pair(w[2], w[3]);
    agents.heading_x()[slot] = static_cast<std::int16_t>(a[0] * heading_scale);
    agents.heading_y()[slot] = static_cast<std::int16_t>(a[1] * heading_scale);
    agents.heading_z()[slot] = static_cast<std::int16_t>(b[0] * heading_scale);
  }
  return world;
}

MigrationParameters free_walk() {
  MigrationParameters p = migration_section().defaults();
  p.donor_diffusivity_mm2_per_d = 0.3;
  p.donor_persistence_h = 12.0;
  p.crowding_limit_per_mm3 = 1e30;
  p.wall_entry_per_d = 0.0;
  return p;
}

Spread walk(World world, const MigrationParameters& p, double days) {
  Simulation simulation(std::move(world), {2});
  simulation.add(std::make_unique<Migration>(p));
  simulation.run_until(days);
  return spread_of(simulation.world());
}

}  // namespace

TEST_CASE("the mean squared displacement is that of a persistent walk, for any step") {
  const MigrationParameters p = free_walk();
  for (const double step_h : {1.0, 6.0, 24.0}) {
    for (const double days : {1.0, 4.0}) {
      const double tau = p.donor_persistence_h / 24.0;
      const double expected =
          6.0 * p.donor_diffusivity_mm2_per_d * (days - tau * (1.0 - std::exp(-days / tau)));
      const double seen =
          walk(walkers(test::box(40, 40, 40, 1.0), step_h, donor, State::active), p, days).msd();
      // Displacements are Gaussian: s.d. of the mean square is expected sqrt(2 / (3 n)); 5 sigma.
      CHECK(std::abs(seen / expected - 1.0) < 5.0 * std::sqrt(2.0 / (3.0 * 4000)));
    }
  }
}

TEST_CASE("T cells diffuse with their motility coefficient") {
  MigrationParameters p = free_walk();
  const double seen =
      walk(walkers(test::box(40, 40, 40, 1.0), 1.0, Kind::cd8, State::searching), p, 10.0).msd();
  const double motility = p.immune_motility_um2_per_min * 1440.0 * 1e-6;
  const double tau = p.immune_persistence_min / 1440.0;
  const double expected = 6.0 * motility * (10.0 - tau);
  CHECK(std::abs(seen / expected - 1.0) < 5.0 * std::sqrt(2.0 / (3.0 * 4000)));
}

TEST_CASE("fibres leave the spread along them and divide that across") {
  MigrationParameters p = free_walk();
  p.donor_persistence_h = 1.0;
  p.fibre_ratio = 9.0;
  World world = walkers(test::box(40, 40, 40, 1.0), 1.0, donor, State::active);
  const std::size_t voxels = world.grid().parenchyma_size();
  world.maps().add("fibre_x", "1", "", voxels, 0.0);
  world.maps().add("fibre_y", "1", "", voxels, 0.6);
  world.maps().add("fibre_z", "1", "", voxels, 0.8);
  const Spread spread = walk(std::move(world), p, 5.0);
  const double free = 2.0 * 0.3 * (5.0 - 1.0 / 24.0);
  const double bound = 5.0 * std::sqrt(2.0 / 4000);
  CHECK(std::abs(spread.square[0] / (free / 9.0) - 1.0) < bound);
  CHECK(std::abs(spread.square[1] / (free * (0.36 + 0.64 / 9.0)) - 1.0) < bound);
  CHECK(std::abs(spread.square[2] / (free * (0.64 + 0.36 / 9.0)) - 1.0) < bound);
}

TEST_CASE("a gradient of chemoattractant gives the stated drift") {
  MigrationParameters p = free_walk();
  p.donor_diffusivity_mm2_per_d = 0.003;
  World world = walkers(test::box(40, 40, 40, 1.0), 1.0, donor, State::active);
  const FieldState fields = FieldState::bind(world);
  auto attractant = world.fields()[fields.chemoattractant];
  for (VoxelIndex v = 0; v < attractant.size(); ++v) {
    attractant[v] = 3.0 * world.grid().centre_mm(v)[1];
  }
  const Spread spread = walk(std::move(world), p, 10.0);
  const double drift = p.chemotaxis_max_mm_per_d * 3.0 / (3.0 + p.chemotaxis_half_gradient_per_mm);
  const double sd = std::sqrt(2.0 * 0.003 * 10.0 / 4000);
  CHECK(std::abs(spread.mean[1] - 10.0 * drift) < 5.0 * sd);
  CHECK(std::abs(spread.mean[0]) < 5.0 * sd);
}

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
  MigrationParameters p = free_walk();
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
