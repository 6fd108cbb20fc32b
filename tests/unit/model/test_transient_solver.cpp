#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/model/transient_solver.hpp>

#include "support/grids.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

struct Case {
  Grid grid;
  std::vector<double> start = std::vector<double>(grid.parenchyma_size(), 0.0);
  std::vector<double> source = std::vector<double>(grid.parenchyma_size(), 0.0);

  explicit Case(int n) : grid(test::small_brain(n, 0.1)) {
    for (std::size_t v = 0; v < start.size(); v += 11) start[v] = 1.0 + double(v % 5);
    for (std::size_t v = 5; v < source.size(); v += 17) source[v] = 3.0;
  }
};

double total(const Grid& grid, const std::vector<double>& u) {
  return grid.voxel_volume_mm3() * std::accumulate(u.begin(), u.end(), 0.0);
}

// Explicit Euler with tiny steps: slow and plain.
std::vector<double> explicit_solution(const Case& c, double d_grey, double d_white, double decay,
                                      double p_ventricle, double level, double duration,
                                      int steps) {
  const auto n = c.grid.parenchyma_size();
  std::vector<double> u = c.start;
  std::vector<double> rate(n);
  const auto d_of = [&](VoxelIndex v) {
    return c.grid.label(v) == Label::white ? d_white : d_grey;
  };
  for (int step = 0; step < steps; ++step) {
    for (VoxelIndex v = 0; v < n; ++v) {
      rate[v] = c.source[v] - decay * u[v];
      for (std::size_t face = 0; face < 6; ++face) {
        const VoxelIndex other = c.grid.neighbours(v)[face];
        if (other == no_voxel) continue;
        const double h = c.grid.geometry().spacing_mm[face / 2];
        if (other < n) {
          rate[v] += (u[other] - u[v]) / (0.5 / d_of(v) + 0.5 / d_of(other)) / (h * h);
        } else if (c.grid.label(other) == Label::ventricle) {
          rate[v] += (level - u[v]) / (1.0 / p_ventricle + 0.5 * h / d_of(v)) / h;
        }
      }
    }
    for (std::size_t v = 0; v < n; ++v) u[v] += duration / steps * rate[v];
  }
  return u;
}

}  // namespace

TEST_CASE("equals an explicit reference on a curved mask, within its stated error") {
  const Case c(13);
  const SurfaceExchange exchange{.ventricle_mm_per_d = 20.0, .ventricle_level = 0.5};
  const DiffusionStencil stencil(c.grid, 2.0);
  const DiffusionOperator diffusion(stencil, 1.0, 4.0, exchange);
  const double duration = 0.02;  // D dt / h2 = 5 in white matter along the shortest axis
  const auto reference = explicit_solution(c, 1.0, 2.0, 4.0, 20.0, 0.5, duration, 4000);
  const TransientSolver solver(c.grid);
  SolverWorkspace workspace;
  const double scale = *std::max_element(reference.begin(), reference.end());
  for (const double tolerance : {0.05, 0.005}) {
    std::vector<double> u = c.start;
    const auto result =
        solver.advance(diffusion, c.source, u, duration, {.tolerance = tolerance}, {}, workspace);
    const double error = largest_difference(u, reference, {}) / scale;
    CAPTURE(tolerance);
    CAPTURE(result.substeps);
    CHECK(result.error_estimate <= tolerance);
    // The estimate is the leading term of the error: true to a factor of two.
    CHECK(error < 2.0 * result.error_estimate);
    CHECK(error > 0.5 * result.error_estimate);
  }
}

