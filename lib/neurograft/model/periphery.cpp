#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/model/periphery.hpp>

namespace neurograft {
namespace {

// Places in the vector that the equations are solved for.
enum Place : std::size_t {
  antigen = 0,
  chain_cd8 = 1,
  chain_cd4 = chain_cd8 + priming_stages,
  used_cd8 = chain_cd4 + priming_stages,
  used_cd4,
  effector_cd8,
  effector_cd4,
  memory,
  treg,
  nk,
  germinal,
  antibody,
  places
};
using Vector = std::array<double, places>;

constexpr double natural_log_2 = 0.69314718055994531;
constexpr double steps_per_day = 24.0;
// Of the response; all settings together come to a thousandth of it.
constexpr double too_fast_per_d = 1e9;
// All lymphocytes of a body, some 5e11 in an adult: no clone outgrows them.
constexpr double most_per_kg = ranges::per_kg.highest;

// The right-hand side; everything that is constant over a step of the simulation.
class Response {
 public:
  PeripheryParameters p;
  double mass_kg = 70.0;
  double node_volume_ml = 5.0;
  double gain = 1.0;           // of the individual, times mismatch
  double antigen_per_d = 0.0;  // input
  double donor_signal = 0.0;   // live donor cells as a source of regulation, in [0, 1]
  double allowed_priming = 1.0;
  double allowed_expansion = 1.0;

  double help(double cd4) const noexcept {
    const double per_kg = std::max(0.0, cd4) / mass_kg;
    return per_kg / (per_kg + p.help_half_per_kg);
  }

  Vector derivative(const Vector& y) const noexcept {
    Vector d{};
    const double level = y[antigen] / node_volume_ml;
    const double stimulus = math::hill(level, p.antigen_half_per_ml, p.priming_exponent);
    const double regulated = p.treg_half_per_kg / (p.treg_half_per_kg + y[treg] / mass_kg);
    const double priming = p.priming_per_d * gain * stimulus * allowed_priming * regulated;
    d[antigen] = antigen_per_d - p.antigen_decay_per_d * y[antigen];

    const double out_cd8 = prime(y, d, chain_cd8, used_cd8, priming, naive_cd8());
    const double out_cd4 = prime(y, d, chain_cd4, used_cd4, priming, naive_cd4());
    const double recall = p.recall_per_d *
                          math::hill(level, p.recall_antigen_half_per_ml, p.priming_exponent) *
                          allowed_priming * y[memory];
    const double helped = p.helpless_burst + (1.0 - p.helpless_burst) * help(y[effector_cd4]);
    d[effector_cd8] =
        (out_cd8 * p.cd8_burst + recall * p.recall_burst) * allowed_expansion * helped -
        p.effector_death_per_d * y[effector_cd8];
    d[effector_cd4] =
        out_cd4 * p.cd4_burst * allowed_expansion - p.effector_death_per_d * y[effector_cd4];
    d[memory] = p.memory_share * p.effector_death_per_d * y[effector_cd8] -
                p.memory_death_per_d * y[memory];

    d[treg] = p.treg_source_per_kg_d * mass_kg * gain * stimulus *
                  (1.0 + p.treg_donor_gain * donor_signal) -
              p.treg_death_per_d * y[treg];
    const double licensed = p.nk_basal_share + (1.0 - p.nk_basal_share) * help(y[effector_cd4]);
    d[nk] = p.nk_renewal_per_d * (p.nk_per_kg * mass_kg * licensed - y[nk]);
    const double cd4_level = y[effector_cd4] / mass_kg / p.help_half_per_kg;
    d[germinal] = (cd4_level - y[germinal]) / p.germinal_delay_d;
    d[antibody] =
        p.antibody_per_d * y[germinal] - natural_log_2 / p.antibody_half_life_d * y[antibody];
    return d;
  }

  // At which anything approaches its balance; steps no longer than its inverse are stable.
  double fastest_per_d() const noexcept {
    return std::max({p.antigen_decay_per_d, p.priming_per_d * gain + p.naive_renewal_per_d,
                     static_cast<double>(priming_stages) / p.delay_d, p.effector_death_per_d,
                     p.memory_death_per_d, p.treg_death_per_d, p.nk_renewal_per_d,
                     1.0 / p.germinal_delay_d, natural_log_2 / p.antibody_half_life_d});
  }

 private:
  double naive_cd8() const noexcept {
    return p.naive_t_per_kg * mass_kg * p.cd8_share * p.direct_precursor_share *
           p.semi_direct_share;
  }
  double naive_cd4() const noexcept {
    return p.naive_t_per_kg * mass_kg * p.cd4_share * p.indirect_precursor_share *
           p.indirect_responding_share;
  }

