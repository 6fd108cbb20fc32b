#pragma once

#include <array>

#include <neurograft/core/parallel.hpp>

/// Problems of diffusion with closed forms, solved at a resolution that the caller chooses, so that
/// both the error and its order of convergence can be seen.
///
/// Throughout D = 40 um2/s in grey matter (a protein of some 20 kDa), a half-life of an hour unless
/// stated, and L = sqrt(D / k) the range. Where a problem is about space, the error in time is
/// taken away by extrapolation (two solutions, one with twice the sub-steps).
namespace neurograft::verification {

inline constexpr double protein_mm2_per_d = 3.456;
inline constexpr double hour_half_life_per_d = 16.6355;

/// How a solution compares with the closed form.
struct Comparison {
  double exact = 0.0;  ///< norm of the closed form
  double got = 0.0;    ///< the same norm of the solution
  double error = 0.0;  ///< the same norm of the difference, over `exact`
};

/// D along x, y and z over that in grey matter.
using AxisRatio = std::array<double, 3>;
inline constexpr AxisRatio isotropic{1.0, 1.0, 1.0};
inline constexpr AxisRatio along_fibres{1.0, 0.5, 0.25};

/// Steady point source of unit strength in a cube of n voxels, half-life 15 min:
/// u = exp(-r / L) / (4 pi D sqrt(rx ry rz) r), r^2 = x^2/rx + y^2/ry + z^2/rz. L2 over the shell
/// 0.25 mm < r < 0.8 mm.
Comparison steady_point_source(const AxisRatio& ratio, double h_mm, int n, Threads threads);

/// Point source of unit amount at t = 0, followed from 0.02 d to 0.03 d:
/// u = exp(-r^2 / (4 D t) - k t) / ((4 pi D t)^3/2 sqrt(rx ry rz)), r as above. Maximum norm.
Comparison instantaneous_point_source(const AxisRatio& ratio, double h_mm, int n, Threads threads);

/// Slab of 2 mm beside CSF at level 1, transfer velocity P through its surface (infinite: held at
/// the level), closed at the far side: u = A cosh((w - x) / L),
/// A = 1 / (cosh(w / L) + D / (L P) sinh(w / L)). Maximum norm.
Comparison screened_slab(double velocity_mm_per_d, int n, Threads threads);

/// The same in 1 mm, level held, with white matter of four times D in the far half: hyperbolic
/// cosine in white, hyperbolic sine and cosine in grey, level and flux the same where they meet.
Comparison layered_slab(int n, Threads threads);

/// In time: a closed slab of grey and white as above at its slowest mode,
/// cos(a x) in grey, B cos(b (w - x)) in white, D_g a tan(a m) + D_w b tan(b (w - m)) = 0, which
/// decays at D_g a^2 = D_w b^2. Maximum norm.
Comparison layered_mode(int n, Threads threads);

/// Ball of radius 1 mm, its surface (a staircase of voxels) held at 1:
/// u = sinh(r / L) / (r sinh(1 / L)), r in mm. L2 norm over the ball.
Comparison ball_held_at_surface(int voxels_per_radius, Threads threads);

/// Ball of radius 1 mm, closed, at a level with a gradient along its surface:
/// u = 1 + j1(q r) cos(theta), q = 2.0816 the first zero of j1', kept by the source
/// k + (k + D q^2) j1(q r) cos(theta). L2 norm over the ball.
Comparison closed_ball(int voxels_per_radius, Threads threads);

/// The same without source, in time: the second term decays at D q^2 + k, the first at k.
Comparison closed_ball_in_time(int voxels_per_radius, Threads threads);

/// Area through which a ball of voxels exchanges with CSF, over that of the sphere.
double exchange_area_of_ball(int voxels_per_radius);

}  // namespace neurograft::verification
