#include <cmath>
#include <memory>
#include <vector>

#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/csf_transport.hpp>
#include <neurograft/model/lifecycle.hpp>
#include <neurograft/verification/donor_cells.hpp>
#include <neurograft/verification/small_worlds.hpp>

namespace neurograft::verification {
namespace {

Simulation with_lifecycle(World world, const LifecycleParameters& p, Threads threads) {
  Simulation simulation(std::move(world), threads);
  simulation.add(std::make_unique<Lifecycle>(std::vector{p}));
  return simulation;
}

World tissue_cells(std::size_t count, State state, double step_h = 1.0) {
  World world = world_of(box(4, 4, 4, 1.0), 21, step_h);
  add_donors(world, count, state, 1.5F, 1.5F, 1.5F);
  return world;
}

double taken(const World& world, std::string_view name) {
  for (const auto& cause : world.hazards().causes()) {
    if (cause.name == name) return static_cast<double>(cause.taken);
  }
  return 0.0;
}

double alive(const Simulation& simulation) {
  return static_cast<double>(simulation.world().agents().count(donor));
}

void survival(Checks& checks, Threads threads) {
  constexpr std::size_t cells = 20000;
  for (const int step_h : {1, 6, 24}) {
    LifecycleParameters p = eventless();
    p.baseline_death_per_d = 0.2;
    Simulation s = with_lifecycle(tissue_cells(cells, State::quiescent, step_h), p, threads);
    s.run_until(5.0);
    checks.push_back(share_by_chance(
        "alive after 5 d at 0.2 deaths a day, steps of " + std::to_string(step_h) + " h",
        std::exp(-1.0), alive(s), cells));
  }
  LifecycleParameters p = eventless();
  p.early_death_per_d = 0.69;
  p.early_decay_d = 2.5;
  Simulation s = with_lifecycle(tissue_cells(cells, State::quiescent), p, threads);
  s.run_until(7.0);
  checks.push_back(share_by_chance("alive after 7 d of early death",
                                   std::exp(0.69 * 2.5 * std::expm1(-7.0 / 2.5)), alive(s), cells));
}

/// Hazards laid once on a voxel, two of them scaled by the HLA-I of the cells, which is a half.
void competing_risks(Checks& checks, Threads threads) {
  constexpr std::size_t cells = 40000;
  World world = tissue_cells(cells, State::quiescent);
  for (auto& hla1 : world.agents().hla1()) hla1 = static_cast<std::uint16_t>(hla_scale * 0.5F);
  const CauseHandle ctl = world.hazards().declare("ctl", Susceptibility::hla1);
  const CauseHandle nk = world.hazards().declare("nk", Susceptibility::missing_hla1);
  const CauseHandle antibody = world.hazards().declare("antibody");
  for (double& h : world.hazards().by_voxel(ctl)) h = 0.8;
  for (double& h : world.hazards().by_voxel(nk)) h = 0.4;
  for (double& h : world.hazards().by_voxel(antibody)) h = 0.1;
  Simulation s = with_lifecycle(std::move(world), eventless(), threads);
  s.run_until(1.0);
  const double total = 0.4 + 0.2 + 0.1;
  const double dying = -std::expm1(-total);
  const auto share = [&](const char* cause, double hazard) {
    checks.push_back(share_by_chance(std::string("competing risks: taken by ") + cause,
                                     dying * hazard / total, taken(s.world(), cause), cells));
  };
  share("ctl", 0.4);
  share("nk", 0.2);
  share("antibody", 0.1);
}

void rest_and_waking(Checks& checks, Threads threads) {
  constexpr std::size_t cells = 20000;
  LifecycleParameters p = eventless();
  p.rest_per_d = 0.6;
  p.wake_per_d = 0.2;
  Simulation s = with_lifecycle(tissue_cells(cells, State::active), p, threads);
  s.run_until(40.0);
  checks.push_back(share_by_chance("at rest, rates 0.6 and 0.2 a day", 0.75,
                                   static_cast<double>(s.world().agents().count(State::quiescent)),
                                   cells));
}

/// Founders followed as clones over 5 d. A cell has one event a step at most and a daughter none in
/// the step of her birth, so the mean falls short by about b (b - d) dt t: 0.3 % with these steps.
void birth_and_death(Checks& checks, Threads threads) {
  constexpr std::size_t founders = 8000;
  const double b = 0.3, d = 0.1, t = 5.0;
  LifecycleParameters p = eventless();
  p.symmetric_share = 1.0;
  p.doubling_time_d = std::log(2.0) / b;
  p.division_cap = 60;
  p.baseline_death_per_d = d;
  Simulation s = with_lifecycle(tissue_cells(founders, State::active, 0.25), p, threads);
  s.run_until(t);
  std::vector<double> clone(founders);
  const Agents& agents = s.world().agents();
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    if (agents.state()[slot] != State::dead) clone[agents.clone()[slot]] += 1.0;
  }
  double sum = 0.0, squares = 0.0, extinct = 0.0;
  for (const double n : clone) {
    sum += n;
    squares += n * n;
    extinct += n == 0.0;
  }
  const double n = founders;
  const double e = std::exp((b - d) * t);
  const double variance = (b + d) / (b - d) * e * (e - 1.0);
  const double mean = sum / n;
  checks.push_back(by_chance("cells per clone after 5 d, births 0.3 and deaths 0.1 a day", "cell",
                             e, mean, std::sqrt(variance / n),
                             "of a mean of clones, by the closed variance"));
  // The law is close to geometric, whose fourth moment is 9 times the squared variance.
  checks.push_back(by_chance("variance of clones", "cell2", variance, squares / n - mean * mean,
                             std::sqrt(8.0 / n) * variance,
                             "of a variance, fourth moment as of a geometric law"));
  checks.push_back(
      share_by_chance("clones that died out", d * (e - 1.0) / (b * e - d), extinct, n));
}

void attachment(Checks& checks, Threads threads) {
  constexpr std::size_t cells = 40000;
  const CsfTransportParameters p = csf_transport_section().defaults();
  for (const int step_h : {1, 6}) {
    World world = world_of(box_with_ventricle(8, 20, 20, 1.0, 4), 31, step_h);
    add_donors(world, cells, State::suspended, 1.5F, 1.5F, 1.5F);
    Simulation s(std::move(world), threads);
    s.add(std::make_unique<CsfTransport>(p));
    s.add(std::make_unique<Lifecycle>(std::vector{eventless()}));
    s.run_until(10.0);
    const double total = p.attach_per_d + p.washout_per_d + p.death_per_d;
    const std::string steps = ", steps of " + std::to_string(step_h) + " h";
    const auto attached = static_cast<double>(s.world().agents().count(State::attached));
    checks.push_back(share_by_chance("suspended cells that attach" + steps, p.attach_per_d / total,
                                     attached, cells));
    checks.push_back(share_by_chance("suspended cells that wash out" + steps,
                                     p.washout_per_d / total, taken(s.world(), "washout"), cells));
  }
}

}  // namespace

LifecycleParameters eventless() {
  LifecycleParameters p = lifecycle_section().defaults();
  p.early_death_per_d = 0.0;
  p.baseline_death_per_d = 0.0;
  p.rest_per_d = 0.0;
  p.wake_per_d = 0.0;
  p.doubling_time_d = 1e30;
  p.commit_per_d = 0.0;
  p.early_density_per_mm3 = 1e30;
  p.crowding_per_mm3 = 1e30;
  return p;
}

Checks donor_cell_checks(Threads threads) {
  Checks checks;
  survival(checks, threads);
  competing_risks(checks, threads);
  rest_and_waking(checks, threads);
  birth_and_death(checks, threads);
  attachment(checks, threads);
  return checks;
}

}  // namespace neurograft::verification
