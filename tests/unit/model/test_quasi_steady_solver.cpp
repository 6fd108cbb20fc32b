#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/model/quasi_steady_solver.hpp>

#include "support/grids.hpp"
#include <Eigen/Dense>
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

std::vector<double> scattered(std::size_t n, std::uint64_t seed) {
  StreamEngine engine = Stream(seed, StreamCode::run_setup, 0).engine(0);
  std::vector<double> values(n);
  for (double& value : values) {
    const double word = engine() * 0x1p-32;
    value = word > 0.8 ? 50.0 * word : 0.0;
  }
  return values;
}

// The same equation, assembled voxel by voxel from labels and solved by elimination.
Eigen::VectorXd dense_solution(const Grid& grid, double d_grey, double d_white,
                               const std::vector<double>& axis_ratio, double decay,
                               const SurfaceExchange& exchange, const std::vector<double>& source) {
  const auto n = static_cast<Eigen::Index>(grid.parenchyma_size());
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(n, n);
  Eigen::VectorXd right(n);
  for (Eigen::Index row = 0; row < n; ++row) {
    const auto voxel = static_cast<VoxelIndex>(row);
    matrix(row, row) = decay;
    right(row) = source[voxel];
    for (std::size_t face = 0; face < 6; ++face) {
      const VoxelIndex other = grid.neighbours(voxel)[face];
      if (other == no_voxel) continue;
      const double h = grid.geometry().spacing_mm[face / 2];
      const auto d_of = [&](VoxelIndex v) {
        return (grid.label(v) == Label::white ? d_white : d_grey) *
               axis_ratio[face / 2 * grid.parenchyma_size() + v];
      };
      const double d = d_of(voxel);
      if (other < grid.parenchyma_size()) {
        const double rate = 1.0 / (0.5 / d + 0.5 / d_of(other)) / (h * h);
        matrix(row, row) += rate;
        matrix(row, static_cast<Eigen::Index>(other)) -= rate;
      } else {
        const bool ventricle = grid.label(other) == Label::ventricle;
        const double p = ventricle ? exchange.ventricle_mm_per_d : exchange.pia_mm_per_d;
        const double rate = p / (1.0 + p * h / (2.0 * d)) / h;
        matrix(row, row) += rate;
        right(row) += rate * (ventricle ? exchange.ventricle_level : exchange.pia_level);
      }
    }
  }
  return matrix.partialPivLu().solve(right);
}

struct Case {
  Grid grid = test::small_brain(13, 0.1);
  std::vector<double> ratio = std::vector<double>(3 * grid.parenchyma_size());
  SurfaceExchange exchange{
      .ventricle_mm_per_d = 20.0, .pia_mm_per_d = 5.0, .ventricle_level = 0.3, .pia_level = 0.0};
  std::vector<double> source = scattered(grid.parenchyma_size(), 3);
  Case() {
    for (std::size_t i = 0; i < ratio.size(); ++i) ratio[i] = 0.5 + 0.25 * double(i % 7);
  }
};

}  // namespace

TEST_CASE("equals a dense solve on a mask with curved borders, exchange and a tensor") {
  const Case c;
  const DiffusionStencil stencil(c.grid, 2.5, c.ratio);
  const DiffusionOperator diffusion(stencil, 3.456, 16.6, c.exchange);
  const auto exact =
      dense_solution(c.grid, 3.456, 2.5 * 3.456, c.ratio, 16.6, c.exchange, c.source);
  SolverWorkspace workspace;
  for (const double tolerance : {1e-2, 1e-5, 1e-10}) {
    std::vector<double> u(c.source.size(), 0.0);
    const auto result =
        solve_quasi_steady(diffusion, c.source, u, {.tolerance = tolerance}, {}, workspace);
    double error = 0.0;
    double scale = 0.0;
    for (std::size_t v = 0; v < u.size(); ++v) {
      error = std::max(error, std::abs(u[v] - exact(static_cast<Eigen::Index>(v))));
      scale = std::max(scale, c.source[v] / 16.6);
      CHECK(u[v] >= 0.0);
    }
    CAPTURE(tolerance);
    CHECK(result.error_bound <= tolerance);
    // The bound is rigorous; 1e-12 leaves room for rounding. It must not be empty talk either.
    CHECK(error <= (result.error_bound + 1e-12) * scale);
    CHECK(error > 1e-4 * result.error_bound * scale);
  }
}

