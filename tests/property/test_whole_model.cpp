#include <cmath>

#include <neurograft/core/error.hpp>
#include <neurograft/model/state.hpp>

#include <doctest/doctest.h>
#include <support/runs.hpp>

using namespace neurograft;

namespace {

double deaths(const Simulation& simulation, const std::string& cause) {
  return test::values(simulation, "donor_deaths_by_cause").at(cause);
}

double killed_by_immune_cells(const Simulation& simulation) {
  return deaths(simulation, "ctl") + deaths(simulation, "nk") + deaths(simulation, "macrophage");
}

}  // namespace

TEST_CASE("cells are never lost or made from nothing, at any tick") {
  const Scenario scenario = prepare(test::config_of("phantom_small"));
  Simulation simulation = build(scenario, {2});
  std::size_t checked = 0;
  simulation.set_observer([&](const Simulation& s) {
    const World& world = s.world();
    if (world.tick() % 6 != 0) return true;
    const double injected = s.readout("donor_injected");
    const double born = s.readout("donor_born");
    REQUIRE(injected + born == s.readout("donor_alive") + s.readout("donor_deaths"));
    const Agents& agents = world.agents();
    for (std::size_t slot = 0; slot < agents.size(); ++slot) {
      const State state = agents.state()[slot];
      if (state == State::dead) continue;
      const VoxelIndex voxel = agents.voxel()[slot];
      REQUIRE(voxel == world.grid().voxel_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]));
      REQUIRE((voxel < world.grid().parenchyma_size()) == (state != State::suspended));
      if (state == State::suspended) REQUIRE(world.grid().label(voxel) == Label::ventricle);
    }
    ++checked;
    return true;
  });
  simulation.run_until(scenario.end_day());
  CHECK(checked > 100);
  CHECK(simulation.readout("donor_injected") == 25000.0);
  CHECK(simulation.readout("donor_born") > 0.0);
}

TEST_CASE("every cause of death is felt in phantom_small") {
  const Simulation s = test::run("phantom_small");
  for (const auto& [cause, count] : test::values(s, "donor_deaths_by_cause")) {
    CAPTURE(cause);
    CHECK(count > 0.0);
  }
  CHECK(s.readout("t_cells") > 0.0);
  CHECK(s.readout("antibody") > 0.0);
  CHECK(s.readout("memory") > 0.0);
}

TEST_CASE("without drugs more donor cells die by the immune response than with them") {
  const Simulation with = test::run("phantom_small");
  const Simulation without = test::run("phantom_small", {"pharmacology.enabled=false"});
  CHECK(killed_by_immune_cells(with) > 0.0);
  CHECK(killed_by_immune_cells(without) > 1.5 * killed_by_immune_cells(with));
  CHECK(deaths(with, "ctl") > 0.0);
  CHECK(deaths(without, "ctl") > 2.0 * deaths(with, "ctl"));
  CHECK(without.readout("donor_alive") < with.readout("donor_alive"));
}

TEST_CASE("a person's own cells are not attacked by T cells") {
  const Simulation own =
      test::run("phantom_small", {"host.hla_mismatches=0", "pharmacology.enabled=false"});
  CHECK(deaths(own, "ctl") == 0.0);
  CHECK(own.readout("effectors") == 0.0);
}

TEST_CASE("a larger dose never attaches fewer cells") {
  double before = 0.0;
  for (const char* cells : {"graft.cells=2000", "graft.cells=20000", "graft.cells=40000"}) {
    const Simulation simulation =
        test::run("phantom_small", {cells, "simulation.duration_d=5", "output.snapshots_d=[]"});
    const double attached = simulation.readout("donor_attached_total");
    CHECK(attached > before);
    before = attached;
  }
}

TEST_CASE("an older host repairs more slowly") {
  // Fresh lesions on a quiet phantom; the share of lesion area that regained myelin.
  const test::Settings quiet{"graft.cells=0",
                             "lesions.mix=[1, 0, 0, 0]",
                             "brain.resolution_mm=4",
                             "simulation.duration_d=60",
                             "csf_trophic.enabled=false",
                             "perivascular_trophic.enabled=false"};
  const auto remyelinated = [&](const std::string& age) {
    test::Settings settings = quiet;
    settings.push_back("host.age_y=" + age);
    const Simulation s = test::run("phantom_small", settings);
    return test::values(s, "remyelinated_fraction").at("lesions");
  };
  const double young = remyelinated("25");
  const double old = remyelinated("75");
  CHECK(young > 1.1 * old);
  CHECK(old > 0.0);
}

TEST_CASE("healthy tissue without a graft stays healthy for a year") {
  const Simulation simulation = test::run(
      "untreated", {"brain.source=phantom", "brain.resolution_mm=4", "brain.native_volume_ml=0",
                    "brain.ventricle_volume_ml=0", "lesions.volume_ml=0",
                    "host.degeneration_percent_per_y=0", "output.snapshots_d=[]"});
  const World& world = simulation.world();
  for (const char* name : {"axon_fraction", "myelin_original"}) {
    for (const double value : world.tissue()[world.tissue().find(name)]) {
      REQUIRE(std::abs(value - 1.0) < 0.01);
    }
  }
  CHECK(std::abs(test::values(simulation, "pbvc").at("whole")) < 0.01);
  CHECK(simulation.readout("t2_lesion_volume") == 0.0);
}

TEST_CASE("an untreated brain shrinks at the rate that was asked for") {
  const Simulation simulation = test::run(
      "untreated", {"brain.source=phantom", "brain.resolution_mm=4", "brain.native_volume_ml=0",
                    "brain.ventricle_volume_ml=0", "lesions.volume_ml=0", "output.snapshots_d=[]"});
  CHECK(test::values(simulation, "pbvc").at("whole") == doctest::Approx(-0.58).epsilon(0.05));
}

TEST_CASE("halving the step changes survivors by no more than chance") {
  const Simulation coarse = test::run(
      "phantom_small", {"simulation.step_h=2", "csf_transport.every_h=2", "migration.every_h=2",
                        "cytotoxicity.every_h=2", "lifecycle.every_h=2"});
  const Simulation fine = test::run("phantom_small");
  const double n = 25000.0;
  const double p = fine.readout("donor_alive") / n;
  // Two binomial counts and a discretisation error of a few per cent, stated in the model's notes.
  const double chance = 5.0 * std::sqrt(2.0 * n * p * (1.0 - p));
  CHECK(std::abs(coarse.readout("donor_alive") - fine.readout("donor_alive")) <
        chance + 0.03 * n * p);
}
