#include <limits>
#include <string>

#include <neurograft/brain/neighbourhood.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

Geometry flat(int nx, int ny) {
  Geometry geometry;
  geometry.size = {nx, ny, 1};
  return geometry;
}

Mask drawn(const std::string& picture) {
  Mask mask;
  for (const char c : picture) mask.push_back(c == '#' ? 1 : 0);
  return mask;
}

}  // namespace

TEST_CASE("parts that meet at a corner are one only by corners") {
  const Geometry geometry = flat(5, 3);
  const Mask mask = drawn(
      "##..#"
      "..#.#"
      "..#.#");
  const Components by_faces = connected_components(geometry, mask, Connectivity::faces);
  CHECK(by_faces.count() == 3);
  CHECK(by_faces.voxels[1] == 2);
  CHECK(by_faces.largest() == 2);  // of equals the first
  CHECK(by_faces.id[7] == 3);
  CHECK(connected_components(geometry, mask, Connectivity::corners).count() == 2);
  CHECK(connected_components(geometry, Mask(15), Connectivity::faces).largest() == 0);
}

TEST_CASE("growth takes the nearest first, stays in what is allowed, and stops at its limits") {
  const Geometry geometry = flat(7, 2);
  const Mask from = drawn(
      "#......"
      ".......");
  const Mask allowed = drawn(
      ".###.##"
      "#......");
  const auto order = grow_order(geometry, from, allowed, 100.0);
  CHECK(order == std::vector<std::size_t>{1, 7, 2, 3});
  CHECK(grow_order(geometry, from, allowed, 1.5) == std::vector<std::size_t>{1, 7, 2});
  CHECK(grow_order(geometry, from, allowed, 100.0, 1) == std::vector<std::size_t>{1});
}

TEST_CASE("parts are joined along the cheapest path; small and shut-off ones go") {
  const Geometry geometry = flat(7, 5);
  const Mask start = drawn(
      "###...#"
      "......."
      "......#"
      "......#"
      "#......");
  // A wall with one gap, at (4, 3).
  const auto cost = [](std::size_t voxel) {
    if (voxel % 7 != 4) return 1.0;
    return voxel == 25 ? 2.0 : std::numeric_limits<double>::infinity();
  };
  Mask mask = start;
  join_components(geometry, mask, cost, 100.0, 2);
  CHECK(connected_components(geometry, mask, Connectivity::faces).count() == 1);
  CHECK(mask[25] == 1);
  CHECK(mask[6] == 0);
  CHECK(mask[28] == 0);
  mask = start;
  join_components(geometry, mask, cost, 3.0, 2);
  CHECK(mask == drawn("###...." + std::string(28, '.')));
}
