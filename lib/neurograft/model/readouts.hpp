#pragma once

#include <string>
#include <vector>

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/model/brain_volume.hpp>
#include <neurograft/model/state.hpp>

/// What a run records of donor cells, immune cells, tissue, brain volume, safety and tracts. Sums
/// over agents are integer counts, sums over voxels use fixed blocks.
///
/// The process itself changes only its own compartments: the reference volumes of PBVC (those
/// of day 0; before it PBVC is not a number), the neurofilament level and the running peak of
/// inflammation at the graft.
///
/// Neurofilament light in blood: N' = k (N_base - N) + y (70 kg / mass) L, with L the loss of axon
/// volume [mm3/d]; solved exactly over a step. y is set so that an untreated SPMS brain (1.2 L,
/// -0.58 %/y) has 32 pg/mL.
namespace neurograft {

struct ReadoutsParameters {
  double white_axon_share;
  double white_myelin_share;
  double grey_axon_share;
  double grey_myelin_share;
  double water_swelling;
  double remyelinated_thickness;
  double t2_faint;
  double t2_bright;
  double nfl_baseline_pg_per_ml;
  double nfl_half_life_d;
  double nfl_yield_pg_per_ml_per_mm3;
  double wall_layer_mm;
  double aqueduct_reach_mm;
  std::vector<double> depth_edges_mm;
};

const Section<ReadoutsParameters>& readouts_section();

VolumeLaw volume_law(const ReadoutsParameters& parameters) noexcept;

class Readouts final : public Process {
 public:
  /// `tracts` names the values 1, 2, ... of the map `tract_id`.
  explicit Readouts(ReadoutsParameters parameters, std::vector<std::string> tracts = {});

  std::string_view name() const noexcept override { return "readouts"; }

  /// Throws InputError if the depth edges do not rise from 0 or more.
  void bind(World& world, ReadoutTable& readouts) override;
  void begin_tick(World& world, const StepContext& context) override;
  void step(World& world, const StepContext& context) override;

 private:
  void add_volume_readouts(ReadoutTable& readouts) const;
  void follow_neurofilament(World& world, const StepContext& context) const;

  ReadoutsParameters parameters_;
  std::vector<std::string> tracts_;
  TissueState tissue_;
  FieldState fields_;
  HostState host_;
  ArrayHandle reference_volume_;  ///< whole, grey, white [mL]
  ArrayHandle neurofilament_;     ///< [pg/mL]
  ArrayHandle axons_seen_;        ///< axon volume at the last step [mm3]; 0 before the first
  ArrayHandle peak_inflammation_;
};

}  // namespace neurograft