TEST_CASE("multigrid equals a dense solve") {
  const Case c;
  const DiffusionStencil stencil(c.grid, 2.5, c.ratio);
  const DiffusionHierarchy hierarchy(c.grid, stencil);
  for (const bool open : {false, true}) {
    const DiffusionOperator diffusion(stencil, 3.456, 2.0, open ? c.exchange : SurfaceExchange{});
    const auto exact = dense_solution(c.grid, 3.456, 2.5 * 3.456, c.ratio, 2.0,
                                      open ? c.exchange : SurfaceExchange{}, c.source);
    const QuasiSteadySolver multigrid(diffusion, &hierarchy);
    const QuasiSteadySolver sweeps(diffusion);
    const double scale = 50.0 / 2.0;
    for (const double tolerance : {1e-2, 1e-5, 1e-10}) {
      CAPTURE(open);
      CAPTURE(tolerance);
      SolverWorkspace workspace;
      std::vector<double> u(c.source.size(), 0.0);
      const auto result = multigrid.solve(c.source, u, {.tolerance = tolerance}, {}, workspace);
      CHECK(result.error_bound <= tolerance);
      double error = 0.0;
      for (std::size_t v = 0; v < u.size(); ++v) {
        error = std::max(error, std::abs(u[v] - exact(static_cast<Eigen::Index>(v))));
      }
      CHECK(error <= (result.error_bound + 1e-12) * scale);
      std::vector<double> slow(c.source.size(), 0.0);
      CHECK(result.iterations <
            sweeps.solve(c.source, slow, {.tolerance = tolerance}, {}, workspace).iterations);
    }
  }
}

TEST_CASE("the sweeps of multigrid do not grow with the range") {
  const Grid grid = test::small_brain(48, 0.02);
  const DiffusionStencil stencil(grid, 0.8);
  const DiffusionHierarchy hierarchy(grid, stencil);
  const auto source = scattered(grid.parenchyma_size(), 21);
  std::vector<std::int64_t> multigrid;
  std::vector<std::int64_t> sweeps;
  for (const double decay : {64.0, 4.0, 0.25}) {  // ranges of 0.23, 0.9 and 3.7 mm
    const DiffusionOperator diffusion(stencil, 3.456, decay);
    SolverWorkspace workspace;
    std::vector<double> u(source.size(), 0.0);
    multigrid.push_back(
        QuasiSteadySolver(diffusion, &hierarchy).solve(source, u, {}, {}, workspace).iterations);
    u.assign(source.size(), 0.0);
    sweeps.push_back(solve_quasi_steady(diffusion, source, u, {}, {}, workspace).iterations);
  }
  CHECK(*std::ranges::max_element(multigrid) <= 40);
  CHECK(sweeps.back() > 10 * multigrid.back());
}

TEST_CASE("sources that moved by a voxel are followed to 1 % of the highest level") {
  for (const double voxel_mm : {0.02, 0.05}) {
    const Grid grid = test::white_box(40, voxel_mm);
    const DiffusionStencil stencil(grid, 1.0);
    const DiffusionHierarchy hierarchy(grid, stencil);
    for (const double decay : {33.0, 8.3}) {  // half-lives of 0.5 and 2 h
      const QuasiSteadySolver solver(DiffusionOperator(stencil, 3.456, decay), &hierarchy);
      SolverWorkspace workspace;
      std::vector<double> source(grid.parenchyma_size());
      std::vector<double> exact(source.size(), 0.0);
      std::vector<double> u;
      for (const std::size_t shift : {0U, 1U}) {
        source.assign(source.size(), 0.0);
        for (std::uint32_t cell = 0; cell < source.size() / 500; ++cell) {
          const std::uint64_t word = Stream(1, StreamCode::run_setup, 0).word(cell);
          source[((word * source.size() >> 32) + shift) % source.size()] += decay;
        }
        u = exact;
        solver.solve(source, exact, {.tolerance = 1e-9}, {}, workspace);
      }
      const auto result = solver.solve(source, u, {.tolerance = 1e-2}, {}, workspace);
      CHECK(result.iterations <= 10);
      double error = 0.0;
      for (std::size_t v = 0; v < u.size(); ++v) error = std::max(error, std::abs(u[v] - exact[v]));
      CHECK(error <= 0.01 * *std::ranges::max_element(exact));
      CHECK(error > 0.0);
    }
  }
}

