#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/reduce.hpp>
#include <neurograft/model/backward_euler.hpp>

#include "support/grids.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

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

  TransientField field() { return {"a", &diffusion, source, start}; }

  std::vector<double> after(double dt_d, std::int64_t steps) {
    std::vector<double> u = start;
    backward_euler_steps(field(), u, dt_d, steps, 1e-9, {}, workspace);
    return u;
  }

  double total(const std::vector<double>& u) const {
    return grid.voxel_volume_mm3() * std::accumulate(u.begin(), u.end(), 0.0);
  }
};

/// A source in one voxel of 20 um, over an hour.
struct PointSource {
  Grid grid = test::white_box(11, 0.02);
  DiffusionStencil stencil{grid, 1.0};
  DiffusionOperator diffusion{stencil, 3.456, 16.6};
  TransientSolver solver{grid};
  SolverWorkspace workspace;
  std::vector<double> none = std::vector<double>(grid.parenchyma_size(), 0.0);
  std::vector<double> source = none;
  double hour = 1.0 / 24.0;

  PointSource() { source[source.size() / 2] = 1e6; }
};

}  // namespace

TEST_CASE("backward Euler steps and many split ones come to the same, at first order") {
  Setting s;
  const double dt = 0.02;  // D dt / h2 = 5 in white matter along the shortest axis
  std::vector<double> split = s.start;
  const TransientSolver splitting(s.grid);
  splitting.advance_fixed(s.diffusion, s.source, split, dt, 1 << 13, {}, s.workspace);
  const double at_64 = largest_difference(s.after(dt, 64), split, {});
  const double at_128 = largest_difference(s.after(dt, 128), split, {});
  const double scale = *std::ranges::max_element(split);
  CHECK(at_64 < 0.02 * scale);
  CHECK(at_64 / at_128 == doctest::Approx(2.0).epsilon(0.1));
  std::vector<double> u(s.start.size());
  for (const double tolerance : {0.05, 0.005}) {
    const TransientResult result =
        advance_by_backward_euler(s.field(), dt, tolerance, {}, s.workspace, u);
    CAPTURE(result.substeps);
    CHECK(result.error_estimate <= tolerance);
    // Over the largest level at the start, which the estimate is relative to.
    CHECK(largest_difference(u, split, {}) / 5.0 < 2.0 * result.error_estimate);
  }
}

TEST_CASE("amounts balance to rounding whatever the step, and nothing falls below zero") {
  Setting s;
  for (const double dt : {1e-3, 1.0, 100.0}) {
    std::vector<double> u = s.start;
    const FieldLedger ledger = backward_euler_steps(s.field(), u, dt, 4, 1e-3, {}, s.workspace);
    const double change = s.total(u) - s.total(s.start);
    const double moved = ledger.produced + s.total(s.start);
    CAPTURE(dt);
    CHECK(ledger.produced == doctest::Approx(dt * s.total(s.source)));
    CHECK(std::abs(ledger.produced - ledger.decayed - ledger.lost_to_ventricle -
                   ledger.lost_to_pia - change) < 1e-12 * moved);
    CHECK(*std::ranges::min_element(u) >= 0.0);
  }
}

TEST_CASE("decay is exact where nothing else happens, however long the step") {
  const Grid grid = test::white_box(7, 0.02);
  const DiffusionStencil stencil(grid, 1.0);
  SolverWorkspace workspace;
  const std::vector<double> start(grid.parenchyma_size(), 2.0);
  const std::vector<double> source(start.size(), 0.0);
  std::vector<double> u(start.size()), copy = start;
  for (const double decay : {0.0, 3.0, 300.0}) {
    const DiffusionOperator diffusion(stencil, 3.456, decay);
    const auto result =
        advance_by_backward_euler({"a", &diffusion, source, copy}, 1.0, 0.1, {}, workspace, u);
    CHECK(result.substeps == 2);
    for (const double level : u) CHECK(level == doctest::Approx(2.0 * std::exp(-decay)));
  }
}

TEST_CASE("sharp sources in small voxels, for which splitting needs very many sub-steps") {
  PointSource p;
  std::vector<double> u = p.none;
  const TransientResult result =
      p.solver.advance(p.diffusion, p.source, u, p.hour, {.tolerance = 0.01}, {}, p.workspace);
  CHECK(result.substeps < 200);
  // Splitting, far beyond what it is used with, comes to the same.
  std::vector<double> split = p.none;
  p.solver.advance_fixed(p.diffusion, p.source, split, p.hour, 1 << 15, {}, p.workspace);
  const double scale = *std::ranges::max_element(u);
  CHECK(largest_difference(u, split, {}) / scale < 0.02);
}

