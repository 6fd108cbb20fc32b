#include <array>
#include <vector>

#include <neurograft/model/region_sums.hpp>

#include "support/grids.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("sums over regions are those of a plain loop, for any number of threads") {
  const World world(test::small_brain(34, 1.0), Clock{}, 1);
  const std::size_t voxels = world.grid().parenchyma_size();
  REQUIRE(voxels > 3 * voxel_block);
  std::vector<double> kind(voxels), value(voxels);
  for (std::size_t v = 0; v < voxels; ++v) {
    // Runs that lie across the border of a block among them.
    kind[v] = v % 4096 > 4000 || v % 4096 < 90 ? 5.0 - static_cast<double>(v / 4096 % 4)
              : v % 97 == 0                    ? 1.0
                                               : 0.0;
    value[v] = static_cast<double>(v % 13);
  }
  RegionSums plain;
  const auto add = [&](std::size_t region, std::size_t v) {
    plain.sum[region] += value[v];
    plain.voxels[region] += 1.0;
  };
  for (std::size_t v = 0; v < voxels; ++v) {
    add(0, v);
    const bool white = world.grid().label(static_cast<VoxelIndex>(v)) == Label::white;
    add(white ? region_white : region_grey, v);
    if (kind[v] == 0.0) continue;
    add(region_all_lesions, v);
    add(region_all_lesions + static_cast<std::size_t>(kind[v]), v);
  }
  for (std::size_t region = 0; region < region_count; ++region) CHECK(plain.voxels[region] > 0.0);
  for (const int threads : {1, 3}) {
    const RegionSums sums = over_regions(world, kind, Threads{threads},
                                         [&](std::size_t begin, std::size_t end, double* out) {
                                           for (std::size_t v = begin; v < end; ++v)
                                             out[v - begin] = value[v];
                                         });
    CHECK(sums.sum == plain.sum);  // whole numbers: exact in any order
    CHECK(sums.voxels == plain.voxels);
  }
}
