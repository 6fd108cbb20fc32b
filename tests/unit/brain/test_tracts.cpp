#include <cmath>

#include <neurograft/brain/patch.hpp>
#include <neurograft/brain/tracts.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

LabelMap block(int nx, int ny, int nz) {
  LabelMap map;
  map.geometry.size = {nx, ny, nz};
  map.labels.assign(map.geometry.voxels(), Label::white);
  return map;
}

}  // namespace

TEST_CASE("atlas labels land on white matter only, and groups collect them") {
  LabelMap map = block(6, 2, 1);
  map.labels[1] = Label::grey;
  const Grid grid(map);
  Image atlas{map.geometry, 1, {7, 7, 16, 3, 36, 0, 1, 5, 4, 29, 0, 0}};
  atlas.geometry.affine[3] = 0.0;
  const auto labels = atlas_labels(grid, atlas);
  const auto tracts = tract_of_voxel(labels, jhu_tract_groups());
  const auto at = [&](std::size_t linear) { return tracts[grid.compact(linear)]; };
  CHECK(jhu_tract_groups()[0].name == "corticospinal");
  CHECK(at(0) == 1);
  CHECK(at(1) == 0);  // grey
  CHECK(at(2) == 1);
  CHECK(at(3) == 2);
  CHECK(at(4) == 6);
  CHECK(at(6) == 0);  // middle cerebellar peduncle: in no group
  CHECK(at(7) == 4);
  CHECK(at(8) == 3);
  CHECK(at(9) == 5);
}

TEST_CASE("a straight bundle points along itself, an oblique one too") {
  const LabelMap map = block(24, 24, 9);
  const Grid grid(map);
  std::vector<std::uint8_t> labels(grid.parenchyma_size(), 0);
  for (VoxelIndex voxel = 0; voxel < labels.size(); ++voxel) {
    const auto [i, j, k] = grid.coordinates(voxel);
    if (std::abs(i - j) <= 1 && k >= 3 && k <= 5) labels[voxel] = 41;
  }
  const auto directions = fibre_directions(grid, labels);
  const auto& inside = directions[grid.compact(map.geometry.index(12, 12, 4))];
  const float length = std::hypot(inside[0], inside[1], inside[2]);
  CHECK(length > 0.7F);
  CHECK(length <= 1.0F);
  CHECK(std::abs(inside[0] + inside[1]) / length == doctest::Approx(std::sqrt(2.0)).epsilon(0.01));
  CHECK(std::abs(inside[2]) / length < 0.01F);
  const auto& outside = directions[grid.compact(map.geometry.index(0, 20, 0))];
  CHECK(outside == std::array<float, 3>{0.0F, 0.0F, 0.0F});
}

TEST_CASE("callosal body runs left to right although the sheet is longer front to back") {
  LabelMap map = block(30, 30, 9);
  // Image axes turned: the first points forwards, the second to the left.
  map.geometry.affine = {0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  const Grid grid(map);
  std::vector<std::uint8_t> labels(grid.parenchyma_size(), 0);
  for (VoxelIndex voxel = 0; voxel < labels.size(); ++voxel) {
    const auto [i, j, k] = grid.coordinates(voxel);
    if (k >= 3 && k <= 5) labels[voxel] = 4;
  }
  const auto direction =
      fibre_directions(grid, labels)[grid.compact(map.geometry.index(15, 15, 4))];
  CHECK(std::abs(direction[1]) > 0.7F);
  CHECK(std::abs(direction[0]) < 0.01F);
}

TEST_CASE("a ball has no direction") {
  const LabelMap map = block(15, 15, 15);
  const Grid grid(map);
  const std::vector<std::uint8_t> labels(grid.parenchyma_size(), 20);
  const auto direction = fibre_directions(grid, labels)[grid.compact(map.geometry.index(7, 7, 7))];
  CHECK(std::hypot(direction[0], direction[1], direction[2]) < 0.01F);
}
