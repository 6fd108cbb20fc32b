#pragma once

#include <array>

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/model/state.hpp>

/// The host's answer outside the brain: well-mixed compartments, cells as absolute numbers.
///
/// Antigen reaches the cervical nodes from donor cells that die in tissue, from a share of those
/// lost in CSF, from what live ones shed, and from a sensitising exposure. With A in
/// cell-equivalents, c = A / (node volume) and h(c) = c^n / (c^n + c_half^n):
///
///     dA/dt  = deaths + share deaths_csf + shed N_live - k_A A
///     primed = r g m h(c) (1 - E_priming) s_T N_naive (1 - u)       [cell/d], for CD8 and CD4
///     du/dt  = r g m h(c) (1 - E_priming) s_T (1 - u) - k_u u       share of the pool used up
///
/// m mismatch, g the individual's gain, s_T = 1 / (1 + Treg per kg / half), N_naive proportional to
/// body mass. CD8 priming is semi-direct (host dendritic cells that carry donor HLA-I); CD4 priming
/// is indirect. Primed cells pass four equal stages (the delay has a gamma law, mean `delay_d`) and
/// leave as `burst` effectors each, times (1 - E_expansion); a CD8 burst without CD4 help is
/// smaller. Effectors die; a share of the dying CD8 becomes memory, which is recalled at lower
/// antigen, skips the delay and answers with its own burst.
///
/// Help = x / (x + half), x the CD4 effectors per kg. Licensed NK cells follow help from a basal
/// share. Donor-specific Treg arise with antigen, more with live donor cells, and outlast both.
/// Antibody follows CD4 effectors through one germinal stage and is measured in units of the
/// positive threshold.
///
/// Concentrations and effectors per kg make one parameter set serve mouse and man: a human holds
/// 2800 times the pool of a mouse, in nodes 500 times as large.
///
/// When a graft of another donor arrives, the share of its mismatches that is new meets no answer:
/// all that the host holds against earlier donors (antigen, primed cells, used precursors,
/// effectors, memory, Treg, germinal centres, antibody) is multiplied by the share that is old
/// (`alloresponse_lost`).
///
/// Solved by classical Runge-Kutta steps of at most one hour; inputs are constant over a step.
/// Assumed: one pair of nodes; no spleen; T cells do not die of the drugs; nothing without mismatch
/// save NK licensing at its basal level.
namespace neurograft {

struct PeripheryParameters {
  double antigen_decay_per_d;
  double shedding_per_d;
  double csf_antigen_share;
  double antigen_half_per_ml;
  double priming_exponent;
  double priming_per_d;
  double naive_t_per_kg;
  double cd8_share;
  double direct_precursor_share;
  double semi_direct_share;
  double cd4_share;
  double indirect_precursor_share;
  double indirect_responding_share;
  double naive_renewal_per_d;
  double delay_d;
  double cd8_burst;
  double cd4_burst;
  double helpless_burst;
  double effector_death_per_d;
  double memory_share;
  double memory_death_per_d;
  double recall_per_d;
  double recall_antigen_half_per_ml;
  double recall_burst;
  double help_half_per_kg;
  double treg_source_per_kg_d;
  double treg_donor_gain;
  double treg_donor_half_per_kg;
  double treg_death_per_d;
  double treg_half_per_kg;
  double nk_per_kg;
  double nk_basal_share;
  double nk_renewal_per_d;
  double germinal_delay_d;
  double antibody_per_d;
  double antibody_half_life_d;
};

const Section<PeripheryParameters>& periphery_section();

/// Stages that primed cells pass before they leave the node.
inline constexpr std::size_t priming_stages = 4;

class Periphery final : public Process {
 public:
  explicit Periphery(const PeripheryParameters& parameters) : parameters_(parameters) {}

  std::string_view name() const noexcept override { return "periphery"; }
  void bind(World& world, ReadoutTable& readouts) override;
  void step(World& world, const StepContext& context) override;

 private:
  /// Cells that died since the last step, and those alive.
  struct Donors {
    double deaths_in_tissue = 0.0;
    double deaths_in_csf = 0.0;
    double alive_in_tissue = 0.0;
  };
  Donors take_donors(World& world, Threads threads) const;
  void declare_readouts(ReadoutTable& readouts) const;

  PeripheryParameters parameters_;
  EffectorState effectors_;
  DrugEffects drugs_;
  HostState host_;
  GraftState graft_;
  ArrayHandle antigen_, sensitising_, chain_cd8_, chain_cd4_, used_, germinal_, deaths_seen_, lost_;
};

}  // namespace neurograft
