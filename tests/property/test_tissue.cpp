#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/model/tissue_law.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

// Microglia per mm3 that hold I = 1 or R = 1 in a well-mixed patch, and the R that halves I: the
// defaults of the fields, which a patch much wider than their range comes to.
constexpr double reference_microglia = 1.5e4;
constexpr double regulatory_half = 1.0;

struct Experiment {
  TissueLaw law{tissue_section().defaults()};
  TissueReference reference = law.white();
  TissueVoxel voxel = TissueLaw::healthy(law.white());
  TissueInput input{};
  double day = 0.0;
  double dt = 0.25;
  double imposed_inflammation = 0.0;

  void run_to(double end) {
    const int steps = static_cast<int>(std::lround((end - day) / dt));
    for (int step = 0; step < steps; ++step) {
      input.regulatory = voxel.reparative / reference_microglia;
      input.inflammatory = imposed_inflammation + voxel.inflammatory / reference_microglia /
                                                      (1.0 + input.regulatory / regulatory_half);
      law.advance(voxel, input, reference, dt);
    }
    day = end;
  }
  double oligodendrocytes() const { return voxel.oligodendrocytes / reference.oligodendrocytes; }
  double activated() const { return (voxel.inflammatory + voxel.reparative) / reference.microglia; }
  double remyelinated_share() const { return voxel.myelin() / voxel.axon; }
};

Experiment lysolecithin(double age_factor) {
  Experiment e;
  e.input.age_factor = age_factor;
  e.voxel.myelin_original = 0.0;
  e.voxel.debris = 1.0;
  e.voxel.oligodendrocytes *= 0.05;
  e.voxel.opc *= 0.2;
  return e;
}

std::array<double, 12> amounts(const TissueVoxel& x) {
  return {x.axon,    x.myelin_original, x.myelin_remyelinated, x.debris,
          x.opc,     x.premyelinating,  x.oligodendrocytes,    x.opc_capacity,
          x.resting, x.inflammatory,    x.reparative,          x.barrier_leak};
}

}  // namespace

TEST_CASE("healthy tissue is a fixed point to the last bit, white and grey") {
  const TissueLaw law(tissue_section().defaults());
  for (const TissueReference& reference : {law.white(), law.grey()}) {
    TissueVoxel voxel = TissueLaw::healthy(reference);
    for (int day = 0; day < 3653; ++day) law.advance(voxel, {}, reference, 1.0);
    CHECK(voxel == TissueLaw::healthy(reference));
  }
}

TEST_CASE("a hit of one per cent heals and harms nothing else over ten years") {
  Experiment e;
  e.dt = 1.0;
  e.voxel.myelin_original = 0.99;
  e.voxel.debris = 0.01;
  e.voxel.oligodendrocytes *= 0.99;
  e.voxel.opc *= 0.99;
  e.voxel.inflammatory = 0.01 * e.reference.microglia;
  e.run_to(3652.0);
  CHECK(e.voxel.myelin() == doctest::Approx(1.0).epsilon(2e-3));
  CHECK(e.voxel.axon == doctest::Approx(1.0).epsilon(2e-3));
  CHECK(e.oligodendrocytes() == doctest::Approx(1.0).epsilon(3e-3));
  CHECK(e.voxel.opc / e.reference.opc == doctest::Approx(1.0).epsilon(3e-3));
  CHECK(e.voxel.opc_capacity == doctest::Approx(1.0).epsilon(3e-3));
  CHECK(e.voxel.resting / e.reference.microglia == doctest::Approx(1.0).epsilon(3e-3));
  CHECK(e.activated() < 1e-6);
  CHECK(e.voxel.debris < 1e-6);
}

TEST_CASE("inflammation without debris dies out: the loop through microglia has gain below one") {
  Experiment e;
  e.voxel.inflammatory = 4.0 * e.reference.microglia;
  e.run_to(120.0);
  CHECK(e.activated() < 0.01);
  CHECK(e.voxel.myelin() > 0.99);
}

TEST_CASE("cuprizone: order and timing of loss and repair") {
  Experiment e;
  e.run_to(6.5);
  e.input.toxin_per_d = 0.27;  // without signalling, which the fitted rate of V1 goes with
  double peak = 0.0;
  double peak_day = 0.0;
  for (double day = 7.0; day <= 42.0; day += 0.5) {
    e.run_to(day);
    if (e.activated() > peak) {
      peak = e.activated();
      peak_day = day;
    }
    if (day == 14.0) CHECK(e.activated() < 0.1);
    if (day == 21.0) CHECK(e.activated() > 0.3);
    if (day == 35.0) {
      CHECK(e.voxel.myelin() < 0.12);  // 90 % demyelinated by then: within 2 %
      CHECK(e.oligodendrocytes() < 0.1);
    }
  }
  CHECK(peak_day >= 28.0);
  CHECK(peak_day <= 35.0);
  CHECK(e.voxel.myelin_remyelinated > 0.02);  // repair begins before the toxin is withdrawn
  e.input.toxin_per_d = 0.0;
  e.run_to(42.0 + 21.0);
  CHECK(e.remyelinated_share() > 0.8);
}

TEST_CASE("lysolecithin: debris clears in a week, the young complete repair in weeks") {
  Experiment young = lysolecithin(1.0);
  young.run_to(7.0);
  CHECK(young.voxel.debris < 0.15);
  young.run_to(28.0);
  CHECK(young.remyelinated_share() > 0.95);
  Experiment old = lysolecithin(0.45);
  old.run_to(28.0);
  CHECK(old.remyelinated_share() < 0.5);
  old.run_to(63.0);
  CHECK(old.remyelinated_share() > 0.9);
}

