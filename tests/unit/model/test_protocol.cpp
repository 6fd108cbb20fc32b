#include <cmath>
#include <initializer_list>
#include <memory>
#include <numbers>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/protocol.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

// 10 x 8 x 6 voxels: x = 0 outside, x = 1-2 ventricle, the rest white matter.
World small_world(double spacing_mm = 1.0, double start_d = 0.0) {
  LabelMap map;
  map.geometry.size = {10, 8, 6};
  map.geometry.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
  for (std::size_t linear = 0; linear < map.geometry.voxels(); ++linear) {
    const std::size_t x = linear % 10;
    map.labels.push_back(x == 0 ? Label::outside : x < 3 ? Label::ventricle : Label::white);
  }
  return World(Grid(map), Clock{start_d, 1.0}, 11);
}

Injection injection(const char* route, double cells, double day = 0.0) {
  Injection result;
  result.viability = 0.8;
  result.hla1 = 0.2;
  result.route = route;
  result.cells = cells;
  result.day = day;
  return result;
}

Injection deposit(double cells, double radius_mm) {
  Injection result = injection("parenchymal", cells);
  result.site_mm = {6.5, 4.5, 3.5};
  result.radius_mm = radius_mm;
  return result;
}

Insult insult(const char* kind, double start_d = 0.0) {
  Insult result = insult_section().defaults();
  result.kind = kind;
  result.start_d = start_d;
  return result;
}

struct Events {
  std::vector<Injection> injections{};
  std::vector<LesionOnset> lesions{};
  std::vector<Insult> insults{};
};

Simulation simulate(Events events, World world = small_world(), Threads threads = {1}) {
  Simulation simulation(std::move(world), threads);
  simulation.add(std::make_unique<Protocol>(protocol_section().defaults(),
                                            std::move(events.injections), std::move(events.lesions),
                                            std::move(events.insults)));
  return simulation;
}

// Healthy tissue, as the tissue process leaves it in `bind`.
void fill_tissue(World& world) {
  const TissueState tissue = TissueState::bind(world);
  std::ranges::fill(world.tissue()[tissue.oligodendrocytes], 5e4);
  std::ranges::fill(world.tissue()[tissue.opc], 6e3);
  std::ranges::fill(world.tissue()[tissue.microglia_resting], 5e3);
}

std::size_t problems_of(Events events) {
  Simulation simulation = simulate(std::move(events));
  try {
    simulation.bind();
  } catch (const InputError& error) {
    return error.problems().size();
  }
  return 0;
}

double compartment(const World& world, const char* name) {
  return world.compartments().scalar(world.compartments().find(name));
}

double tissue_sum(const World& world, const char* name) {
  double sum = 0.0;
  for (const double x : world.tissue()[world.tissue().find(name)]) sum += x;
  return sum;
}

}  // namespace

TEST_CASE("grafts of other donors say what of the alloresponse is lost on them") {
  Injection same = injection("icv", 10), half = same, other = same;
  half.shared_mismatches = 0.5;
  const auto lost_after = [](std::vector<Injection> injections) {
    Simulation simulation = simulate({.injections = std::move(injections)});
    simulation.run_until(0.0);
    return compartment(simulation.world(), "alloresponse_lost");
  };
  CHECK(lost_after({same}) == 0.0);
  CHECK(lost_after({same, half, half}) == 0.75);
  other.shared_mismatches = 0.0;
  CHECK(lost_after({other, half}) == 1.0);
  half.shared_mismatches = 1.5;
  CHECK(problems_of({.injections = {half}}) == 1);
}