TEST_CASE("the error estimate holds where a substance decays many times within the step") {
  const Grid grid = test::white_box(9, 0.1);
  const DiffusionStencil stencil(grid, 1.0);
  const TransientSolver solver(grid);
  SolverWorkspace workspace;
  std::vector<double> source(grid.parenchyma_size(), 0.0);
  source[source.size() / 2] = 1e4;
  for (const double decay : {50.0, 100.0, 500.0, 2000.0}) {
    const DiffusionOperator diffusion(stencil, 3.456, decay);
    std::vector<double> u(source.size(), 0.0);
    std::vector<double> balance(source.size(), 0.0);
    const double hour = 1.0 / 24.0;
    const auto result =
        solver.advance(diffusion, source, u, hour, {.tolerance = 0.01}, {}, workspace);
    solve_quasi_steady(diffusion, source, balance, {.tolerance = 1e-10}, {}, workspace);
    const double scale = *std::max_element(balance.begin(), balance.end());
    // What has not come to balance within the hour.
    const double transient = std::exp(-decay * hour);
    CAPTURE(decay);
    CAPTURE(result.substeps);
    CHECK(largest_difference(u, balance, {}) / scale < 2.0 * result.error_estimate + transient);
    u.assign(source.size(), 0.0);
    const auto unsplit = solver.advance(diffusion, source, u, hour,
                                        {.tolerance = 0.01, .max_substeps = 1}, {}, workspace);
    CHECK(unsplit.error_estimate <= 0.01);
    CHECK(largest_difference(u, balance, {}) / scale < 2.0 * unsplit.error_estimate + transient);
  }
}

TEST_CASE("amounts only move: no flux keeps the total, whatever the step") {
  const Case c(20);
  const std::vector<double> none(c.start.size(), 0.0);
  const DiffusionStencil stencil(c.grid, 3.0);
  const TransientSolver solver(c.grid);
  SolverWorkspace workspace;
  for (const double diffusivity : {0.01, 3.456, 1e4}) {
    const DiffusionOperator diffusion(stencil, diffusivity, 0.0);
    std::vector<double> u = c.start;
    for (int step = 0; step < 50; ++step) {
      solver.advance_fixed(diffusion, none, u, 1.0 / 24.0, 4, {}, workspace);
    }
    CAPTURE(diffusivity);
    CHECK(std::abs(total(c.grid, u) - total(c.grid, c.start)) <= 1e-12 * total(c.grid, c.start));
    CHECK(*std::min_element(u.begin(), u.end()) >= 0.0);
    CHECK(largest_difference(u, c.start, {}) > 0.1);
  }
}

TEST_CASE("production, decay, exchange and change balance") {
  const Case c(20);
  const SurfaceExchange exchange{
      .ventricle_mm_per_d = 20.0, .pia_mm_per_d = 3.0, .ventricle_level = 2.0};
  const DiffusionStencil stencil(c.grid, 3.0);
  const DiffusionOperator diffusion(stencil, 3.456, 2.0, exchange);
  const TransientSolver solver(c.grid);
  SolverWorkspace workspace;
  std::vector<double> u = c.start;
  double change = -total(c.grid, u);
  FieldLedger sum;
  for (int step = 0; step < 20; ++step) {
    const auto ledger =
        solver.advance(diffusion, c.source, u, 0.04, {.tolerance = 0.1}, {}, workspace).ledger;
    sum.produced += ledger.produced;
    sum.decayed += ledger.decayed;
    sum.lost_to_ventricle += ledger.lost_to_ventricle;
    sum.lost_to_pia += ledger.lost_to_pia;
  }
  change += total(c.grid, u);
  CHECK(std::abs(sum.produced - 20 * 0.04 * total(c.grid, c.source)) <= 1e-12 * sum.produced);
  CHECK(sum.lost_to_ventricle < 0.0);
  CHECK(sum.lost_to_pia > 0.0);
  const double scale = sum.produced - sum.lost_to_ventricle;
  CHECK(std::abs(sum.produced - sum.decayed - sum.lost_to_ventricle - sum.lost_to_pia - change) <
        1e-12 * scale);
}

TEST_CASE("the total with decay and sources is exact for any step") {
  const Case c(13);
  const DiffusionStencil stencil(c.grid, 1.0);
  const DiffusionOperator diffusion(stencil, 3.456, 16.6);
  const TransientSolver solver(c.grid);
  SolverWorkspace workspace;
  std::vector<double> u = c.start;
  solver.advance_fixed(diffusion, c.source, u, 0.25, 1, {}, workspace);
  const double faded = std::exp(-16.6 * 0.25);
  const double expected =
      total(c.grid, c.start) * faded + total(c.grid, c.source) * (1.0 - faded) / 16.6;
  CHECK(std::abs(total(c.grid, u) - expected) <= 1e-12 * expected);
}

