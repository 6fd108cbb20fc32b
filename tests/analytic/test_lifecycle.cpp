#include <array>
#include <cmath>
#include <map>
#include <memory>

#include <neurograft/core/error.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/csf_transport.hpp>
#include <neurograft/model/lifecycle.hpp>
#include <neurograft/verification/donor_cells.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

Simulation with_lifecycle(World world, const LifecycleParameters& p, int threads = 2) {
  Simulation simulation(std::move(world), {threads});
  simulation.add(std::make_unique<Lifecycle>(std::vector{p}));
  return simulation;
}

World tissue_cells(std::size_t count, State state, double step_h = 1.0) {
  World world = test::world_of(test::box(4, 4, 4, 1.0), 21, step_h);
  test::add_donors(world, count, state, 1.5F, 1.5F, 1.5F);
  return world;
}

// |seen - n p| in binomial standard deviations.
double sigmas(double seen, double n, double p) {
  return std::abs(seen - n * p) / std::sqrt(n * p * (1.0 - p));
}

}  // namespace

TEST_CASE("each step takes its share, be the hazard slight or overwhelming") {
  // Integrated over a step, from far below one unit of what trials are counted down by to far above
  // what a cell can carry. All axons have myelin: maturing, at a rate that the bound holds, never
  // comes, so that most trials are no event.
  for (const double hazard : {5e-5, 2e-4, 5e-3, 0.3, 4.0, 100.0}) {
    LifecycleParameters p = verification::eventless();
    p.baseline_death_per_d = 24.0 * hazard;
    p.maturation_per_d = 7.0;
    p.unmatched_death_per_d = 0.0;
    constexpr std::size_t cells = 200000;
    Simulation simulation = with_lifecycle(tissue_cells(cells, State::premyelinating), p);
    auto before = static_cast<double>(cells);
    for (int hour = 1; hour <= 6 && before > 0.0; ++hour) {
      simulation.run_until(hour / 24.0);
      const auto alive = static_cast<double>(simulation.world().agents().count(donor));
      CAPTURE(hazard);
      CAPTURE(hour);
      const double survival = std::exp(-hazard);
      if (before * survival < 1e-6) {
        CHECK(alive == 0.0);
      } else {
        CHECK(sigmas(alive, before, survival) < 5.0);
      }
      before = alive;
    }
  }
}

TEST_CASE("early death rises with the density of a voxel") {
  // No cell moves, so that the steps of each voxel are followed by hand.
  LifecycleParameters p = verification::eventless();
  p.early_death_per_d = 0.5;
  p.early_decay_d = 2.0;
  p.early_density_per_mm3 = 4000.0;
  World world = test::world_of(test::box(20, 5, 5, 1.0), 33);
  // Crowds of many sizes over more voxels than are kept at hand, interleaved in memory.
  std::vector<double> at_start(world.grid().parenchyma_size());
  for (int round = 0; round < 40; ++round) {
    for (int n = 0; n < 500; n += 1 + round / 4) {
      const float x = 0.5F + static_cast<float>(n % 20);
      const float y = 0.5F + static_cast<float>(n / 20 % 5);
      const float z = 0.5F + static_cast<float>(n / 100);
      test::add_donors(world, 20, State::oligodendrocyte, x, y, z);
    }
  }
  for (const VoxelIndex voxel : world.agents().voxel()) at_start[voxel] += 1.0;
  const auto cells = static_cast<double>(world.agents().size());
  Simulation simulation = with_lifecycle(std::move(world), p);
  simulation.run_until(2.0);
  double expected = 0.0;
  for (double n : at_start) {
    for (int hour = 0; hour < 48; ++hour) {
      const double alone = p.early_death_per_d * p.early_decay_d *
                           std::exp(-hour / 24.0 / p.early_decay_d) *
                           -std::expm1(-1.0 / 24.0 / p.early_decay_d);
      n *= std::exp(-alone * (1.0 + n / p.early_density_per_mm3));
    }
    expected += n;
  }
  const auto alive = static_cast<double>(simulation.world().agents().count(donor));
  CHECK(sigmas(alive, cells, expected / cells) < 5.0);
  const double sparse =
      std::exp(-p.early_death_per_d * p.early_decay_d * -std::expm1(-2.0 / p.early_decay_d));
  CHECK(sigmas(alive, cells, sparse) > 10.0);  // density is felt
}

TEST_CASE("cells of a product that is not known here are told, not simulated") {
  Simulation simulation =
      with_lifecycle(tissue_cells(100, State::active), lifecycle_section().defaults());
  for (std::uint8_t& product : simulation.world().agents().product()) product = 7;
  CHECK_THROWS_WITH_AS(
      simulation.run_until(30.0),
      doctest::Contains("lifecycle: product of a donor cell at voxel 21 (1, 1, 1), "
                        "step "),
      NumericalError);
}

