#include <string>

#include <neurograft/brain/label_table.hpp>
#include <neurograft/core/error.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

Image line(std::vector<float> values) {
  Image image;
  image.geometry.size = {static_cast<int>(values.size()), 1, 1};
  image.values = std::move(values);
  return image;
}

const LabelTable table{{2, Label::white}, {3, Label::grey}, {4, Label::ventricle}};

}  // namespace

TEST_CASE("values become labels; a 0 without entry is outside") {
  const LabelMap map = apply_label_table(line({0, 2, 3, 4}), table, "seg.nii");
  CHECK(map.labels ==
        std::vector<Label>{Label::outside, Label::white, Label::grey, Label::ventricle});
  CHECK(map.source == "seg.nii");
  const LabelMap zero = apply_label_table(line({0}), {{0, Label::subarachnoid_csf}}, "seg.nii");
  CHECK(zero.labels[0] == Label::subarachnoid_csf);
}

TEST_CASE("all values that the table lacks are named with their voxels") {
  try {
    apply_label_table(line({-1, 2, 41, 41, 77}), table, "seg.nii");
    FAIL("no error");
  } catch (const InputError& error) {
    const std::string text = error.what();
    CHECK(text.find("seg.nii: ") == 0);
    CHECK(text.find("-1 (1 voxels), 41 (2 voxels), 77 (1 voxels)") != std::string::npos);
  }
}

TEST_CASE("what is no segmentation is refused") {
  CHECK_THROWS_AS(apply_label_table(line({0.5F}), table, "p.nii"), InputError);
  CHECK_THROWS_AS(apply_label_table(line({1e9F}), table, "p.nii"), InputError);
  Image two = line({2, 2});
  two.geometry.size = {1, 1, 1};
  two.channels = 2;
  CHECK_THROWS_AS(apply_label_table(two, table, "p.nii"), InputError);
}

TEST_CASE("labels have names") {
  CHECK(label_from_name("grey", "x") == Label::grey);
  CHECK(label_from_name("outside", "x") == Label::outside);
  CHECK_THROWS_AS(label_from_name("gray", "x"), InputError);
}
