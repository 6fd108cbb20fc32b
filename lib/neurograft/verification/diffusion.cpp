#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include <neurograft/model/quasi_steady_solver.hpp>
#include <neurograft/model/transient_solver.hpp>
#include <neurograft/verification/diffusion.hpp>
#include <neurograft/verification/diffusion_problems.hpp>
#include <neurograft/verification/small_worlds.hpp>

namespace neurograft::verification {
namespace {

constexpr double d_protein = protein_mm2_per_d;
constexpr double k_hour = hour_half_life_per_d;

/// Error at the finer of two resolutions, and order of convergence between them.
struct Study {
  const char* problem;
  const char* norm;
  double documented_order;
  double window;  ///< on the order
  double bound;   ///< on the error of the finer
  double refinement;
};

void add(Checks& checks, const Study& study, const Comparison& coarse, const Comparison& fine) {
  const std::string problem = study.problem;
  checks.push_back({problem, "level", fine.exact, fine.got, fine.error, study.bound,
                    std::string(study.norm) + " of the difference over that of the closed form"});
  checks.push_back(observed_order(problem + ": order in the voxel", study.documented_order,
                                  coarse.error, fine.error, study.refinement, study.window));
}

/// Voxels along the axes, or closed surfaces along them: second order.
void smooth_problems(Checks& checks, Threads threads) {
  const auto study = [](const char* problem, const char* norm, double bound) {
    return Study{problem, norm, 2.0, 0.2, bound, 2.0};
  };
  add(checks, study("steady point source with decay", "L2 norm", 0.02),
      steady_point_source(isotropic, 0.1, 33, threads),
      steady_point_source(isotropic, 0.05, 65, threads));
  add(checks, study("steady point source, D unlike along x, y, z", "L2 norm", 0.04),
      steady_point_source(along_fibres, 0.1, 33, threads),
      steady_point_source(along_fibres, 0.05, 65, threads));
  add(checks, study("point source in time with decay", "maximum norm", 0.02),
      instantaneous_point_source(isotropic, 0.2, 17, threads),
      instantaneous_point_source(isotropic, 0.1, 33, threads));
  add(checks, study("point source in time, D unlike along x, y, z", "maximum norm", 0.03),
      instantaneous_point_source(along_fibres, 0.2, 17, threads),
      instantaneous_point_source(along_fibres, 0.1, 33, threads));
  add(checks, study("steady screened profile, level held at the surface", "maximum norm", 1e-3),
      screened_slab(HUGE_VAL, 32, threads), screened_slab(HUGE_VAL, 64, threads));
  add(checks, study("steady screened profile, through a resisting surface", "maximum norm", 1e-3),
      screened_slab(5.0, 32, threads), screened_slab(5.0, 64, threads));
  add(checks, study("steady screened profile across grey and white", "maximum norm", 1e-3),
      layered_slab(32, threads), layered_slab(64, threads));
  add(checks, study("slowest mode in time across grey and white", "maximum norm", 2e-4),
      layered_mode(32, threads), layered_mode(64, threads));
}

/// Surfaces oblique to the axes are staircases: first order.
void curved_borders(Checks& checks, Threads threads) {
  const auto study = [](const char* problem, double bound) {
    return Study{problem, "L2 norm", 1.0, 0.3, bound, 3.0};
  };
  add(checks, study("steady ball held at its surface", 0.01), ball_held_at_surface(8, threads),
      ball_held_at_surface(24, threads));
  add(checks, study("steady closed ball, gradient along its surface", 0.005),
      closed_ball(8, threads), closed_ball(24, threads));
  add(checks, study("closed ball in time, gradient along its surface", 0.005),
      closed_ball_in_time(8, threads), closed_ball_in_time(24, threads));
  checks.push_back(absolute("ball of voxels: area that exchanges, over that of the sphere", "1",
                            1.5, exchange_area_of_ball(32), 0.03,
                            "the stated limit of full voxel faces; 1 would be exact"));
}

/// Largest error of a point source over one hour, over the highest level, for each number of
/// sub-steps; against two solutions with very many, extrapolated.
std::vector<double> errors_in_time(double decay_per_d, const std::vector<std::int64_t>& substeps,
                                   Threads threads) {
  const Grid grid = white_box(17, 0.1);
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, d_protein, decay_per_d);
  const TransientSolver solver(grid);
  std::vector<double> source(grid.parenchyma_size(), 0.0);
  source[source.size() / 2] = 100.0;
  SolverWorkspace workspace;
  const auto solve = [&](std::int64_t n) {
    std::vector<double> u(source.size(), 0.1);
    solver.advance_fixed(diffusion, source, u, 1.0 / 24.0, n, {.threads = threads}, workspace);
    return u;
  };
  auto reference = solve(8 * substeps.back());
  const auto coarse = solve(4 * substeps.back());
  for (std::size_t v = 0; v < reference.size(); ++v) reference[v] += reference[v] - coarse[v];
  const double scale = *std::max_element(reference.begin(), reference.end());
  std::vector<double> errors;
  for (const std::int64_t n : substeps) {
    const auto u = solve(n);
    double error = 0.0;
    for (std::size_t v = 0; v < u.size(); ++v) {
      error = std::max(error, std::abs(u[v] - reference[v]));
    }
    errors.push_back(error / scale);
  }
  return errors;
}

void order_in_time(Checks& checks, Threads threads) {
  const auto mild = errors_in_time(k_hour, {128, 256}, threads);
  checks.push_back(observed_order("point source over an hour: order in the sub-step", 1.0, mild[0],
                                  mild[1], 2.0, 0.2));
  const auto stiff = errors_in_time(2000.0, {512, 1024}, threads);
  checks.push_back(observed_order("the same, half-life 30 s: order in the sub-step", 1.0, stiff[0],
                                  stiff[1], 2.0, 0.2));
}

/// A point source whose substance decays within a minute, over an hour: by then the levels are
/// those of the balance, and the solver is to find them to its own tolerance.
void stiff_source(Checks& checks, Threads threads) {
  const Grid grid = white_box(17, 0.1);
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, d_protein, 2000.0);
  std::vector<double> source(grid.parenchyma_size(), 0.0);
  source[source.size() / 2] = 1e5;
  std::vector<double> u(source.size(), 0.0);
  std::vector<double> balance(source.size(), 0.0);
  SolverWorkspace workspace;
  const SolverContext context{.threads = threads};
  constexpr double tolerance = 1e-2;
  TransientSolver(grid).advance(diffusion, source, u, 1.0 / 24.0, {.tolerance = tolerance}, context,
                                workspace);
  solve_quasi_steady(diffusion, source, balance, {.tolerance = 1e-10}, context, workspace);
  const std::size_t middle = source.size() / 2;
  checks.push_back(relative("point source, half-life 30 s, after an hour: level at the source",
                            "level", balance[middle], u[middle], 2.0 * tolerance,
                            "twice the tolerance: that is an estimate, to leading order"));

