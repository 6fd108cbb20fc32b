#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <neurograft/engine/process.hpp>
#include <neurograft/model/donor_density.hpp>
#include <neurograft/model/state.hpp>
#include <neurograft/model/tissue_law.hpp>

/// The host's tissue in every parenchyma voxel, by the law in `tissue_law.hpp`. Around it:
///
/// - donor oligodendrocytes, precursors and stem cells are counted per voxel at each step, danger
/// is
///   the deaths of donor cells since the last one; both over at least `density_mm`, since the laws
///   they enter saturate: a cell or a death in a small voxel would look like a crowd;
/// - an active lesion has an imposed activity d_0 / (1 + (t / tau)^2), t since its onset: what
///   drives new lesions comes from outside the model;
/// - a voxel of a chronic active lesion that borders on other white matter is rim: it has a
///   constant imposed activity, and the front moves outwards at v: a neighbour is passed by
///   v dt sqrt(sum 1 / h_i^2) of its volume per step, i the axes along which it meets the lesion.
///   In the passed share myelin is debris and most oligodendrocytes and OPC are gone; when passed
///   wholly the voxel joins the lesion. Fronts along an axis and diagonal ones move at v whatever
///   the voxel size, others up to a tenth faster: a lesion grows within its first voxel too.
///   Drugs against microglial activation slow it. Other lesions do not expand;
/// - OPC of chronic active and inactive lesions differentiate at an imposed small share;
/// - slow degeneration, a natural history given with the host, acts outside lesions. Only what the
///   two hypotheses add to T slows it.
///
/// A voxel in its healthy state with no input is skipped: all its fluxes are exactly zero.
/// Donor cells on the ventricle wall count in their voxel's volume, not in the wall sheet's.
namespace neurograft {

class Tissue final : public Process {
 public:
  explicit Tissue(const TissueParameters& parameters) : parameters_(parameters), law_(parameters) {}

  std::string_view name() const noexcept override { return "tissue"; }

  /// Fills voxels whose cell densities are all zero with healthy tissue.
  void bind(World& world, ReadoutTable& readouts) override;
  void step(World& world, const StepContext& context) override;

 private:
  struct View;
  struct Stretch;

  /// Array of a pool in the order of `TissueVoxel`.
  ArrayHandle pool_handle(std::size_t pool) const;
  void count_donors(const World& world, Threads threads);
  void count_deaths(World& world, Threads threads);
  void move_rims(World& world, const StepContext& context) const;
  /// What the rim does to a voxel of which it had passed `before`; returns the myelin lost [1].
  double pass_rim(World& world, VoxelIndex voxel, double before) const;
  double lesion_drive(const World& world, VoxelIndex voxel, double kind, double onset_d,
                      double day) const;
  void take(Stretch& stretch, const View& view, const World& world,
            const StepContext& context) const;
  /// Of the voxels from `at` on in the stretch.
  TissueInputs inputs_of(const View& view, const World& world, const StepContext& context,
                         const Stretch& stretch, std::size_t at) const;
  void check(const World& world, const StepContext& context, std::size_t voxel,
             const std::array<TissueLanes, 12>& values) const;
  std::array<double, 3> step_block(const View& view, const World& world, const StepContext& context,
                                   std::size_t begin, std::size_t end) const;

  TissueParameters parameters_;
  TissueLaw law_;
  TissueState tissue_;
  FieldState fields_;
  DrugEffects drugs_;
  GraftState graft_;
  HostState host_;
  ArrayHandle deaths_seen_;  ///< donor deaths up to the last step [cell]
  ArrayHandle toxin_;        ///< compartment `insult_cuprizone`: integrated hazard [1]
  ArrayHandle toxin_seen_;   ///< what of it has been applied [1]
  ArrayHandle ledger_;       ///< compartment `myelin_ledger`: formed, lost, cleared [mm3]

  SearchBlocks blocks_;  // over which donor cells and deaths are averaged
  // Donor cells per voxel, and deaths since the last step; counted afresh at each step.
  std::vector<double> stem_, precursors_, oligodendrocytes_, dead_;
};

}  // namespace neurograft
