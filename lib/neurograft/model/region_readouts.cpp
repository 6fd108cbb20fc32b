#include <array>
#include <functional>
#include <vector>

#include <neurograft/core/units.hpp>
#include <neurograft/model/region_readouts.hpp>

namespace neurograft {
namespace {

constexpr std::size_t regions = 8;
constexpr std::size_t all_lesions = 3;
using RegionSums = std::array<double, regions>;
using VoxelValue = FunctionRef<double(std::size_t voxel)>;

// Sum of a value over the voxels of each region, in fixed blocks.
RegionSums region_sums(const World& world, const TissueState& tissue, Threads threads,
                       VoxelValue value) {
  const auto kinds = world.tissue()[tissue.lesion_kind];
  const std::size_t voxels = kinds.size();
  std::vector<RegionSums> blocks((voxels + voxel_block - 1) / voxel_block);
  parallel_for(threads, voxels, voxel_block, [&](std::size_t begin, std::size_t end) {
    RegionSums sums{};
    for (std::size_t v = begin; v < end; ++v) {
      const double x = value(v);
      sums[0] += x;
      sums[world.grid().label(static_cast<VoxelIndex>(v)) == Label::white ? 1 : 2] += x;
      if (kinds[v] == 0.0) continue;
      sums[all_lesions] += x;
      sums[all_lesions + static_cast<std::size_t>(kinds[v])] += x;
    }
    blocks[begin / voxel_block] = sums;
  });
  RegionSums total{};
  for (const RegionSums& block : blocks) {
    for (std::size_t r = 0; r < regions; ++r) total[r] += block[r];
  }
  return total;
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
                 const auto sums = region_sums(world, tissue, threads, [&](std::size_t v) {
                   double x = 0.0;
                   for (const ArrayHandle array : arrays) x += world.tissue()[array][v];
                   return x;
                 });
                 const auto voxels =
                     mean ? region_sums(world, tissue, threads, [](std::size_t) { return 1.0; })
                          : RegionSums{};
                 for (std::size_t r = 0; r < regions; ++r) {
                   out[r] =
                       mean ? ratio(sums[r], voxels[r]) : sums[r] * world.grid().voxel_volume_mm3();
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
                const auto& arrays = now.tissue();
                const auto reference = now.compartments()[healthy];
                const auto cells = region_sums(now, tissue, threads, [&](std::size_t v) {
                  return arrays[tissue.microglia_resting][v] +
                         arrays[tissue.microglia_inflammatory][v] +
                         arrays[tissue.microglia_reparative][v];
                });
                const auto rest = region_sums(now, tissue, threads, [&](std::size_t v) {
                  return reference[now.grid().label(static_cast<VoxelIndex>(v)) == Label::white];
                });
                for (std::size_t r = 0; r < regions; ++r) out[r] = ratio(cells[r], rest[r]);
              });
  });
}

void add_lesion_share(ReadoutTable& readouts, const TissueState& tissue) {
  readouts.add({"lesion_remyelinated_share",
                "1",
                "remyelinated share of the lesion area that had lost its myelin",
                {}},
               [tissue](const World& world, Threads threads, std::span<double> out) {
                 const auto& arrays = world.tissue();
                 const auto made = region_sums(world, tissue, threads, [&](std::size_t v) {
                   return arrays[tissue.myelin_remyelinated][v];
                 });
                 const auto lost = region_sums(world, tissue, threads, [&](std::size_t v) {
                   return arrays[tissue.axon_fraction][v] - arrays[tissue.myelin_original][v];
                 });
                 out[0] = ratio(made[all_lesions], lost[all_lesions]);
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
                 const auto voxels =
                     region_sums(world, tissue, threads, [](std::size_t) { return 1.0; });
                 for (std::size_t r = 0; r < regions; ++r) {
                   out[r] = voxels[r] * world.grid().voxel_volume_mm3() / units::mm3_per_ml;
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
