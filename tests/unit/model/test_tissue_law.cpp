// The equations of docs/model/tissue.md, written out as they stand there, against the law.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/model/tissue_law.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

double positive_part(double x) {
  return std::max(0.0, x);
}
double s(double x) {
  return x / (1.0 + x);
}
double h(double x, double half) {
  return 1.0 / (1.0 + (x / half) * (x / half));
}

struct Setting {
  TissueParameters k;
  TissueReference healthy;
  TissueVoxel v;
  TissueInput in;

  double myelin() const { return v.myelin_original + v.myelin_remyelinated; }
  double bare() const { return positive_part(v.axon - myelin() - in.passed_by_rim); }
  double keepers() const {
    return (v.oligodendrocytes + in.donor_oligodendrocytes) / healthy.oligodendrocytes;
  }
  double inflammatory() const { return v.inflammatory / healthy.microglia; }
};

// What each function gives are rates of change, in the members of the amounts.
void microglia(const Setting& set, TissueVoxel& rate) {
  const auto& [k, healthy, v, in] = set;
  const double all = v.resting + v.inflammatory + v.reparative;
  const double crowd = all / healthy.microglia;
  const double stimulus = (1.0 - in.microglia_block) *
                          s(v.debris / k.activating_debris +
                            std::pow(in.inflammatory / k.activating_inflammation, 2.0) +
                            in.danger / k.activating_deaths_per_mm3_per_d + in.lesion_drive);
  const double turn =
      in.age_factor / k.switch_d *
      (1.0 + k.switch_regulatory_gain * s(in.regulatory) +
       k.switch_stem_cell_gain * in.donor_stem / (in.donor_stem + k.stem_cell_half_per_mm3)) *
      h(v.debris, k.switch_debris_half) * v.inflammatory;
  const double end = v.reparative / k.reparative_life_d;
  rate.resting = -k.activation_per_d * stimulus * v.resting +
                 k.microglial_renewal_per_d * v.resting * positive_part(1.0 - crowd) +
                 end * positive_part(1.0 - v.resting / healthy.microglia);
  rate.inflammatory = k.activation_per_d * stimulus * v.resting +
                      k.microglial_growth_per_d * stimulus * all *
                          positive_part(1.0 - crowd / k.microglia_density_cap) -
                      turn;
  rate.reparative = turn - end;
}

void oligodendrocyte_line(const Setting& set, TissueVoxel& rate) {
  const auto& [k, healthy, v, in] = set;
  const double u = set.bare();
  const double age = in.age_factor;
  const double crowd = v.opc + in.donor_precursors;
  const double stimulation =
      u / (u + k.opc_stimulus_half) *
      (k.opc_basal_stimulus + (1.0 - k.opc_basal_stimulus) * s(set.inflammatory()));
  const double room = 1.0 - crowd / (healthy.opc * (1.0 + (k.opc_density_cap - 1.0) * stimulation));
  const double growth = k.opc_growth_per_d * age * v.opc_capacity * stimulation;
  const double arrivals = k.opc_recruitment_per_d * age * v.opc_capacity * stimulation *
                          positive_part(healthy.opc - crowd);
  const double calm = h(in.inflammatory, k.inflammation_half);
  const double differentiation = k.differentiation_per_d * in.differentiation_share * age *
                                 v.opc_capacity * u / (u + k.bare_axon_half) *
                                 h(v.debris, k.debris_half) * calm *
                                 (1.0 + k.trophic_differentiation_gain * s(in.trophic)) * v.opc;
  rate.opc = (k.opc_rest_growth_per_d * age * (1.0 - stimulation) + growth) * v.opc * room +
             arrivals - differentiation;
  rate.opc_capacity =
      -(growth * v.opc * positive_part(room) + arrivals) / (k.opc_renewals * healthy.opc);
  const double matured = age * v.premyelinating / k.maturation_d;
  rate.premyelinating = differentiation - matured - in.toxin_per_d * v.premyelinating;
  const double loss =
      in.toxin_per_d +
      k.inflammatory_death_per_d * (1.0 - h(in.inflammatory, 1.0)) / (1.0 + in.trophic) +
      k.surplus_death_per_d * positive_part(set.keepers() - v.axon);
  rate.oligodendrocytes = matured * calm * u / (u + k.survival_bare_axon_half) +
                          healthy.turnover_per_d * (healthy.oligodendrocytes * set.myelin() *
                                                        std::min(1.0, 2.0 * v.opc / healthy.opc) -
                                                    v.oligodendrocytes) +
                          k.vacancy_replacement_per_d * std::min(v.opc, healthy.opc) *
                              positive_part(set.myelin() - set.keepers()) -
                          loss * v.oligodendrocytes;
}