TEST_CASE("an inflamed lesion remyelinates worse and loses more axons") {
  Experiment quiet = lysolecithin(1.0);
  Experiment inflamed = lysolecithin(1.0);
  inflamed.imposed_inflammation = 1.0;
  quiet.run_to(40.0);
  inflamed.run_to(40.0);
  CHECK(inflamed.voxel.myelin() < 0.5 * quiet.voxel.myelin());
  CHECK(inflamed.voxel.axon < quiet.voxel.axon);
}

TEST_CASE("stem cells that are gone after eight days leave a benefit behind") {
  Experiment without = lysolecithin(0.5);
  Experiment with = lysolecithin(0.5);
  with.input.donor_stem = 2000.0;
  with.run_to(8.0);
  with.input.donor_stem = 0.0;
  with.run_to(32.0);
  without.run_to(32.0);
  CHECK(with.voxel.myelin() > 1.05 * without.voxel.myelin());
  CHECK(with.voxel.axon > without.voxel.axon);
}

TEST_CASE("donor oligodendrocytes wrap bare axons as the host's own") {
  TissueParameters p = tissue_section().defaults();
  p.differentiation_per_d = p.opc_recruitment_per_d = p.vacancy_replacement_per_d = 0.0;
  const TissueLaw law(p);
  TissueVoxel host = TissueLaw::healthy(law.white());
  host.myelin_original = 0.0;
  host.oligodendrocytes = 0.3 * law.white().oligodendrocytes;
  host.opc = 0.0;
  TissueVoxel donor = host;
  donor.oligodendrocytes = 0.0;
  TissueInput input;
  input.donor_oligodendrocytes = host.oligodendrocytes;
  for (int day = 0; day < 20; ++day) {
    law.advance(host, {}, law.white(), 1.0);
    law.advance(donor, input, law.white(), 1.0);
  }
  CHECK(donor.myelin() == doctest::Approx(host.myelin()).epsilon(1e-3));
  CHECK(donor.myelin() == doctest::Approx(0.3).epsilon(0.01));
}

TEST_CASE("microglia answer to danger, less under a drug") {
  Experiment plain;
  Experiment treated;
  plain.input.danger = treated.input.danger = 2000.0;
  treated.input.microglia_block = 0.8;
  plain.run_to(5.0);
  treated.run_to(5.0);
  CHECK(plain.activated() > 0.5);
  CHECK(treated.activated() < 0.5 * plain.activated());
}

TEST_CASE("halving the step changes a whole course by less than half a per cent") {
  TissueParameters halved = tissue_section().defaults();
  halved.max_substep_d *= 0.5;
  Experiment full = lysolecithin(1.0);
  Experiment half = lysolecithin(1.0);
  half.law = TissueLaw(halved);
  double worst = 0.0;
  for (double day = 1.0; day <= 60.0; day += 1.0) {
    full.run_to(day);
    half.run_to(day);
    worst = std::max({worst, std::fabs(full.voxel.myelin() - half.voxel.myelin()),
                      std::fabs(full.voxel.debris - half.voxel.debris),
                      std::fabs(full.oligodendrocytes() - half.oligodendrocytes())});
  }
  MESSAGE("largest difference: " << worst);
  CHECK(worst < 5e-3);
}

TEST_CASE("any state under any input stays in bounds and balances its myelin") {
  const TissueLaw law(tissue_section().defaults());
  const TissueReference ref = law.white();
  const Stream stream(7, StreamCode::run_setup, 0);
  for (std::uint32_t trial = 0; trial < 400; ++trial) {
    std::uint32_t next = 0;
    const auto draw = [&] {
      const Block block = stream.block(trial, next / 4);
      return math::uniform(block[next++ % 4]);
    };
    TissueVoxel v;
    v.axon = draw();
    v.myelin_original = draw() * v.axon;
    v.myelin_remyelinated = draw() * (v.axon - v.myelin_original);
    v.debris = draw();
    v.opc = 6.0 * draw() * ref.opc;
    v.premyelinating = draw() * ref.oligodendrocytes;
    v.oligodendrocytes = 1.5 * draw() * ref.oligodendrocytes;
    v.opc_capacity = draw();
    v.resting = draw() * ref.microglia;
    v.inflammatory = 6.0 * draw() * ref.microglia;
    v.reparative = 6.0 * draw() * ref.microglia;
    v.barrier_leak = draw();
    TissueInput in;
    in.inflammatory = 10.0 * draw();
    in.regulatory = 10.0 * draw();
    in.trophic = 10.0 * draw();
    in.donor_oligodendrocytes = draw() * ref.oligodendrocytes;
    in.donor_precursors = draw() * ref.opc;
    in.donor_stem = 1e5 * draw();
    in.danger = 1e5 * draw();
    in.lesion_drive = 5.0 * draw();
    in.toxin_per_d = trial % 4 == 0 ? 20.0 * draw() : 0.0;
    in.age_factor = draw();
    const double before = v.myelin() + v.debris;
    MyelinLedger sum;
    for (int step = 0; step < 20; ++step) {
      const MyelinLedger moved = law.advance(v, in, ref, 1.0);
      sum.formed += moved.formed;
      sum.lost += moved.lost;
      sum.cleared += moved.cleared;
      for (const double x : amounts(v)) REQUIRE(x >= 0.0);
      REQUIRE(v.myelin() <= v.axon);
      REQUIRE(v.axon <= 1.0);
      REQUIRE(v.barrier_leak <= 1.0);
      REQUIRE(v.opc_capacity <= 1.0);
    }
    CHECK(v.myelin() + v.debris ==
          doctest::Approx(before + sum.formed - sum.cleared).epsilon(1e-11));
  }
}
