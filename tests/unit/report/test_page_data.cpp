#include <cmath>
#include <limits>

#include <neurograft/report/page_data.hpp>
#include <neurograft/scenario/build.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

constexpr float none = std::numeric_limits<float>::quiet_NaN();

double value(const PackedLayer& layer, std::size_t n) {
  return layer.low + layer.step * (layer.codes[n] - 1.0);
}

Geometry box(int x, int y, int z) {
  Geometry geometry;
  geometry.size = {x, y, z};
  geometry.spacing_mm = {1.0, 2.0, 3.0};
  geometry.affine = {0, -2, 0, 5, 1, 0, 0, -7, 0, 0, 3, 11, 0, 0, 0, 1};
  return geometry;
}

// Where the corner of a voxel is in space.
std::array<double, 3> place(const Geometry& geometry, double i, double j, double k) {
  std::array<double, 3> at{};
  for (std::size_t row = 0; row < 3; ++row) {
    const double* a = &geometry.affine[4 * row];
    at[row] = a[0] * i + a[1] * j + a[2] * k + a[3];
  }
  return at;
}

std::vector<std::string> keys_of(const std::vector<ChangedParameter>& changed) {
  std::vector<std::string> keys;
  for (const ChangedParameter& one : changed) keys.push_back(one.key);
  return keys;
}

}  // namespace

TEST_CASE("whole numbers are packed exactly, others to a 65534th of their span, gaps as gaps") {
  const std::vector<float> whole{0.0F, none, 3.0F, 65534.0F};
  const PackedLayer exact = pack(whole);
  CHECK(exact.codes[1] == 0);
  for (const std::size_t n : {0U, 2U, 3U}) CHECK(value(exact, n) == whole[n]);

  const std::vector<float> real{-1.5F, 0.123456F, none, 7.25F};
  const PackedLayer rough = pack(real);
  CHECK(rough.codes[2] == 0);
  for (const std::size_t n : {0U, 1U, 3U}) {
    CHECK(std::abs(value(rough, n) - real[n]) <= 0.5001 * 8.75 / 65534.0);
  }
  CHECK(pack(std::vector<float>{none, none}).codes == std::vector<std::uint16_t>{0, 0});
  CHECK(value(pack(std::vector<float>{0.3F, 0.3F}), 1) == doctest::Approx(0.3F));
}

TEST_CASE("a coarser grid stays where it was and keeps means") {
  const Geometry fine = box(4, 3, 2);
  const Geometry coarse = coarser(fine, 2);
  CHECK(coarse.size == std::array<int, 3>{2, 2, 1});
  CHECK(coarse.spacing_mm == std::array<double, 3>{2.0, 4.0, 6.0});
  CHECK(place(coarse, -0.5, -0.5, -0.5) == place(fine, -0.5, -0.5, -0.5));
  CHECK(place(coarse, 0.5, 0.5, 0.5) == place(fine, 1.5, 1.5, 1.5));

  std::vector<float> values(fine.voxels(), 2.0F);
  values[fine.index(0, 0, 0)] = 10.0F;
  values[fine.index(2, 2, 0)] = none;
  const std::vector<float> means = coarser(fine, values, 2);
  CHECK(means == std::vector<float>{3.0F, 2.0F, 2.0F, 2.0F});

  std::vector<Label> labels(fine.voxels(), Label::white);
  labels[0] = Label::grey;
  CHECK(coarser(fine, labels, 2)[0] == Label::white);
  CHECK(coarsening(fine, 24) == 1);
  CHECK(coarsening(fine, 23) == 2);
}

TEST_CASE("a page with too little room keeps the ends and an even share of the frames between") {
  using Frames = std::vector<std::size_t>;
  CHECK(shown_frames(0, 5).empty());
  CHECK(shown_frames(1, 5) == Frames{0});
  CHECK(shown_frames(4, 4) == Frames{0, 1, 2, 3});
  CHECK(shown_frames(4, 0) == Frames{0, 3});
  CHECK(shown_frames(9, 3) == Frames{0, 4, 8});
  for (std::size_t most = 2; most < 100; ++most) {
    const Frames chosen = shown_frames(366, most);
    CHECK(chosen.size() == most);
    CHECK(chosen.front() == 0);
    CHECK(chosen.back() == 365);
    for (std::size_t n = 1; n < most; ++n) CHECK(chosen[n] - chosen[n - 1] >= 365 / (most - 1));
  }
}

TEST_CASE("what differs from its default is found, by section, entry and name") {
  const auto tables = parameter_tables();
  const std::string config =
      "[graft]\ncells = 5\nroute = \"icv\"\n"
      "[[drug]]\nname = \"tacrolimus\"\nevery_h = 24\nstop_d = 90.0\n"
      "[unheard_of]\nkey = 3\n";
  const auto changed = changed_parameters(config, tables);
  const std::vector<std::string> keys = keys_of(changed);
  const auto has = [&](const char* key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  CHECK(has("graft.cells"));
  CHECK(has("drug.tacrolimus.stop_d"));
  CHECK_FALSE(has("graft.route"));              // at its default
  CHECK_FALSE(has("drug.tacrolimus.every_h"));  // 24 is 24.0
  CHECK_FALSE(has("unheard_of.key"));
  CHECK(changed[0].value == "5");
  CHECK(changed[0].unit == "cell");
}
