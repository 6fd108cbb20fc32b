#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <neurograft/model/quasi_steady_solver.hpp>
#include <neurograft/model/transient_solver.hpp>

#include "support/grids.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

constexpr double d_protein = 3.456;  // [mm2/d], 40 um2/s
constexpr double k_hour = 16.6355;   // [1/d], half-life 1 h

double range_mm(double d, double k) {
  return std::sqrt(d / k);
}

double observed_order(double coarse_error, double fine_error, double refinement = 2.0) {
  return std::log(coarse_error / fine_error) / std::log(refinement);
}

std::array<double, 3> from_centre(const Grid& grid, VoxelIndex voxel, VoxelIndex centre) {
  const auto at = grid.centre_mm(voxel);
  const auto origin = grid.centre_mm(centre);
  return {at[0] - origin[0], at[1] - origin[1], at[2] - origin[2]};
}

double radius(const std::array<double, 3>& r) {
  return std::hypot(r[0], r[1], r[2]);
}

// Relative L2 error of a steady point source over a shell of fixed radii [mm].
double steady_point_source_error(double h, int n) {
  const Grid grid = test::white_box(n, h);
  const DiffusionStencil stencil(grid, 1.0);
  const double k = 4.0 * k_hour;  // range 0.23 mm: the box ends 7 ranges away
  const DiffusionOperator diffusion(stencil, d_protein, k);
  const auto centre = static_cast<VoxelIndex>(grid.parenchyma_size() / 2);
  std::vector<double> source(grid.parenchyma_size(), 0.0);
  source[centre] = 1.0 / grid.voxel_volume_mm3();
  std::vector<double> u(source.size(), 0.0);
  SolverWorkspace workspace;
  solve_quasi_steady(diffusion, source, u, {.tolerance = 1e-9}, {}, workspace);
  double error = 0.0;
  double norm = 0.0;
  for (VoxelIndex v = 0; v < u.size(); ++v) {
    const double r = radius(from_centre(grid, v, centre));
    if (r < 0.25 || r > 0.8) continue;
    const double exact =
        std::exp(-r / range_mm(d_protein, k)) / (4.0 * std::numbers::pi * d_protein * r);
    error += (u[v] - exact) * (u[v] - exact);
    norm += exact * exact;
  }
  return std::sqrt(error / norm);
}

// Concentration of a point source of unit amount after time t, with decay.
double instantaneous_source(double r, double t) {
  const double spread = 4.0 * d_protein * t;
  return std::exp(-r * r / spread - k_hour * t) / std::pow(std::numbers::pi * spread, 1.5);
}

// Largest error, over the peak, of a point source from t = 0.02 d to 0.03 d; time errors removed by
// extrapolation.
double transient_point_source_error(double h, int n) {
  const Grid grid = test::white_box(n, h);
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, d_protein, k_hour);
  const TransientSolver solver(grid);
  const auto centre = static_cast<VoxelIndex>(grid.parenchyma_size() / 2);
  std::vector<double> coarse(grid.parenchyma_size());
  for (VoxelIndex v = 0; v < coarse.size(); ++v) {
    coarse[v] = instantaneous_source(radius(from_centre(grid, v, centre)), 0.02);
  }
  std::vector<double> fine = coarse;
  const std::vector<double> source(coarse.size(), 0.0);
  SolverWorkspace workspace;
  solver.advance_fixed(diffusion, source, coarse, 0.01, 32, {}, workspace);
  solver.advance_fixed(diffusion, source, fine, 0.01, 64, {}, workspace);
  double error = 0.0;
  for (VoxelIndex v = 0; v < fine.size(); ++v) {
    const double exact = instantaneous_source(radius(from_centre(grid, v, centre)), 0.03);
    error = std::max(error, std::abs(2.0 * fine[v] - coarse[v] - exact));
  }
  return error / instantaneous_source(0.0, 0.03);
}

// A slab of n voxels beside the ventricle, white matter in its far half.
Grid slab(int n, double width_mm) {
  return test::make_grid({n + 1, 1, 1}, {width_mm / n, 1.0, 1.0}, [=](int i, int, int) {
    return i == 0 ? Label::ventricle : 2 * (i - 1) < n ? Label::grey : Label::white;
  });
}

