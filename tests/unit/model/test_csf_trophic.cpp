#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/csf_trophic.hpp>

#include "support/grids.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

// A column of tissue beside the ventricle; `h` [mm] along x, 1 mm across.
World column(double h, bool with_maps) {
  const int n = static_cast<int>(std::lround(12.0 / h));
  Grid grid = test::make_grid({n + 3, 3, 3}, {h, h, h}, [](int i, int, int) {
    return i < 3 ? Label::ventricle : Label::white;
  });
  World world(std::move(grid), Clock{}, 1);
  if (!with_maps) return world;
  const auto handle =
      world.maps().add("wall_distance", "mm", "depth", world.grid().parenchyma_size());
  for (VoxelIndex v = 0; v < world.grid().parenchyma_size(); ++v) {
    world.maps()[handle][v] = world.grid().centre_mm(v)[0] - 3.0 * h;
  }
  return world;
}

void add_donors(World& world, std::size_t count, State state) {
  const std::size_t first = world.append_agents(count);
  for (std::size_t slot = first; slot < first + count; ++slot) {
    world.agents().kind()[slot] = Kind::donor;
    world.agents().state()[slot] = state;
    world.agents().voxel()[slot] = 0;
  }
}

CsfTrophicParameters small() {
  CsfTrophicParameters parameters = csf_trophic_section().defaults();
  parameters.csf_volume_ml = 1.0;
  parameters.reference_cells_per_ml = 100.0;
  return parameters;
}

// Contribution under 1 mm2 of wall, over the level in CSF [mm].
double column_total(const World& world) {
  const auto values = world.tissue()[world.tissue().find("trophic_csf")];
  const double h = world.grid().geometry().spacing_mm[0];
  const double amount = std::accumulate(values.begin(), values.end(), 0.0) * h * h * h;
  return amount / (9.0 * h * h) /
         world.compartments().scalar(world.compartments().find("csf_trophic_level"));
}

}  // namespace

TEST_CASE("the CSF level follows its equation exactly, whatever the step") {
  for (const Tick period : {1, 6}) {
    Simulation simulation(column(1.0, true), {});
    add_donors(simulation.world(), 150, State::suspended);
    add_donors(simulation.world(), 50, State::attached);
    add_donors(simulation.world(), 70, State::active);
    simulation.add(std::make_unique<CsfTrophic>(small()), period);
    simulation.run_until(0.5);
    const double expected = 2.0 * (1.0 - std::exp(-small().turnover_per_d * 0.5));
    CHECK(simulation.readout("csf_trophic") == doctest::Approx(expected).epsilon(1e-12));
  }
}

TEST_CASE("what reaches the tissue does not depend on voxel size") {
  for (const double h : {0.25, 1.0, 2.0}) {
    for (const bool with_maps : {true, false}) {
      Simulation simulation(column(h, with_maps), {});
      add_donors(simulation.world(), 100, State::attached);
      simulation.add(std::make_unique<CsfTrophic>(small()));
      simulation.run_until(0.25);
      CAPTURE(h);
      CAPTURE(with_maps);
      CHECK(column_total(simulation.world()) == doctest::Approx(small().reach_mm).epsilon(1e-6));
    }
  }
}

TEST_CASE("mean below a surface: against summation, and at its limits") {
  const double reach = 0.7;
  for (const double distance : {0.2, 0.5, 1.3}) {
    const double h = 1.0;
    const int parts = 20000;
    double sum = 0.0;
    for (int i = 0; i < parts; ++i) {
      const double x = distance - 0.5 * h + (i + 0.5) * h / parts;
      if (x > 0.0) sum += std::exp(-x / reach) / parts;
    }
    CHECK(mean_below_surface(distance, h, reach) == doctest::Approx(sum).epsilon(1e-4));
  }
  CHECK(mean_below_surface(std::numeric_limits<double>::infinity(), 1.0, reach) == 0.0);
  CHECK(mean_below_surface(1.0, 1e-6, reach) == doctest::Approx(std::exp(-1.0 / reach)));
}

TEST_CASE("the pial surface counts with its share, the larger contribution holds") {
  World world = column(1.0, true);
  const auto n = world.grid().parenchyma_size();
  world.maps().add("pial_distance", "mm", "depth", n, 0.5);
  CsfTrophicParameters parameters = small();
  parameters.pial_share = 0.5;
  Simulation simulation(std::move(world), {});
  add_donors(simulation.world(), 100, State::attached);
  simulation.add(std::make_unique<CsfTrophic>(parameters));
  simulation.run_until(1.0);
  const World& after = simulation.world();
  const auto values = after.tissue()[after.tissue().find("trophic_csf")];
  const double level = simulation.readout("csf_trophic");
  const double top = mean_below_surface(0.5, 1.0, parameters.reach_mm);
  CHECK(values[0] == doctest::Approx(level * top));         // beside the wall
  CHECK(values[10] == doctest::Approx(level * 0.5 * top));  // deep, reached from the pia
}
