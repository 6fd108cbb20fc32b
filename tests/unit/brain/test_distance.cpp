#include <cmath>
#include <limits>

#include <neurograft/brain/distance.hpp>
#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/brain/patch.hpp>
#include <neurograft/core/random.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

double brute_force(const Geometry& geometry, const Mask& features, std::size_t voxel, double gap) {
  double best = std::numeric_limits<double>::infinity();
  const auto p = coordinates(geometry, voxel);
  for (std::size_t other = 0; other < features.size(); ++other) {
    if (features[other] == 0) continue;
    const auto q = coordinates(geometry, other);
    double sum = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double mm =
          geometry.spacing_mm[axis] * std::fmax(0.0, std::abs(p[axis] - q[axis]) - gap);
      sum += mm * mm;
    }
    best = std::fmin(best, sum);
  }
  return std::sqrt(best);
}

}  // namespace

TEST_CASE("the distance transform equals a search over all features") {
  Geometry geometry;
  geometry.size = {13, 9, 11};
  geometry.spacing_mm = {1.0, 0.7, 2.3};
  for (const std::uint64_t density : {3, 40, 500}) {
    Mask features(geometry.voxels());
    StreamEngine engine = Stream(density, StreamCode::run_setup, 0).engine(0);
    for (auto& feature : features) feature = engine() % 1000 < density ? 1 : 0;
    const auto to_centre = distance_mm(geometry, features, DistanceTo::centre);
    const auto to_face = distance_mm(geometry, features, DistanceTo::face);
    for (std::size_t voxel = 0; voxel < features.size(); ++voxel) {
      CHECK(to_centre[voxel] == doctest::Approx(brute_force(geometry, features, voxel, 0.0)));
      CHECK(to_face[voxel] == doctest::Approx(brute_force(geometry, features, voxel, 0.5)));
    }
  }
}

TEST_CASE("without features all is infinitely far") {
  Geometry geometry;
  geometry.size = {3, 4, 5};
  for (const double mm : distance_mm(geometry, Mask(60), DistanceTo::face)) CHECK(std::isinf(mm));
}

TEST_CASE("depth below a flat wall is that of the voxel's centre, whatever the voxel size") {
  for (const double voxel_um : {100.0, 50.0}) {
    PatchOptions options;
    options.size_mm = {1.0, 0.3, 0.3};
    options.voxel_um = voxel_um;
    options.ventricle_mm = 0.2;
    const Grid grid(patch(options));
    const auto depth = ventricle_distance_mm(grid);
    REQUIRE(depth.size() == grid.parenchyma_size());
    for (VoxelIndex voxel = 0; voxel < depth.size(); ++voxel) {
      CHECK(depth[voxel] == doctest::Approx(grid.centre_mm(voxel)[0] - 0.2));
    }
    CHECK(std::isinf(pial_distance_mm(grid)[0]));
  }
}
