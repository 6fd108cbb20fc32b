#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/lifecycle.hpp>
#include <neurograft/verification/donor_cells.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

// The lifecycle of donor cells beside an exact stochastic simulation of the same rates (Gillespie's
// direct method): plain, slow, one population of a few cells at a time, in continuous time. Both
// give a distribution over many populations, and those are compared.

namespace {

constexpr std::size_t founders = 4;  // of each population
constexpr double days = 4.0;

struct Rates {
  double divide, rest, wake, baseline, ctl, nk;  // [1/d]; ctl and nk as a cell feels them
};
constexpr Rates rates{
    .divide = 0.45, .rest = 0.3, .wake = 0.2, .baseline = 0.1, .ctl = 0.15, .nk = 0.05};

/// What a population has come to.
struct Population {
  double active = founders, quiescent = 0.0, born = 0.0, baseline = 0.0, ctl = 0.0, nk = 0.0;
  double alive() const { return active + quiescent; }
};

Population gillespie(StreamEngine& draws) {
  Population p;
  double t = 0.0;
  while (p.alive() > 0.0) {
    const std::array<double, 6> propensity{rates.divide * p.active,  rates.rest * p.active,
                                           rates.wake * p.quiescent, rates.baseline * p.alive(),
                                           rates.ctl * p.alive(),    rates.nk * p.alive()};
    double total = 0.0;
    for (const double a : propensity) total += a;
    t += -std::log(math::uniform(draws())) / total;
    if (t > days) break;
    double pick = math::uniform(draws()) * total;
    std::size_t event = 0;
    while (event + 1 < propensity.size() && pick >= propensity[event]) pick -= propensity[event++];
    if (event == 0) {
      ++p.active;
      ++p.born;
    } else if (event == 1) {
      --p.active;
      ++p.quiescent;
    } else if (event == 2) {
      ++p.active;
      --p.quiescent;
    } else {
      const bool one_of_active = math::uniform(draws()) * p.alive() < p.active;
      --(one_of_active ? p.active : p.quiescent);
      ++(event == 3 ? p.baseline : event == 4 ? p.ctl : p.nk);
    }
  }
  return p;
}

/// Lays the same killing on every voxel in every step, as cytotoxicity does.
struct Killers final : Process {
  CauseHandle ctl, nk;
  std::string_view name() const noexcept override { return "killers"; }
  void bind(World& world, ReadoutTable&) override {
    ctl = world.hazards().declare("ctl", Susceptibility::hla1);
    nk = world.hazards().declare("nk", Susceptibility::missing_hla1);
  }
  void step(World& world, const StepContext& context) override {
    // Cells show half of their HLA-I, so each feels half of either.
    for (double& h : world.hazards().by_voxel(ctl)) h += 2.0 * rates.ctl * context.dt_d;
    for (double& h : world.hazards().by_voxel(nk)) h += 2.0 * rates.nk * context.dt_d;
  }
};

/// Many populations at once: the clones of a founder are followed, and founders are taken
/// `founders` at a time.
std::vector<Population> simulated(std::size_t populations, double step_h) {
  LifecycleParameters p = verification::eventless();
  p.doubling_time_d = std::log(2.0) / rates.divide;
  p.symmetric_share = 1.0;
  p.division_cap = 200;
  p.rest_per_d = rates.rest;
  p.wake_per_d = rates.wake;
  p.baseline_death_per_d = rates.baseline;
  World world = test::world_of(test::box(3, 3, 3, 1.0), 4711, step_h);
  test::add_donors(world, populations * founders, State::active, 1.5F, 1.5F, 1.5F);
  for (auto& hla1 : world.agents().hla1()) hla1 = static_cast<std::uint16_t>(0.5F * hla_scale);
  Simulation simulation(std::move(world), {2});
  simulation.add(std::make_unique<Killers>());
  simulation.add(std::make_unique<Lifecycle>(std::vector{p}));
  simulation.run_until(days);
  std::vector<Population> result(populations);
  for (Population& population : result) population.active = 0.0;
  const Agents& agents = simulation.world().agents();
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    Population& population = result[agents.clone()[slot] / founders];
    population.active += agents.state()[slot] == State::active;
    population.quiescent += agents.state()[slot] == State::quiescent;
  }
  const World& after = simulation.world();
  // Births and deaths are counted for all together.
  result.front().born = after.compartments().scalar(after.compartments().find("donor_born"));
  for (const auto& cause : after.hazards().causes()) {
    if (cause.name == "baseline") result.front().baseline = static_cast<double>(cause.taken);
    if (cause.name == "ctl") result.front().ctl = static_cast<double>(cause.taken);
    if (cause.name == "nk") result.front().nk = static_cast<double>(cause.taken);
  }
  return result;
}