TEST_CASE(
    "cells into the ventricle: suspended, uniform by volume, the non-viable dead by that cause") {
  constexpr double cells = 40000;
  Simulation simulation = simulate({.injections = {injection("icv", cells)}});
  simulation.run_until(0.0);
  const World& world = simulation.world();
  const Agents& agents = world.agents();
  CHECK(compartment(world, "donor_injected") == cells);
  const auto dead = static_cast<double>(world.hazards().causes().at(0).taken);
  CHECK(world.hazards().causes().at(0).name == "non_viable");
  CHECK(static_cast<double>(agents.count(State::suspended)) + dead == cells);
  // Viability 0.8: s.d. sqrt(40000 x 0.16) = 80; 5 s.d.
  CHECK(std::abs(dead - 0.2 * cells) < 400.0);
  std::vector<double> counts(world.grid().size());
  double x_mean = 0.0;
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    const VoxelIndex voxel = agents.voxel()[slot];
    REQUIRE(world.grid().voxel_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]) == voxel);
    REQUIRE(world.grid().label(voxel) == Label::ventricle);
    counts[voxel] += 1.0;
    x_mean += agents.x()[slot] / static_cast<double>(agents.size());
  }
  CHECK(agents.hla1()[0] == 13107);
  // 96 voxels, mean about 333, s.d. 18; 5 s.d.
  const double mean = static_cast<double>(agents.size()) / 96.0;
  for (std::size_t v = world.grid().parenchyma_size(); v < counts.size(); ++v) {
    CHECK(std::abs(counts[v] - mean) < 5.0 * std::sqrt(mean));
  }
  // Uniform over x in [1, 3]: s.d. of the mean 2 / sqrt(12) / sqrt(32000) = 0.0032.
  CHECK(std::abs(x_mean - 2.0) < 0.016);
  CHECK(world.events().size() == 1);
}

TEST_CASE("cells into tissue: active, uniform in the ball") {
  constexpr double radius = 1.4;
  Injection ball = deposit(20000, radius);
  ball.viability = 1.0;
  Simulation simulation = simulate({.injections = {ball}});
  simulation.run_until(0.0);
  const Agents& agents = simulation.world().agents();
  CHECK(agents.count(State::active) == 20000);
  double mean_r2 = 0.0, heading_r2 = 0.0;
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    const double dx = agents.x()[slot] - 6.5, dy = agents.y()[slot] - 4.5,
                 dz = agents.z()[slot] - 3.5;
    REQUIRE(dx * dx + dy * dy + dz * dz <= radius * radius * (1.0 + 1e-6));
    mean_r2 += (dx * dx + dy * dy + dz * dz) / 20000.0;
  }
  auto& writable = simulation.world().agents();
  for (const auto h : writable.heading_z()) {
    heading_r2 += h / heading_scale * (h / heading_scale) / 20000.0;
  }
  // E r^2 = 3/5 R^2; s.d. of r^2 sqrt(3/7 - 9/25) R^2 = 0.262 R^2; 5 s.d. of the mean.
  CHECK(std::abs(mean_r2 - 0.6 * radius * radius) <
        5.0 * 0.262 * radius * radius / std::sqrt(20000.0));
  // Variance of a unit normal; s.d. of its estimate sqrt(2 / n) = 0.01.
  CHECK(std::abs(heading_r2 - 1.0) < 0.05);
}

TEST_CASE("a ball over the edge of tissue keeps its cells in tissue; dead ones are booked there") {
  Injection ball = deposit(5000, 2.0);
  ball.site_mm = {3.5, 0.5, 0.5};
  ball.viability = 0.5;
  Simulation simulation = simulate({.injections = {ball}});
  simulation.run_until(0.0);
  const World& world = simulation.world();
  for (const VoxelIndex voxel : world.agents().voxel()) {
    CHECK(voxel < world.grid().parenchyma_size());
  }
  CHECK(tissue_sum(world, "donor_deaths_in_tissue") ==
        static_cast<double>(world.hazards().causes().at(0).taken));
  CHECK(tissue_sum(world, "donor_deaths_in_tissue") > 2000.0);
}

TEST_CASE("an injection does not depend on the number of threads") {
  const Events events{.injections = {injection("icv", 30000), deposit(30000, 1.0)}};
  Simulation one = simulate(events, small_world(), {1});
  Simulation three = simulate(events, small_world(), {3});
  one.run_until(0.0);
  three.run_until(0.0);
  CHECK(std::ranges::equal(one.world().agents().x(), three.world().agents().x()));
  CHECK(std::ranges::equal(one.world().agents().state(), three.world().agents().state()));
  CHECK(one.world().hazards().causes().at(0).taken == three.world().hazards().causes().at(0).taken);
}