  // Without gradients production and decay are exact in a single step of any length.
  std::vector<double> even(source.size(), 0.0);
  const std::vector<double> everywhere(source.size(), 3.0);
  TransientSolver(grid).advance_fixed(diffusion, everywhere, even, 1.0 / 24.0, 1, context,
                                      workspace);
  checks.push_back(relative("even source, half-life 30 s, one step of an hour", "level",
                            3.0 / 2000.0 * -std::expm1(-2000.0 / 24.0), even[middle], 1e-12,
                            "rounding"));
}

/// Second moments of a field about a voxel, over its total [mm2].
std::array<double, 3> second_moments(const Grid& grid, const std::vector<double>& u,
                                     VoxelIndex centre) {
  std::array<double, 3> moments{};
  double total = 0.0;
  const auto origin = grid.centre_mm(centre);
  for (VoxelIndex v = 0; v < u.size(); ++v) {
    const auto at = grid.centre_mm(v);
    total += u[v];
    for (std::size_t axis = 0; axis < 3; ++axis) {
      moments[axis] += u[v] * (at[axis] - origin[axis]) * (at[axis] - origin[axis]);
    }
  }
  for (double& moment : moments) moment /= total;
  return moments;
}

/// On an unbounded lattice second moments hold exactly for the discrete scheme; the box ends about
/// ten ranges away.
void anisotropic_spread(Checks& checks, Threads threads) {
  const Grid grid = white_box(41, 0.1);
  const std::size_t n = grid.parenchyma_size();
  std::vector<double> axis_ratio(3 * n);
  for (std::size_t i = 0; i < axis_ratio.size(); ++i) axis_ratio[i] = along_fibres[i / n];
  const DiffusionStencil stencil(grid, 1.0, axis_ratio);
  const auto centre = static_cast<VoxelIndex>(n / 2);
  std::vector<double> point(n, 0.0);
  point[centre] = 1.0;
  SolverWorkspace workspace;
  const SolverContext context{.threads = threads};

  std::vector<double> u = point;
  const std::vector<double> none(n, 0.0);
  const double t = 0.004;
  TransientSolver(grid).advance_fixed(DiffusionOperator(stencil, d_protein, k_hour), none, u, t, 8,
                                      context, workspace);
  const auto spread = second_moments(grid, u, centre);
  std::vector<double> at_rest(n, 0.0);
  const double decay = 100.0;
  solve_quasi_steady(DiffusionOperator(stencil, d_protein, decay), point, at_rest,
                     {.tolerance = 1e-12}, context, workspace);
  const auto rest = second_moments(grid, at_rest, centre);
  for (const std::size_t axis : {0U, 2U}) {
    const std::string along = axis == 0 ? "along fibres" : "across fibres, D / 4";
    checks.push_back(relative("second moment 2 D t " + along, "mm2",
                              2.0 * along_fibres[axis] * d_protein * t, spread[axis], 1e-6,
                              "exact on a lattice; what reaches the edge"));
    checks.push_back(relative("steady second moment 2 D / k " + along, "mm2",
                              2.0 * along_fibres[axis] * d_protein / decay, rest[axis], 1e-3,
                              "exact on a lattice; what reaches the edge"));
  }
}

