#include <neurograft/brain/align.hpp>
#include <neurograft/core/error.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("an affine and its inverse give the identity") {
  const Affine affine{1.5, 0.2, -0.1, 7, 0, -2, 0.3, -4, 0.4, 0, 1, 11, 0, 0, 0, 1};
  const Affine product = compose(affine, inverse(affine, "test"));
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      CHECK(product[4 * row + column] == doctest::Approx(row == column ? 1.0 : 0.0));
    }
  }
  CHECK_THROWS_AS(inverse(Affine{}, "test"), InputError);
}

TEST_CASE("an image with a flipped axis and an offset is found at its place") {
  Image image;
  image.geometry.size = {4, 3, 2};
  image.geometry.affine = {-1, 0, 0, 10, 0, 1, 0, 5, 0, 0, 1, -2, 0, 0, 0, 1};
  image.values.assign(image.geometry.voxels(), 0.0F);
  image.values[image.geometry.index(3, 1, 1)] = 8.0F;  // at (7, 6, -1) mm
  Geometry target;
  target.size = {20, 20, 20};
  target.affine = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, -10, 0, 0, 0, 1};
  const Image placed = resample_nearest(image, target);
  double sum = 0.0;
  for (const float value : placed.values) sum += static_cast<double>(value);
  CHECK(placed.at(7, 6, 9) == 8.0F);
  CHECK(sum == 8.0);
}
