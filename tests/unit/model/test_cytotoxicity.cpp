#include <array>
#include <cmath>
#include <vector>

#include <neurograft/core/math.hpp>
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

TEST_CASE("killers that never kill leave targets alone and search on") {
  CytotoxicityParameters p = well_mixed();
  p.kill_per_d = 0.0;
  p.nk_kill_per_d = 0.0;
  Arena arena(test::box(2, 1, 1, 1.0), p);
  arena.add(Kind::donor, State::active, 1);
  arena.add(Kind::cd8, State::searching, 1);
  arena.add(Kind::nk, State::searching, 1);
  for (Tick tick = 0; tick < 10; ++tick) arena.step(0.25, tick);
  CHECK(arena.hazard("ctl") == 0.0);
  CHECK(arena.hazard("nk") == 0.0);
  CHECK(arena.count(State::searching) == 2);
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
  // Voxels that are divided, joined, and both.
  for (const std::array<double, 3> spacing :
       {std::array{1.0, 1.0, 1.0}, std::array{0.1, 0.1, 0.1}, std::array{0.1, 0.1, 0.6}}) {
    const auto run = [&](int threads, bool reverse) {
      LabelMap map = test::box_with_ventricle(24, 24, 12, 1.0, 4);
      for (std::size_t axis = 0; axis < 3; ++axis) map.geometry.spacing_mm[axis] = spacing[axis];
      Arena arena(map, cytotoxicity_section().defaults());
      const Stream stream(9, StreamCode::run_setup, 0);
      constexpr std::array kinds{Kind::donor, Kind::cd8, Kind::cd4, Kind::treg, Kind::nk};
      for (std::uint32_t cell = 0; cell < 20000; ++cell) {
        const Block words = stream.block(cell);
        const auto at = [&](std::size_t axis, double low, double size) {
          return static_cast<float>((low + size * math::uniform(words[axis])) * spacing[axis]);
        };
        const Kind kind = kinds[cell % kinds.size()];
        const State state = kind != Kind::donor ? State::searching
                            : cell % 2 == 0     ? State::attached
                                                : State::active;
        test::add_donors(arena.world, 1, state, at(0, 4.0, state == State::attached ? 0.01 : 6.0),
                         at(1, 8.0, 6.0), at(2, 4.0, 6.0));
        arena.world.agents().kind()[cell] = kind;
      }
      if (reverse) {
        const auto slots = static_cast<std::uint32_t>(arena.world.agents().size());
        std::vector<std::uint32_t> keys;
        for (std::uint32_t slot = 0; slot < slots; ++slot) keys.push_back(slots - 1 - slot);
        arena.world.agents().reorder(keys, slots, {1});
      }
      arena.world.refresh({1});
      for (Tick tick = 0; tick < 4; ++tick) arena.step(1.0 / 24.0, tick, threads);
      std::vector<State> states(arena.world.agents().size());
      for (std::size_t slot = 0; slot < states.size(); ++slot) {
        states[arena.world.agents().id()[slot]] = arena.world.agents().state()[slot];
      }
      std::vector<double> hazards;
      for (VoxelIndex v = 0; v < arena.world.grid().parenchyma_size(); ++v) {
        hazards.push_back(arena.hazard("ctl", v));
        hazards.push_back(arena.hazard("nk", v));
      }
      return std::pair{states, hazards};
    };
    CAPTURE(spacing[0]);
    CAPTURE(spacing[2]);
    const auto one = run(1, false);
    CHECK(one == run(3, false));
    CHECK(one == run(1, true));
    CHECK(one.second != std::vector<double>(one.second.size(), 0.0));
  }
}

TEST_CASE("a CD8 cell is no rival to itself, but to a CD4 cell; NK cells go by their own rate") {
  CytotoxicityParameters p = well_mixed();
  p.exhaustion_per_d = 0.0;
  // Share of engaged cells of a kind after long, in many voxels with one CD8 cell each.
  constexpr int side = 16;
  const auto engaged = [&](Kind kind) {
    Arena arena(test::box(side, side, side, 0.2), p);
    CytotoxicityParameters fine = p;
    fine.search_mm = 0.2;
    Cytotoxicity process(fine);
    ReadoutTable readouts;
    process.bind(arena.world, readouts);
    const auto put = [&](Kind its, std::size_t count) {
      for (VoxelIndex v = 0; v < arena.world.grid().parenchyma_size(); ++v) {
        const auto at = arena.world.grid().centre_mm(v);
        const std::size_t first = arena.world.agents().size();
        test::add_donors(arena.world, count, its == Kind::donor ? State::active : State::searching,
                         static_cast<float>(at[0]), static_cast<float>(at[1]),
                         static_cast<float>(at[2]));
        for (std::size_t s = first; s < first + count; ++s) arena.world.agents().kind()[s] = its;
      }
    };
    put(Kind::donor, 20);
    put(Kind::cd8, 1);
    if (kind != Kind::cd8) put(kind, 1);
    arena.world.refresh({1});
    for (Tick tick = 0; tick < 20; ++tick) {
      process.step(arena.world, {.tick = tick, .dt_d = 0.5, .seed = 3, .threads = {1}});
    }
    double count = 0.0;
    const Agents& agents = arena.world.agents();
    for (std::size_t s = 0; s < agents.size(); ++s) {
      count += agents.kind()[s] == kind && agents.state()[s] == State::engaged ? 1.0 : 0.0;
    }
    return count / (side * side * side);
  };
  const double volume = 0.2 * 0.2 * 0.2;
  const double n = 20.0 / volume;
  const double half = half_target_density(p.kill_per_d, p.reach_um, p.speed_um_per_min);
  const double nk_half = half_target_density(p.nk_kill_per_d, p.reach_um, p.speed_um_per_min);
  const auto check = [&](Kind kind, double share) {
    // 5 sigma.
    CHECK(std::abs(engaged(kind) - share) <
          5.0 * std::sqrt(share * (1.0 - share) / (side * side * side)));
  };
  check(Kind::cd8, n / (n + half));
  check(Kind::cd4, n / (n + half + 1.0 / volume));
  check(Kind::nk, n / (n + nk_half));
}
