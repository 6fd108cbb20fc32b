#include <cmath>
#include <vector>

#include <neurograft/model/cytotoxicity.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

// Blocks of encounter as wide as the voxels: cells can be put at one place.
CytotoxicityParameters well_mixed() {
  CytotoxicityParameters p = cytotoxicity_section().defaults();
  p.search_mm = 1.0;
  return p;
}

struct Arena {
  World world;
  Cytotoxicity process;
  ReadoutTable readouts;

  explicit Arena(const LabelMap& map, CytotoxicityParameters p = well_mixed())
      : world(test::world_of(map)), process(p) {
    process.bind(world, readouts);
    at("help") = 1.0;
  }
  double& at(std::string_view name) {
    return world.compartments().scalar(world.compartments().find(name));
  }
  void add(Kind kind, State state, std::size_t count, float x = 0.5F) {
    const std::size_t first = world.agents().size();
    test::add_donors(world, count, state, x, 0.5F, 0.5F);
    for (std::size_t slot = first; slot < first + count; ++slot) {
      world.agents().kind()[slot] = kind;
    }
    world.refresh({1});
  }
  void step(double dt_d, Tick tick = 0, int threads = 1) {
    process.step(world, {.tick = tick, .dt_d = dt_d, .seed = world.seed(), .threads = {threads}});
    world.refresh({threads});
  }
  double hazard(std::string_view cause, VoxelIndex voxel = 0) {
    for (const auto& known : world.hazards().causes()) {
      if (known.name == cause) return known.by_voxel.empty() ? 0.0 : known.by_voxel[voxel];
    }
    return -1.0;
  }
  std::size_t count(State state) const { return world.agents().count(state); }
};

Arena fight() {
  Arena arena(test::box(2, 1, 1, 1.0));
  arena.add(Kind::donor, State::active, 500);
  arena.add(Kind::cd8, State::searching, 40);
  return arena;
}

}  // namespace

TEST_CASE("the half density follows from k, r and v, about 2e3 per mm3 at 9 per day") {
  const CytotoxicityParameters p = cytotoxicity_section().defaults();
  // pi (0.01 mm)^2 14.4 mm/d = 4.524e-3 mm3/d
  CHECK(half_target_density(5.6, 10.0, 10.0) == doctest::Approx(5.6 / 4.5239e-3).epsilon(1e-4));
  CHECK(half_target_density(9.0, p.reach_um, p.speed_um_per_min) ==
        doctest::Approx(1989.0).epsilon(1e-3));
}

TEST_CASE("hazards add up over steps, in the voxel of killers and targets alone") {
  Arena arena = fight();
  arena.add(Kind::cd8, State::searching, 40, 1.5F);
  arena.step(1.0 / 24.0);
  const double once = arena.hazard("ctl");
  CHECK(once > 0.0);
  CHECK(arena.hazard("ctl", 1) == 0.0);
  CHECK(arena.hazard("nk") == 0.0);
  CHECK(arena.hazard("macrophage") == 0.0);
  CHECK(arena.hazard("antibody") == 0.0);
  Arena twice = fight();
  twice.step(1.0 / 12.0);
  CHECK(twice.hazard("ctl") == doctest::Approx(2.0 * once));
}

TEST_CASE("help, drugs, NSC factors and Treg scale killing") {
  const CytotoxicityParameters p = cytotoxicity_section().defaults();
  const auto hazard = [&](auto&& change) {
    Arena arena = fight();
    change(arena);
    arena.step(1.0);
    return arena.hazard("ctl");
  };
  const double full = hazard([](Arena&) {});
  CHECK(hazard([](Arena& a) { a.at("help") = 0.0; }) == doctest::Approx(full * p.helpless_killing));
  CHECK(hazard([](Arena& a) { a.at("effect_kill") = 0.75; }) == doctest::Approx(full * 0.25));
  CHECK(hazard([&](Arena& a) {
          a.world.fields()[a.world.fields().find("regulatory")][0] = p.regulatory_half;
        }) == doctest::Approx(full * (1.0 - p.regulatory_block / 2.0)));
  CHECK(hazard([](Arena& a) { a.add(Kind::treg, State::searching, 200); }) ==
        doctest::Approx(full * p.treg_half_per_mm3 / (p.treg_half_per_mm3 + 200.0)));
  CHECK(hazard([](Arena& a) { a.at("effect_priming") = 1.0; }) == full);
}