struct Moments {
  double n = 0.0, mean = 0.0, variance = 0.0, fourth = 0.0;
};

template <class Value>
Moments moments(const std::vector<Population>& populations, Value&& value) {
  Moments m;
  m.n = static_cast<double>(populations.size());
  for (const Population& p : populations) m.mean += value(p) / m.n;
  for (const Population& p : populations) {
    const double d = value(p) - m.mean;
    m.variance += d * d / m.n;
    m.fourth += d * d * d * d / m.n;
  }
  return m;
}

/// Difference of two means in standard deviations of both, but for `bias` that is allowed besides.
double sigmas_of_mean(const Moments& a, const Moments& b, double bias) {
  const double deviation = std::sqrt(a.variance / a.n + b.variance / b.n);
  return std::max(0.0, std::abs(a.mean - b.mean) - bias) / deviation;
}

double sigmas_of_variance(const Moments& a, const Moments& b, double bias) {
  const double deviation = std::sqrt((a.fourth - a.variance * a.variance) / a.n +
                                     (b.fourth - b.variance * b.variance) / b.n);
  return std::max(0.0, std::abs(a.variance - b.variance) - bias) / deviation;
}

}  // namespace

TEST_CASE("small populations are distributed as by Gillespie's exact simulation") {
  constexpr std::size_t populations = 20000;
  std::vector<Population> exact;
  for (std::uint32_t n = 0; n < populations; ++n) {
    StreamEngine draws = Stream(8, StreamCode::run_setup, 3).engine(n);
    exact.push_back(gillespie(draws));
  }
  // Steps of a quarter of an hour: a cell has one event a step, a daughter none in her first, which
  // costs about divide dt of the births.
  constexpr double step_h = 0.25;
  constexpr double short_of = rates.divide * step_h / 24.0;
  const auto seen = simulated(populations, step_h);

  const auto compare = [&](const char* what, auto&& value) {
    const Moments a = moments(exact, value);
    const Moments b = moments(seen, value);
    INFO(std::string(what) << ": exact mean " << a.mean << ", variance " << a.variance << "; seen "
                           << b.mean << ", " << b.variance);
    CHECK(sigmas_of_mean(a, b, short_of * a.mean) < 5.0);
    CHECK(sigmas_of_variance(a, b, 4.0 * short_of * a.variance) < 5.0);
  };
  compare("alive", [](const Population& p) { return p.alive(); });
  compare("active", [](const Population& p) { return p.active; });
  compare("quiescent", [](const Population& p) { return p.quiescent; });
  compare("extinct", [](const Population& p) { return p.alive() == 0.0 ? 1.0 : 0.0; });
  compare("one cell", [](const Population& p) { return p.alive() == 1.0 ? 1.0 : 0.0; });
  compare("ten cells or more", [](const Population& p) { return p.alive() >= 10.0 ? 1.0 : 0.0; });

  const auto totals = [&](const char* what, double Population::*member) {
    const Moments a = moments(exact, [&](const Population& p) { return p.*member; });
    const double total = seen.front().*member;
    // Both totals scatter alike.
    const double deviation = std::sqrt(2.0 * a.variance * a.n);
    INFO(std::string(what) << ": exact " << a.mean * a.n << ", seen " << total);
    CHECK(std::abs(a.mean * a.n - total) < 5.0 * deviation + short_of * a.mean * a.n);
  };
  totals("born", &Population::born);
  totals("died by themselves", &Population::baseline);
  totals("killed by T cells", &Population::ctl);
  totals("killed by NK cells", &Population::nk);
}