// Largest error in a slab beside CSF at level 1, against `exact(x)`, x from the wall [mm].
template <class Exact>
double slab_error(int n, double width_mm, double velocity, double white_to_grey, Exact&& exact) {
  const Grid grid = slab(n, width_mm);
  const DiffusionStencil stencil(grid, white_to_grey);
  const DiffusionOperator diffusion(stencil, d_protein, k_hour,
                                    {.ventricle_mm_per_d = velocity, .ventricle_level = 1.0});
  std::vector<double> u(grid.parenchyma_size(), 0.0);
  const std::vector<double> source(u.size(), 0.0);
  SolverWorkspace workspace;
  solve_quasi_steady(diffusion, source, u, {.tolerance = 1e-10}, {}, workspace);
  double error = 0.0;
  for (VoxelIndex v = 0; v < u.size(); ++v) {
    const double x = (v + 0.5) * width_mm / n;
    error = std::max(error, std::abs(u[v] - exact(x)));
  }
  return error;
}

// Second moments of a field about a voxel, over its total [mm2].
std::array<double, 3> second_moments(const Grid& grid, const std::vector<double>& u,
                                     VoxelIndex centre) {
  std::array<double, 3> moments{};
  double total = 0.0;
  for (VoxelIndex v = 0; v < u.size(); ++v) {
    const auto r = from_centre(grid, v, centre);
    total += u[v];
    for (std::size_t axis = 0; axis < 3; ++axis) moments[axis] += u[v] * r[axis] * r[axis];
  }
  for (double& moment : moments) moment /= total;
  return moments;
}

}  // namespace

TEST_CASE("a steady point source follows the screened Green's function, second order in space") {
  const double coarse = steady_point_source_error(0.1, 33);
  const double fine = steady_point_source_error(0.05, 65);
  CAPTURE(coarse);
  CAPTURE(fine);
  CHECK(std::abs(observed_order(coarse, fine) - 2.0) < 0.2);
  CHECK(fine < 0.02);
}

TEST_CASE("an instantaneous point source follows the Green's function, second order in space") {
  const double coarse = transient_point_source_error(0.2, 17);
  const double fine = transient_point_source_error(0.1, 33);
  CAPTURE(coarse);
  CAPTURE(fine);
  CHECK(std::abs(observed_order(coarse, fine) - 2.0) < 0.2);
  CHECK(fine < 0.02);
}

TEST_CASE("the transient solver is first order in time") {
  const Grid grid = test::white_box(17, 0.1);
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, d_protein, k_hour);
  const TransientSolver solver(grid);
  std::vector<double> source(grid.parenchyma_size(), 0.0);
  source[source.size() / 2] = 100.0;
  SolverWorkspace workspace;
  const auto solve = [&](std::int64_t substeps) {
    std::vector<double> u(source.size(), 0.1);
    solver.advance_fixed(diffusion, source, u, 1.0 / 24.0, substeps, {}, workspace);
    return u;
  };
  const auto reference = solve(4096);
  std::vector<double> errors;
  for (const std::int64_t substeps : {64, 128, 256}) {
    const auto u = solve(substeps);
    double error = 0.0;
    for (std::size_t v = 0; v < u.size(); ++v) {
      error = std::max(error, std::abs(u[v] - reference[v]));
    }
    errors.push_back(error);
  }
  CHECK(std::abs(observed_order(errors[0], errors[1]) - 1.0) < 0.2);
  CHECK(std::abs(observed_order(errors[1], errors[2]) - 1.0) < 0.2);
}

TEST_CASE("screened profile beside CSF: fixed level, and through a resisting wall") {
  const double width = 2.0;
  const double range = range_mm(d_protein, k_hour);
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double velocity : {infinity, 5.0}) {
    // u = A cosh((w - x) / L), with P (1 - u(0)) = -D u'(0).
    const double slope = d_protein / range * std::sinh(width / range);
    const double amplitude = 1.0 / (std::cosh(width / range) + slope / velocity);
    const auto exact = [&](double x) { return amplitude * std::cosh((width - x) / range); };
    const double coarse = slab_error(32, width, velocity, 1.0, exact);
    const double fine = slab_error(64, width, velocity, 1.0, exact);
    CAPTURE(velocity);
    CHECK(std::abs(observed_order(coarse, fine) - 2.0) < 0.2);
    CHECK(fine < 1e-3);
  }
}