TEST_CASE("NK cells lay their own hazard") {
  Arena arena = fight();
  arena.add(Kind::nk, State::searching, 30);
  arena.step(1.0);
  CHECK(arena.hazard("nk") > 0.0);
}

TEST_CASE("macrophages kill what is foreign to their species, mostly with help") {
  CytotoxicityParameters p = cytotoxicity_section().defaults();
  p.xenogeneic = 1.0;
  const auto hazard = [&](double help, double microglia) {
    Arena arena(test::box(2, 1, 1, 1.0), p);
    arena.add(Kind::donor, State::active, 10);
    arena.at("help") = help;
    arena.at("effect_microglia") = microglia;
    arena.step(0.5);
    CHECK(arena.hazard("macrophage", 1) == 0.0);
    return arena.hazard("macrophage");
  };
  CHECK(hazard(1.0, 0.0) == doctest::Approx(0.5 * p.macrophage_kill_per_d));
  CHECK(hazard(0.0, 0.0) ==
        doctest::Approx(0.5 * p.macrophage_kill_per_d * p.macrophage_basal_share));
  CHECK(hazard(1.0, 1.0) == 0.0);
}

TEST_CASE("antibody acts where the barrier leaks, once switched on") {
  CytotoxicityParameters p = cytotoxicity_section().defaults();
  p.antibody_kill_per_d = 2.0;
  Arena arena(test::box(2, 1, 1, 1.0), p);
  arena.add(Kind::donor, State::active, 10);
  arena.add(Kind::donor, State::active, 10, 1.5F);
  arena.at("antibody") = 1.0;
  arena.world.tissue()[arena.world.tissue().find("barrier_leak")][1] = 0.5;
  arena.step(1.0);
  CHECK(arena.hazard("antibody", 0) == 0.0);
  CHECK(arena.hazard("antibody", 1) == doctest::Approx(0.5));
}

TEST_CASE("T cells without donor cells let go and search; engaged ones wear out") {
  CytotoxicityParameters p = cytotoxicity_section().defaults();
  p.exhaustion_per_d = 0.0;
  Arena alone(test::box(1, 1, 1, 1.0), p);
  alone.add(Kind::cd8, State::engaged, 1000);
  alone.step(10.0);
  CHECK(alone.count(State::searching) == 1000);

  p.exhaustion_per_d = 0.3;
  Arena worn(test::box(1, 1, 1, 1.0), p);
  worn.add(Kind::cd8, State::engaged, 20000);
  worn.add(Kind::nk, State::engaged, 500);
  worn.add(Kind::cd8, State::resident, 500);
  worn.step(1.0);
  const double expected = 20000 * (1.0 - std::exp(-0.3));
  CHECK(std::abs(static_cast<double>(worn.count(State::exhausted)) - expected) <
        5.0 * std::sqrt(expected));
  CHECK(worn.count(State::resident) == 500);
}

TEST_CASE("hazards and states are the same for any number of threads and order of slots") {
  const auto run = [](int threads, bool reverse) {
    Arena arena(test::box(3, 3, 3, 1.0));
    arena.add(Kind::donor, State::active, 900);
    arena.add(Kind::cd8, State::searching, 15000);
    if (reverse) {
      const auto slots = static_cast<std::uint32_t>(arena.world.agents().size());
      std::vector<std::uint32_t> keys;
      for (std::uint32_t slot = 0; slot < slots; ++slot) keys.push_back(slots - 1 - slot);
      arena.world.agents().reorder(keys, slots, {1});
    }
    for (Tick tick = 0; tick < 4; ++tick) arena.step(1.0 / 24.0, tick, threads);
    std::vector<State> states(arena.world.agents().size());
    for (std::size_t slot = 0; slot < states.size(); ++slot) {
      states[arena.world.agents().id()[slot]] = arena.world.agents().state()[slot];
    }
    return std::pair{states, arena.hazard("ctl")};
  };
  const auto one = run(1, false);
  CHECK(one == run(2, false));
  CHECK(one == run(1, true));
  CHECK(one.second > 0.0);
}
