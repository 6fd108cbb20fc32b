#include <algorithm>
#include <cstddef>
#include <vector>

#include <neurograft/model/diffusion_hierarchy.hpp>

#include "support/grids.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

double sum(const double* values, std::size_t count) {
  double total = 0.0;
  for (std::size_t i = 0; i < count; ++i) total += values[i];
  return total;
}

}  // namespace

TEST_CASE("every voxel lies in one block, and blocks lie as their voxels do") {
  const Grid grid = test::small_brain(21, 0.05);
  const DiffusionStencil stencil(grid, 0.7);
  const DiffusionHierarchy hierarchy(grid, stencil);
  REQUIRE(hierarchy.levels().size() >= 3);
  CHECK(hierarchy.levels().back().stencil.size() <= 8);
  std::size_t voxels = grid.parenchyma_size();
  for (const CoarseLevel& level : hierarchy.levels()) {
    REQUIRE(level.block_of.size() == voxels);
    REQUIRE(level.voxels_of.size() == level.stencil.size());
    CHECK(level.stencil.size() < voxels);
    std::size_t seen = 0;
    for (std::size_t block = 0; block < level.voxels_of.size(); ++block) {
      for (const VoxelIndex voxel : level.voxels_of[block]) {
        if (voxel == voxels) continue;
        CHECK(level.block_of[voxel] == block);
        ++seen;
      }
    }
    CHECK(seen == voxels);
    voxels = level.stencil.size();
  }
  const CoarseLevel& first = hierarchy.levels().front();
  for (std::size_t block = 0; block < first.voxels_of.size(); ++block) {
    std::vector<std::array<int, 3>> places;
    for (const VoxelIndex voxel : first.voxels_of[block]) {
      if (voxel == grid.parenchyma_size()) continue;
      auto at = grid.coordinates(voxel);
      for (int& x : at) x /= 2;
      places.push_back(at);
    }
    REQUIRE_FALSE(places.empty());
    CHECK(std::ranges::count(places, places.front()) == std::ptrdiff_t(places.size()));
  }
}

TEST_CASE("a coarse face has half the coefficients of the fine faces that it joins") {
  const int n = 12;
  const double h = 0.05;
  const Grid box = test::white_box(n, h);
  const DiffusionStencil stencil(box, 1.0);
  const DiffusionHierarchy hierarchy(box, stencil);
  // A box of blocks of twice the edge: 4 faces of 1/h2, halved, is what 8 voxels of 1/(2h)2 need.
  const DiffusionStencil& coarse = hierarchy.levels().front().stencil;
  REQUIRE(coarse.size() == 6 * 6 * 6);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::ptrdiff_t inner =
        std::count_if(coarse.face(axis), coarse.face(axis) + coarse.size(),
                      [&](double x) { return std::abs(x - 8.0 / (4.0 * h * h)) < 1e-9 / (h * h); });
    CHECK(inner == 5 * 6 * 6);
    CHECK(sum(coarse.face(axis), coarse.size()) == doctest::Approx(5 * 6 * 6 * 2.0 / (h * h)));
  }

  // On a mask: what crosses between blocks, halved; nothing across the end of a row.
  const Grid grid = test::small_brain(17, 0.05);
  const DiffusionStencil fine(grid, 0.7);
  const DiffusionHierarchy masked(grid, fine);
  const CoarseLevel& level = masked.levels().front();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::vector<double> expected(level.stencil.size(), 0.0);
    for (VoxelIndex voxel = 0; voxel < grid.parenchyma_size(); ++voxel) {
      const VoxelIndex beside = grid.neighbours(voxel)[2 * axis + 1];
      if (beside >= grid.parenchyma_size()) continue;
      if (level.block_of[voxel] == level.block_of[beside]) continue;
      expected[level.block_of[voxel]] += 0.5 * fine.face(axis)[voxel];
    }
    for (std::size_t block = 0; block < expected.size(); ++block) {
      CHECK(level.stencil.face(axis)[block] == doctest::Approx(expected[block]).epsilon(1e-12));
    }
  }
}

TEST_CASE("voxels that share no block end the hierarchy") {
  const Grid grid = test::make_grid({9, 9, 9}, {0.1, 0.1, 0.1}, [](int i, int j, int k) {
    return i % 8 == 0 && j % 8 == 0 && k % 8 == 0 ? Label::white : Label::outside;
  });
  const DiffusionStencil stencil(grid, 1.0);
  CHECK(DiffusionHierarchy(grid, stencil, 1).levels().empty());
  CHECK(DiffusionHierarchy(test::white_box(1, 1.0), DiffusionStencil(test::white_box(1, 1.0), 1.0))
            .levels()
            .empty());
}
