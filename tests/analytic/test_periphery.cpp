#include <cmath>

#include <neurograft/model/periphery.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

constexpr double hour = 1.0 / 24.0;

double& scalar(World& world, std::string_view name) {
  return world.compartments().scalar(world.compartments().find(name));
}

}  // namespace

TEST_CASE("delay chain: mean and spread of the time from priming to leaving") {
  PeripheryParameters p = periphery_section().defaults();
  p.effector_death_per_d = 0.0;
  p.helpless_burst = 1.0;
  World world = test::world_of(test::box(1, 1, 1, 1.0));
  Periphery process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  world.compartments()[world.compartments().find("priming_cd8")][0] = 10.0;

  // Moments of the arrival times, from the share that has not left yet: the mean is its integral,
  // the second moment twice the integral of t times it.
  double mean = 0.0;
  double second = 0.0;
  double before = 1.0;
  for (int step = 0; step < 24 * 60; ++step) {
    process.step(world, {.tick = step, .dt_d = hour, .threads = {1}});
    const double left = 1.0 - scalar(world, "effector_cd8") / (10.0 * p.cd8_burst);
    const double t = (step + 0.5) * hour;
    mean += 0.5 * (before + left) * hour;
    second += 2.0 * t * 0.5 * (before + left) * hour;
    before = left;
  }
  CHECK(mean == doctest::Approx(p.delay_d).epsilon(1e-3));
  CHECK(second - mean * mean == doctest::Approx(p.delay_d * p.delay_d / 4.0).epsilon(1e-3));
  CHECK(scalar(world, "effector_cd8") == doctest::Approx(10.0 * p.cd8_burst));
}

TEST_CASE("antigen, effectors, memory and antibody decay at their rates") {
  const PeripheryParameters p = periphery_section().defaults();
  World world = test::world_of(test::box(1, 1, 1, 1.0));
  Periphery process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  scalar(world, "mismatch") = 0.0;
  scalar(world, "node_antigen") = 1e3;
  scalar(world, "effector_cd8") = 500.0;
  scalar(world, "antibody") = 4.0;
  process.step(world, {.tick = 0, .dt_d = 21.0, .threads = {1}});
  CHECK(scalar(world, "node_antigen") ==
        doctest::Approx(1e3 * std::exp(-p.antigen_decay_per_d * 21.0)).epsilon(1e-6));
  const double gone = std::exp(-p.effector_death_per_d * 21.0);
  CHECK(scalar(world, "effector_cd8") == doctest::Approx(500.0 * gone).epsilon(1e-6));
  CHECK(scalar(world, "antibody") ==
        doctest::Approx(4.0 * std::exp2(-21.0 / p.antibody_half_life_d)).epsilon(1e-6));
  // Memory gains a share of every effector that died, less its own loss.
  const double k = p.effector_death_per_d;
  const double m = p.memory_death_per_d;
  const double memory = p.memory_share * k * 500.0 / (k - m) * (std::exp(-m * 21.0) - gone);
  CHECK(scalar(world, "memory") == doctest::Approx(memory).epsilon(1e-3));
}

TEST_CASE("constant antigen primes the stated number of cells a day and uses up the pool") {
  PeripheryParameters p = periphery_section().defaults();
  p.antigen_decay_per_d = 0.0;
  p.treg_source_per_kg_d = 0.0;
  p.delay_d = 1e6;  // keeps all that are primed in the chain
  World world = test::world_of(test::box(1, 1, 1, 1.0));
  Periphery process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  scalar(world, "response_gain") = 2.0;
  scalar(world, "node_antigen") = p.antigen_half_per_ml * scalar(world, "node_volume_ml");
  for (int step = 0; step < 24 * 20; ++step) {
    process.step(world, {.tick = step, .dt_d = hour, .threads = {1}});
  }
  const double rate = p.priming_per_d * 2.0 * 0.5;
  const double total = rate + p.naive_renewal_per_d;
  const double used = rate / total * (1.0 - std::exp(-total * 20.0));
  const auto shares = world.compartments()[world.compartments().find("naive_used")];
  CHECK(shares[0] == doctest::Approx(used).epsilon(1e-6));
  const double pool =
      p.naive_t_per_kg * 70.0 * p.cd8_share * p.direct_precursor_share * p.semi_direct_share;
  // What was primed is what was used and has not been renewed, plus what has been.
  const double primed =
      pool * rate * (20.0 - rate / total * (20.0 - (1.0 - std::exp(-total * 20.0)) / total));
  double in_chain = 0.0;
  for (const double stage : world.compartments()[world.compartments().find("priming_cd8")]) {
    in_chain += stage;
  }
  CHECK(in_chain == doctest::Approx(primed).epsilon(1e-3));
}
