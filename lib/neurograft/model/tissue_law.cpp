#include <array>
#include <bit>
#include <cmath>
#include <type_traits>

#include <neurograft/core/units.hpp>
#include <neurograft/model/tissue_law.hpp>

namespace neurograft {
namespace {

constexpr int max_halvings = 20;

// A step as long as the whole call is exact enough while no pool moves by more than this share of
// its healthy size.
constexpr double still = 1e-3;

// What gains and cells multiply is no faster: over in a quarter of an hour [1/d].
constexpr double fastest = 100.0;
// Crowded cells are lost at most so many times as fast as they grow.
constexpr double most_crowded = 100.0;

// Four numbers on which the compiler computes at once. Every operation is that of IEEE 754 in each
// lane, so a lane has the bits that it would have alone.
using Pack = double __attribute__((vector_size(sizeof(TissueLanes))));

template <class Real>
Real positive_part(Real x) noexcept {
  return x > 0.0 ? x : Real{};
}
template <class Real>
Real lesser(Real a, Real b) noexcept {
  return b < a ? b : a;
}
template <class Real>
Real greater(Real a, Real b) noexcept {
  return a < b ? b : a;
}
template <class Real>
Real magnitude(Real x) noexcept {
  return x < 0.0 ? -x : x;
}
template <class Real>
Real limited(Real rate) noexcept {
  return lesser(rate, everywhere<Real>(fastest));
}
template <class Real>
Real saturate(Real x) noexcept {
  return x / (1.0 + x);
}
template <class Real>
Real block(Real x, double half) noexcept {
  const Real ratio = x * (1.0 / half);
  return 1.0 / (1.0 + ratio * ratio);
}

// What inputs and healthy densities alone decide: the same throughout a step.
template <class Real>
struct Drives {
  Real stimulus;               // of microglia, besides that by debris
  Real switch_per_d;           // to reparative microglia, without debris
  Real calm;                   // h(I, K_di)
  Real differentiation_per_d;  // where no axon is covered, without debris
  Real maturation_per_d;
  Real oligodendrocyte_loss_per_d;              // apart from those in excess
  Real myelinated_loss_per_d, bare_loss_per_d;  // of axons
  Real leak_per_d;
  Real per_oligodendrocytes, per_opc, per_microglia;  // over the healthy densities

  static Drives of(const TissueParameters& p, const BasicTissueInput<Real>& in,
                   const BasicTissueReference<Real>& ref) noexcept {
    Drives d;
    const Real trophic = saturate(in.trophic);
    const Real cytokine = in.inflammatory * (1.0 / p.activating_inflammation);
    d.stimulus = cytokine * cytokine + in.danger * (1.0 / p.activating_deaths_per_mm3_per_d) +
                 in.lesion_drive;
    const Real stem_cells = in.donor_stem / (in.donor_stem + p.stem_cell_half_per_mm3);
    d.switch_per_d = limited(Real(in.age_factor * (1.0 / p.switch_d) *
                                  (1.0 + p.switch_regulatory_gain * saturate(in.regulatory) +
                                   p.switch_stem_cell_gain * stem_cells)));
    d.calm = block(in.inflammatory, p.inflammation_half);
    d.differentiation_per_d =
        limited(Real(p.differentiation_per_d * in.differentiation_share * in.age_factor * d.calm *
                     (1.0 + p.trophic_differentiation_gain * trophic)));
    d.maturation_per_d = in.age_factor * (1.0 / p.maturation_d);
    const Real inflamed_death =
        p.inflammatory_death_per_d * (1.0 - block(in.inflammatory, 1.0)) / (1.0 + in.trophic);
    d.oligodendrocyte_loss_per_d = ref.turnover_per_d + in.toxin_per_d + inflamed_death;
    const Real protection = 1.0 / (1.0 + p.axon_trophic_gain * trophic);
    constexpr double per_day = 1.0 / units::days_per_year;
    d.myelinated_loss_per_d =
        p.myelinated_axon_loss_per_y * per_day * protection + in.degeneration_per_d;
    d.bare_loss_per_d =
        limited(Real(p.bare_axon_loss_per_y * per_day *
                         (1.0 + p.axon_inflammation_gain * in.inflammatory) * protection +
                     in.degeneration_per_d));
    d.leak_per_d = p.leak_per_d * (1.0 - in.barrier_block) *
                   saturate(in.lesion_drive + in.inflammatory * in.inflammatory);
    d.per_oligodendrocytes = 1.0 / ref.oligodendrocytes;
    d.per_opc = 1.0 / ref.opc;
    d.per_microglia = 1.0 / ref.microglia;
    return d;
  }
};

// Flows between pools [amount/d], all of one sign except `opc_growth`.
template <class Real>
struct Fluxes {
  Real form, strip_original, strip_remyelinated;
  Real die_original, die_remyelinated, die_bare;  // axons, with their myelin if they have any
  Real clear;
  Real opc_growth, opc_spent, differentiate;
  Real mature, premyelinating_loss;  // what of q becomes o, and what dies
  Real oligodendrocyte_gain, oligodendrocyte_loss;
  Real activate, microglial_births, become_reparative, reparative_end, become_resting, rest_births;
  Real leak_rise, leak_fall;

