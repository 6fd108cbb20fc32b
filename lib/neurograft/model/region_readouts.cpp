#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include <neurograft/core/units.hpp>
#include <neurograft/model/region_readouts.hpp>
#include <neurograft/model/region_sums.hpp>

namespace neurograft {
namespace {

// The sum of some arrays of tissue, by region.
RegionSums of_arrays(const World& world, const TissueState& tissue, Threads threads,
                     std::span<const ArrayHandle> arrays) {
  return over_regions(world, world.tissue()[tissue.lesion_kind], threads,
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
  return {"region",
          {"whole", "white", "grey", "lesions", "active", "chronic_active", "inactive",
           "remyelinated", "toxic"},
          {},
          ""};
}

// The mean over each region, or the total per volume times the voxel's volume, of a sum of arrays.
void add_sum(ReadoutTable& readouts, const TissueState& tissue, const char* name, const char* unit,
             const char* long_name, std::vector<ArrayHandle> arrays, bool mean) {
  readouts.add({name, unit, long_name, {region_dimension()}},
               [tissue, arrays, mean](const World& world, Threads threads, std::span<double> out) {
                 const RegionSums found = of_arrays(world, tissue, threads, arrays);
                 for (std::size_t r = 0; r < region_count; ++r) {
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
                const RegionSums cells = of_arrays(now, tissue, threads, pools);
                const RegionSums rest = over_regions(
                    now, now.tissue()[tissue.lesion_kind], threads,
                    [&](std::size_t begin, std::size_t end, double* values) {
                      for (std::size_t v = begin; v < end; ++v) {
                        const Label label = now.grid().label(static_cast<VoxelIndex>(v));
                        values[v - begin] = reference[label == Label::white ? 1 : 0];
                      }
                    });
                for (std::size_t r = 0; r < region_count; ++r) {
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
               [tissue](const World& world, Threads, std::span<double> out) {
                 // Serial: lesions are few voxels.
                 const auto& arrays = world.tissue();
                 const auto kind = arrays[tissue.lesion_kind];
                 const auto axons = arrays[tissue.axon_fraction];
                 const auto original = arrays[tissue.myelin_original];
                 const auto regenerated = arrays[tissue.myelin_remyelinated];
                 double restored = 0.0;
                 double lost = 0.0;
                 for (std::size_t v = 0; v < kind.size(); ++v) {
                   if (kind[v] == 0.0) continue;
                   restored += regenerated[v];
                   lost += axons[v] - original[v];
                 }
                 out[0] = ratio(restored, lost);
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
                 const RegionSums found = of_arrays(world, tissue, threads, {});
                 for (std::size_t r = 0; r < region_count; ++r) {
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
