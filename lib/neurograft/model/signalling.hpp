#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/model/diffusion_operator.hpp>
#include <neurograft/model/field_settings.hpp>
#include <neurograft/model/quasi_steady_solver.hpp>
#include <neurograft/model/state.hpp>
#include <neurograft/model/transient_solver.hpp>

/// Substances released by cells diffuse and decay in the tissue:
///
///     du/dt = div(D grad u) - k u + s,
///
/// in balance at each step (`quasi_steady`, the default: cytokines relax within an hour or so,
/// tissue within days) or followed in time (`transient`; those that diffuse alike go two by two, in
/// as many sub-steps as the most demanding needs).
///
/// **Normalisation.** Levels are pure numbers. A source is written as s = k x target, where the
/// target is the level that a region much wider than L = sqrt(D / k) would hold: there diffusion
/// carries nothing away, and k u = s = k target. So half-life and D set how far a substance
/// reaches, not its level at the source. With N cells per mm3 of voxel:
///
///     I: [ g1/g1_ref + T/T_ref + deaths/deaths_ref + rim ] (1 - drug) / (1 + R/K)
///     R: g2/g2_ref + Treg/Treg_ref + donor/donor_ref
///     T: donor/donor_ref + w g2/g2_ref
///     C: g1/g1_ref + w_l [active or chronic active lesion] + w_d deaths/deaths_ref
///     A: (shedding x donor + deaths) / release_ref
///
/// A reference active lesion is a wide region with pro-inflammatory microglia at g1_ref, without T
/// cells, deaths, R or drugs: it holds I = 1 and, but for w_l, C = 1 by construction. The gain of
/// this stage of the loop g1 -> I -> loss -> debris -> g1 is then at most 1 per g1/g1_ref, and less
/// with R, drugs or where a lesion is not wide against L; whether the loop's gain stays below one
/// is decided by `tissue`.
///
/// Deaths are those of donor cells since this process's last step, per day, from the cumulative
/// count. Donor cells on the wall count like others: sources are linear, so the amount released
/// does not depend on how a voxel shares it out. T cells are CD8 and CD4 that search, are engaged
/// or resident. The rim is the part of a chronic active lesion within `rim_width_mm` of its border
/// with other tissue, counted in faces of voxels (up to 1.7 too thin in oblique directions).
///
/// A process of a user's own adds to field NAME through a tissue array `source_NAME` [1/d], read at
/// each step if it is there.
///
/// Where `fibre_diffusion_ratio` > 1 and the maps hold a fibre direction f, white matter has
/// D_axis = D 3 (1 + (ratio - 1) f_axis^2) / (ratio + 2): the diagonal of the tensor, same mean.
///
/// Limits: at voxels wider than L neighbours hardly mix and gradients are not resolved; the run
/// says so in its events. No convection in tissue, no uptake that saturates.
namespace neurograft {

struct SignallingParameters {
  double tolerance;
  std::int64_t max_iterations;
  double transient_tolerance;
  std::int64_t max_substeps;
  double fibre_diffusion_ratio;
  double microglia_inflammatory_per_mm3;
  double t_cells_per_mm3;
  double danger_deaths_per_mm3_per_d;
  double rim_level;
  double rim_width_mm;
  double regulatory_half;
  double microglia_reparative_per_mm3;
  double treg_per_mm3;
  double donor_regulatory_per_mm3;
  double donor_trophic_per_mm3;
  double microglia_trophic_weight;
  double lesion_chemoattractant_weight;
  double danger_chemoattractant_weight;
  double antigen_shedding_per_d;
  double antigen_release_per_mm3_per_d;
};

const Section<SignallingParameters>& signalling_section();

class SignallingSources;

class Signalling final : public Process {
 public:
  /// Throws InputError, with all problems, for fields of the same name, a built-in field that is
  /// missing or does not decay, and a quasi-steady field without decay.
  Signalling(const SignallingParameters& parameters, std::vector<FieldSetting> fields);

  std::string_view name() const noexcept override { return "signalling"; }
  void bind(World& world, ReadoutTable& readouts) override;
  /// At tick 0: says which fields the grid does not resolve.
  void begin_tick(World& world, const StepContext& context) override;
  void step(World& world, const StepContext& context) override;

 private:
  friend class SignallingSources;

  struct Field {
    std::size_t setting;  ///< index in `fields_`
    ArrayHandle level;
    ArrayHandle ledger;
    DiffusionOperator diffusion;
    std::optional<QuasiSteadySolver> solver;  ///< of quasi-steady fields
  };

  const DiffusionStencil& stencil(const World& world, const FieldParameters& field);
  /// Coarse levels for a field whose range is long; else none.
  const DiffusionHierarchy* hierarchy(const World& world, const DiffusionOperator& diffusion);
  void declare(ReadoutTable& readouts) const;
  /// Neighbours in `order_` that are solved in one go: one field, or two transient ones that
  /// diffuse alike.
  std::size_t end_of_group(std::size_t first) const;
  static bool go_together(const Field& a, const Field& b) noexcept;
  void fill_source(World& world, const SignallingSources& sources, const Field& field,
                   std::span<double> source) const;
  void solve(World& world, std::span<const Field> group, const StepContext& context);
  void book(World& world, const Field& field, std::int64_t iterations, const FieldLedger& ledger);

  SignallingParameters parameters_;
  std::vector<FieldSetting> fields_;
  TissueState tissue_{};
  FieldState built_in_{};
  DrugEffects drugs_{};
  GraftState graft_{};
  ArrayHandle deaths_seen_, iterations_;
  std::vector<std::unique_ptr<DiffusionStencil>> stencils_;  ///< one per ratio of D
  std::map<const DiffusionStencil*, std::unique_ptr<DiffusionHierarchy>> hierarchies_;
  std::map<std::size_t, const DiffusionHierarchy*> over_a_step_;  ///< of transient fields
  std::unique_ptr<TransientSolver> transient_;
  std::vector<Field>
      order_;  ///< R before I, which it damps; then transient ones that diffuse alike side by side
  // Scratch, without meaning between steps.
  std::vector<double> source_;  ///< of a group, field by field
  SolverWorkspace workspace_;
};

/// Per voxel, the part that lies within `width_mm` of the border of a chronic active lesion with
/// other tissue, in (0, 1]; voxels without are left out. In voxel order.
struct RimVoxel {
  VoxelIndex voxel;
  double share;
};
std::vector<RimVoxel> lesion_rim(const Grid& grid, std::span<const double> lesion_id,
                                 std::span<const double> lesion_kind, double width_mm);

}  // namespace neurograft
