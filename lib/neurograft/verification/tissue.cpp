#include <cmath>
#include <string>
#include <utility>

#include <neurograft/core/units.hpp>
#include <neurograft/model/tissue_law.hpp>
#include <neurograft/verification/tissue.hpp>

namespace neurograft::verification {
namespace {

/// Nothing happens unless a check asks for it.
TissueParameters still() {
  TissueParameters p = tissue_section().defaults();
  p.opc_growth_per_d = p.opc_rest_growth_per_d = p.opc_recruitment_per_d = 0.0;
  p.differentiation_per_d = p.vacancy_replacement_per_d = 0.0;
  p.white_turnover_per_y = 0.0;
  p.sheath_per_d = p.unsupported_decay_per_d = p.stripping_per_d = 0.0;
  p.bare_axon_loss_per_y = 0.0;
  p.activation_per_d = p.microglial_growth_per_d = 0.0;
  return p;
}

TissueVoxel run(const TissueLaw& law, TissueVoxel voxel, const TissueInput& input, double days,
                double dt) {
  const TissueReference reference = law.white();
  const int steps = static_cast<int>(std::lround(days / dt));
  for (int step = 0; step < steps; ++step) law.advance(voxel, input, reference, dt);
  return voxel;
}

Check turnover() {
  TissueParameters p = still();
  p.white_turnover_per_y = 1.0 / 300.0;
  const TissueLaw law(p);
  TissueVoxel voxel = TissueLaw::healthy(law.white());
  voxel.opc = 0.0;
  voxel = run(law, voxel, {}, 7305.0, 1.0);
  return relative("oligodendrocytes after 20 y at 1/300 per year, not replaced", "cell/mm3",
                  p.white_oligodendrocytes_per_mm3 * std::exp(-20.0 / 300.0),
                  voxel.oligodendrocytes, 1e-9, "second order in the step of a day");
}

void opc_growth(Checks& checks) {
  TissueParameters p = still();
  p.opc_growth_per_d = 0.4;
  p.opc_renewals = 1e9;
  const TissueLaw law(p);
  const TissueReference ref = law.white();
  TissueVoxel voxel = TissueLaw::healthy(ref);
  voxel.myelin_original = 0.0;
  voxel.oligodendrocytes = 0.0;
  const double stimulation = 1.0 / (1.0 + p.opc_stimulus_half) * p.opc_basal_stimulus;
  const double rate = p.opc_growth_per_d * stimulation;
  const double cap = (1.0 + (p.opc_density_cap - 1.0) * stimulation) * ref.opc;
  for (const int days : {2, 5, 12, 40}) {
    checks.push_back(
        relative("OPC in demyelinated tissue after " + std::to_string(days) + " d", "cell/mm3",
                 cap / (1.0 + (cap / ref.opc - 1.0) * std::exp(-rate * days)),
                 run(law, voxel, {}, days, 0.25).opc, 2e-4, "second order in steps of 6 h"));
  }
}

/// The midpoint rule gets an exponential decay wrong by (rate dt)^2 rate t / 6 of itself, to
/// leading order.
Check decay(std::string quantity, double start, double rate_per_d, double got) {
  constexpr double t = 30.0, dt = 0.25;
  const double leading = std::pow(rate_per_d * dt, 2) * rate_per_d * t / 6.0;
  return relative(std::move(quantity), "1", start * std::exp(-rate_per_d * t), got,
                  1.5 * leading + 1e-12,
                  "1.5 times the leading error of second order, steps of 6 h");
}

void decays(Checks& checks) {
  TissueParameters p = still();
  p.bare_axon_loss_per_y = 0.05;
  p.unsupported_decay_per_d = 0.009;
  const TissueLaw law(p);
  TissueVoxel bare = TissueLaw::healthy(law.white());
  bare.myelin_original = 0.0;
  bare.debris = 0.8;
  bare.barrier_leak = 0.5;
  bare = run(law, bare, {}, 30.0, 0.25);
  checks.push_back(decay("debris after 30 d", 0.8, p.clearance_per_d, bare.debris));
  checks.push_back(
      decay("bare axons after 30 d at 5 % a year", 1.0, 0.05 / units::days_per_year, bare.axon));
  checks.push_back(
      decay("barrier leak after 30 d", 0.5, 1.0 / p.leak_relaxation_d, bare.barrier_leak));
  TissueVoxel orphan = TissueLaw::healthy(law.white());
  orphan.oligodendrocytes = 0.0;
  orphan = run(law, orphan, {}, 30.0, 0.25);
  checks.push_back(decay("myelin without its cells after 30 d", 1.0, 0.009, orphan.myelin()));
}

void degeneration(Checks& checks) {
  const TissueLaw law(still());
  TissueInput input;
  input.degeneration_per_d = 0.01 / units::days_per_year;
  const TissueVoxel voxel = run(law, TissueLaw::healthy(law.white()), input, 3652.0, 1.0);
  checks.push_back(relative("axons after 10 y of degeneration at 1 % a year", "1",
                            std::exp(-input.degeneration_per_d * 3652.0), voxel.axon, 1e-8,
                            "second order in steps of a day"));
  checks.push_back(relative("myelin that goes with its axons", "1", voxel.axon, voxel.myelin(),
                            1e-12, "rounding"));
}

/// A demyelinated voxel under way: away from switches on and off the law is smooth.
Check order_in_time() {
  TissueParameters p = tissue_section().defaults();
  p.max_substep_d = 1.0;
  const TissueLaw law(p);
  const TissueReference ref = law.white();
  TissueVoxel start = TissueLaw::healthy(ref);
  start.myelin_original = 0.1;
  start.oligodendrocytes *= 0.3;
  start.debris = 0.3;
  start.inflammatory = ref.microglia;
  TissueInput input;
  input.inflammatory = 0.4;
  const auto at_day_4 = [&](double dt) {
    TissueVoxel voxel = start;
    MyelinLedger ledger;
    const int steps = static_cast<int>(std::lround(4.0 / dt));
    for (int step = 0; step < steps; ++step) law.midpoint(voxel, input, ref, dt, ledger);
    return voxel;
  };
  const TissueVoxel exact = at_day_4(1.0 / 512.0);
  const auto error = [&](double dt) {
    const TissueVoxel voxel = at_day_4(dt);
    return std::abs(voxel.debris - exact.debris) + std::abs(voxel.myelin() - exact.myelin()) +
           std::abs(voxel.opc - exact.opc) / ref.opc +
           std::abs(voxel.inflammatory - exact.inflammatory) / ref.microglia;
  };
  return observed_order("all tissue laws at once, 4 d: order in the step", 2.0, error(0.125),
                        error(0.0625), 2.0, 0.25);
}

}  // namespace

Checks tissue_checks(Threads) {
  Checks checks{turnover()};
  opc_growth(checks);
  decays(checks);
  degeneration(checks);
  checks.push_back(order_in_time());
  return checks;
}

}  // namespace neurograft::verification