TEST_CASE("the same bits for any number of threads") {
  const Case c(34);
  REQUIRE(c.start.size() > 3 * voxel_block);
  const SurfaceExchange exchange{
      .ventricle_mm_per_d = 20.0, .pia_mm_per_d = 3.0, .ventricle_level = 2.0};
  const DiffusionStencil stencil(c.grid, 3.0);
  const DiffusionOperator diffusion(stencil, 3.456, 2.0, exchange);
  const TransientSolver solver(c.grid);
  std::vector<std::vector<double>> results;
  std::vector<FieldLedger> ledgers;
  for (const int threads : {1, 2, 7}) {
    SolverWorkspace workspace;
    results.push_back(c.start);
    ledgers.push_back(solver
                          .advance(diffusion, c.source, results.back(), 0.04, {.tolerance = 0.1},
                                   {.threads = {threads}}, workspace)
                          .ledger);
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
  CHECK(ledgers[0].decayed == ledgers[2].decayed);
  CHECK(ledgers[0].lost_to_pia == ledgers[1].lost_to_pia);
}

TEST_CASE("fields that diffuse alike go together as each goes alone") {
  const Case c(20);
  const SurfaceExchange exchange{
      .ventricle_mm_per_d = 20.0, .pia_mm_per_d = 3.0, .ventricle_level = 2.0};
  const DiffusionStencil stencil(c.grid, 3.0);
  const DiffusionOperator brief(stencil, 3.456, 20.0, exchange);
  const DiffusionOperator lasting(stencil, 3.456, 0.0, exchange);
  CHECK(diffuse_alike(brief, lasting));
  CHECK_FALSE(diffuse_alike(brief, DiffusionOperator(stencil, 3.0, 20.0, exchange)));
  CHECK_FALSE(diffuse_alike(brief, DiffusionOperator(stencil, 3.456, 20.0)));
  const TransientSolver solver(c.grid);
  SolverWorkspace workspace;
  const std::vector<double> none(c.start.size(), 0.0);
  std::vector<double> a = c.start;
  std::vector<double> b = none;
  std::vector<double> d = c.start;
  const std::vector<TransientField> fields{
      {"a", &brief, c.source, a}, {"b", &lasting, c.source, b}, {"d", &lasting, none, d}};
  const auto ledgers = solver.advance_fixed(fields, 0.05, 3, {}, workspace);
  const auto alone = [&](const DiffusionOperator& diffusion, const std::vector<double>& source,
                         std::vector<double> u, const std::vector<double>& together,
                         const FieldLedger& ledger) {
    const auto own = solver.advance_fixed(diffusion, source, u, 0.05, 3, {}, workspace);
    CHECK(u == together);
    CHECK(own.produced == ledger.produced);
    CHECK(own.decayed == ledger.decayed);
    CHECK(own.lost_to_ventricle == ledger.lost_to_ventricle);
    CHECK(own.lost_to_pia == ledger.lost_to_pia);
  };
  alone(brief, c.source, c.start, a, ledgers[0]);
  alone(lasting, c.source, none, b, ledgers[1]);
  alone(lasting, none, c.start, d, ledgers[2]);
  CHECK(a != d);
  // With an error estimate each keeps the tolerance; threads make no difference.
  for (const double tolerance : {0.1, 0.02, 0.004}) {
    std::vector<std::vector<double>> levels;
    for (const int threads : {1, 2, 7}) {
      std::vector<double> p = c.start;
      std::vector<double> q = none;
      const std::vector<TransientField> pair{{"p", &lasting, none, p}, {"q", &brief, c.source, q}};
      const auto results =
          solver.advance(pair, 0.05, {.tolerance = tolerance}, {.threads = {threads}}, workspace);
      CHECK(results[0].error_estimate <= tolerance);
      CHECK(results[1].error_estimate <= tolerance);
      CHECK(results[0].substeps == results[1].substeps);
      levels.push_back(p);
      levels.push_back(q);
    }
    CHECK(levels[0] == levels[2]);
    CHECK(levels[1] == levels[5]);
  }
  const DiffusionOperator other(stencil, 3.0, 20.0, exchange);
  const std::vector<TransientField> unlike{{"a", &brief, c.source, a}, {"o", &other, none, b}};
  CHECK_THROWS_AS(solver.advance(unlike, 0.05, {}, {}, workspace), Error);
  // The one that is at fault is named, and levels are as they were.
  const auto a_before = a;
  b[7] = -1.0;
  try {
    solver.advance(fields, 0.05, {}, {}, workspace);
    FAIL("no error");
  } catch (const NumericalError& error) {
    CHECK(std::string(error.what()).find("b") != std::string::npos);
    CHECK(error.voxel() == 7);
    CHECK(a == a_before);
  }
}

TEST_CASE("bad values and an unreachable tolerance are errors") {
  const Case c(13);
  const DiffusionStencil stencil(c.grid, 1.0);
  const DiffusionOperator diffusion(stencil, 3.456, 2.0);
  const TransientSolver solver(c.grid);
  SolverWorkspace workspace;
  std::vector<double> u = c.start;
  CHECK_THROWS_WITH_AS(solver.advance(diffusion, c.source, u, 1.0,
                                      {.tolerance = 1e-9, .max_substeps = 8}, {}, workspace),
                       doctest::Contains("signalling.transient_tolerance"), NumericalError);
  CHECK(u == c.start);
  u[2] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(solver.advance(diffusion, c.source, u, 1.0, {}, {}, workspace), NumericalError);
}

TEST_CASE("a line of voxels is the same along each axis, with one workspace for all") {
  SolverWorkspace workspace;
  constexpr int n = 37;
  std::vector<std::vector<double>> results;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::array<int, 3> size{1, 1, 1};
    size[axis] = n;
    const Grid grid = test::make_grid(size, {0.1, 0.1, 0.1}, [&](int i, int j, int k) {
      const int at = i + j + k;
      return at < 3 ? Label::ventricle : at == 20 ? Label::outside : Label::white;
    });
    const DiffusionStencil stencil(grid, 1.0);
    const DiffusionOperator diffusion(stencil, 3.0, 2.0,
                                      {.ventricle_mm_per_d = 5.0, .ventricle_level = 1.0});
    std::vector<double> u(grid.parenchyma_size(), 0.0);
    std::vector<double> source(u.size(), 0.0);
    u[4] = 7.0;
    source[25] = 30.0;
    const TransientSolver solver(grid);
    solver.advance_fixed(diffusion, source, u, 0.05, 3, {}, workspace);
    results.push_back(u);
  }
  CHECK(largest_difference(results[0], results[1], {}) < 1e-14);
  CHECK(largest_difference(results[0], results[2], {}) < 1e-14);
  CHECK(results[0][0] > 0.0);
  CHECK(results[0][25] > results[0][18]);
}

