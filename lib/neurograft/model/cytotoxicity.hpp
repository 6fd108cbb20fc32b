#pragma once

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/model/encounter.hpp>
#include <neurograft/model/state.hpp>

/// Killing of donor cells by the host: a hazard per voxel and cause, which `lifecycle` adds to the
/// others before its one draw per cell.
///
/// **T cells.** A killer meets targets at pi r^2 v n per day, n donor cells per mm3 and v its
/// speed, and needs 1 / k for each: it kills at k n / (n + n_half) with n_half = k / (pi r^2 v).
/// With T killers per mm3, who get in each other's way, a donor cell faces
///
///     h = k T / (n_half + n + T)  x HLA-I of the target x help x suppression x (1 - E_kill),
///
///     help        = e_0 + (1 - e_0) H,
///     suppression = [1 - r_max R / (R + R_half)] / [1 + Treg per mm3 / Treg_half].
///
/// R holds what neural stem cells secrete as well.
///
/// **Densities.** Counted by the cells' own places in blocks of `search_mm`, whatever the voxels
/// (`SearchBlocks`): larger voxels are divided, smaller ones joined. So cells that lie along a wall
/// are not diluted in the tissue behind them. Cells in tissue: counts over the block's volume.
/// Cells on the wall are a sheet of layer L over the wall area S in the block, n = count / (S L); T
/// cells in such a block count T = count / min(S L, volume): those beside the wall stand for those
/// in the layer. Where both sorts of donor cell are present, T is the mean over the donor cells of
/// what each sees. A cell does not stand in its own way: n and T in the denominator are those of
/// the others, without which a small block, with its one cell, would look crowded. Scatter of what
/// is left makes killing in blocks of 0.2 mm faster than in a well-mixed volume by at most about
/// 1 / (4 n_half V): 2.5 % for T cells, 7 % for NK cells with their smaller n_half. The kills of
/// all blocks of a voxel are shared by its donor cells.
///
/// **NK cells**: the same law with their own rate, on what lacks HLA-I. **Macrophages** kill
/// xenogeneic cells everywhere, licensed by help from a basal share, less under drugs that hold
/// down microglia. **Antibody** with complement acts where the barrier leaks; off by default.
///
/// **States.** T and NK cells are `engaged` or `searching`, relaxing at k + a to the engaged share
/// a / (a + k) = n / (n + n_half + T), a = k n / (n_half + T), NK cells with k, n_half and rivals
/// of their own: a state, no link to one target. Engaged cells stay where they are. Engaged T cells
/// become exhausted at a constant rate. Resident cells kill like searching ones.
///
/// Limits: no cooperation between killers (Halle 2016 Immunity 44:233 sees some), no
/// difference between clones, targets do not move away.
namespace neurograft {

struct CytotoxicityParameters {
  double kill_per_d;
  double reach_um;
  double speed_um_per_min;
  double wall_layer_mm;
  double search_mm;
  double helpless_killing;
  double regulatory_block;
  double regulatory_half;
  double treg_half_per_mm3;
  double exhaustion_per_d;
  double nk_kill_per_d;
  double xenogeneic;
  double macrophage_kill_per_d;
  double macrophage_basal_share;
  double antibody_kill_per_d;
};

const Section<CytotoxicityParameters>& cytotoxicity_section();

/// Targets per mm3 at which a killer works at half its highest rate [cell/mm3]; above 0 for a
/// killer that never kills too.
double half_target_density(double kill_per_d, double reach_um, double speed_um_per_min) noexcept;

/// Hazard of one target [1/d] among `targets` others and `killers`, both per mm3, of whom
/// `rivals` stand in each other's way.
inline double killing_hazard(double kill_per_d, double half_density, double targets, double killers,
                             double rivals) noexcept {
  return kill_per_d * killers / (half_density + targets + rivals);
}

class Cytotoxicity final : public Process {
 public:
  explicit Cytotoxicity(const CytotoxicityParameters& parameters) : parameters_(parameters) {}

  std::string_view name() const noexcept override { return "cytotoxicity"; }
  void bind(World& world, ReadoutTable& readouts) override;
  void step(World& world, const StepContext& context) override;

 private:
  void lay_hazards(World& world, const StepContext& context) const;
  void lay_innate(World& world, const StepContext& context) const;
  void change_states(World& world, const StepContext& context) const;

  CytotoxicityParameters parameters_;
  EffectorState effectors_;
  DrugEffects drugs_;
  FieldState fields_;
  TissueState tissue_;
  CauseHandle ctl_, nk_, macrophage_, antibody_;
  SearchBlocks blocks_;
  Encounters encounters_;  // of the present step
};

}  // namespace neurograft
