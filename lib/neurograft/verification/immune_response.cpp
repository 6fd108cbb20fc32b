#include <cmath>
#include <string>

#include <neurograft/model/antigenicity.hpp>
#include <neurograft/model/infiltration.hpp>
#include <neurograft/model/periphery.hpp>
#include <neurograft/verification/immune_response.hpp>
#include <neurograft/verification/small_worlds.hpp>

namespace neurograft::verification {
namespace {

constexpr double hour = 1.0 / 24.0;

World one_voxel() {
  return world_of(box(1, 1, 1, 1.0));
}

double& scalar(World& world, std::string_view name) {
  return world.compartments().scalar(world.compartments().find(name));
}

/// Moments of the times of arrival, from the share that has not left yet: the mean is its integral,
/// the second moment twice the integral of t times it.
void delay_chain(Checks& checks, Threads threads) {
  PeripheryParameters p = periphery_section().defaults();
  p.effector_death_per_d = 0.0;
  p.helpless_burst = 1.0;
  World world = one_voxel();
  Periphery process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  constexpr double primed = 10.0;
  world.compartments()[world.compartments().find("priming_cd8")][0] = primed;
  double mean = 0.0, second = 0.0, before = 1.0;
  for (int step = 0; step < 24 * 60; ++step) {
    process.step(world, {.tick = step, .dt_d = hour, .threads = threads});
    const double left = 1.0 - scalar(world, "effector_cd8") / (primed * p.cd8_burst);
    mean += 0.5 * (before + left) * hour;
    second += (step + 0.5) * hour * (before + left) * hour;
    before = left;
  }
  const char* const why = "hourly trapezoids";
  checks.push_back(relative("delay chain: mean time", "d", p.delay_d, mean, 1e-6, why));
  checks.push_back(relative("delay chain: variance of the time", "d2", p.delay_d * p.delay_d / 4.0,
                            second - mean * mean, 1e-3, why));
  checks.push_back(relative("delay chain: effectors in the end", "cell", primed * p.cd8_burst,
                            scalar(world, "effector_cd8"), 1e-5, "the few still on their way"));
}

void decays(Checks& checks, Threads threads) {
  const PeripheryParameters p = periphery_section().defaults();
  World world = one_voxel();
  Periphery process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  scalar(world, "mismatch") = 0.0;
  scalar(world, "node_antigen") = 1e3;
  scalar(world, "effector_cd8") = 500.0;
  scalar(world, "antibody") = 4.0;
  constexpr double days = 21.0;
  process.step(world, {.tick = 0, .dt_d = days, .threads = threads});
  const double k = p.effector_death_per_d;
  const double m = p.memory_death_per_d;
  const double gone = std::exp(-k * days);
  const char* const why = "its own steps within one of 21 d";
  checks.push_back(relative("antigen in nodes after 21 d", "cell",
                            1e3 * std::exp(-p.antigen_decay_per_d * days),
                            scalar(world, "node_antigen"), 1e-6, why));
  checks.push_back(relative("effectors after 21 d", "cell", 500.0 * gone,
                            scalar(world, "effector_cd8"), 1e-6, why));
  checks.push_back(relative("antibody after 21 d", "1",
                            4.0 * std::exp2(-days / p.antibody_half_life_d),
                            scalar(world, "antibody"), 1e-6, why));
  // A share of every effector that died, less its own loss.
  checks.push_back(relative("memory that effectors leave in 21 d", "cell",
                            p.memory_share * k * 500.0 / (k - m) * (std::exp(-m * days) - gone),
                            scalar(world, "memory"), 1e-6, why));
}

void priming(Checks& checks, Threads threads) {
  PeripheryParameters p = periphery_section().defaults();
  p.antigen_decay_per_d = 0.0;
  p.treg_source_per_kg_d = 0.0;
  p.delay_d = 1e6;  // keeps all that are primed in the chain
  World world = one_voxel();
  Periphery process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  constexpr double gain = 2.0, days = 20.0;
  scalar(world, "response_gain") = gain;
  scalar(world, "node_antigen") = p.antigen_half_per_ml * scalar(world, "node_volume_ml");
  for (int step = 0; step < 24 * 20; ++step) {
    process.step(world, {.tick = step, .dt_d = hour, .threads = threads});
  }
  const double rate = p.priming_per_d * gain * 0.5;
  const double total = rate + p.naive_renewal_per_d;
  const double approach = 1.0 - std::exp(-total * days);
  const auto shares = world.compartments()[world.compartments().find("naive_used")];
  checks.push_back(relative("share of naive CD8 used by constant antigen in 20 d", "1",
                            rate / total * approach, shares[0], 1e-6, "hourly steps"));
  const double pool = p.naive_t_per_kg * scalar(world, "body_mass_kg") * p.cd8_share *
                      p.direct_precursor_share * p.semi_direct_share;
  double in_chain = 0.0;
  for (const double stage : world.compartments()[world.compartments().find("priming_cd8")]) {
    in_chain += stage;
  }
  checks.push_back(relative("CD8 primed by then", "cell",
                            pool * rate * (days - rate / total * (days - approach / total)),
                            in_chain, 1e-6, "hourly steps"));
}

/// Blood that empties into brain at R, cells that die there at d.
void entry(Checks& checks, Threads threads) {
  InfiltrationParameters p = infiltration_section().defaults();
  p.resident_share = 0.0;
  World world = world_of(box(5, 5, 5, 1.0), 11);
  Infiltration process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  constexpr double level = 2.0, mass_kg = 0.025, start = 50000.0;
  scalar(world, "body_mass_kg") = mass_kg;
  for (double& c : world.fields()[world.fields().find("chemoattractant")]) c = level;
  scalar(world, "effector_cd8") = start;
  const double weight =
      125.0 * (p.chemoattractant_weight * level + p.surveillance_weight) / mass_kg;
  const double rate = p.entry_max_per_d * weight / (weight + p.entry_half_mm3_per_kg);
  const double d = p.death_per_d;
  for (Tick tick = 0; tick <= 24 * 4; ++tick) {
    world.set_tick(tick);
    world.commit(threads, 24);
    if (tick % 48 == 0 && tick > 0) {
      const double t = static_cast<double>(tick) / 24.0;
      const double expected = start * rate / (d - rate) * (std::exp(-rate * t) - std::exp(-d * t));
      // Entry and death are half a step apart.
      const double deviation = std::sqrt(expected) + expected * (rate + d) / 48.0 / 5.0;
      checks.push_back(by_chance("T cells in brain after " + std::to_string(tick / 24) + " d",
                                 "cell", expected,
                                 static_cast<double>(world.agents().count(Kind::cd8)), deviation,
                                 "of a Poisson count, and a fifth of what half a step changes"));
    }
    process.step(world, {.tick = tick, .dt_d = hour, .seed = world.seed(), .threads = threads});
  }
}

void hla(Checks& checks, Threads threads) {
  const AntigenicityParameters p = antigenicity_section().defaults();
  constexpr double start = 0.1, days = 5.0;
  const double target =
      p.hla1_resting + (p.hla1_max - p.hla1_resting) / (1.0 + p.hla1_inflammation_half);
  for (const int per_day : {1, 24}) {
    World world = one_voxel();
    add_donors(world, 1, State::active, 0.5F, 0.5F, 0.5F);
    Antigenicity process(p);
    ReadoutTable readouts;
    process.bind(world, readouts);
    world.fields()[FieldState::bind(world).inflammatory][0] = 1.0;
    world.agents().hla1()[0] = hla_fixed_point(start);
    for (int step = 0; step < 5 * per_day; ++step) {
      process.step(world, {.dt_d = 1.0 / per_day, .threads = threads});
    }
    // Half a unit a step, which is itself forgotten at the rate of the relaxation.
    const double units = 0.5 / (1.0 - std::exp(-p.hla1_rate_per_d / per_day)) + 1.0;
    checks.push_back(absolute("HLA-I after 5 d of inflammation, " + std::to_string(per_day) +
                                  (per_day == 1 ? " step a day" : " steps a day"),
                              "1", target + (start - target) * std::exp(-p.hla1_rate_per_d * days),
                              world.agents().hla1()[0] / double{hla_scale}, units / hla_scale,
                              "rounding to a unit of 1 / 65535 each step"));
  }
}

}  // namespace

Checks immune_response_checks(Threads threads) {
  Checks checks;
  delay_chain(checks, threads);
  decays(checks, threads);
  priming(checks, threads);
  entry(checks, threads);
  hla(checks, threads);
  return checks;
}

}  // namespace neurograft::verification
