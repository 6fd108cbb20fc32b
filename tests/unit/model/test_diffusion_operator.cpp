#include <limits>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/model/diffusion_operator.hpp>

#include "support/grids.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("faces take the harmonic mean of D and end with the mask") {
  const Grid grid = test::make_grid({4, 1, 1}, {0.5, 1.0, 1.0}, [](int i, int, int) {
    return i == 3 ? Label::outside : i == 0 ? Label::grey : Label::white;
  });
  const DiffusionStencil stencil(grid, 3.0);
  CHECK(stencil.face(0)[-1] == 0.0);
  CHECK(stencil.face(0)[0] == doctest::Approx(2.0 * 1.0 * 3.0 / 4.0 / 0.25));
  CHECK(stencil.face(0)[1] == doctest::Approx(3.0 / 0.25));
  CHECK(stencil.face(0)[2] == 0.0);
  CHECK(stencil.open_faces().empty());
}

TEST_CASE("pieces cover each voxel once and know their neighbours") {
  const Grid grid = test::small_brain(24, 0.1);
  const DiffusionStencil stencil(grid, 1.0);
  const auto n = static_cast<VoxelIndex>(grid.parenchyma_size());
  REQUIRE(n > voxel_block);
  VoxelIndex next = 0;
  for (std::size_t block = 0; block * voxel_block < n; ++block) {
    for (const auto& piece : stencil.pieces(block)) {
      REQUIRE(piece.begin == next);
      REQUIRE((piece.begin + piece.length - 1) / voxel_block == block);
      for (VoxelIndex i = 0; i < piece.length; ++i) {
        for (std::size_t face = 0; face < 4; ++face) {
          const VoxelIndex real = grid.neighbours(piece.begin + i)[2 + face];
          const VoxelIndex expected =
              piece.beside[face] == no_voxel ? no_voxel : piece.beside[face] + i;
          REQUIRE((real < n ? real : no_voxel) == expected);
        }
      }
      next += piece.length;
    }
  }
  CHECK(next == n);
}

TEST_CASE("a transfer velocity stands in series with half a voxel") {
  const Grid grid = test::make_grid({3, 1, 1}, {0.5, 1.0, 1.0}, [](int i, int, int) {
    return i == 0 ? Label::ventricle : i == 1 ? Label::grey : Label::subarachnoid_csf;
  });
  const DiffusionStencil stencil(grid, 1.0);
  REQUIRE(stencil.open_faces().size() == 2);
  const double infinity = std::numeric_limits<double>::infinity();
  const DiffusionOperator fixed(stencil, 2.0, 0.0, {.ventricle_mm_per_d = infinity});
  REQUIRE(fixed.exchange().size() == 1);
  CHECK(fixed.exchange()[0].ventricle);
  CHECK(fixed.exchange()[0].rate_per_d == doctest::Approx(2.0 * 2.0 / (0.5 * 0.5)));
  const DiffusionOperator slow(stencil, 2.0, 0.0, {.pia_mm_per_d = 8.0});
  REQUIRE(slow.exchange().size() == 1);
  CHECK_FALSE(slow.exchange()[0].ventricle);
  CHECK(slow.exchange()[0].rate_per_d == doctest::Approx(1.0 / (1.0 / 8.0 + 0.5 / 4.0) / 0.5));
}

TEST_CASE("settings that make no sense are refused") {
  const Grid grid = test::white_box(2, 1.0);
  CHECK_THROWS_AS(DiffusionStencil(grid, 0.0), InputError);
  const std::vector<double> short_ratio(3, 1.0);
  CHECK_THROWS_AS(DiffusionStencil(grid, 1.0, short_ratio), InputError);
  const std::vector<double> negative_ratio(24, -1.0);
  CHECK_THROWS_AS(DiffusionStencil(grid, 1.0, negative_ratio), InputError);
  const DiffusionStencil stencil(grid, 1.0);
  CHECK_THROWS_AS(DiffusionOperator(stencil, 0.0, 1.0), InputError);
  CHECK_THROWS_AS(DiffusionOperator(stencil, 1.0, -1.0), InputError);
  CHECK_THROWS_AS(DiffusionOperator(stencil, 1.0, 1.0, {.pia_mm_per_d = -1.0}), InputError);
  CHECK_THROWS_AS(DiffusionOperator(stencil, 1.0, 1.0, {.pia_level = -1.0}), InputError);
}

TEST_CASE("a bad level is named by field, voxel and step") {
  const std::vector<double> values{1.0, 0.0, std::numeric_limits<double>::quiet_NaN(), -1.0};
  const SolverContext context{.field = "inflammatory", .tick = 7};
  try {
    require_physical(values, "source", context);
    FAIL("no error");
  } catch (const NumericalError& error) {
    CHECK(error.process() == "signalling");
    CHECK(error.field() == "inflammatory");
    CHECK(error.voxel() == 2);
    CHECK(error.tick() == 7);
  }
}
