#pragma once

#include <vector>

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>

/// Hypothesis: live donor cells in the ventricles release trophic factors into CSF, which reach the
/// tissue by diffusion through the ventricle wall and the pial surface.
///
/// CSF is one well-mixed compartment, renewed at rate r. Its level is 1 at steady state with
/// c_ref live cells (suspended or attached) per mL of CSF:
///
///     dX/dt = r (N / (V c_ref) - X), solved exactly for N constant over the step.
///
/// In tissue the level falls with depth x as exp(-x / L), what diffusion against uptake gives below
/// a plane surface. A voxel gets the mean over its own width h, about the distance x of its centre:
///
///     mean = exp(-x / L) sinh(h / 2L) / (h / 2L),   for x >= h / 2
///
/// so that the sum over a column of voxels is L whatever h. Nearer than h / 2 the surface cuts the
/// voxel, and only the part inside counts, (1 - exp(-(x + h/2) / L)) L / h. Distances of voxel
/// centres from the surfaces come from the maps `wall_distance` and `pial_distance` [mm]; where
/// both reach, the larger contribution counts. Without maps only voxels at the ventricle wall are
/// reached, and hold what a whole column would: wall area x L over the voxel's volume.
///
/// The result stands in the tissue array `trophic_csf` [1] and adds to the field T where `tissue`
/// reads it.
///
/// Limits: no delay on the way through CSF; surfaces taken as plane over L; brain folds narrower
/// than L are not seen.
namespace neurograft {

/// The CSF compartment, shared by both hypotheses.
struct CsfLevelParameters {
  double reference_cells_per_ml;
  double csf_volume_ml;
  double turnover_per_d;
};

struct CsfTrophicParameters : CsfLevelParameters {
  double reach_mm;
  double pial_share;
  double gain;
};

const Section<CsfTrophicParameters>& csf_trophic_section();

/// The CSF level after `dt_d`, from `level`, with the donor cells that are suspended or attached.
double advance_csf_level(const CsfLevelParameters& parameters, const World& world, double level,
                         double dt_d);

/// Mean of exp(-x / reach) over the part inside tissue of a voxel of width `h` whose centre lies at
/// `distance` from the surface, times that part's share of the width (all in mm); 0 at infinity.
double mean_below_surface(double distance, double h, double reach);

class CsfTrophic final : public Process {
 public:
  explicit CsfTrophic(const CsfTrophicParameters& parameters) : parameters_(parameters) {}

  std::string_view name() const noexcept override { return "csf_trophic"; }
  void bind(World& world, ReadoutTable& readouts) override;
  void step(World& world, const StepContext& context) override;

 private:
  CsfTrophicParameters parameters_;
  ArrayHandle level_, contribution_;
  std::vector<double> weight_;  ///< of the CSF level in each voxel; from grid and maps alone
};

}  // namespace neurograft