  // Largest move of a pool, as a share of its healthy size [1/d].
  Real restlessness(const Drives<Real>& drives) const noexcept {
    const Real myelin = form + strip_original + strip_remyelinated + die_original +
                        die_remyelinated + die_bare + clear + opc_spent + leak_rise + leak_fall;
    const Real lineage = magnitude(opc_growth) + differentiate + mature + premyelinating_loss;
    const Real cells = magnitude(oligodendrocyte_gain - oligodendrocyte_loss);
    const Real microglia =
        activate + microglial_births + become_reparative + reparative_end + rest_births;
    return greater(
        greater(myelin, Real(lineage * drives.per_opc)),
        greater(Real(cells * drives.per_oligodendrocytes), Real(microglia * drives.per_microglia)));
  }
};

// Where a healthy voxel must have a flux of exactly zero, densities are divided by the reference;
// elsewhere they are multiplied by its inverse, which is faster.
template <class Real>
Fluxes<Real> fluxes_of(const TissueParameters& p, const BasicTissueVoxel<Real>& v,
                       const BasicTissueInput<Real>& in, const Drives<Real>& drives,
                       const BasicTissueReference<Real>& ref) noexcept {
  Fluxes<Real> f;
  const Real age = in.age_factor;
  const Real myelin = v.myelin();
  const Real bare = positive_part(v.axon - myelin);
  // Open to repair. What rounding leaves of a voxel's passed share must not count as an axon.
  const Real unpassed = positive_part(bare - in.passed_by_rim - 1e-9);
  const Real open = in.passed_by_rim > 0.0 ? unpassed : bare;
  const Real inflammatory = v.inflammatory * drives.per_microglia;
  const Real reparative = v.reparative * drives.per_microglia;

  // Microglia.
  const Real stimulus = (1.0 - in.microglia_block) *
                        saturate(v.debris * (1.0 / p.activating_debris) + drives.stimulus);
  const Real microglia = v.resting + v.inflammatory + v.reparative;
  f.activate = p.activation_per_d * stimulus * v.resting;
  f.microglial_births =
      p.microglial_growth_per_d * stimulus * microglia *
      positive_part(1.0 - microglia * drives.per_microglia * (1.0 / p.microglia_density_cap));
  f.become_reparative =
      drives.switch_per_d * block(v.debris, p.switch_debris_half) * v.inflammatory;
  f.reparative_end = v.reparative * (1.0 / p.reparative_life_d);
  f.become_resting = f.reparative_end * positive_part(1.0 - v.resting * drives.per_microglia);
  f.rest_births =
      p.microglial_renewal_per_d * v.resting * positive_part(1.0 - microglia / ref.microglia);

  // OPC.
  const Real stimulation =
      open / (open + p.opc_stimulus_half) *
      (p.opc_basal_stimulus + (1.0 - p.opc_basal_stimulus) * saturate(inflammatory));
  const Real capacity = (1.0 + (p.opc_density_cap - 1.0) * stimulation) * ref.opc;
  const Real crowd = v.opc + in.donor_precursors;
  const Real room = greater(Real((capacity - crowd) / capacity), everywhere<Real>(-most_crowded));
  const Real stimulated = p.opc_growth_per_d * age * v.opc_capacity * stimulation;
  const Real arrivals =
      p.opc_recruitment_per_d * age * v.opc_capacity * stimulation * positive_part(ref.opc - crowd);
  f.opc_growth =
      (p.opc_rest_growth_per_d * age * (1.0 - stimulation) + stimulated) * v.opc * room + arrivals;
  f.opc_spent = (stimulated * v.opc * positive_part(room) + arrivals) * drives.per_opc *
                (1.0 / p.opc_renewals);

  // Differentiation, maturation, oligodendrocytes.
  const Real axons_found = open / (open + p.bare_axon_half);
  f.differentiate = drives.differentiation_per_d * v.opc_capacity * axons_found *
                    block(v.debris, p.debris_half) * v.opc;
  const Real matured = drives.maturation_per_d * v.premyelinating;
  f.mature = matured * open / (open + p.survival_bare_axon_half) * drives.calm;
  f.premyelinating_loss = matured - f.mature + in.toxin_per_d * v.premyelinating;
  const Real keepers = v.oligodendrocytes + in.donor_oligodendrocytes;
  const Real keepers_share = keepers / ref.oligodendrocytes;
  const Real vacancy = myelin * ref.oligodendrocytes - keepers;
  const Real surplus = keepers - v.axon * ref.oligodendrocytes;
  // Half of the pool is enough to make up for the slow turnover.
  const Real opc_share = lesser(everywhere<Real>(1.0), Real(2.0 * (v.opc * drives.per_opc)));
  f.oligodendrocyte_gain = ref.turnover_per_d * (ref.oligodendrocytes * myelin * opc_share) +
                           p.vacancy_replacement_per_d * lesser(v.opc, ref.opc) *
                               positive_part(vacancy) * drives.per_oligodendrocytes;
  f.oligodendrocyte_loss =
      limited(Real(drives.oligodendrocyte_loss_per_d +
                   p.surplus_death_per_d * positive_part(surplus) * drives.per_oligodendrocytes)) *
      v.oligodendrocytes;

  // Myelin and axons.
  const Real unsupported = positive_part(myelin - p.keeping_capacity * keepers_share);
  const Real stripped =
      limited(Real(p.unsupported_decay_per_d + p.stripping_per_d * inflammatory)) * unsupported /
      myelin;
  const Real stripping = unsupported > 0.0 ? stripped : Real{};  // myelin is above zero there
  f.strip_original = stripping * v.myelin_original;
  f.strip_remyelinated = stripping * v.myelin_remyelinated;
  f.form = age * p.sheath_per_d * lesser(open, positive_part(Real(keepers_share - myelin)));
  f.clear = age *
            limited(Real(p.clearance_per_d +
                         p.microglial_clearance_per_d * (inflammatory + reparative))) *
            v.debris;
  f.die_original = drives.myelinated_loss_per_d * v.myelin_original;
  f.die_remyelinated = drives.myelinated_loss_per_d * v.myelin_remyelinated;
  f.die_bare = drives.bare_loss_per_d * bare;

  // Barrier.
  f.leak_rise = drives.leak_per_d * (1.0 - v.barrier_leak);
  f.leak_fall = v.barrier_leak * (1.0 / p.leak_relaxation_d);
  return f;
}

template <class Real>
BasicTissueVoxel<Real> moved(const BasicTissueVoxel<Real>& v, const Fluxes<Real>& f,
                             double dt) noexcept {
  BasicTissueVoxel<Real> n;
  n.axon = v.axon - dt * (f.die_original + f.die_remyelinated + f.die_bare);
  n.myelin_original = v.myelin_original - dt * (f.strip_original + f.die_original);
  n.myelin_remyelinated =
      v.myelin_remyelinated + dt * (f.form - f.strip_remyelinated - f.die_remyelinated);
  n.debris = v.debris + dt * (f.strip_original + f.strip_remyelinated + f.die_original +
                              f.die_remyelinated - f.clear);
  n.opc = v.opc + dt * (f.opc_growth - f.differentiate);
  n.opc_capacity = v.opc_capacity - dt * f.opc_spent;
  n.premyelinating = v.premyelinating + dt * (f.differentiate - f.mature - f.premyelinating_loss);
  n.oligodendrocytes =
      v.oligodendrocytes + dt * (f.mature + (f.oligodendrocyte_gain - f.oligodendrocyte_loss));
  n.resting = v.resting + dt * (f.rest_births + f.become_resting - f.activate);
  n.inflammatory = v.inflammatory + dt * (f.activate + f.microglial_births - f.become_reparative);
  n.reparative = v.reparative + dt * (f.become_reparative - f.reparative_end);
  n.barrier_leak = v.barrier_leak + dt * (f.leak_rise - f.leak_fall);
  return n;
}

template <class Real>
Real smallest_pool(const BasicTissueVoxel<Real>& v) noexcept {
  const Real white =
      lesser(lesser(v.axon, v.myelin_original), lesser(v.myelin_remyelinated, v.debris));
  const Real lineage =
      lesser(lesser(v.opc, v.premyelinating), lesser(v.oligodendrocytes, v.opc_capacity));
  const Real microglia =
      lesser(lesser(v.resting, v.inflammatory), lesser(v.reparative, v.barrier_leak));
  return lesser(lesser(white, lineage), microglia);
}

// A midpoint step, and what speaks against taking it.
template <class Real>
struct Step {
  BasicTissueVoxel<Real> half, next;
  Fluxes<Real> fluxes;
  Real smallest;   // negative if a pool is
  Real overgrown;  // positive if there is more myelin than axons, rounding apart
};

template <class Real>
Step<Real> midpoint_step(const TissueParameters& p, const BasicTissueVoxel<Real>& voxel,
                         const Fluxes<Real>& first, const BasicTissueInput<Real>& input,
                         const Drives<Real>& drives, const BasicTissueReference<Real>& reference,
                         double dt) noexcept {
  Step<Real> step;
  step.half = moved(voxel, first, 0.5 * dt);
  step.fluxes = fluxes_of(p, step.half, input, drives, reference);
  step.next = moved(voxel, step.fluxes, dt);
  step.smallest = lesser(smallest_pool(step.half), smallest_pool(step.next));
  step.overgrown = step.next.myelin() - (step.next.axon * (1.0 + 1e-12) + 1e-12);
  // No more than rounding, if the step is taken.
  const Real myelin = step.next.myelin();
  const Real enough = lesser(everywhere<Real>(1.0), myelin);
  step.next.axon = step.next.axon < myelin ? enough : step.next.axon;
  return step;
}

template <class Real>
Real lost(const Fluxes<Real>& f) noexcept {
  return f.strip_original + f.strip_remyelinated + f.die_original + f.die_remyelinated;
}

void controlled_step(const TissueParameters& p, TissueVoxel& voxel, const TissueInput& input,
                     const Drives<double>& drives, const TissueReference& reference, double dt,
                     MyelinLedger& ledger, int halvings = 0) noexcept {
  const Step<double> step = midpoint_step(p, voxel, fluxes_of(p, voxel, input, drives, reference),
                                          input, drives, reference, dt);
  // Myelin beyond the axons can only come from a step that is too long.
  if ((step.overgrown > 0.0 || step.smallest < 0.0) && halvings < max_halvings) {
    for (int half = 0; half < 2; ++half) {
      controlled_step(p, voxel, input, drives, reference, 0.5 * dt, ledger, halvings + 1);
    }
    return;
  }
  ledger.formed += dt * step.fluxes.form;
  ledger.lost += dt * lost(step.fluxes);
  ledger.cleared += dt * step.fluxes.clear;
  voxel = step.next;
}

}  // namespace

TissueVoxel TissueLaw::healthy(const TissueReference& reference) noexcept {
  TissueVoxel voxel;
  voxel.opc = reference.opc;
  voxel.oligodendrocytes = reference.oligodendrocytes;
  voxel.resting = reference.microglia;
  return voxel;
}

TissueReference TissueLaw::white() const noexcept {
  return {p_.white_oligodendrocytes_per_mm3, p_.white_opc_per_mm3, p_.white_microglia_per_mm3,
          p_.white_turnover_per_y / units::days_per_year};
}

TissueReference TissueLaw::grey() const noexcept {
  return {p_.grey_oligodendrocytes_per_mm3, p_.grey_opc_per_mm3, p_.grey_microglia_per_mm3,
          p_.grey_turnover_per_y / units::days_per_year};
}

void TissueLaw::midpoint(TissueVoxel& voxel, const TissueInput& input,
                         const TissueReference& reference, double dt,
                         MyelinLedger& ledger) const noexcept {
  const auto drives = Drives<double>::of(p_, input, reference);
  controlled_step(p_, voxel, input, drives, reference, dt, ledger);
}

int TissueLaw::steps_in(double dt) const noexcept {
  return static_cast<int>(std::ceil(dt / p_.max_substep_d - 1e-9));
}

MyelinLedger TissueLaw::advance(TissueVoxel& voxel, const TissueInput& input,
                                const TissueReference& reference, double dt) const noexcept {
  MyelinLedger ledger;
  const auto drives = Drives<double>::of(p_, input, reference);
  int steps = steps_in(dt);
  if (steps > 1) {
    const auto fluxes = fluxes_of(p_, voxel, input, drives, reference);
    if (fluxes.restlessness(drives) * dt <= still) steps = 1;
  }
  const double substep = dt / steps;
  for (int step = 0; step < steps; ++step) {
    controlled_step(p_, voxel, input, drives, reference, substep, ledger);
  }
  return ledger;
}

namespace {

template <class From>
auto packed(const From& lanes) noexcept {
  if constexpr (std::is_same_v<From, TissueVoxels>) {
    return std::bit_cast<BasicTissueVoxel<Pack>>(lanes);
  } else if constexpr (std::is_same_v<From, TissueInputs>) {
    return std::bit_cast<BasicTissueInput<Pack>>(lanes);
  } else {
    return std::bit_cast<BasicTissueReference<Pack>>(lanes);
  }
}

}  // namespace

std::array<MyelinLedger, tissue_lanes> TissueLaw::advance(TissueVoxels& voxels,
                                                          const TissueInputs& inputs,
                                                          const TissueReferences& references,
                                                          double dt) const noexcept {
  const auto voxel = packed(voxels);
  const auto input = packed(inputs);
  const auto reference = packed(references);
  const auto drives = Drives<Pack>::of(p_, input, reference);
  const Fluxes<Pack> first = fluxes_of(p_, voxel, input, drives, reference);
  const Pack moves = first.restlessness(drives) * dt;
  const Step<Pack> step = midpoint_step(p_, voxel, first, input, drives, reference, dt);
  const Pack gone = dt * lost(step.fluxes);
  const TissueVoxels before = voxels;
  voxels = std::bit_cast<TissueVoxels>(step.next);
  const bool one_step = steps_in(dt) == 1;
  std::array<MyelinLedger, tissue_lanes> ledgers;
  for (std::size_t lane = 0; lane < tissue_lanes; ++lane) {
    const bool taken = (one_step || moves[lane] <= still) && !(step.overgrown[lane] > 0.0) &&
                       !(step.smallest[lane] < 0.0);
    if (taken) {
      ledgers[lane] = {dt * step.fluxes.form[lane], gone[lane], dt * step.fluxes.clear[lane]};
      continue;
    }
    auto alone = lane_of<TissueVoxel>(before, lane);
    ledgers[lane] = advance(alone, lane_of<TissueInput>(inputs, lane),
                            lane_of<TissueReference>(references, lane), dt);
    set_lane(voxels, lane, alone);
  }
  return ledgers;
}

}  // namespace neurograft