TEST_CASE("multigrid with hardly any decay ends, and without is refused") {
  const Grid grid = test::white_box(20, 0.05);
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionHierarchy hierarchy(grid, stencil);
  std::vector<double> source(grid.parenchyma_size(), 1e-9);
  std::vector<double> u(source.size(), 0.0);
  SolverWorkspace workspace;
  const DiffusionOperator lasting(stencil, 3.456, 0.0);
  CHECK_THROWS_AS(QuasiSteadySolver(lasting, &hierarchy).solve(source, u, {}, {}, workspace),
                  InputError);
  const DiffusionOperator slow(stencil, 3.456, 1e-30);
  CHECK_THROWS_AS(
      QuasiSteadySolver(slow, &hierarchy).solve(source, u, {.max_iterations = 300}, {}, workspace),
      NumericalError);
}

TEST_CASE("multigrid solves leaves apart by clefts thinner than a block") {
  const Grid grid = test::make_grid({32, 32, 32}, {0.02, 0.02, 0.02}, [](int i, int, int k) {
    return k % 4 == 3 && i > 1 ? Label::subarachnoid_csf : Label::grey;
  });
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionHierarchy hierarchy(grid, stencil);
  const DiffusionOperator diffusion(stencil, 3.456, 4.0);
  const auto source = scattered(grid.parenchyma_size(), 8);
  SolverWorkspace workspace;
  std::vector<double> by_cycles(source.size(), 0.0);
  std::vector<double> by_sweeps(source.size(), 0.0);
  const QuasiSteadyControl control{.tolerance = 1e-8};
  const auto result =
      QuasiSteadySolver(diffusion, &hierarchy).solve(source, by_cycles, control, {}, workspace);
  CHECK(result.error_bound <= 1e-8);
  solve_quasi_steady(diffusion, source, by_sweeps, control, {}, workspace);
  for (std::size_t v = 0; v < source.size(); ++v) {
    CHECK(std::abs(by_cycles[v] - by_sweeps[v]) <= 2e-8 * 50.0 / 4.0);
  }
}

TEST_CASE("what is produced decays or crosses a surface") {
  const Case c;
  const DiffusionStencil stencil(c.grid, 2.5, c.ratio);
  const DiffusionOperator diffusion(stencil, 3.456, 16.6, c.exchange);
  SolverWorkspace workspace;
  std::vector<double> u(c.source.size(), 0.0);
  const FieldSums sums =
      solve_quasi_steady(diffusion, c.source, u, {.tolerance = 1e-13}, {}, workspace).sums;
  double source = 0.0;
  double level = 0.0;
  for (std::size_t v = 0; v < u.size(); ++v) {
    source += c.source[v];
    level += u[v];
  }
  CHECK(sums.source == doctest::Approx(source).epsilon(1e-12));
  CHECK(sums.level == doctest::Approx(level).epsilon(1e-12));
  const FieldLedger ledger = steady_ledger(diffusion, sums, u, 2.0);
  CHECK(ledger.lost_to_pia > 0.01 * ledger.produced);
  CHECK(std::abs(ledger.lost_to_ventricle) > 0.001 * ledger.produced);
  CHECK(std::abs(ledger.decayed + ledger.lost_to_ventricle + ledger.lost_to_pia -
                 ledger.produced) <= 1e-12 * ledger.produced);
}

TEST_CASE("the same bits for any number of threads") {
  const Grid grid = test::small_brain(34, 0.05);
  const auto source = scattered(grid.parenchyma_size(), 5);
  REQUIRE(source.size() > 3 * voxel_block);
  const DiffusionStencil stencil(grid, 2.0);
  const DiffusionOperator diffusion(stencil, 3.456, 33.0, {.ventricle_mm_per_d = 10.0});
  const DiffusionHierarchy hierarchy(grid, stencil);
  for (const DiffusionHierarchy* levels :
       {&hierarchy, static_cast<const DiffusionHierarchy*>(nullptr)}) {
    const QuasiSteadySolver solver(diffusion, levels);
    std::vector<std::vector<double>> results;
    std::vector<std::int64_t> iterations;
    for (const int threads : {1, 2, 7}) {
      SolverWorkspace workspace;
      results.emplace_back(source.size(), 0.2);
      iterations.push_back(
          solver.solve(source, results.back(), {}, {.threads = {threads}}, workspace).iterations);
    }
    CHECK(results[0] == results[1]);
    CHECK(results[0] == results[2]);
    CHECK(iterations[0] == iterations[2]);
    CHECK(iterations[0] > 10);
  }
}

