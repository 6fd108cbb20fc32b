#include <cmath>

#include <neurograft/core/units.hpp>
#include <neurograft/model/tissue_law.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

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

void run(const TissueLaw& law, TissueVoxel& voxel, const TissueInput& input, double days,
         double dt) {
  const TissueReference reference = law.white();
  const int steps = static_cast<int>(std::lround(days / dt));
  for (int step = 0; step < steps; ++step) law.advance(voxel, input, reference, dt);
}

}  // namespace

TEST_CASE("oligodendrocytes that are not replaced decay with the turnover rate") {
  TissueParameters p = still();
  p.white_turnover_per_y = 1.0 / 300.0;
  const TissueLaw law(p);
  TissueVoxel voxel = TissueLaw::healthy(law.white());
  voxel.opc = 0.0;
  run(law, voxel, {}, 7305.0, 1.0);
  const double expected = p.white_oligodendrocytes_per_mm3 * std::exp(-20.0 / 300.0);
  CHECK(voxel.oligodendrocytes == doctest::Approx(expected).epsilon(1e-9));
}

TEST_CASE("OPC grow logistically under constant stimulation") {
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
  for (const double days : {2.0, 5.0, 12.0, 40.0}) {
    TissueVoxel grown = voxel;
    run(law, grown, {}, days, 0.25);
    const double expected = cap / (1.0 + (cap / ref.opc - 1.0) * std::exp(-rate * days));
    CAPTURE(days);
    CHECK(grown.opc == doctest::Approx(expected).epsilon(2e-4));
  }
}

TEST_CASE("debris, bare axons, unsupported myelin and a leaky barrier decay exponentially") {
  TissueParameters p = still();
  p.bare_axon_loss_per_y = 0.05;
  p.unsupported_decay_per_d = 0.009;
  const TissueLaw law(p);
  TissueVoxel bare = TissueLaw::healthy(law.white());
  bare.myelin_original = 0.0;
  bare.debris = 0.8;
  bare.barrier_leak = 0.5;
  run(law, bare, {}, 30.0, 0.25);
  CHECK(bare.debris == doctest::Approx(0.8 * std::exp(-0.05 * 30.0)).epsilon(1e-4));
  CHECK(bare.axon == doctest::Approx(std::exp(-0.05 * 30.0 / units::days_per_year)).epsilon(1e-9));
  CHECK(bare.barrier_leak ==
        doctest::Approx(0.5 * std::exp(-30.0 / p.leak_relaxation_d)).epsilon(1e-4));

  TissueVoxel orphan = TissueLaw::healthy(law.white());
  orphan.oligodendrocytes = 0.0;
  run(law, orphan, {}, 30.0, 0.25);
  CHECK(orphan.myelin() == doctest::Approx(std::exp(-0.009 * 30.0)).epsilon(1e-6));
}

TEST_CASE("imposed degeneration is exponential and takes myelin with the axon") {
  const TissueLaw law(still());
  TissueVoxel voxel = TissueLaw::healthy(law.white());
  TissueInput input;
  input.degeneration_per_d = 0.01 / units::days_per_year;
  run(law, voxel, input, 3652.0, 1.0);
  CHECK(voxel.axon ==
        doctest::Approx(std::exp(-0.01 / units::days_per_year * 3652.0)).epsilon(1e-8));
  CHECK(voxel.myelin() == doctest::Approx(voxel.axon).epsilon(1e-12));
}

TEST_CASE("the integration is of second order in the step") {
  TissueParameters p = tissue_section().defaults();
  p.max_substep_d = 1.0;
  const TissueLaw law(p);
  const TissueReference ref = law.white();
  // Away from switches on and off the law is smooth: a demyelinated voxel under way.
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
    return std::fabs(voxel.debris - exact.debris) + std::fabs(voxel.myelin() - exact.myelin()) +
           std::fabs(voxel.opc - exact.opc) / ref.opc +
           std::fabs(voxel.inflammatory - exact.inflammatory) / ref.microglia;
  };
  const double order = std::log2(error(0.125) / error(0.0625));
  CHECK(order > 1.8);
  CHECK(order < 2.3);
}