TEST_CASE("several injections, each once, also in a run that resumes on that very tick") {
  const Events events{.injections = {injection("icv", 100, 1.0), injection("icv", 50, 2.0)},
                      .lesions = {},
                      .insults = {insult("sensitising", 1.0)}};
  Simulation simulation = simulate(events, small_world(1.0, -1.0));
  simulation.run_until(0.0);
  CHECK(compartment(simulation.world(), "donor_injected") == 0.0);
  simulation.run_until(1.0);
  CHECK(compartment(simulation.world(), "donor_injected") == 100.0);
  const World at_injection = simulation.world();
  simulation.run_until(3.0);
  Simulation resumed = simulate(events, small_world(1.0, -1.0));
  resumed.bind();
  resumed.world() = at_injection;
  resumed.resume_here();
  resumed.run_until(3.0);
  for (const Simulation* run : {&simulation, &resumed}) {
    CHECK(compartment(run->world(), "donor_injected") == 150.0);
    CHECK(compartment(run->world(), "sensitising_antigen") == 1e6);
    CHECK(run->world().events().size() == 3);
    CHECK(run->world().next_id() == 150);
  }
  CHECK(std::ranges::equal(simulation.world().agents().z(), resumed.world().agents().z()));
}

TEST_CASE("each kind of lesion leaves its mark and no more myelin than axons") {
  std::vector<LesionOnset> lesions;
  for (std::uint32_t kind = 1; kind <= 4; ++kind) {
    lesions.push_back({0.0, -100.0, kind, static_cast<LesionKind>(kind), {2 * kind}});
  }
  World world = small_world();
  fill_tissue(world);
  Simulation simulation = simulate({.lesions = lesions}, world);
  simulation.run_until(0.0);
  NamedArrays& tissue = simulation.world().tissue();
  const auto at = [&](const char* name, std::size_t v) { return tissue[tissue.find(name)][v]; };
  for (std::size_t kind = 1; kind <= 4; ++kind) {
    const std::size_t v = 2 * kind;
    CHECK(at("lesion_id", v) == static_cast<double>(kind));
    CHECK(at("lesion_kind", v) == static_cast<double>(kind));
    CHECK(at("lesion_onset_d", v) == -100.0);
    CHECK(at("axon_fraction", v) < 1.0);
    CHECK(at("myelin_original", v) + at("myelin_remyelinated", v) <= at("axon_fraction", v));
    CHECK(at("oligodendrocytes", v) < 5e4);
    CHECK(at("microglia_inflammatory", v) > 0.0);
  }
  CHECK(at("axon_fraction", 2) == doctest::Approx(0.9));
  CHECK(at("debris", 2) == doctest::Approx(1.0 - 0.9 * 0.1));
  CHECK(at("myelin_remyelinated", 8) > 0.4);
  CHECK(at("axon_fraction", 3) == 1.0);
  CHECK(at("lesion_id", 3) == 0.0);
  CHECK(at("microglia_resting", 3) == 5e3);
}

TEST_CASE("cuprizone kills from its lag to withdrawal, a part of a step counted as such") {
  Insult diet = insult("cuprizone", 1.0);
  diet.kill_per_d = 0.2;
  diet.lag_d = 6.6;
  diet.stop_d = 10.0;
  diet.persist_d = 0.5;
  Simulation simulation = simulate({.insults = {diet}});
  const auto hazard_on = [&](double day) {
    simulation.run_until(day);
    return compartment(simulation.world(), "insult_cuprizone");
  };
  CHECK(hazard_on(7.5) == 0.0);
  CHECK(hazard_on(9.0) == doctest::Approx(0.2 * (9.0 - 7.6)));
  CHECK(hazard_on(10.0) == doctest::Approx(0.2 * (10.0 - 7.6)));
  CHECK(hazard_on(15.0) == doctest::Approx(0.2 * (10.5 - 7.6)).epsilon(1e-9));
}

TEST_CASE("an LPC lesion has its volume at every voxel size, and myelin becomes debris") {
  for (const double spacing : {1.0, 0.5}) {
    World world = small_world(spacing);
    fill_tissue(world);
    Insult lpc = insult("lpc");
    // Off the lattice, and inside tissue at both spacings.
    lpc.site_mm = {spacing == 1.0 ? 6.37 : 3.27, spacing == 1.0 ? 4.11 : 2.07,
                   spacing == 1.0 ? 3.05 : 1.53};
    lpc.radius_mm = 1.2;
    const double voxel = world.grid().voxel_volume_mm3();
    const auto voxels = static_cast<double>(world.grid().parenchyma_size());
    Simulation simulation = simulate({.insults = {lpc}}, world);
    simulation.run_until(0.0);
    const double volume = 4.0 / 3.0 * std::numbers::pi * 1.2 * 1.2 * 1.2;
    const double lost = (voxels - tissue_sum(simulation.world(), "myelin_original")) * voxel;
    CHECK(lost == doctest::Approx(0.95 * volume).epsilon(0.02));
    CHECK(tissue_sum(simulation.world(), "debris") * voxel == doctest::Approx(lost));
    const double dead_cells =
        (5e4 * voxels - tissue_sum(simulation.world(), "oligodendrocytes")) * voxel;
    CHECK(dead_cells == doctest::Approx(0.95 * 5e4 * volume).epsilon(0.02));
    CHECK(simulation.world().events().at(0).amount == doctest::Approx(volume).epsilon(0.02));
    CHECK(tissue_sum(simulation.world(), "lesion_id") * voxel ==
          doctest::Approx(volume).epsilon(0.3));
  }
}

