#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include <neurograft/model/quasi_steady_solver.hpp>
#include <neurograft/model/transient_solver.hpp>
#include <neurograft/verification/diffusion_problems.hpp>
#include <neurograft/verification/small_worlds.hpp>

namespace neurograft::verification {
namespace {

constexpr double d_grey = protein_mm2_per_d;
constexpr double k_hour = hour_half_life_per_d;
constexpr double white_to_grey = 4.0;  // of the layered problems

class Norms {
 public:
  void add(double exact, double got) {
    const double difference = std::abs(got - exact);
    squares_ = {squares_[0] + exact * exact, squares_[1] + got * got,
                squares_[2] + difference * difference};
    largest_ = {std::max(largest_[0], std::abs(exact)), std::max(largest_[1], std::abs(got)),
                std::max(largest_[2], difference)};
    count_ += 1.0;
  }
  /// Root of the mean square.
  Comparison l2() const {
    return {std::sqrt(squares_[0] / count_), std::sqrt(squares_[1] / count_),
            std::sqrt(squares_[2] / squares_[0])};
  }
  Comparison maximum() const { return {largest_[0], largest_[1], largest_[2] / largest_[0]}; }

 private:
  std::array<double, 3> squares_{}, largest_{};
  double count_ = 0.0;
};

using Position = std::array<double, 3>;

Position from(const Grid& grid, VoxelIndex voxel, const Position& origin) {
  const auto at = grid.centre_mm(voxel);
  return {at[0] - origin[0], at[1] - origin[1], at[2] - origin[2]};
}

double radius(const Position& r, const AxisRatio& ratio = isotropic) {
  return std::sqrt(r[0] * r[0] / ratio[0] + r[1] * r[1] / ratio[1] + r[2] * r[2] / ratio[2]);
}

double root_of_product(const AxisRatio& ratio) {
  return std::sqrt(ratio[0] * ratio[1] * ratio[2]);
}

std::vector<double> by_axis_and_voxel(const AxisRatio& ratio, std::size_t voxels) {
  std::vector<double> result(3 * voxels);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = ratio[i / voxels];
  return result;
}

/// As a run solves it: by multigrid where the range is long.
std::vector<double> balance(const Grid& grid, const DiffusionOperator& diffusion,
                            const std::vector<double>& source, Threads threads) {
  std::vector<double> u(source.size(), 0.0);
  SolverWorkspace workspace;
  const DiffusionHierarchy hierarchy(grid, diffusion.stencil());
  const bool coarse_levels_pay = QuasiSteadySolver::has_long_range(diffusion);
  QuasiSteadySolver(diffusion, coarse_levels_pay ? &hierarchy : nullptr)
      .solve(source, u, {.tolerance = 1e-10}, {.threads = threads}, workspace);
  return u;
}

/// Levels after `dt_d` without sources, the error in time of first order taken away.
std::vector<double> extrapolated(const Grid& grid, const DiffusionOperator& diffusion,
                                 const std::vector<double>& start, double dt_d,
                                 std::int64_t substeps, Threads threads) {
  const TransientSolver solver(grid);
  const std::vector<double> none(start.size(), 0.0);
  const SolverContext context{.threads = threads};
  SolverWorkspace workspace;
  std::vector<double> coarse = start;
  std::vector<double> fine = start;
  solver.advance_fixed(diffusion, none, coarse, dt_d, substeps, context, workspace);
  solver.advance_fixed(diffusion, none, fine, dt_d, 2 * substeps, context, workspace);
  for (std::size_t v = 0; v < fine.size(); ++v) fine[v] = 2.0 * fine[v] - coarse[v];
  return fine;
}

/// n voxels along x beside one of ventricle, or closed; white matter in the far half if asked for.
Grid slab(int n, double width_mm, bool beside_ventricle, bool layered) {
  const int first = beside_ventricle ? 1 : 0;
  return make_grid({n + first, 1, 1}, {width_mm / n, 1.0, 1.0}, [=](int i, int, int) {
    if (i < first) return Label::ventricle;
    return layered && 2 * (i - first) >= n ? Label::white : Label::grey;
  });
}

/// Level in a slab beside CSF at level 1, against `exact(x)`, x from the wall [mm].
template <class Exact>
Comparison beside_csf(const Grid& grid, double velocity, Threads threads, Exact&& exact) {
  const DiffusionStencil stencil(grid, white_to_grey);
  const DiffusionOperator diffusion(stencil, d_grey, k_hour,
                                    {.ventricle_mm_per_d = velocity, .ventricle_level = 1.0});
  const auto u =
      balance(grid, diffusion, std::vector<double>(grid.parenchyma_size(), 0.0), threads);
  const double h = grid.geometry().spacing_mm[0];
  Norms norms;
  for (VoxelIndex v = 0; v < u.size(); ++v) norms.add(exact((v + 0.5) * h), u[v]);
  return norms.maximum();
}

/// A ball of radius 1 mm: white matter where a voxel's centre lies in it, CSF around.
struct Ball {
  explicit Ball(int voxels_per_radius)
      : side(2 * voxels_per_radius + 3), h(1.0 / voxels_per_radius) {
    const double middle = 0.5 * side * h;
    centre = {middle, middle, middle};
  }
  Grid grid() const {
    return make_grid({side, side, side}, {h, h, h}, [this](int i, int j, int k) {
      const Position r{(i + 0.5) * h - centre[0], (j + 0.5) * h - centre[1],
                       (k + 0.5) * h - centre[2]};
      return radius(r) < 1.0 ? Label::white : Label::ventricle;
    });
  }

