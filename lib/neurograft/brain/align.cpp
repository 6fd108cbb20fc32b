#include <cmath>
#include <cstddef>

#include <neurograft/brain/align.hpp>
#include <neurograft/core/error.hpp>

namespace neurograft {

std::array<double, 3> mapped(const Affine& affine, const std::array<double, 3>& p) noexcept {
  std::array<double, 3> result{};
  for (std::size_t row = 0; row < 3; ++row) {
    result[row] = affine[4 * row] * p[0] + affine[4 * row + 1] * p[1] + affine[4 * row + 2] * p[2] +
                  affine[4 * row + 3];
  }
  return result;
}

Affine compose(const Affine& second, const Affine& first) noexcept {
  Affine product{};
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      for (std::size_t k = 0; k < 4; ++k) {
        product[4 * row + column] += second[4 * row + k] * first[4 * k + column];
      }
    }
  }
  return product;
}

Affine inverse(const Affine& affine, const std::string& where) {
  const auto m = [&](std::size_t row, std::size_t column) {
    return affine[4 * (row % 3) + column % 3];
  };
  // Cyclic indices give each cofactor its sign.
  const auto cofactor = [&](std::size_t row, std::size_t column) {
    return m(row + 1, column + 1) * m(row + 2, column + 2) -
           m(row + 1, column + 2) * m(row + 2, column + 1);
  };
  const double determinant =
      m(0, 0) * cofactor(0, 0) + m(0, 1) * cofactor(0, 1) + m(0, 2) * cofactor(0, 2);
  if (!(std::abs(determinant) > 1e-12)) {
    throw InputError(Problem{where, "affine is singular", "voxels must have a place in space",
                             "set sform or qform with a NIfTI tool"});
  }
  Affine result{};
  result[15] = 1.0;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      result[4 * row + column] = cofactor(column, row) / determinant;
      result[4 * row + 3] -= result[4 * row + column] * affine[4 * column + 3];
    }
  }
  return result;
}

std::array<double, 3> grid_position(const Geometry& geometry, const std::array<double, 3>& point) {
  auto position = mapped(inverse(geometry.affine, "image"), point);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    position[axis] = (position[axis] + 0.5) * geometry.spacing_mm[axis];
  }
  return position;
}

Image resample_nearest(const Image& image, const Geometry& target) {
  const Affine to_source = compose(inverse(image.geometry.affine, "image"), target.affine);
  Image result{target, 1, std::vector<float>(target.voxels())};
  std::size_t linear = 0;
  for (int k = 0; k < target.size[2]; ++k) {
    for (int j = 0; j < target.size[1]; ++j) {
      for (int i = 0; i < target.size[0]; ++i, ++linear) {
        const auto p = mapped(to_source, {double(i), double(j), double(k)});
        const int a = static_cast<int>(std::floor(p[0] + 0.5));
        const int b = static_cast<int>(std::floor(p[1] + 0.5));
        const int c = static_cast<int>(std::floor(p[2] + 0.5));
        if (image.geometry.contains(a, b, c)) result.values[linear] = image.at(a, b, c);
      }
    }
  }
  return result;
}

}  // namespace neurograft