TEST_CASE("grafts of two products on two days die early by their own laws") {
  struct Later final : Process {
    std::string_view name() const noexcept override { return "later"; }
    void bind(World&, ReadoutTable&) override {}
    void begin_tick(World& world, const StepContext& context) override {
      if (context.tick != 72) return;
      const std::size_t first = world.agents().size();
      test::add_donors(world, 20000, State::quiescent, 2.5F, 1.5F, 1.5F);
      for (std::size_t slot = first; slot < world.agents().size(); ++slot) {
        world.agents().product()[slot] = 1;
      }
    }
    void step(World&, const StepContext&) override {}
  };
  LifecycleParameters first = verification::eventless();
  first.early_death_per_d = 0.2;
  first.early_decay_d = 2.0;
  LifecycleParameters second = verification::eventless();
  second.early_death_per_d = 1.5;
  second.early_decay_d = 0.5;
  Simulation simulation(tissue_cells(20000, State::quiescent), {2});
  simulation.add(std::make_unique<Later>(), 1);
  simulation.add(std::make_unique<Lifecycle>(std::vector{first, second}));
  simulation.run_until(6.0);
  const Agents& agents = simulation.world().agents();
  std::array<double, 2> alive{};
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    if (agents.state()[slot] != State::dead) alive[agents.product()[slot]] += 1.0;
  }
  const auto survival = [](const LifecycleParameters& p, double days) {
    return std::exp(p.early_death_per_d * p.early_decay_d * std::expm1(-days / p.early_decay_d));
  };
  CHECK(sigmas(alive[0], 20000, survival(first, 6.0)) < 5.0);
  CHECK(sigmas(alive[1], 20000, survival(second, 3.0)) < 5.0);
}

TEST_CASE("no cell divides beyond the cap, and crowding stops division") {
  LifecycleParameters p = verification::eventless();
  p.symmetric_share = 1.0;
  p.doubling_time_d = 0.2;
  p.division_cap = 3;
  Simulation simulation = with_lifecycle(tissue_cells(50, State::active), p);
  simulation.run_until(10.0);
  CHECK(simulation.world().agents().count(donor) == 400);

  p.crowding_per_mm3 = 50.0;
  Simulation crowded = with_lifecycle(tissue_cells(60, State::active), p);
  crowded.run_until(10.0);
  CHECK(crowded.world().agents().count(donor) == 60);
}

TEST_CASE("attached cells spread evenly over a wall, up to its capacity") {
  CsfTransportParameters p{
      .attach_per_d = 24.0, .washout_per_d = 0.0, .death_per_d = 0.0, .wall_capacity_per_mm2 = 1e9};
  const auto attach = [&](std::size_t cells) {
    World world = test::world_of(test::box_with_ventricle(4, 10, 10, 1.0, 2), 31);
    test::add_donors(world, cells, State::suspended, 0.5F, 0.5F, 0.5F);
    Simulation simulation(std::move(world), {2});
    simulation.add(std::make_unique<CsfTransport>(p));
    simulation.add(std::make_unique<Lifecycle>(std::vector{verification::eventless()}));
    simulation.run_until(3.0);
    return simulation;
  };
  const Simulation even = attach(40000);
  double chi2 = 0.0;
  for (const WallFace& face : even.world().wall().faces()) {
    const double expected = 40000 * face.area_mm2 / even.world().wall().total_area_mm2();
    const double seen = even.world().occupancy().of(Crowd::donor_attached)[face.voxel];
    chi2 += (seen - expected) * (seen - expected) / expected;
  }
  for (std::size_t slot = 0; slot < even.world().agents().size(); ++slot) {
    const Agents& agents = even.world().agents();
    if (agents.state()[slot] != State::attached) continue;
    REQUIRE(even.world().wall().area_mm2(agents.voxel()[slot]) > 0.0F);
    REQUIRE(even.world().grid().voxel_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]) ==
            agents.voxel()[slot]);
  }
  // 99 degrees of freedom: mean 99, s.d. sqrt(198) = 14; 5 sigma.
  CHECK(chi2 < 99.0 + 5.0 * 14.1);

  p.wall_capacity_per_mm2 = 10.0;
  const Simulation full = attach(4000);
  CHECK(full.world().agents().count(State::attached) <= 1000);
  CHECK(full.world().agents().count(State::attached) > 950);
  CHECK(full.world().agents().count(donor) == 4000);
}

TEST_CASE("the sweep gives the same world for 1, 2 and 7 threads and any slot order") {
  LifecycleParameters p = lifecycle_section().defaults();
  p.doubling_time_d = 1.0;
  const auto run = [&](int threads, Tick sort_every) {
    World world = test::world_of(test::box_with_ventricle(8, 8, 8, 1.0, 4), 77);
    test::add_donors(world, 30000, State::suspended, 1.5F, 1.5F, 1.5F);
    test::add_donors(world, 9000, State::active, 6.5F, 6.5F, 6.5F);
    Simulation simulation(std::move(world), {threads}, sort_every);
    simulation.add(std::make_unique<CsfTransport>(csf_transport_section().defaults()));
    simulation.add(std::make_unique<Lifecycle>(std::vector{p}));
    simulation.run_until(6.0);
    std::map<AgentId, std::pair<State, float>> state;
    const Agents& agents = simulation.world().agents();
    for (std::size_t slot = 0; slot < agents.size(); ++slot) {
      if (agents.state()[slot] == State::dead) continue;
      state[agents.id()[slot]] = {agents.state()[slot], agents.y()[slot]};
    }
    return state;
  };
  const auto reference = run(1, 24);
  CHECK(run(2, 24) == reference);
  CHECK(run(7, 5) == reference);
  CHECK(run(2, 0) == reference);
}