  int side;
  double h;
  Position centre;
};

constexpr double closed_mode = 2.0815759778181156;  // first zero of j1'

/// j1(q r) cos(theta).
double dipole(const Position& r) {
  const double x = closed_mode * radius(r);
  return (std::sin(x) / x - std::cos(x)) / x * r[2] / radius(r);
}

}  // namespace

Comparison steady_point_source(const AxisRatio& ratio, double h_mm, int n, Threads threads) {
  const Grid grid = white_box(n, h_mm);
  const DiffusionStencil stencil(grid, 1.0, by_axis_and_voxel(ratio, grid.parenchyma_size()));
  const double k = 4.0 * k_hour;  // range 0.23 mm: the box ends 7 ranges away
  const auto middle = static_cast<VoxelIndex>(grid.parenchyma_size() / 2);
  std::vector<double> source(grid.parenchyma_size(), 0.0);
  source[middle] = 1.0 / grid.voxel_volume_mm3();
  const auto u = balance(grid, DiffusionOperator(stencil, d_grey, k), source, threads);
  const auto origin = grid.centre_mm(middle);
  const double range = std::sqrt(d_grey / k);
  const double scale = 4.0 * std::numbers::pi * d_grey * root_of_product(ratio);
  Norms norms;
  for (VoxelIndex v = 0; v < u.size(); ++v) {
    const double r = radius(from(grid, v, origin), ratio);
    if (r > 0.25 && r < 0.8) norms.add(std::exp(-r / range) / (scale * r), u[v]);
  }
  return norms.l2();
}

Comparison instantaneous_point_source(const AxisRatio& ratio, double h_mm, int n, Threads threads) {
  const Grid grid = white_box(n, h_mm);
  const DiffusionStencil stencil(grid, 1.0, by_axis_and_voxel(ratio, grid.parenchyma_size()));
  const DiffusionOperator diffusion(stencil, d_grey, k_hour);
  const auto origin = grid.centre_mm(static_cast<VoxelIndex>(grid.parenchyma_size() / 2));
  const auto exact = [&](VoxelIndex v, double t) {
    const double spread = 4.0 * d_grey * t;
    const double r = radius(from(grid, v, origin), ratio);
    return std::exp(-r * r / spread - k_hour * t) /
           (std::pow(std::numbers::pi * spread, 1.5) * root_of_product(ratio));
  };
  std::vector<double> start(grid.parenchyma_size());
  for (VoxelIndex v = 0; v < start.size(); ++v) start[v] = exact(v, 0.02);
  const auto u = extrapolated(grid, diffusion, start, 0.01, 32, threads);
  Norms norms;
  for (VoxelIndex v = 0; v < u.size(); ++v) norms.add(exact(v, 0.03), u[v]);
  return norms.maximum();
}

Comparison screened_slab(double velocity_mm_per_d, int n, Threads threads) {
  const double width = 2.0;
  const double range = std::sqrt(d_grey / k_hour);
  const double slope = d_grey / range * std::sinh(width / range);
  const double amplitude = 1.0 / (std::cosh(width / range) + slope / velocity_mm_per_d);
  return beside_csf(slab(n, width, true, false), velocity_mm_per_d, threads,
                    [&](double x) { return amplitude * std::cosh((width - x) / range); });
}

Comparison layered_slab(int n, Threads threads) {
  const double width = 1.0;
  const double middle = 0.5 * width;
  const double range = std::sqrt(d_grey / k_hour);
  const double white_range = std::sqrt(white_to_grey) * range;
  const double b = white_to_grey * range / white_range * std::tanh(middle / white_range);
  const double c = 1.0 / (std::cosh(middle / range) + b * std::sinh(middle / range));
  const auto exact = [&](double x) {
    if (x > middle) {
      return c * std::cosh((width - x) / white_range) / std::cosh(middle / white_range);
    }
    return c * (std::cosh((middle - x) / range) + b * std::sinh((middle - x) / range));
  };
  return beside_csf(slab(n, width, true, true), HUGE_VAL, threads, exact);
}

Comparison layered_mode(int n, Threads threads) {
  const double width = 1.0;
  const double middle = 0.5 * width;
  const double fold = std::sqrt(white_to_grey);  // a = fold b
  // a tan(a m) + white_to_grey b tan(b (w - m)) = 0 has its first root where a m is between
  // pi / 2 and pi, which bisection finds.
  const auto imbalance = [&](double a) {
    return std::tan(a * middle) + fold * std::tan(a / fold * (width - middle));
  };
  double low = std::numbers::pi / 2.0 / middle * (1.0 + 1e-12);
  double high = std::numbers::pi / middle * (1.0 - 1e-12);
  for (int step = 0; step < 200; ++step) {
    const double half = 0.5 * (low + high);
    (imbalance(half) < 0.0 ? low : high) = half;
  }
  const double a = low;
  const double amplitude = std::cos(a * middle) / std::cos(a / fold * (width - middle));
  const auto mode = [&](double x) {
    return x > middle ? amplitude * std::cos(a / fold * (width - x)) : std::cos(a * x);
  };
  const Grid grid = slab(n, width, false, true);
  const DiffusionStencil stencil(grid, white_to_grey);
  const DiffusionOperator diffusion(stencil, d_grey, k_hour);
  const double h = width / n;
  const double duration = 0.01;
  std::vector<double> start(grid.parenchyma_size());
  for (std::size_t v = 0; v < start.size(); ++v) start[v] = 2.0 + mode((double(v) + 0.5) * h);
  const auto u = extrapolated(grid, diffusion, start, duration, 2048, threads);
  Norms norms;
  for (std::size_t v = 0; v < u.size(); ++v) {
    const double decayed = mode((double(v) + 0.5) * h) * std::exp(-d_grey * a * a * duration);
    norms.add((2.0 + decayed) * std::exp(-k_hour * duration), u[v]);
  }
  return norms.maximum();
}

Comparison ball_held_at_surface(int voxels_per_radius, Threads threads) {
  const Ball ball(voxels_per_radius);
  const Grid grid = ball.grid();
  const DiffusionStencil stencil(grid, 1.0);
  const DiffusionOperator diffusion(stencil, d_grey, k_hour,
                                    {.ventricle_mm_per_d = HUGE_VAL, .ventricle_level = 1.0});
  const auto u =
      balance(grid, diffusion, std::vector<double>(grid.parenchyma_size(), 0.0), threads);
  const double range = std::sqrt(d_grey / k_hour);
  Norms norms;
  for (VoxelIndex v = 0; v < u.size(); ++v) {
    const double r = std::max(radius(from(grid, v, ball.centre)), 1e-9);
    norms.add(std::sinh(r / range) / (r * std::sinh(1.0 / range)), u[v]);
  }
  return norms.l2();
}

namespace {

/// Centres of voxels and the dipole there, which is 0 in the very middle.
std::vector<double> dipole_of(const Grid& grid, const Ball& ball) {
  std::vector<double> result(grid.parenchyma_size(), 0.0);
  for (VoxelIndex v = 0; v < result.size(); ++v) {
    const Position r = from(grid, v, ball.centre);
    if (radius(r) > 1e-9) result[v] = dipole(r);
  }
  return result;
}

}  // namespace

Comparison closed_ball(int voxels_per_radius, Threads threads) {
  const Ball ball(voxels_per_radius);
  const Grid grid = ball.grid();
  const DiffusionStencil stencil(grid, 1.0);
  const auto mode = dipole_of(grid, ball);
  std::vector<double> source(mode.size());
  for (std::size_t v = 0; v < source.size(); ++v) {
    source[v] = k_hour + (k_hour + d_grey * closed_mode * closed_mode) * mode[v];
  }
  const auto u = balance(grid, DiffusionOperator(stencil, d_grey, k_hour), source, threads);
  Norms norms;
  for (std::size_t v = 0; v < u.size(); ++v) norms.add(1.0 + mode[v], u[v]);
  return norms.l2();
}

Comparison closed_ball_in_time(int voxels_per_radius, Threads threads) {
  const Ball ball(voxels_per_radius);
  const Grid grid = ball.grid();
  const DiffusionStencil stencil(grid, 1.0);
  const auto mode = dipole_of(grid, ball);
  std::vector<double> start(mode.size());
  for (std::size_t v = 0; v < start.size(); ++v) start[v] = 1.0 + mode[v];
  const double duration = 0.03;
  const auto u =
      extrapolated(grid, DiffusionOperator(stencil, d_grey, k_hour), start, duration, 128, threads);
  const double kept = std::exp(-d_grey * closed_mode * closed_mode * duration);
  Norms norms;
  for (std::size_t v = 0; v < u.size(); ++v) {
    norms.add((1.0 + kept * mode[v]) * std::exp(-k_hour * duration), u[v]);
  }
  return norms.l2();
}

double exchange_area_of_ball(int voxels_per_radius) {
  const Grid grid = Ball(voxels_per_radius).grid();
  const DiffusionStencil stencil(grid, 1.0);
  // So slow a transfer that diffusion over half a voxel does not matter.
  const double velocity = 1e-6;
  const DiffusionOperator diffusion(stencil, d_grey, k_hour, {.ventricle_mm_per_d = velocity});
  double rate = 0.0;
  for (const ExchangeFace& face : diffusion.exchange()) rate += face.rate_per_d;
  return rate * grid.voxel_volume_mm3() / velocity / (4.0 * std::numbers::pi);
}

}  // namespace neurograft::verification
