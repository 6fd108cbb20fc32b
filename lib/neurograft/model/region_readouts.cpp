#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include <neurograft/core/units.hpp>
#include <neurograft/model/region_readouts.hpp>

namespace neurograft {
namespace {

constexpr std::size_t regions_count = 8;
constexpr std::size_t all_lesions = 3;
using RegionSums = std::array<double, regions_count>;

// Sums over the voxels of each region, and how many these are.
struct Regions {
  RegionSums sum{};
  RegionSums voxels{};
};

// `fill(begin, end, values)` gives the values of voxels [begin, end); sums are in fixed blocks.
template <class Fill>
Regions over_regions(const World& world, const TissueState& tissue, Threads threads, Fill fill) {
  const auto kinds = world.tissue()[tissue.lesion_kind];
  const std::size_t voxels = kinds.size();
  std::vector<Regions> blocks((voxels + voxel_block - 1) / voxel_block);
  parallel_for(threads, voxels, voxel_block, [&](std::size_t begin, std::size_t end) {
    std::array<double, voxel_block> values;
    fill(begin, end, values.data());
    Regions regions;
    for (std::size_t v = begin; v < end; ++v) {
      const double x = values[v - begin];
      const std::size_t label =
          world.grid().label(static_cast<VoxelIndex>(v)) == Label::white ? 1 : 2;
      regions.sum[label] += x;
      regions.voxels[label] += 1.0;
      if (kinds[v] == 0.0) continue;
      const std::size_t lesion = all_lesions + static_cast<std::size_t>(kinds[v]);
      regions.sum[lesion] += x;
      regions.voxels[lesion] += 1.0;
    }
    for (RegionSums* sums : {&regions.sum, &regions.voxels}) {
      (*sums)[0] = (*sums)[1] + (*sums)[2];
      for (std::size_t kind = all_lesions + 1; kind < sums->size(); ++kind) {
        (*sums)[all_lesions] += (*sums)[kind];
      }
    }
    blocks[begin / voxel_block] = regions;
  });
  Regions total;
  for (const Regions& block : blocks) {
    for (std::size_t r = 0; r < regions_count; ++r) {
      total.sum[r] += block.sum[r];
      total.voxels[r] += block.voxels[r];
    }
  }
  return total;
}

// The sum of some arrays of tissue, by region.
Regions of_arrays(const World& world, const TissueState& tissue, Threads threads,
                  std::span<const ArrayHandle> arrays) {
  return over_regions(world, tissue, threads,
                      [&](std::size_t begin, std::size_t end, double* values) {
                        std::fill(values, values + (end - begin), 0.0);
                        for (const ArrayHandle array : arrays) {
                          const double* x = world.tissue()[array].data() + begin;
                          for (std::size_t n = 0; n < end - begin; ++n) values[n] += x[n];
                        }
                      });
}

double ratio(double part, double whole) {
  return whole > 0.0 ? part / whole : 0.0;
}

ReadoutDimension region_dimension() {
  return {
      "region",
      {"whole", "white", "grey", "lesions", "active", "chronic_active", "inactive", "remyelinated"},
      {},
      ""};
}

// The mean over each region, or the total per volume times the voxel's volume, of a sum of arrays.
void add_sum(ReadoutTable& readouts, const TissueState& tissue, const char* name, const char* unit,
             const char* long_name, std::vector<ArrayHandle> arrays, bool mean) {
  readouts.add({name, unit, long_name, {region_dimension()}},
               [tissue, arrays, mean](const World& world, Threads threads, std::span<double> out) {
                 const Regions found = of_arrays(world, tissue, threads, arrays);
                 for (std::size_t r = 0; r < regions_count; ++r) {
                   out[r] = mean ? ratio(found.sum[r], found.voxels[r])
                                 : found.sum[r] * world.grid().voxel_volume_mm3();
                 }
               });
}

void add_microglia_fold(ReadoutTable& readouts, const TissueState& tissue) {
  // The healthy density belongs to the process `tissue`, which may be bound later.
  readouts.add_late([tissue](const World& world, ReadoutTable& table) {
    if (!world.compartments().contains("healthy_microglia")) return;
    const ArrayHandle healthy = world.compartments().find("healthy_microglia");
    table.add({"microglia_fold", "1", "microglia, of the healthy number", {region_dimension()}},
              [tissue, healthy](const World& now, Threads threads, std::span<double> out) {
                const auto reference = now.compartments()[healthy];
                const std::array pools{tissue.microglia_resting, tissue.microglia_inflammatory,
                                       tissue.microglia_reparative};
                const Regions cells = of_arrays(now, tissue, threads, pools);
                const Regions rest = over_regions(
                    now, tissue, threads, [&](std::size_t begin, std::size_t end, double* values) {
                      for (std::size_t v = begin; v < end; ++v) {
                        const Label label = now.grid().label(static_cast<VoxelIndex>(v));
                        values[v - begin] = reference[label == Label::white ? 1 : 0];
                      }
                    });
                for (std::size_t r = 0; r < regions_count; ++r) {
                  out[r] = ratio(cells.sum[r], rest.sum[r]);
                }
              });
  });
}

void add_lesion_share(ReadoutTable& readouts, const TissueState& tissue) {
  readouts.add({"lesion_remyelinated_share",
                "1",
                "remyelinated share of the lesion area that had lost its myelin",
                {}},
               [tissue](const World& world, Threads threads, std::span<double> out) {
                 const auto sum = [&](ArrayHandle array) {
                   return of_arrays(world, tissue, threads, {{array}}).sum[all_lesions];
                 };
                 out[0] = ratio(sum(tissue.myelin_remyelinated),
                                sum(tissue.axon_fraction) - sum(tissue.myelin_original));
               });
}

}  // namespace

void add_region_readouts(const TissueState& tissue, ReadoutTable& readouts) {
  const auto mean = [&](const char* name, const char* long_name, std::vector<ArrayHandle> arrays) {
    add_sum(readouts, tissue, name, "1", long_name, std::move(arrays), true);
  };
  const auto total = [&](const char* name, const char* long_name, std::vector<ArrayHandle> arrays) {
    add_sum(readouts, tissue, name, "cell", long_name, std::move(arrays), false);
  };
  readouts.add({"region_volume", "mL", "volume of the region's voxels", {region_dimension()}},
               [tissue](const World& world, Threads threads, std::span<double> out) {
                 const Regions found = of_arrays(world, tissue, threads, {});
                 for (std::size_t r = 0; r < regions_count; ++r) {
                   out[r] = found.voxels[r] * world.grid().voxel_volume_mm3() / units::mm3_per_ml;
                 }
               });
  mean("myelinated_fraction", "myelinated axons, of all in health",
       {tissue.myelin_original, tissue.myelin_remyelinated});
  mean("remyelinated_fraction", "remyelinated axons, of all in health",
       {tissue.myelin_remyelinated});
  mean("axon_fraction", "surviving axons or neurites", {tissue.axon_fraction});
  mean("debris", "myelin debris, in units of full myelin", {tissue.debris});
  total("oligodendrocytes", "mature oligodendrocytes of the host", {tissue.oligodendrocytes});
  total("opc", "oligodendrocyte precursor cells of the host", {tissue.opc});
  total("microglia", "microglia in all states",
        {tissue.microglia_resting, tissue.microglia_inflammatory, tissue.microglia_reparative});
  add_microglia_fold(readouts, tissue);
  add_lesion_share(readouts, tissue);
}

}  // namespace neurograft