/// White and grey matter, a ventricle and a curved border.
Grid brain_like(int n, double h) {
  const double centre = 0.5 * (n - 1);
  return make_grid({n, n, n}, {h, h, h}, [=](int i, int j, int k) {
    const double r = std::hypot(i - centre, j - centre, k - centre) / n;
    if (r < 0.15) return Label::ventricle;
    return r < 0.3 ? Label::white : r < 0.48 ? Label::grey : Label::outside;
  });
}

double total(const Grid& grid, const std::vector<double>& u) {
  return grid.voxel_volume_mm3() * std::accumulate(u.begin(), u.end(), 0.0);
}

void amounts(Checks& checks, Threads threads) {
  const Grid grid = brain_like(25, 0.2);
  const DiffusionStencil stencil(grid, 2.0);
  const TransientSolver solver(grid);
  SolverWorkspace workspace;
  const SolverContext context{.threads = threads};
  std::vector<double> u(grid.parenchyma_size(), 0.0);
  for (std::size_t v = 0; v < u.size(); v += 11) u[v] = 1.0 + double(v % 5);
  std::vector<double> source(u.size(), 0.0);
  for (std::size_t v = 5; v < source.size(); v += 17) source[v] = 3.0;
  const std::vector<double> none(u.size(), 0.0);

  std::vector<double> kept = u;
  solver.advance_fixed(DiffusionOperator(stencil, d_protein, 0.0), none, kept, 10.0, 4, context,
                       workspace);
  checks.push_back(relative("no flux, no decay: amount after 10 d", "level mm3", total(grid, u),
                            total(grid, kept), 1e-12, "rounding"));

  std::vector<double> open = u;
  const DiffusionOperator leaky(stencil, d_protein, k_hour,
                                {.ventricle_mm_per_d = 20.0, .ventricle_level = 0.5});
  const auto ledger = solver.advance_fixed(leaky, source, open, 0.1, 8, context, workspace);
  checks.push_back(
      relative("amount left with exchange, as its ledger has it", "level mm3",
               total(grid, u) + ledger.produced - ledger.decayed - ledger.lost_to_ventricle,
               total(grid, open), 1e-12, "rounding"));

  std::vector<double> steady(u.size(), 0.0);
  solve_quasi_steady(DiffusionOperator(stencil, d_protein, k_hour), source, steady,
                     {.tolerance = 1e-9}, context, workspace);
  checks.push_back(relative("steady and closed: what is produced decays", "level mm3/d",
                            total(grid, source), k_hour * total(grid, steady), 1e-7,
                            "the tolerance of the solver"));
}

/// Thin against D / P a sheet is well mixed: its total falls as exp(-P t / width).
void thin_sheet(Checks& checks, Threads threads) {
  const Grid grid = make_grid({11, 1, 1}, {0.01, 1.0, 1.0}, [](int i, int, int) {
    return i == 0 ? Label::ventricle : Label::grey;
  });
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, d_protein, 0.0, {.ventricle_mm_per_d = 0.1});
  std::vector<double> u(grid.parenchyma_size(), 1.0);
  const std::vector<double> none(u.size(), 0.0);
  SolverWorkspace workspace;
  const auto ledger = TransientSolver(grid).advance_fixed(diffusion, none, u, 1.0, 512,
                                                          {.threads = threads}, workspace);
  const double left = total(grid, u) / 0.1;
  checks.push_back(relative("share left in a thin sheet beside empty CSF", "1", std::exp(-1.0),
                            left, 3e-3, "first order in 512 sub-steps; P times width over 3 D"));
  checks.push_back(absolute("what it lost, as booked", "level mm3", (1.0 - left) * 0.1,
                            ledger.lost_to_ventricle, 1e-13, "rounding"));
}

}  // namespace

Checks diffusion_checks(Threads threads) {
  Checks checks;
  smooth_problems(checks, threads);
  curved_borders(checks, threads);
  order_in_time(checks, threads);
  stiff_source(checks, threads);
  anisotropic_spread(checks, threads);
  amounts(checks, threads);
  thin_sheet(checks, threads);
  return checks;
}

}  // namespace neurograft::verification