TEST_CASE("one voxel decays towards its balance") {
  const Grid grid = test::white_box(1, 0.1);
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, 3.0, 2.0);
  const std::vector<double> source(1, 6.0);
  std::vector<double> u(1, 1.0);
  SolverWorkspace workspace;
  TransientSolver(grid).advance_fixed(diffusion, source, u, 0.5, 2, {}, workspace);
  CHECK(u[0] == doctest::Approx(3.0 - 2.0 * std::exp(-1.0)));
}

TEST_CASE("what is not physical is named, be it a source, a level or a sum that overflows") {
  const Case c(20);
  const DiffusionStencil stencil(c.grid, 1.0);
  const DiffusionOperator diffusion(stencil, 3.456, 2.0);
  const TransientSolver solver(c.grid);
  SolverWorkspace workspace;
  const auto error_of = [&](std::vector<double> u, const std::vector<double>& source) {
    try {
      solver.advance_fixed(diffusion, source, u, 1.0, 1, {}, workspace);
    } catch (const NumericalError& error) {
      return std::string(error.what()) + " @" + std::to_string(error.voxel());
    }
    return std::string("none");
  };
  CHECK(error_of(c.start, c.source) == "none");
  auto source = c.source;
  source[200] = -1.0;
  CHECK(error_of(c.start, source).find("@200") != std::string::npos);
  auto start = c.start;
  start[300] = std::numeric_limits<double>::infinity();
  CHECK(error_of(start, c.source).find("@300") != std::string::npos);
  // What overflows as it is read, and only as it is written.
  const double most = std::numeric_limits<double>::max();
  source = std::vector<double>(c.source.size(), most);
  const DiffusionOperator lasting(stencil, 3.456, 0.0);
  std::vector<double> u(c.start.size(), most);
  CHECK_THROWS_AS(solver.advance_fixed(lasting, source, u, 1.0, 1, {}, workspace), NumericalError);
  u.assign(c.start.size(), 0.4 * most);
  CHECK_THROWS_AS(solver.advance_fixed(lasting, source, u, 0.7, 1, {}, workspace), NumericalError);
}