TEST_CASE("steps that are long beyond measure against the voxel, with a source or without") {
  const Grid grid = test::white_box(10, 0.02);
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionHierarchy hierarchy(grid, stencil);
  SolverWorkspace workspace;
  const std::size_t voxels = grid.parenchyma_size();
  std::vector<double> u(voxels);
  for (const double reach : {1e4, 1e6, 1e7}) {  // D t / h2
    const DiffusionOperator diffusion(stencil, reach * 4e-4, 1.0);
    for (const bool has_source : {false, true}) {
      std::vector<double> start(voxels, 1.0), source(voxels, 0.0);
      start[7] = 100.0;
      if (has_source) source[voxels / 2] = 1e5;
      CAPTURE(reach);
      CAPTURE(has_source);
      const TransientField field{"a", &diffusion, source, start, &hierarchy};
      const auto result = advance_by_backward_euler(field, 1.0, 1e-3, {}, workspace, u);
      CAPTURE(result.substeps);
      // All mixed: the mean decays and is fed; above it the source's own peak.
      const double fed = has_source ? 1e5 * (1.0 - std::exp(-1.0)) / double(voxels) : 0.0;
      const double mean = (double(voxels) + 99.0) / double(voxels) * std::exp(-1.0) + fed;
      CHECK(sum_of(u.data(), voxels) / double(voxels) == doctest::Approx(mean).epsilon(1e-9));
      CHECK(u[0] == doctest::Approx(mean).epsilon(0.05));
    }
  }
}

TEST_CASE("what washes out through a surface, or is next to nothing, needs few steps") {
  Setting s;
  SolverWorkspace workspace;
  std::ranges::fill(s.source, 0.0);
  const DiffusionOperator open(s.stencil, 100.0, 1.0,
                               {.ventricle_mm_per_d = 1e3, .pia_mm_per_d = 1e3});
  std::vector<double> u(s.start.size());
  for (const double level : {1.0, 1e-200, 1e-260, 1e-310, 5e-324}) {
    for (double& start : s.start) start = level;
    CAPTURE(level);
    const auto result =
        advance_by_backward_euler({"a", &open, s.source, s.start}, 1.0, 0.01, {}, workspace, u);
    CHECK(result.substeps <= 128);
    CHECK(largest_of(u, {}) <= level);
  }
}

TEST_CASE("of fields together only that goes without splitting which needs it") {
  PointSource p;
  std::vector<double> even(p.none.size(), 1.0), fed = p.none, alone_fed = p.none;
  const std::vector<TransientField> fields{{"even", &p.diffusion, p.none, even},
                                           {"fed", &p.diffusion, p.source, fed}};
  const auto results = p.solver.advance(fields, p.hour, {}, {}, p.workspace);
  CHECK(results[0].substeps == 2);
  CHECK(even[5] == doctest::Approx(std::exp(-16.6 / 24.0)).epsilon(1e-12));
  const auto alone =
      p.solver.advance(p.diffusion, p.source, alone_fed, p.hour, {}, {}, p.workspace);
  CHECK(results[1].substeps == alone.substeps);
  CHECK(fed == alone_fed);
}

TEST_CASE("a source or level that is not physical is named, whatever the sum of both") {
  Setting s;
  std::vector<double> u(s.start.size());
  const auto problem = [&] {
    try {
      advance_by_backward_euler(s.field(), 1.0, 0.1, {}, s.workspace, u);
    } catch (const NumericalError& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  s.source[0] = -1e-3;
  CHECK(problem().find("voxel 0, step 0: source is") != std::string::npos);
  s.source[0] = 0.0;
  s.start[3] = -1.0;
  CHECK(problem().find("voxel 3, step 0: level is -1") != std::string::npos);
  CHECK_THROWS_AS(s.diffusion.with_decay(-1.0), InputError);
}

TEST_CASE("the same bits of backward Euler for any number of threads") {
  const Grid grid = test::small_brain(34, 0.1);
  const DiffusionStencil stencil(grid, 2.0);
  const DiffusionHierarchy hierarchy(grid, stencil);
  const DiffusionOperator diffusion(stencil, 1.0, 4.0, {.pia_mm_per_d = 3.0});
  std::vector<double> start(grid.parenchyma_size(), 1.0);
  std::vector<double> source(start.size(), 0.0);
  source[start.size() / 3] = 100.0;
  REQUIRE(start.size() > 3 * voxel_block);
  std::vector<std::vector<double>> results;
  SolverWorkspace workspace;
  for (const int threads : {1, 2, 7}) {
    std::vector<double> u(start.size());
    const TransientField field{"a", &diffusion, source, start, &hierarchy};
    advance_by_backward_euler(field, 0.1, 0.05, {.threads = {threads}}, workspace, u);
    results.push_back(u);
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}
