#include <cmath>
#include <set>
#include <string>

#include <neurograft/brain/distance.hpp>
#include <neurograft/brain/lesions.hpp>
#include <neurograft/brain/patch.hpp>
#include <neurograft/brain/phantom.hpp>
#include <neurograft/core/error.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

LesionParameters with(std::int64_t count, double volume_ml) {
  LesionParameters parameters = lesion_section().defaults();
  parameters.count = count;
  parameters.volume_ml = volume_ml;
  return parameters;
}

}  // namespace

TEST_CASE("a total volume is met, in white matter, without overlap") {
  for (const double mm : {1.5, 3.0}) {
    const Grid grid(phantom(mm));
    const auto lesions = generate_lesions(grid, with(0, 15.0));
    CHECK(lesion_volume_ml(grid.geometry(), lesions) ==
          doctest::Approx(15.0).epsilon(0.5 * grid.voxel_volume_mm3() / 15000.0));
    CHECK(lesions.size() > 20);
    std::set<std::uint32_t> seen;
    for (const Lesion& lesion : lesions) {
      CHECK(lesion.voxels.size() >= 1);
      for (const std::uint32_t voxel : lesion.voxels) {
        CHECK(seen.insert(voxel).second);
        CHECK(grid.label(grid.compact(voxel)) == Label::white);
      }
    }
  }
}

TEST_CASE("a count is met, the same seed gives the same lesions, another does not") {
  const Grid grid(phantom(2.0));
  LesionParameters parameters = with(24, 0.0);
  const auto first = generate_lesions(grid, parameters);
  const auto again = generate_lesions(grid, parameters);
  parameters.seed = 2;
  const auto other = generate_lesions(grid, parameters);
  REQUIRE(first.size() == 24);
  bool differs = false;
  for (std::size_t n = 0; n < 24; ++n) {
    CHECK(first[n].id == n + 1);
    CHECK(first[n].voxels == again[n].voxels);
    CHECK(first[n].kind == again[n].kind);
    differs = differs || first[n].voxels != other[n].voxels;
  }
  CHECK(differs);
  CHECK(generate_lesions(grid, with(0, 0.0)).empty());
}

TEST_CASE("volumes are log-normal, kinds follow the mix") {
  // Far more room than lesions, so that none is cut short by another.
  PatchOptions options;
  options.size_mm = {60.0, 60.0, 60.0};
  options.voxel_um = 1000.0;
  const Grid grid(patch(options));
  LesionParameters parameters = with(1000, 0.0);
  parameters.median_volume_ml = 0.03;
  parameters.log_sd = 0.5;
  const auto lesions = generate_lesions(grid, parameters);
  double sum = 0.0, squares = 0.0;
  std::array<double, 5> kinds{};
  for (const Lesion& lesion : lesions) {
    const double log_ml = std::log(1e-3 * static_cast<double>(lesion.voxels.size()));
    sum += log_ml;
    squares += log_ml * log_ml;
    kinds.at(lesion.kind) += 1.0;
  }
  const double mean = sum / 1000.0, sd = std::sqrt(squares / 1000.0 - mean * mean);
  // 4.5 standard errors: 0.5 / sqrt(1000) of the mean, that over sqrt 2 of the s.d.; some are cut
  // short by their neighbours.
  CHECK(std::abs(mean - std::log(0.03)) < 0.09);
  CHECK(std::abs(sd - 0.5) < 0.07);
  CHECK(kinds[0] == 0.0);
  for (std::size_t kind = 1; kind < 5; ++kind) {
    const double p = parameters.mix[kind - 1];
    CHECK(std::abs(kinds[kind] / 1000.0 - p) < 4.5 * std::sqrt(p * (1.0 - p) / 1000.0));
  }
}

TEST_CASE("centres fall off exponentially with depth below the wall, whatever the voxel size") {
  for (const double voxel_um : {500.0, 1000.0}) {
    PatchOptions options;
    options.size_mm = {41.0, 60.0, 60.0};
    options.voxel_um = voxel_um;
    options.ventricle_mm = 1.0;
    const Grid grid(patch(options));
    LesionParameters parameters = with(1500, 0.0);
    parameters.median_volume_ml = 1e-6;  // one voxel each: the centre
    const auto depth = ventricle_distance_mm(grid);
    double sum = 0.0;
    for (const Lesion& lesion : generate_lesions(grid, parameters)) {
      sum += depth[grid.compact(lesion.voxels[0])];
    }
    // Mean depth of an exponential of scale 4 mm is 4 mm, its standard error 4 / sqrt(1500) = 0.10;
    // used-up voxels at the wall push it out by up to 4 % at 1 mm.
    CHECK(sum / 1500.0 == doctest::Approx(4.0).epsilon(0.15));
  }
}