void myelin_and_axons(const Setting& set, TissueVoxel& rate) {
  const auto& [k, healthy, v, in] = set;
  const double m = set.myelin();
  const double loss = (k.unsupported_decay_per_d + k.stripping_per_d * set.inflammatory()) *
                      positive_part(m - k.keeping_capacity * set.keepers()) / m;
  const double formed =
      in.age_factor * k.sheath_per_d * std::min(set.bare(), positive_part(set.keepers() - m));
  const double protection = 1.0 + k.axon_trophic_gain * s(in.trophic);
  const double myelinated_dies =
      k.myelinated_axon_loss_per_y / units::days_per_year / protection + in.degeneration_per_d;
  const double bare_dies = k.bare_axon_loss_per_y / units::days_per_year *
                               (1.0 + k.axon_inflammation_gain * in.inflammatory) / protection +
                           in.degeneration_per_d;
  rate.myelin_original = -(loss + myelinated_dies) * v.myelin_original;
  rate.myelin_remyelinated = formed - (loss + myelinated_dies) * v.myelin_remyelinated;
  const double eaters = set.inflammatory() + v.reparative / healthy.microglia;
  rate.debris =
      (loss + myelinated_dies) * m -
      in.age_factor * (k.clearance_per_d + k.microglial_clearance_per_d * eaters) * v.debris;
  rate.axon = -myelinated_dies * m - bare_dies * positive_part(v.axon - m);
  rate.barrier_leak = k.leak_per_d * (1.0 - in.barrier_block) *
                          s(in.lesion_drive + in.inflammatory * in.inflammatory) *
                          (1.0 - v.barrier_leak) -
                      v.barrier_leak / k.leak_relaxation_d;
}

// Amounts and inputs anywhere in what a run may meet, from numbers below their arguments.
template <class UpTo>
TissueVoxel drawn_voxel(const TissueReference& healthy, bool hardly_bare, UpTo up_to) {
  TissueVoxel v;
  v.axon = 0.3 + up_to(0.7);
  const double myelin = v.axon * (hardly_bare ? 1.0 - up_to(0.01) : 0.01 + up_to(0.98));
  v.myelin_original = up_to(myelin);
  v.myelin_remyelinated = myelin - v.myelin_original;
  v.debris = up_to(1.0);
  v.opc = healthy.opc * (0.01 + up_to(4.0));
  v.premyelinating = up_to(healthy.opc);
  v.oligodendrocytes = healthy.oligodendrocytes * (0.01 + up_to(1.3));
  v.opc_capacity = 0.1 + up_to(0.9);
  v.resting = healthy.microglia * (0.01 + up_to(1.2));
  v.inflammatory = healthy.microglia * (0.01 + up_to(3.0));
  v.reparative = healthy.microglia * (0.01 + up_to(3.0));
  v.barrier_leak = 0.01 + up_to(0.9);
  return v;
}

template <class UpTo>
TissueInput drawn_input(UpTo up_to) {
  TissueInput in;
  for (double* field : {&in.inflammatory, &in.regulatory, &in.trophic}) *field = up_to(2.0);
  in.donor_oligodendrocytes = up_to(2e4);
  in.donor_precursors = up_to(5e3);
  in.donor_stem = up_to(2e3);
  in.danger = up_to(3e3);
  for (double* share :
       {&in.lesion_drive, &in.microglia_block, &in.barrier_block, &in.differentiation_share}) {
    *share = up_to(1.0);
  }
  in.toxin_per_d = up_to(0.3);
  in.age_factor = 0.2 + up_to(0.8);
  in.degeneration_per_d = up_to(1e-3);
  return in;
}

Setting drawn(std::uint32_t number) {
  const Stream stream(1, user_stream("tissue_law"), 0);
  std::uint32_t words = 0;
  const auto up_to = [&](double most) {
    return most * math::uniform(stream.word(number, words++));
  };
  Setting set;
  set.k = tissue_section().defaults();
  set.k.myelinated_axon_loss_per_y = 0.01;
  const TissueLaw law(set.k);
  set.healthy = number % 2 == 0 ? law.white() : law.grey();
  set.v = drawn_voxel(set.healthy, number % 5 == 0, up_to);
  set.in = drawn_input(up_to);
  if (number % 3 == 0) set.in.passed_by_rim = up_to(0.9 * (set.v.axon - set.myelin()));
  return set;
}

}  // namespace

TEST_CASE("the law has the rates of the equations in the model's description") {
  constexpr std::size_t pools = sizeof(TissueVoxel) / sizeof(double);
  using Amounts = std::array<double, pools>;
  constexpr double dt = 1e-5;
  for (std::uint32_t number = 0; number < 2000; ++number) {
    const Setting set = drawn(number);
    TissueVoxel rate;
    microglia(set, rate);
    oligodendrocyte_line(set, rate);
    myelin_and_axons(set, rate);
    TissueVoxel after = set.v;
    MyelinLedger ledger;
    TissueLaw(set.k).midpoint(after, set.in, set.healthy, dt, ledger);
    TissueVoxel size = TissueLaw::healthy(set.healthy);
    size.myelin_remyelinated = size.debris = size.barrier_leak = 1.0;
    size.premyelinating = size.opc;
    size.inflammatory = size.reparative = size.resting;
    const auto from = std::bit_cast<Amounts>(set.v);
    const auto to = std::bit_cast<Amounts>(after);
    const auto expected = std::bit_cast<Amounts>(rate);
    const auto scale = std::bit_cast<Amounts>(size);
    for (std::size_t pool = 0; pool < pools; ++pool) {
      CAPTURE(number);
      CAPTURE(pool);
      CHECK(std::abs((to[pool] - from[pool]) / dt - expected[pool]) < 2e-4 * scale[pool]);
    }
  }
}
