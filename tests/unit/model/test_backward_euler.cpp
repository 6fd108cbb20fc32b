#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/model/backward_euler.hpp>

#include "support/grids.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double result = 0.0;
  for (std::size_t v = 0; v < a.size(); ++v) result = std::max(result, std::abs(a[v] - b[v]));
  return result;
}

struct Setting {
  Grid grid = test::small_brain(13, 0.1);
  DiffusionStencil stencil{grid, 2.0};
  DiffusionOperator diffusion{
      stencil, 1.0, 4.0,
      SurfaceExchange{.ventricle_mm_per_d = 20.0, .pia_mm_per_d = 3.0, .ventricle_level = 0.5}};
  std::vector<double> start = std::vector<double>(grid.parenchyma_size(), 0.0);
  std::vector<double> source = start;
  SolverWorkspace workspace;

  Setting() {
    for (std::size_t v = 0; v < start.size(); v += 11) start[v] = 1.0 + double(v % 5);
    for (std::size_t v = 5; v < source.size(); v += 17) source[v] = 3.0;
  }

  std::vector<double> after(double dt_d, std::int64_t steps) {
    std::vector<double> u = start;
    backward_euler_steps(diffusion, source, u, dt_d, steps, {}, workspace);
    return u;
  }

  double total(const std::vector<double>& u) const {
    return grid.voxel_volume_mm3() * std::accumulate(u.begin(), u.end(), 0.0);
  }
};

}  // namespace

TEST_CASE("backward Euler steps and many split ones come to the same, at first order") {
  Setting s;
  const double dt = 0.02;  // D dt / h2 = 5 in white matter along the shortest axis
  std::vector<double> split = s.start;
  const TransientSolver splitting(s.grid);
  splitting.advance_fixed(s.diffusion, s.source, split, dt, 1 << 13, {}, s.workspace);
  const double at_64 = largest_difference(s.after(dt, 64), split);
  const double at_128 = largest_difference(s.after(dt, 128), split);
  CHECK(at_64 < 0.02);
  CHECK(at_64 / at_128 == doctest::Approx(2.0).epsilon(0.1));
  const TransientField field{"a", &s.diffusion, s.source, s.start};
  std::vector<double> u(s.start.size());
  for (const double tolerance : {0.05, 0.005}) {
    const TransientResult result =
        advance_by_backward_euler(field, dt, tolerance, {}, s.workspace, u);
    CAPTURE(result.substeps);
    CHECK(result.error_estimate <= tolerance);
    // Over the largest level at the start, which the estimate is relative to.
    CHECK(largest_difference(u, split) / 5.0 < 2.0 * result.error_estimate);
  }
}

TEST_CASE("amounts balance whatever the step, and nothing falls below zero") {
  Setting s;
  for (const double dt : {1e-3, 1.0, 100.0}) {
    std::vector<double> u = s.start;
    const FieldLedger ledger =
        backward_euler_steps(s.diffusion, s.source, u, dt, 4, {}, s.workspace);
    const double change = s.total(u) - s.total(s.start);
    const double moved = ledger.produced + s.total(s.start);
    CAPTURE(dt);
    CHECK(ledger.produced == doctest::Approx(dt * s.total(s.source)));
    CHECK(std::abs(ledger.produced - ledger.decayed - ledger.lost_to_ventricle -
                   ledger.lost_to_pia - change) < 1e-8 * moved);
    CHECK(*std::ranges::min_element(u) >= 0.0);
  }
}

TEST_CASE("a sharp source in small voxels, for which splitting needs very many sub-steps") {
  const Grid grid = test::white_box(11, 0.02);
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, 3.456, 16.6);
  const TransientSolver solver(grid);
  SolverWorkspace workspace;
  std::vector<double> source(grid.parenchyma_size(), 0.0);
  source[source.size() / 2] = 1e6;
  std::vector<double> u(source.size(), 0.0);
  const double hour = 1.0 / 24.0;
  const TransientResult result =
      solver.advance(diffusion, source, u, hour, {.tolerance = 0.01}, {}, workspace);
  CHECK(result.substeps < 200);
  // Splitting, far beyond what it is used with, comes to the same.
  std::vector<double> split(source.size(), 0.0);
  solver.advance_fixed(diffusion, source, split, hour, 1 << 15, {}, workspace);
  const double scale = *std::ranges::max_element(u);
  CHECK(largest_difference(u, split) / scale < 0.02);
}

TEST_CASE("what is gone within the step needs few steps") {
  Setting s;
  const DiffusionOperator brief = s.diffusion.with_decay(1e6);
  std::ranges::fill(s.source, 0.0);
  const TransientField field{"a", &brief, s.source, s.start};
  std::vector<double> u(s.start.size());
  const TransientResult result = advance_by_backward_euler(field, 1.0, 1e-3, {}, s.workspace, u);
  CHECK(result.substeps <= 4);
  CHECK_THROWS_AS(brief.with_decay(-1.0), InputError);
}

TEST_CASE("the same bits of backward Euler for any number of threads") {
  Setting s;
  s.grid = test::small_brain(34, 0.1);
  const DiffusionStencil stencil(s.grid, 2.0);
  const DiffusionOperator diffusion(stencil, 1.0, 4.0, {.pia_mm_per_d = 3.0});
  std::vector<double> start(s.grid.parenchyma_size(), 1.0);
  std::vector<double> source(start.size(), 0.0);
  source[start.size() / 3] = 100.0;
  REQUIRE(start.size() > 3 * voxel_block);
  std::vector<std::vector<double>> results;
  for (const int threads : {1, 2, 7}) {
    results.push_back(start);
    backward_euler_steps(diffusion, source, results.back(), 0.1, 3, {.threads = {threads}},
                         s.workspace);
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}
