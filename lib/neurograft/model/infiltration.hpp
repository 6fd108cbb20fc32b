#pragma once

#include <vector>

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/model/state.hpp>

/// T and NK cells enter the brain from blood, and live, divide, stay or die there.
///
/// **Entry.** A cell in blood passes brain vessels over and over; it leaves where endothelium is
/// inflamed or leaky, or where perivascular cells show it donor antigen. Tissue has a weight per
/// volume, with v the vessel density relative to its mean, n donor cells per mm3 (wall and tissue),
///
///     w = v (w_0 + w_b b + w_I I + w_C C + w_A A) + w_n n,        W = integral of w / body mass,
///
/// and a cell in blood enters at the rate R = R_max (1 - E_traffic) W / (W + W_half), at a place
/// drawn in proportion to w. Surveillance w_0 is tiny: a healthy brain takes up almost nothing, and
/// what makes T cells find a graft is w_n. All terms are linear in densities and the saturation is
/// of the total, so neither numbers nor places depend on voxel size; a cell drawn by w_n n enters
/// within a reach of one donor cell, all others anywhere in their voxel. Dividing by body mass says
/// that a mm3 of tissue sees a given cell 2800 times more rarely in man than in mouse.
///
/// **Numbers.** One Poisson count per kind and step for the whole brain, not more than blood holds;
/// places follow by inversion of the weights (thinning a Poisson process gives independent Poisson
/// counts in the voxels, so this is the same law as a draw in every voxel, at a cost that depends
/// on the arrivals alone). What enters leaves its blood compartment: cells are conserved.
///
/// **In tissue** searching and engaged cells go at d per day: a share becomes resident (T cells),
/// the rest dies. Engaged T cells divide at
///
///     g s(I) (1 - f E_expansion) (1 - block R / (R + R_half)),   s(I) = s_0 + (1 - s_0) I / (I +
///     I_half),
///
/// s_0 standing for the little HLA that cells show without inflammation, f for how little of the
/// drugs gets into brain. Which cells are engaged is
/// the business of `cytotoxicity`. Exhausted and resident cells die at their own rates; residents,
/// few and long-lived, make the tail after the peak.
///
/// Limit: only the place of entry must be tissue; it may lie across a narrow ventricle or sulcus.
/// Assumed: all weights; one death rate for all kinds. NK cells neither divide nor become resident.
namespace neurograft {

struct InfiltrationParameters {
  double entry_max_per_d;
  double entry_half_mm3_per_kg;
  double surveillance_weight;
  double leak_weight;
  double inflammation_weight;
  double chemoattractant_weight;
  double antigen_weight;
  double donor_weight_mm3;
  double entry_reach_mm;
  double death_per_d;
  double resident_share;
  double resident_death_per_d;
  double exhausted_death_per_d;
  double growth_per_d;
  double growth_basal;
  double growth_inflammation_half;
  double drug_tissue_share;
  double regulatory_block;
  double regulatory_half;
};

const Section<InfiltrationParameters>& infiltration_section();

class Infiltration final : public Process {
 public:
  explicit Infiltration(const InfiltrationParameters& parameters) : parameters_(parameters) {}

  std::string_view name() const noexcept override { return "infiltration"; }
  void bind(World& world, ReadoutTable& readouts) override;
  void step(World& world, const StepContext& context) override;

 private:
  class Weights;

  void enter(World& world, const StepContext& context) const;
  void live(World& world, const StepContext& context) const;
  ArrayHandle blood_of(Kind kind) const noexcept;

  InfiltrationParameters parameters_;
  EffectorState effectors_;
  DrugEffects drugs_;
  HostState host_;
  FieldState fields_;
  TissueState tissue_;
  bool has_vessels_ = false;
  ArrayHandle vessels_;
  double mean_vessel_density_ = 1.0;
};

}  // namespace neurograft