TEST_CASE("screened profile across grey and white matter of unlike D") {
  const double width = 1.0;
  const double ratio = 4.0;
  const double range = range_mm(d_protein, k_hour);
  const double white_range = range_mm(ratio * d_protein, k_hour);
  const double middle = 0.5 * width;
  // In white C cosh((w - x) / L2) / cosh((w - m) / L2); in grey the same level and flux at m.
  const double admittance = ratio * d_protein / white_range * std::tanh(middle / white_range);
  const double b = admittance * range / d_protein;
  const double c = 1.0 / (std::cosh(middle / range) + b * std::sinh(middle / range));
  const auto exact = [&](double x) {
    if (x > middle) {
      return c * std::cosh((width - x) / white_range) / std::cosh(middle / white_range);
    }
    return c * (std::cosh((middle - x) / range) + b * std::sinh((middle - x) / range));
  };
  const double infinity = std::numeric_limits<double>::infinity();
  const double coarse = slab_error(32, width, infinity, ratio, exact);
  const double fine = slab_error(64, width, infinity, ratio, exact);
  CHECK(std::abs(observed_order(coarse, fine) - 2.0) < 0.2);
  CHECK(fine < 1e-3);
}

TEST_CASE("anisotropic spread: second moments 2 D t in time, 2 D / k at rest") {
  // On an unbounded lattice both hold exactly for the discrete scheme; the box ends ~10 ranges
  // away.
  const Grid grid = test::white_box(41, 0.1);
  const auto n = grid.parenchyma_size();
  const std::array<double, 3> ratio{1.0, 0.5, 0.25};
  std::vector<double> axis_ratio(3 * n);
  for (std::size_t i = 0; i < axis_ratio.size(); ++i) axis_ratio[i] = ratio[i / n];
  const DiffusionStencil stencil(grid, 1.0, axis_ratio);
  const auto centre = static_cast<VoxelIndex>(n / 2);
  std::vector<double> point(n, 0.0);
  point[centre] = 1.0;
  SolverWorkspace workspace;

  std::vector<double> u = point;
  const TransientSolver solver(grid);
  const std::vector<double> none(n, 0.0);
  const double t = 0.004;
  solver.advance_fixed(DiffusionOperator(stencil, d_protein, k_hour), none, u, t, 8, {}, workspace);
  const auto spread = second_moments(grid, u, centre);

  std::vector<double> at_rest(n, 0.0);
  const double decay = 100.0;
  solve_quasi_steady(DiffusionOperator(stencil, d_protein, decay), point, at_rest,
                     {.tolerance = 1e-12}, {}, workspace);
  const auto rest = second_moments(grid, at_rest, centre);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    CHECK(std::abs(spread[axis] / (2.0 * ratio[axis] * d_protein * t) - 1.0) < 1e-6);
    CHECK(std::abs(rest[axis] / (2.0 * ratio[axis] * d_protein / decay) - 1.0) < 1e-3);
  }
}

TEST_CASE("exchange with empty CSF empties a thin sheet exponentially") {
  // Thin against D / P: well mixed, so the total falls as exp(-P t / width).
  const Grid grid = slab(10, 0.1);
  const DiffusionStencil stencil(grid, 1.0);
  const double velocity = 0.1;
  const DiffusionOperator diffusion(stencil, d_protein, 0.0, {.ventricle_mm_per_d = velocity});
  const TransientSolver solver(grid);
  std::vector<double> u(grid.parenchyma_size(), 1.0);
  const std::vector<double> none(u.size(), 0.0);
  SolverWorkspace workspace;
  const auto ledger = solver.advance_fixed(diffusion, none, u, 1.0, 512, {}, workspace);
  double mean = 0.0;
  for (const double level : u) mean += level / 10.0;
  CHECK(mean == doctest::Approx(std::exp(-velocity / 0.1)).epsilon(3e-3));
  CHECK(std::abs(ledger.lost_to_ventricle - (1.0 - mean) * 0.1) < 1e-13);
}
