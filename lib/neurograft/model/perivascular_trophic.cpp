#include <numeric>

#include <neurograft/core/math.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/model/perivascular_trophic.hpp>

namespace neurograft {

const Section<PerivascularTrophicParameters>& perivascular_trophic_section() {
  using P = PerivascularTrophicParameters;
  const auto& csf = csf_trophic_section().table();
  static const Section<P> section(
      "perivascular_trophic", "Hypothesis: trophic factors are carried from CSF deep along vessels",
      {{*csf.find("reference_cells_per_ml"), &P::reference_cells_per_ml},
       {*csf.find("csf_volume_ml"), &P::csf_volume_ml},
       {*csf.find("turnover_per_d"), &P::turnover_per_d},
       {{"share", "1", 0.1, ranges::gain, "Trophic level deep in tissue over that in CSF",
         "assumed", Grade::hypothesis},
        &P::share}});
  return section;
}

void PerivascularTrophic::bind(World& world, ReadoutTable& readouts) {
  const std::size_t voxels = world.grid().parenchyma_size();
  level_ = world.compartments().add("perivascular_trophic_level", "1",
                                    "trophic level in CSF that vessels carry inwards", 1);
  contribution_ = world.tissue().add("trophic_perivascular", "1",
                                     "trophic level carried along vessels", voxels);
  mean_vessels_ = 0.0;
  if (world.maps().contains("vessel_density")) {
    vessels_ = world.maps().find("vessel_density");
    const std::span<const double> density = world.maps()[vessels_];
    mean_vessels_ =
        std::accumulate(density.begin(), density.end(), 0.0) / static_cast<double>(voxels);
  }
  readouts.add(
      {"perivascular_trophic", "1", "mean trophic level carried along vessels", {}},
      [handle = level_, share = parameters_.share](const World& w, Threads, std::span<double> out) {
        out[0] = share * w.compartments().scalar(handle);
      });
}

void PerivascularTrophic::step(World& world, const StepContext& context) {
  double& level = world.compartments().scalar(level_);
  level = advance_csf_level(parameters_, world, level, context.dt_d);
  const bool uniform = !(mean_vessels_ > 0.0);
  const double scale = parameters_.share * level / (uniform ? 1.0 : mean_vessels_);
  const std::span<double> contribution = world.tissue()[contribution_];
  const std::span<const double> density =
      uniform ? std::span<const double>() : world.maps()[vessels_];
  parallel_for(context.threads, contribution.size(), voxel_block,
               [&](std::size_t begin, std::size_t end) {
                 for (std::size_t v = begin; v < end; ++v) {
                   contribution[v] = uniform ? scale : scale * density[v];
                 }
               });
}

}  // namespace neurograft
