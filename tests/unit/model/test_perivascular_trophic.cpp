#include <cmath>
#include <memory>

#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/perivascular_trophic.hpp>

#include "support/grids.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

PerivascularTrophicParameters small() {
  auto parameters = perivascular_trophic_section().defaults();
  parameters.csf_volume_ml = 1.0;
  parameters.reference_cells_per_ml = 10.0;
  return parameters;
}

Simulation with_ten_donors(World world) {
  const std::size_t first = world.append_agents(10);
  for (std::size_t slot = first; slot < first + 10; ++slot) {
    world.agents().kind()[slot] = Kind::donor;
    world.agents().state()[slot] = State::attached;
  }
  Simulation simulation(std::move(world), {});
  simulation.add(std::make_unique<PerivascularTrophic>(small()));
  simulation.run_until(2.0);
  return simulation;
}

double reached() {
  return small().share * (1.0 - std::exp(-2.0 * small().turnover_per_d));
}

}  // namespace

TEST_CASE("without vessels the contribution is uniform") {
  const Simulation simulation = with_ten_donors(World(test::white_box(3, 1.0), Clock{}, 1));
  const World& world = simulation.world();
  for (const double value : world.tissue()[world.tissue().find("trophic_perivascular")]) {
    CHECK(value == doctest::Approx(reached()).epsilon(1e-12));
  }
  CHECK(simulation.readout("perivascular_trophic") == doctest::Approx(reached()));
}

TEST_CASE("with vessels it follows their density, with the same mean") {
  World world(test::white_box(2, 1.0), Clock{}, 1);
  const auto map = world.maps().add("vessel_density", "1", "vessels", 8, 1.0);
  world.maps()[map][3] = 9.0;  // mean 2
  const Simulation simulation = with_ten_donors(std::move(world));
  const World& after = simulation.world();
  const auto values = after.tissue()[after.tissue().find("trophic_perivascular")];
  CHECK(values[3] == doctest::Approx(4.5 * reached()));
  CHECK(values[0] == doctest::Approx(0.5 * reached()));
}
