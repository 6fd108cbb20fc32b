#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <neurograft/core/parameter.hpp>

/// The sections of a config that describe a run rather than a process: what is simulated, in whom,
/// with which graft, and what is written.
namespace neurograft {

struct SimulationSettings {
  std::string title;
  double start_d;
  double duration_d;
  std::int64_t seed;
  double step_h;
  double sort_every_h;
};
const Section<SimulationSettings>& simulation_section();

struct BrainSettings {
  std::string source;
  double resolution_mm;
  std::string templates;
  std::string segmentation;
  std::string labels;
  double native_volume_ml;
  double ventricle_volume_ml;
  std::string tracts;
  std::vector<double> aqueduct_mm;
  std::vector<double> patch_size_mm;
  double patch_voxel_um;
  std::string patch_tissue;
  bool patch_ventricle;
  std::vector<double> patch_fibres;
  double vessel_density_grey;
};
const Section<BrainSettings>& brain_section();

struct HostSettings {
  double age_y;
  double body_mass_kg;
  double node_volume_ml;
  std::string cyp3a5;
  std::int64_t hla_mismatches;
  double response_gain;
  double response_gain_sigma;
  bool draw_response_gain;
  double degeneration_percent_per_y;
  double adherence;
  double age_reference_y;
  double age_scale_y;
};
const Section<HostSettings>& host_section();

struct GraftSettings {
  double cells;
  std::string route;
  std::vector<double> site_mm;
  double radius_mm;
  double day;
  double viability;
  std::string product;
  double hla1;
  double hla2;
  double shared_mismatches;
};
const Section<GraftSettings>& graft_section();
const Section<GraftSettings>& extra_graft_section();  ///< [[graft.extra]]: further injections

struct OutputSettings {
  double every_d;
  std::vector<double> snapshots_d;
  std::vector<std::string> fields;
  bool agents;
  std::vector<double> agents_d;
  double checkpoint_every_min;
};
const Section<OutputSettings>& output_section();

}  // namespace neurograft