TEST_CASE("an LPC lesion is toxic: it marks whole voxels, and nothing keeps them inflamed") {
  World world = small_world();
  fill_tissue(world);
  Insult lpc = insult("lpc", 2.0);
  lpc.site_mm = {6.5, 4.5, 3.5};
  lpc.radius_mm = 1.2;
  Simulation simulation = simulate({.insults = {lpc}}, world);
  simulation.run_until(1.0);
  CHECK(tissue_sum(simulation.world(), "lesion_kind") == 0.0);
  simulation.run_until(3.0);
  NamedArrays& tissue = simulation.world().tissue();
  const auto of = [&](const char* name) { return tissue[tissue.find(name)]; };
  std::size_t marked = 0;
  for (std::size_t v = 0; v < simulation.world().grid().parenchyma_size(); ++v) {
    if (of("lesion_id")[v] == 0.0) {
      CHECK(of("lesion_kind")[v] == static_cast<double>(LesionKind::none));
      continue;
    }
    ++marked;
    CHECK(of("lesion_kind")[v] == static_cast<double>(LesionKind::toxic));
    CHECK(of("lesion_onset_d")[v] == 2.0);
  }
  CHECK(marked == 7);  // the middle voxel and its six neighbours by a face
}

TEST_CASE("wrong events are refused, all at once, before the run") {
  CHECK(problems_of({}) == 0);
  Injection off_tick = injection("icv", 10, 0.01);
  Injection before = injection("icv", 10, -1.0);
  Injection fractional = injection("icv", 10.5);
  Injection outside = deposit(10, 1.0);
  outside.site_mm = {0.5, 4.5, 3.5};
  Injection in_csf = deposit(10, 1.0);
  in_csf.site_mm = {1.5, 4.5, 3.5};
  Injection nowhere = injection("parenchymal", 10);
  Injection overdose = injection("icv", 10);
  overdose.viability = 1.1;
  CHECK(problems_of({.injections = {overdose}}) == 1);
  for (const Injection& wrong : {off_tick, before, fractional, outside, in_csf, nowhere}) {
    CHECK(problems_of({.injections = {wrong}}) == 1);
  }
  CHECK(problems_of({.injections = {off_tick, before, outside}}) == 3);
  CHECK(problems_of({.lesions = {{0.0, 0.0, 1, LesionKind::active, {4000}}}}) == 1);
  CHECK(problems_of({.lesions = {{0.0, 0.0, 0, LesionKind::active, {4}}}}) == 1);
  CHECK(problems_of({.lesions = {{0.0, 0.0, 1, LesionKind::none, {4}}}}) == 1);
  CHECK(problems_of({.lesions = {{0.0, 0.0, 1, LesionKind::toxic, {4}}}}) == 1);
  CHECK(problems_of({.lesions = {{0.0, 0.0, 1, LesionKind::remyelinated, {4}}}}) == 0);
  Insult tiny = insult("lpc");
  tiny.site_mm = {6.5, 4.5, 3.5};
  tiny.radius_mm = 0.1;
  Insult ended = insult("cuprizone", 40.0);
  for (const Insult& wrong : {tiny, ended, insult("lpc"), insult("unheard_of")}) {
    CHECK(problems_of({.insults = {wrong}}) == 1);
  }
}

TEST_CASE("a brain without ventricle takes no icv injection") {
  LabelMap map;
  map.geometry.size = {2, 1, 1};
  map.labels = {Label::white, Label::subarachnoid_csf};
  Simulation simulation =
      simulate({.injections = {injection("icv", 10)}}, World(Grid(map), Clock{0.0, 1.0}, 1));
  CHECK_THROWS_AS(simulation.bind(), InputError);
}
