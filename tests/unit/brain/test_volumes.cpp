#include <neurograft/brain/volumes.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("volumes count voxels by label") {
  LabelMap map;
  map.geometry.size = {5, 2, 1};
  map.geometry.spacing_mm = {10.0, 20.0, 5.0};  // 1 mL a voxel
  map.labels = {
      Label::outside, Label::grey,  Label::grey,  Label::white,     Label::ventricle,
      Label::white,   Label::white, Label::white, Label::ventricle, Label::subarachnoid_csf};
  const Volumes v = volumes(map);
  CHECK(v.grey_ml == 2.0);
  CHECK(v.white_ml == 4.0);
  CHECK(v.ventricle_ml == 2.0);
  CHECK(v.subarachnoid_csf_ml == 1.0);
  CHECK(v.parenchyma_ml() == 6.0);
}
