#pragma once

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/model/donor_density.hpp>
#include <neurograft/model/state.hpp>

/// Motion of single cells in tissue. A cell's velocity is an Ornstein-Uhlenbeck process with
/// persistence time tau and diffusivity D (the persistent random walk): over a step dt, with
/// a = dt / tau, E = exp(-a), s = sqrt(D tau) and the heading h = v tau / s,
///
///     dx = s [(1 - E) h + X],   h' = E h + V,
///     var X = 2a - 3 + 4E - E^2,   var V = 1 - E^2,   cov(X, V) = (1 - E)^2,
///
/// drawn exactly, so that the mean squared displacement 6 D (t - tau (1 - exp(-t / tau))) does not
/// depend on dt. On top:
/// - donor cells in white matter with a known fibre direction keep D along it and have D / ratio
///   across it; grey matter scales D; D falls linearly with local density to zero at the crowding
///   limit; the gradient of the chemoattractant C adds a drift v_max |g| / (|g| + g_half) along it,
///   scaled likewise by grey matter and density;
/// - stem cells at rest from division move on, once a day over that day, which the exact law
/// allows;
/// - T cells have D from their motility coefficient; engaged ones stay, resident ones are slow;
/// - a move that would leave the parenchyma, anywhere along its straight path, is not made and the
///   heading turns back; nor is a share 1 - s_2 / s_1 of the moves into a voxel where displacements
///   are scaled by s_2 < s_1; where the move is made the rest of it is scaled by s_2. So the flux
///   between voxels follows Fick's law: a uniform population stays uniform though some of its
///   surroundings are slow, and a crowd that has reached the limit takes up no more cells. (By the
///   scale of the start alone, cells gather where they are slow, and a crowd above two thirds of
///   the limit draws itself together by random walk.)
/// Attached cells enter the tissue at a constant rate.
///
/// Limits: a resting cell moves as if it had been at rest for all of that day; at voxels of 1-2 mm
/// the gradient of C is below the grid and the drift is nearly zero away from large lesions; paths
/// do not follow fibres more finely than a voxel.
namespace neurograft {

struct MigrationParameters {
  double donor_diffusivity_mm2_per_d;
  double donor_persistence_h;
  double fibre_ratio;
  double grey_factor;
  double crowding_limit_per_mm3;
  double chemotaxis_max_mm_per_d;
  double chemotaxis_half_gradient_per_mm;
  double resting_factor;
  double opc_like_factor;
  double astrocyte_factor;
  double wall_entry_per_d;
  double wall_layer_mm;
  double density_mm;
  double immune_motility_um2_per_min;
  double immune_persistence_min;
  double resident_factor;
};

const Section<MigrationParameters>& migration_section();

class Migration final : public Process {
 public:
  explicit Migration(const MigrationParameters& parameters) : parameters_(parameters) {}

  std::string_view name() const noexcept override { return "migration"; }
  void bind(World& world, ReadoutTable& readouts) override;
  void step(World& world, const StepContext& context) override;

 private:
  class Sweep;

  MigrationParameters parameters_;
  DonorDensities densities_;
  FieldState fields_;
  CauseHandle entry_;
  bool has_fibres_ = false;
  std::array<ArrayHandle, 3> fibre_{};
};

}  // namespace neurograft
