#include <algorithm>
#include <cmath>

#include <neurograft/core/units.hpp>
#include <neurograft/model/tissue_law.hpp>

namespace neurograft {
namespace {

constexpr int max_halvings = 20;

// A step as long as the whole call is exact enough while no pool moves by more than this share of
// its healthy size.
constexpr double still = 1e-3;

double positive_part(double x) noexcept {
  return x > 0.0 ? x : 0.0;
}
double saturate(double x) noexcept {
  return x / (1.0 + x);
}
double block(double x, double half) noexcept {
  const double ratio = x / half;
  return 1.0 / (1.0 + ratio * ratio);
}

}  // namespace

// Flows between pools [amount/d], all of one sign except `opc_growth`.
struct TissueLaw::Fluxes {
  double form, strip_original, strip_remyelinated;
  double die_original, die_remyelinated, die_bare;  // axons, with their myelin if they have any
  double clear;
  double opc_growth, opc_spent, differentiate;
  double mature, premyelinating_loss;  // all that leaves q, and the part that does not become o
  double oligodendrocyte_gain, oligodendrocyte_loss;
  double activate, microglial_births, become_reparative, reparative_end, become_resting,
      rest_births;
  double leak_rise, leak_fall;

  // Largest move of a pool, as a share of its healthy size [1/d].
  double restlessness(const TissueReference& reference) const noexcept {
    const double myelin = form + strip_original + strip_remyelinated + die_original +
                          die_remyelinated + die_bare + clear + opc_spent + leak_rise + leak_fall;
    const double lineage = std::fabs(opc_growth) + differentiate + mature;
    const double cells = std::fabs(oligodendrocyte_gain - oligodendrocyte_loss);
    const double microglia =
        activate + microglial_births + become_reparative + reparative_end + rest_births;
    return std::max({myelin, lineage / reference.opc, cells / reference.oligodendrocytes,
                     microglia / reference.microglia});
  }
};

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

TissueLaw::Fluxes TissueLaw::fluxes(const TissueVoxel& v, const TissueInput& in,
                                    const TissueReference& ref) const noexcept {
  Fluxes f;
  const double age = in.age_factor;
  const double myelin = v.myelin();
  const double bare = positive_part(v.axon - myelin);
  // Open to repair. What rounding leaves of a voxel's passed share must not count as an axon.
  const double open = in.passed_by_rim > 0.0 ? positive_part(bare - in.passed_by_rim - 1e-9) : bare;
  const double inflammatory = v.inflammatory / ref.microglia;
  const double reparative = v.reparative / ref.microglia;
  const double trophic = saturate(in.trophic);

  // Microglia.
  const double cytokine = in.inflammatory / p_.activating_inflammation;
  const double stimulus =
      (1.0 - in.microglia_block) *
      saturate(v.debris / p_.activating_debris + cytokine * cytokine +
               in.danger / p_.activating_deaths_per_mm3_per_d + in.lesion_drive);
  const double microglia = v.resting + v.inflammatory + v.reparative;
  f.activate = p_.activation_per_d * stimulus * v.resting;
  f.microglial_births = p_.microglial_growth_per_d * stimulus * microglia *
                        positive_part(1.0 - microglia / (p_.microglia_density_cap * ref.microglia));
  const double stem_cells = in.donor_stem / (in.donor_stem + p_.stem_cell_half_per_mm3);
  f.become_reparative = age / p_.switch_d *
                        (1.0 + p_.switch_regulatory_gain * saturate(in.regulatory) +
                         p_.switch_stem_cell_gain * stem_cells) *
                        block(v.debris, p_.switch_debris_half) * v.inflammatory;
  f.reparative_end = v.reparative / p_.reparative_life_d;
  f.become_resting = f.reparative_end * positive_part(1.0 - v.resting / ref.microglia);
  f.rest_births =
      p_.microglial_renewal_per_d * v.resting * positive_part(1.0 - microglia / ref.microglia);

  // OPC.
  const double stimulation =
      open / (open + p_.opc_stimulus_half) *
      (p_.opc_basal_stimulus + (1.0 - p_.opc_basal_stimulus) * saturate(inflammatory));
  const double capacity = (1.0 + (p_.opc_density_cap - 1.0) * stimulation) * ref.opc;
  const double crowd = v.opc + in.donor_precursors;
  const double room = (capacity - crowd) / capacity;
  const double stimulated = p_.opc_growth_per_d * age * v.opc_capacity * stimulation;
  const double arrivals = p_.opc_recruitment_per_d * age * v.opc_capacity * stimulation *
                          positive_part(ref.opc - crowd);
  f.opc_growth =
      (p_.opc_rest_growth_per_d * (1.0 - stimulation) + stimulated) * v.opc * room + arrivals;
  f.opc_spent = (stimulated * v.opc * positive_part(room) + arrivals) / (p_.opc_renewals * ref.opc);

  // Differentiation, maturation, oligodendrocytes.
  const double axons_found = open / (open + p_.bare_axon_half);
  const double calm = block(in.inflammatory, p_.inflammation_half);
  f.differentiate = p_.differentiation_per_d * in.differentiation_share * age * v.opc_capacity *
                    axons_found * calm * block(v.debris, p_.debris_half) *
                    (1.0 + p_.trophic_differentiation_gain * trophic) * v.opc;
  const double matured = age / p_.maturation_d * v.premyelinating;
  f.mature = matured * open / (open + p_.survival_bare_axon_half) * calm;
  f.premyelinating_loss = matured - f.mature + in.toxin_per_d * v.premyelinating;
  const double keepers = v.oligodendrocytes + in.donor_oligodendrocytes;
  const double keepers_share = keepers / ref.oligodendrocytes;
  const double vacancy = myelin * ref.oligodendrocytes - keepers;
  const double surplus = keepers - v.axon * ref.oligodendrocytes;
  // Half of the pool is enough to make up for the slow turnover.
  const double opc_share = std::min(1.0, 2.0 * (v.opc / ref.opc));
  f.oligodendrocyte_gain = ref.turnover_per_d * (ref.oligodendrocytes * myelin * opc_share) +
                           p_.vacancy_replacement_per_d * std::min(v.opc, ref.opc) *
                               positive_part(vacancy) / ref.oligodendrocytes;
  const double inflamed_death =
      p_.inflammatory_death_per_d * (1.0 - block(in.inflammatory, 1.0)) / (1.0 + in.trophic);
  f.oligodendrocyte_loss =
      (ref.turnover_per_d + in.toxin_per_d + inflamed_death +
       p_.vacancy_replacement_per_d * positive_part(surplus) / ref.oligodendrocytes) *
      v.oligodendrocytes;

  // Myelin and axons.
  const double unsupported = positive_part(myelin - p_.keeping_capacity * keepers_share);
  const double stripping =
      unsupported > 0.0
          ? (p_.unsupported_decay_per_d + p_.stripping_per_d * inflammatory) * unsupported / myelin
          : 0.0;
  f.strip_original = stripping * v.myelin_original;
  f.strip_remyelinated = stripping * v.myelin_remyelinated;
  f.form = age * p_.sheath_per_d * std::min(open, positive_part(keepers_share - myelin));
  f.clear = age *
            (p_.clearance_per_d + p_.microglial_clearance_per_d * (inflammatory + reparative)) *
            v.debris;
  const double protection = 1.0 / (1.0 + p_.axon_trophic_gain * trophic);
  constexpr double per_day = 1.0 / units::days_per_year;
  const double myelinated_loss =
      p_.myelinated_axon_loss_per_y * per_day * protection + in.degeneration_per_d;
  const double bare_loss = p_.bare_axon_loss_per_y * per_day *
                               (1.0 + p_.axon_inflammation_gain * in.inflammatory) * protection +
                           in.degeneration_per_d;
  f.die_original = myelinated_loss * v.myelin_original;
  f.die_remyelinated = myelinated_loss * v.myelin_remyelinated;
  f.die_bare = bare_loss * bare;

  // Barrier.
  f.leak_rise = p_.leak_per_d * (1.0 - in.barrier_block) *
                saturate(in.lesion_drive + in.inflammatory * in.inflammatory) *
                (1.0 - v.barrier_leak);
  f.leak_fall = v.barrier_leak / p_.leak_relaxation_d;
  return f;
}

TissueVoxel TissueLaw::moved(const TissueVoxel& v, const Fluxes& f, double dt) noexcept {
  TissueVoxel n;
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

namespace {

double smallest_pool(const TissueVoxel& v) noexcept {
  return std::min({v.axon, v.myelin_original, v.myelin_remyelinated, v.debris, v.opc,
                   v.premyelinating, v.oligodendrocytes, v.opc_capacity, v.resting, v.inflammatory,
                   v.reparative, v.barrier_leak});
}

}  // namespace

void TissueLaw::midpoint(TissueVoxel& voxel, const TissueInput& input,
                         const TissueReference& reference, double dt, MyelinLedger& ledger,
                         int halvings) const noexcept {
  const TissueVoxel half = moved(voxel, fluxes(voxel, input, reference), 0.5 * dt);
  const Fluxes f = fluxes(half, input, reference);
  TissueVoxel next = moved(voxel, f, dt);
  // Rounding apart, myelin beyond the axons can only come from a step that is too long.
  const bool overgrown = next.myelin() > next.axon * (1.0 + 1e-12) + 1e-12;
  const bool negative = smallest_pool(half) < 0.0 || smallest_pool(next) < 0.0;
  if ((overgrown || negative) && halvings < max_halvings) {
    midpoint(voxel, input, reference, 0.5 * dt, ledger, halvings + 1);
    midpoint(voxel, input, reference, 0.5 * dt, ledger, halvings + 1);
    return;
  }
  if (next.myelin() > next.axon) next.axon = std::min(1.0, next.myelin());
  ledger.formed += dt * f.form;
  ledger.lost +=
      dt * (f.strip_original + f.strip_remyelinated + f.die_original + f.die_remyelinated);
  ledger.cleared += dt * f.clear;
  voxel = next;
}

MyelinLedger TissueLaw::advance(TissueVoxel& voxel, const TissueInput& input,
                                const TissueReference& reference, double dt) const noexcept {
  MyelinLedger ledger;
  int steps = static_cast<int>(std::ceil(dt / p_.max_substep_d - 1e-9));
  if (steps > 1 && fluxes(voxel, input, reference).restlessness(reference) * dt <= still) {
    steps = 1;
  }
  const double substep = dt / steps;
  for (int step = 0; step < steps; ++step) midpoint(voxel, input, reference, substep, ledger);
  return ledger;
}

}  // namespace neurograft