  // Fills the derivatives of one kind's pool and delay chain; returns the outflow [cell/d].
  double prime(const Vector& y, Vector& d, std::size_t chain, std::size_t used, double rate,
               double naive) const noexcept {
    const double share = rate * (1.0 - y[used]);
    const double leave = static_cast<double>(priming_stages) / p.delay_d;
    d[used] = share - p.naive_renewal_per_d * y[used];
    double inflow = share * naive;
    for (std::size_t stage = chain; stage < chain + priming_stages; ++stage) {
      const double outflow = leave * y[stage];
      d[stage] = inflow - outflow;
      inflow = outflow;
    }
    return inflow;
  }
};

Vector moved(const Vector& y, const Vector& slope, double dt) noexcept {
  Vector result;
  for (std::size_t i = 0; i < places; ++i) result[i] = y[i] + dt * slope[i];
  return result;
}

void advance(const Response& response, Vector& y, double dt) noexcept {
  const Vector k1 = response.derivative(y);
  const Vector k2 = response.derivative(moved(y, k1, dt / 2.0));
  const Vector k3 = response.derivative(moved(y, k2, dt / 2.0));
  const Vector k4 = response.derivative(moved(y, k3, dt));
  for (std::size_t i = 0; i < places; ++i) {
    y[i] += dt / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
    // Rounding alone can bring an empty compartment below zero; not std::max, which hides a NaN.
    if (y[i] < 0.0) y[i] = 0.0;
  }
  for (const std::size_t cells : {effector_cd8, effector_cd4, memory, treg, nk}) {
    if (y[cells] > most_per_kg * response.mass_kg) y[cells] = most_per_kg * response.mass_kg;
  }
}

double whole_number_sum(Threads threads, std::span<const double> values) {
  return blocked_sum(threads, values.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
    double sum = 0.0;
    for (std::size_t i = begin; i < end; ++i) sum += values[i];
    return sum;
  });
}

const char* name_of(std::size_t place) {
  switch (place) {
    case antigen:
      return "node_antigen";
    case used_cd8:
    case used_cd4:
      return "T cells drawn from the naive pool";
    case effector_cd8:
      return "effector_cd8";
    case effector_cd4:
      return "effector_cd4";
    case memory:
      return "memory";
    case treg:
      return "treg";
    case nk:
      return "nk";
    case germinal:
      return "germinal centres";
    case antibody:
      return "antibody";
    default:
      return "T cells being primed";
  }
}

void check_finite(const Vector& y, Tick tick) {
  for (std::size_t place = 0; place < places; ++place) {
    if (std::isfinite(y[place])) continue;
    throw NumericalError("periphery", name_of(place), -1, tick, "is " + shown(y[place]));
  }
}

}  // namespace

void Periphery::bind(World& world, ReadoutTable& readouts) {
  effectors_ = EffectorState::bind(world);
  drugs_ = DrugEffects::bind(world);
  host_ = HostState::bind(world);
  graft_ = GraftState::bind(world);
  NamedArrays& compartments = world.compartments();
  const auto share = [&](const char* key, const char* unit, const char* long_name,
                         std::size_t size) {
    if (compartments.contains(key)) return compartments.find(key);
    return compartments.add(key, unit, long_name, size);
  };
  antigen_ = share("node_antigen", "cell", "donor antigen in the nodes, in cell-equivalents", 1);
  sensitising_ = share("sensitising_antigen", "cell",
                       "donor antigen given outside the brain, not yet in the nodes", 1);
  lost_ = share("alloresponse_lost", "1",
                "share of the alloresponse that a new donor does not meet", 1);
  chain_cd8_ =
      share("priming_cd8", "cell", "primed CD8 in each stage of the delay", priming_stages);
  chain_cd4_ =
      share("priming_cd4", "cell", "primed CD4 in each stage of the delay", priming_stages);
  used_ = share("naive_used", "1", "share of the naive CD8 and CD4 precursors used up", 2);
  germinal_ = share("germinal", "1", "germinal centre response, in units of half help", 1);
  deaths_seen_ = share("antigen_deaths_seen", "cell",
                       "donor deaths in tissue and in all that antigen has been taken from", 2);
  declare_readouts(readouts);
}

void Periphery::declare_readouts(ReadoutTable& readouts) const {
  const auto scalar = [&](const char* key, const char* unit, const char* long_name, auto value) {
    readouts.add({key, unit, long_name, {}},
                 [value](const World& world, Threads, std::span<double> out) {
                   out[0] = value(world.compartments());
                 });
  };
  using Arrays = const NamedArrays&;
  scalar("effectors", "cell", "alloreactive effector T cells in blood", [e = effectors_](Arrays c) {
    return c.scalar(e.effector_cd8) + c.scalar(e.effector_cd4);
  });
  scalar("memory", "cell", "alloreactive memory T cells",
         [h = effectors_.memory](Arrays c) { return c.scalar(h); });
  scalar("antibody", "1", "donor-specific antibody, of the positive threshold",
         [h = effectors_.antibody](Arrays c) { return c.scalar(h); });
  scalar("sensitised", "1", "1 while antibody is at or above the positive threshold",
         [h = effectors_.antibody](Arrays c) { return c.scalar(h) >= 1.0 ? 1.0 : 0.0; });
  scalar("node_antigen", "cell/mL", "donor antigen in the nodes",
         [a = antigen_, v = host_.node_volume_ml](Arrays c) { return c.scalar(a) / c.scalar(v); });
  scalar("cd4_help", "1", "CD4 help", [h = effectors_.help](Arrays c) { return c.scalar(h); });
  scalar("regulatory_t_cells", "cell", "donor-specific regulatory T cells in blood",
         [h = effectors_.treg](Arrays c) { return c.scalar(h); });
}

