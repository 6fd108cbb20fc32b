#include <algorithm>
#include <cmath>

#include <neurograft/core/math.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/model/csf_trophic.hpp>

namespace neurograft {
namespace {

std::vector<double> surface_weights(const World& world, const CsfTrophicParameters& parameters) {
  const Grid& grid = world.grid();
  const std::size_t voxels = grid.parenchyma_size();
  std::vector<double> weight(voxels, 0.0);
  const double h = math::cbrt(grid.voxel_volume_mm3());
  const auto add = [&](const char* map, double share) {
    const std::span<const double> distance = world.maps()[world.maps().find(map)];
    for (std::size_t v = 0; v < voxels; ++v) {
      weight[v] =
          std::max(weight[v], share * mean_below_surface(distance[v], h, parameters.reach_mm));
    }
  };
  if (world.maps().contains("wall_distance")) {
    add("wall_distance", 1.0);
  } else {
    for (VoxelIndex v = 0; v < voxels; ++v) {
      weight[v] = world.wall().area_mm2(v) * parameters.reach_mm / grid.voxel_volume_mm3();
    }
  }
  if (world.maps().contains("pial_distance")) add("pial_distance", parameters.pial_share);
  return weight;
}

}  // namespace

const Section<CsfTrophicParameters>& csf_trophic_section() {
  using P = CsfTrophicParameters;
  static const Section<P> section(
      "csf_trophic", "Hypothesis: trophic factors in CSF act at ventricle and pial surfaces",
      {{{"reference_cells_per_ml", "cell/mL", 1e4, ranges::per_ml,
         "Live donor cells per mL of CSF that hold a CSF level of 1",
         "assumed: 1.5e6 cells in 150 mL", Grade::hypothesis},
        &P::reference_cells_per_ml},
       {{"csf_volume_ml", "mL", 150.0, ranges::some_volume, "Volume of CSF",
         "adult human, doi 10.1201/9781138704169-10", Grade::measured},
        &P::csf_volume_ml},
       {{"turnover_per_d", "1/d", 3.25, ranges::some_rate_per_d, "Renewal of CSF",
         "430-530 mL/d over 150 mL, Sakka 2011, doi 10.1016/j.anorl.2011.03.002", Grade::derived},
        &P::turnover_per_d},
       {{"reach_mm", "mm", 0.7, ranges::length_mm, "Depth at which the level has fallen to 1/e",
         "assumed: sqrt(D/k) at 40 um2/s and a half-life of 2.5 h", Grade::hypothesis},
        &P::reach_mm},
       {{"pial_share", "1", 1.0, fraction, "Level in subarachnoid CSF over that in the ventricles",
         "assumed", Grade::hypothesis},
        &P::pial_share},
       {{"gain", "1", 1.0, ranges::gain, "Trophic level in tissue at a surface over that in CSF",
         "assumed", Grade::hypothesis},
        &P::gain}});
  return section;
}

double advance_csf_level(const CsfLevelParameters& parameters, const World& world, double level,
                         double dt_d) {
  const double cells = static_cast<double>(world.agents().count(State::suspended)) +
                       static_cast<double>(world.agents().count(State::attaching)) +
                       static_cast<double>(world.agents().count(State::attached));
  const double target = cells / (parameters.csf_volume_ml * parameters.reference_cells_per_ml);
  return level - (target - level) * math::expm1(-parameters.turnover_per_d * dt_d);
}

double mean_below_surface(double distance, double h, double reach) {
  if (std::isinf(distance)) return 0.0;
  const double top = std::max(0.0, distance - 0.5 * h);
  const double thickness = std::max(0.0, distance + 0.5 * h - top);
  return -math::exp(-top / reach) * math::expm1(-thickness / reach) * reach / h;
}

void CsfTrophic::bind(World& world, ReadoutTable& readouts) {
  level_ = world.compartments().add("csf_trophic_level", "1", "trophic level in CSF", 1);
  contribution_ = world.tissue().add("trophic_csf", "1", "trophic level that CSF adds in tissue",
                                     world.grid().parenchyma_size());
  weight_ = surface_weights(world, parameters_);
  readouts.add({"csf_trophic", "1", "trophic level in CSF", {}},
               [handle = level_](const World& w, Threads, std::span<double> out) {
                 out[0] = w.compartments().scalar(handle);
               });
}

void CsfTrophic::step(World& world, const StepContext& context) {
  double& level = world.compartments().scalar(level_);
  level = advance_csf_level(parameters_, world, level, context.dt_d);
  const double scale = parameters_.gain * level;
  const std::span<double> contribution = world.tissue()[contribution_];
  parallel_for(context.threads, contribution.size(), voxel_block,
               [&](std::size_t begin, std::size_t end) {
                 for (std::size_t v = begin; v < end; ++v) contribution[v] = scale * weight_[v];
               });
}

}  // namespace neurograft