TEST_CASE("a warm start needs no iteration, a small change few") {
  const Grid grid = test::white_box(24, 0.05);
  auto source = scattered(grid.parenchyma_size(), 9);
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, 3.456, 16.6);
  SolverWorkspace workspace;
  std::vector<double> u(source.size(), 0.0);
  const auto cold = solve_quasi_steady(diffusion, source, u, {}, {}, workspace);
  const auto again = solve_quasi_steady(diffusion, source, u, {}, {}, workspace);
  CHECK(again.iterations == 0);
  CHECK(again.sums.level == doctest::Approx(cold.sums.level).epsilon(1e-12));
  for (double& s : source) s *= 1.001;
  const auto warm = solve_quasi_steady(diffusion, source, u, {}, {}, workspace);
  CHECK(warm.iterations < cold.iterations / 2);
}

TEST_CASE("a start far from the solution leaves no negative value") {
  // Accelerated iterates of a lone peak that has to vanish swing through zero.
  const Grid grid = test::white_box(16, 0.05);
  std::vector<double> source(grid.parenchyma_size(), 0.0);
  source[0] = 1.0;
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, 3.456, 16.6);
  SolverWorkspace workspace;
  for (const double tolerance : {1e-1, 1e-2, 1e-3, 1e-4}) {
    std::vector<double> u(source.size(), 0.0);
    u[2000] = 5.0;
    solve_quasi_steady(diffusion, source, u, {.tolerance = tolerance}, {}, workspace);
    CAPTURE(tolerance);
    CHECK(*std::min_element(u.begin(), u.end()) >= 0.0);
  }
}

TEST_CASE("acceleration pays: iterations grow with the range in voxels, not its square") {
  const Grid grid = test::white_box(32, 0.02);
  std::vector<double> source(grid.parenchyma_size(), 0.0);
  source[grid.parenchyma_size() / 2] = 1.0;
  const DiffusionStencil stencil(grid, 1.0);
  SolverWorkspace workspace;
  std::vector<std::int64_t> iterations;
  for (const double decay : {16.0, 1.0}) {  // ranges of 0.46 and 1.9 mm, a factor of 4
    const DiffusionOperator diffusion(stencil, 3.456, decay);
    std::vector<double> u(source.size(), 1e-3);
    iterations.push_back(solve_quasi_steady(diffusion, source, u, {}, {}, workspace).iterations);
  }
  CHECK(iterations[0] > 30);
  CHECK(iterations[1] < 7 * iterations[0]);  // plain Jacobi: 16 times
}

TEST_CASE("no source, no decay, bad values, too few iterations") {
  const Grid grid = test::white_box(8, 0.05);
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, 3.456, 16.6);
  SolverWorkspace workspace;
  std::vector<double> u(grid.parenchyma_size(), 0.7);
  std::vector<double> source(u.size(), 0.0);
  solve_quasi_steady(diffusion, source, u, {}, {}, workspace);
  for (const double level : u) CHECK(level == 0.0);

  const DiffusionOperator lasting(stencil, 3.456, 0.0);
  CHECK_THROWS_AS(solve_quasi_steady(lasting, source, u, {}, {}, workspace), InputError);
  source[11] = 1.0;
  CHECK_THROWS_AS(solve_quasi_steady(diffusion, source, u, {.max_iterations = 3}, {}, workspace),
                  NumericalError);
  source[11] = -1e-9;
  CHECK_THROWS_AS(solve_quasi_steady(diffusion, source, u, {}, {}, workspace), NumericalError);
  source[11] = 0.0;
  u[3] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(solve_quasi_steady(diffusion, source, u, {}, {}, workspace), NumericalError);
}