Periphery::Donors Periphery::take_donors(World& world, Threads threads) const {
  const auto in_tissue = whole_number_sum(threads, world.tissue()[graft_.deaths_in_tissue]);
  double all = 0.0;
  for (const Hazards::Cause& cause : world.hazards().causes()) {
    if (cause.deadly) all += static_cast<double>(cause.taken);
  }
  const std::span<double> seen = world.compartments()[deaths_seen_];
  Donors donors;
  donors.deaths_in_tissue = in_tissue - seen[0];
  donors.deaths_in_csf = std::max(0.0, (all - seen[1]) - donors.deaths_in_tissue);
  seen[0] = in_tissue;
  seen[1] = all;

  const auto attached = world.occupancy().of(Crowd::donor_attached);
  const auto tissue = world.occupancy().of(Crowd::donor_tissue);
  donors.alive_in_tissue =
      blocked_sum(threads, attached.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
        std::uint64_t count = 0;
        for (std::size_t v = begin; v < end; ++v) count += attached[v] + tissue[v];
        return static_cast<double>(count);
      });
  return donors;
}

void Periphery::step(World& world, const StepContext& context) {
  const Donors donors = take_donors(world, context.threads);
  NamedArrays& c = world.compartments();
  const PeripheryParameters& p = parameters_;

  Response response;
  response.p = p;
  response.mass_kg = c.scalar(host_.body_mass_kg);
  response.node_volume_ml = c.scalar(host_.node_volume_ml);
  response.gain = c.scalar(host_.response_gain) * c.scalar(host_.mismatch);
  response.antigen_per_d =
      (donors.deaths_in_tissue + p.csf_antigen_share * donors.deaths_in_csf) / context.dt_d +
      p.shedding_per_d * donors.alive_in_tissue;
  response.donor_signal = donors.alive_in_tissue /
                          (donors.alive_in_tissue + p.treg_donor_half_per_kg * response.mass_kg);
  response.allowed_priming = 1.0 - c.scalar(drugs_.priming);
  response.allowed_expansion = 1.0 - c.scalar(drugs_.expansion);

  Vector y{};
  // The order of places in the vector, so that loading and storing cannot disagree.
  const auto exchange = [&](auto&& move) {
    move(y[antigen], c.scalar(antigen_));
    for (std::size_t stage = 0; stage < priming_stages; ++stage) {
      move(y[chain_cd8 + stage], c[chain_cd8_][stage]);
      move(y[chain_cd4 + stage], c[chain_cd4_][stage]);
    }
    move(y[used_cd8], c[used_][0]);
    move(y[used_cd4], c[used_][1]);
    move(y[effector_cd8], c.scalar(effectors_.effector_cd8));
    move(y[effector_cd4], c.scalar(effectors_.effector_cd4));
    move(y[memory], c.scalar(effectors_.memory));
    move(y[treg], c.scalar(effectors_.treg));
    move(y[nk], c.scalar(effectors_.nk));
    move(y[germinal], c.scalar(germinal_));
    move(y[antibody], c.scalar(effectors_.antibody));
  };
  exchange([](double& place, double& stored) { place = stored; });
  if (double& lost = c.scalar(lost_); lost > 0.0) {
    for (std::size_t place = 0; place < places; ++place) {
      if (place != nk) y[place] *= 1.0 - lost;
    }
    lost = 0.0;
  }
  y[antigen] += c.scalar(sensitising_);
  c.scalar(sensitising_) = 0.0;

  const double per_day = std::max(steps_per_day, response.fastest_per_d());
  if (!(per_day < too_fast_per_d)) {  // not of a config: of a checkpoint that was tampered with
    throw NumericalError("periphery", "response_gain", -1, context.tick,
                         "is " + shown(response.gain) + ": too fast to be followed");
  }
  const double steps = std::max(1.0, std::ceil(context.dt_d * per_day - 1e-9));
  for (double step = 0.0; step < steps; step += 1.0) {
    advance(response, y, context.dt_d / steps);
  }
  check_finite(y, context.tick);
  exchange([](double& place, double& stored) { stored = place; });
  c.scalar(effectors_.help) = response.help(y[effector_cd4]);
}

}  // namespace neurograft
