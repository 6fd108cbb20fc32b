#include <neurograft/core/error.hpp>
#include <neurograft/scenario/build.hpp>
#include <neurograft/scenario/host.hpp>

#include <doctest/doctest.h>
#include <support/runs.hpp>

using namespace neurograft;

namespace {

const std::string small_brain = "[brain]\nsource = \"patch\"\npatch_ventricle = true\n";

// All problems of a config, one per line.
std::string problems_of(const std::string& text) {
  try {
    prepare(Config::from_string(small_brain + text, "a.toml"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("what no single key shows is reported with file, line, key and reason, all at once") {
  CHECK(problems_of("[simulation]\nstep_h = 5\n[graft]\ncells = 10.5\n") ==
        "a.toml:5: simulation.step_h = 5.0 (must divide 24 h)\n"
        "a.toml:7: graft.cells = 10.5 (must be a whole number)");
  CHECK(problems_of("[[drug]]\nname = \"tacrolimus\"\ndose_mg = 3.0\nstart_d = 400\n") ==
        "a.toml:7: drug[0].start_d = 400.0 (is after the end of the run, day 365)");
  CHECK(problems_of("[graft]\ncells = 100\nday = 500\n") ==
        "a.toml:6: graft.day = 500.0 (is outside the run, day -90 to 365)");
  CHECK(problems_of("[graft]\ncells = 100\nproduct = \"other\"\n") ==
        "a.toml:6: graft.product = \"other\" (no such product); add a section [product.other]");
}

TEST_CASE("a voxel smaller than a cell is refused") {
  const std::string found = problems_of("patch_voxel_um = 10\n");
  CHECK(found.find("a.toml:4: brain.patch_voxel_um = 10.0 (a voxel must hold a cell, 20 um)") !=
        std::string::npos);
}

TEST_CASE("what only a process can see is found before a run") {
  CHECK(problems_of("[graft]\ncells = 10\nroute = \"parenchymal\"\nsite_mm = [90, 0, 0]\n")
            .find("not in grey or white matter") != std::string::npos);
  CHECK(problems_of("[[drug]]\nname = \"aspirin\"\ndose_mg = 1\n").find("aspirin") !=
        std::string::npos);
}

TEST_CASE("a brain that cannot be read is an input error that names it") {
  const auto brain = [](const std::string& source) {
    try {
      prepare(Config::from_string("[brain]\nsource = \"" + source + "\"\n", "a.toml"));
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(brain("nowhere.nii.gz").find("nowhere.nii.gz") != std::string::npos);
}

TEST_CASE("a donor cell product is a section of the config") {
  Simulation simulation =
      build(Config::from_string(
                small_brain + "[simulation]\nstart_d = 0\nduration_d = 3\n[graft]\ncells = 500\n"
                              "route = \"parenchymal\"\nviability = 1\nproduct = \"frail\"\n"
                              "[product.frail]\nearly_death_per_d = 50\n",
                "a.toml"),
            {1});
  simulation.run_until(3.0);
  CHECK(simulation.readout("donor_injected") == 500.0);
  CHECK(simulation.readout("donor_alive") < 5.0);
}

TEST_CASE("an old host repairs more slowly and the gain is drawn from the seed") {
  HostSettings host = host_section().defaults();
  host.age_y = 20.0;
  CHECK(age_factor(host) == 1.0);
  host.age_y = 60.0;
  CHECK(age_factor(host) == doctest::Approx(0.3679).epsilon(1e-3));

  const auto gain = [](int seed) {
    const Simulation s =
        build(test::config_of("phantom_small", {"host.draw_response_gain=true",
                                                "simulation.seed=" + std::to_string(seed)}),
              {1});
    const auto& compartments = s.world().compartments();
    return compartments.scalar(compartments.find("response_gain"));
  };
  CHECK(gain(1) == gain(1));
  CHECK(gain(1) != gain(2));
}

TEST_CASE("two simulations from one scenario do not touch each other") {
  const Scenario scenario = prepare(test::config_of("phantom_small"));
  Simulation first = build(scenario, {1});
  Simulation second = build(scenario, {2});
  first.run_until(2.0);
  CHECK(second.world().tick() == 0);
  second.run_until(2.0);
  CHECK(first.readout("donor_alive") == second.readout("donor_alive"));
  CHECK(first.readout("t2_lesion_volume") == second.readout("t2_lesion_volume"));
}
