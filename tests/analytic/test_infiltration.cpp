#include <cmath>

#include <neurograft/model/infiltration.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

TEST_CASE("blood that empties into brain at R, cells that die there at d: Bateman's curve") {
  InfiltrationParameters p = infiltration_section().defaults();
  p.resident_share = 0.0;
  World world = test::world_of(test::box(5, 5, 5, 1.0), 11);
  Infiltration process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  NamedArrays& c = world.compartments();
  c.scalar(c.find("body_mass_kg")) = 0.025;
  for (double& level : world.fields()[world.fields().find("chemoattractant")]) level = 2.0;
  constexpr double start = 50000.0;
  c.scalar(c.find("effector_cd8")) = start;

  const double weight = 125.0 * (0.2 + p.surveillance_weight) / 0.025;
  const double rate = p.entry_max_per_d * weight / (weight + p.entry_half_mm3_per_kg);
  const double d = p.death_per_d;
  for (Tick tick = 0; tick < 24 * 6; ++tick) {
    world.set_tick(tick);
    world.commit({1}, 24);
    if (tick % 48 == 0 && tick > 0) {
      const double t = static_cast<double>(tick) / 24.0;
      const double expected = start * rate / (d - rate) * (std::exp(-rate * t) - std::exp(-d * t));
      const auto seen = static_cast<double>(world.agents().count(Kind::cd8));
      // 5 sigma of the count, and half a step by which entry and death are apart.
      CHECK(std::abs(seen - expected) < 5.0 * std::sqrt(expected) + expected * (rate + d) / 48.0);
    }
    process.step(world, {.tick = tick, .dt_d = 1.0 / 24.0, .seed = world.seed(), .threads = {1}});
  }
}
