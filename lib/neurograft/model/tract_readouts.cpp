#include <neurograft/model/tract_readouts.hpp>

namespace neurograft {
namespace {

// Means of the sum of one or two arrays over the voxels of each tract, in fixed blocks.
void tract_means(const World& world, Threads threads, ArrayHandle map,
                 const std::vector<ArrayHandle>& arrays, std::span<double> out) {
  const auto tract = world.maps()[map];
  const std::size_t stride = 2 * out.size();  // sum and voxels per tract
  std::vector<double> parts((tract.size() + voxel_block - 1) / voxel_block * stride);
  parallel_for(threads, tract.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
    double* part = parts.data() + begin / voxel_block * stride;
    for (std::size_t v = begin; v < end; ++v) {
      if (!(tract[v] >= 1.0) || tract[v] > static_cast<double>(out.size())) continue;
      const std::size_t place = 2 * (static_cast<std::size_t>(tract[v]) - 1);
      for (const ArrayHandle array : arrays) part[place] += world.tissue()[array][v];
      part[place + 1] += 1.0;
    }
  });
  for (std::size_t t = 0; t < out.size(); ++t) {
    double sum = 0.0;
    double voxels = 0.0;
    for (std::size_t start = 0; start < parts.size(); start += stride) {
      sum += parts[start + 2 * t];
      voxels += parts[start + 2 * t + 1];
    }
    out[t] = voxels > 0.0 ? sum / voxels : 0.0;
  }
}

}  // namespace

void add_tract_readouts(const World& world, ReadoutTable& readouts, const TissueState& tissue,
                        const std::vector<std::string>& tracts) {
  if (tracts.empty() || !world.maps().contains("tract_id")) return;
  const ArrayHandle map = world.maps().find("tract_id");
  const ReadoutDimension dimension{"tract", tracts, {}, ""};
  const auto add = [&](const char* name, const char* long_name, std::vector<ArrayHandle> arrays) {
    readouts.add({name, "1", long_name, {dimension}},
                 [map, arrays](const World& now, Threads threads, std::span<double> out) {
                   tract_means(now, threads, map, arrays, out);
                 });
  };
  add("tract_axon_fraction", "surviving axons along the tract", {tissue.axon_fraction});
  add("tract_myelin_fraction", "myelinated axons along the tract",
      {tissue.myelin_original, tissue.myelin_remyelinated});
}

}  // namespace neurograft