TEST_CASE("impossible requests are refused") {
  PatchOptions options;
  options.voxel_um = 100.0;
  const Grid grid(patch(options));  // 1 mm3
  CHECK_THROWS_AS(generate_lesions(grid, with(0, 0.1)), InputError);
  CHECK_THROWS_AS(generate_lesions(grid, with(2, 0.0001)), InputError);
  LesionParameters parameters = with(1, 0.0);
  parameters.mix = {1.0, 0.0};
  CHECK_THROWS_AS(generate_lesions(grid, parameters), InputError);
  parameters.mix = {0.0, 0.0, 0.0, 0.0};
  CHECK_THROWS_AS(generate_lesions(grid, parameters), InputError);
  options.grey = true;
  CHECK_THROWS_AS(generate_lesions(Grid(patch(options)), with(1, 0.0)), InputError);
}

TEST_CASE("a mask gives one lesion per connected part, clipped to white matter") {
  LabelMap map;
  map.geometry.size = {10, 4, 4};
  map.labels.assign(map.geometry.voxels(), Label::white);
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 4; ++j) map.labels[map.geometry.index(0, j, k)] = Label::grey;
  }
  const Grid grid(map);
  Image mask{map.geometry, 1, std::vector<float>(map.labels.size(), 0.0F)};
  const auto mark = [&](int i, int j, int k) { mask.values[map.geometry.index(i, j, k)] = 1.0F; };
  mark(0, 1, 1);
  mark(1, 1, 1);
  mark(2, 2, 2);  // touches by a corner
  mark(7, 0, 0);
  const LesionParameters parameters = with(0, 0.0);
  const MaskLesions result = lesions_from_mask(grid, mask, "m.nii", parameters);
  REQUIRE(result.lesions.size() == 2);
  CHECK(result.lesions[1].voxels.size() == 2);
  CHECK(result.lesions[0].voxels == std::vector<std::uint32_t>{7});
  CHECK(result.outside_white_ml == doctest::Approx(0.001));

  mark(0, 3, 3);
  try {
    lesions_from_mask(grid, mask, "m.nii", parameters);
    FAIL("no error");
  } catch (const InputError& error) {
    CHECK(error.problems().size() == 1);
    CHECK(std::string(error.what()).find("(0, 3, 3)") != std::string::npos);
  }
  mask.values.assign(mask.values.size(), 0.0F);
  CHECK_THROWS_AS(lesions_from_mask(grid, mask, "m.nii", parameters), InputError);
  // In a mask twice as fine, a speck in a corner of a voxel is seen by no voxel's middle.
  Image fine{map.geometry, 1, {}};
  fine.geometry.size = {20, 8, 8};
  fine.geometry.spacing_mm = {0.5, 0.5, 0.5};
  fine.geometry.affine = {0.5, 0, 0, -0.25, 0, 0.5, 0, -0.25, 0, 0, 0.5, -0.25, 0, 0, 0, 1};
  fine.values.assign(fine.geometry.voxels(), 0.0F);
  for (int k = 2; k < 4; ++k) {
    for (int j = 2; j < 4; ++j) {
      for (int i = 8; i < 10; ++i) fine.values[fine.geometry.index(i, j, k)] = 1.0F;
    }
  }
  const std::size_t all = lesions_from_mask(grid, fine, "f.nii", parameters).missed;
  std::size_t specks_missed = 0;
  for (const int corner : {14, 15}) {
    Image speck = fine;
    speck.values[fine.geometry.index(corner, 6, 6)] = 1.0F;
    const MaskLesions with_speck = lesions_from_mask(grid, speck, "f.nii", parameters);
    specks_missed += with_speck.missed;
    CHECK(with_speck.missed_ml ==
          doctest::Approx(1.25e-4 * static_cast<double>(with_speck.missed)));
    CHECK(with_speck.lesions.size() + with_speck.missed == 2);
  }
  CHECK(all == 0);
  CHECK(specks_missed >= 1);
  // A segmentation given as mask: all of the brain.
  mask.values.assign(mask.values.size(), 1.0F);
  CHECK_THROWS_AS(lesions_from_mask(grid, mask, "m.nii", parameters), InputError);
}
