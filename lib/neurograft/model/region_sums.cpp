#include <vector>

#include <neurograft/core/reduce.hpp>
#include <neurograft/model/region_sums.hpp>

namespace neurograft {
namespace {

void add(RegionSums& sums, std::size_t region, double sum, std::size_t voxels) noexcept {
  sums.sum[region] += sum;
  sums.voxels[region] += static_cast<double>(voxels);
}

}  // namespace

RegionSums over_regions(
    const World& world, std::span<const double> lesion_kind, Threads threads,
    FunctionRef<void(std::size_t begin, std::size_t end, double* values)> fill) {
  const double* const kinds = lesion_kind.data();
  const Label* const labels = world.grid().labels().data();
  const std::size_t voxels = lesion_kind.size();
  std::vector<RegionSums> blocks((voxels + voxel_block - 1) / voxel_block);
  parallel_for(threads, voxels, voxel_block, [&](std::size_t begin, std::size_t end) {
    std::array<double, voxel_block> values;
    fill(begin, end, values.data());
    RegionSums sums;
    // Runs of one region are summed at once.
    for (std::size_t v = begin; v < end;) {
      const Label label = labels[v];
      const double kind = kinds[v];
      std::size_t stop = v + 1;
      while (stop < end && labels[stop] == label && kinds[stop] == kind) ++stop;
      const double sum = sum_of(values.data() + (v - begin), stop - v);
      add(sums, label == Label::white ? region_white : region_grey, sum, stop - v);
      if (kind != 0.0) {
        add(sums, region_all_lesions + static_cast<std::size_t>(kind), sum, stop - v);
      }
      v = stop;
    }
    blocks[begin / voxel_block] = sums;
  });
  RegionSums total;
  for (const RegionSums& block : blocks) {
    for (std::size_t r = 0; r < region_count; ++r) {
      total.sum[r] += block.sum[r];
      total.voxels[r] += block.voxels[r];
    }
  }
  for (auto* of : {&total.sum, &total.voxels}) {
    (*of)[0] = (*of)[region_white] + (*of)[region_grey];
    for (std::size_t kind = region_all_lesions + 1; kind < region_count; ++kind) {
      (*of)[region_all_lesions] += (*of)[kind];
    }
  }
  return total;
}

}  // namespace neurograft
