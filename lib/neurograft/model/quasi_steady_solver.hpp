#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/model/diffusion_operator.hpp>

/// The levels at which production, decay, diffusion and exchange balance:
///
///     k u - div(D grad u) + sum over open faces of rate (u - level) = s,   k > 0.
///
/// Method: Jacobi iteration, accelerated by Chebyshev polynomials over the interval [-rho, rho]
/// that Gershgorin's theorem gives for the iteration matrix, rho = max (links / (losses + links))
/// < 1. No inner products, so nothing depends on the order of summation; the iterations needed grow
/// as (range / voxel) log(1 / tolerance).
///
/// Stopping rule: rows of the matrix sum to at least k and its inverse is not negative, hence
/// max |error| <= max |residual| / k. The iteration ends when that bound is below `tolerance` times
/// the largest value the solution can have, max (s + inflow) / (k + exchange).
///
/// Chebyshev iterates may dip below zero by less than the bound. The exact solution does not, so
/// setting such values to zero brings them nearer to it and keeps the bound: no further iteration
/// is spent on them.
namespace neurograft {

struct QuasiSteadyControl {
  double tolerance = 1e-4;  ///< bound on max |error| over the largest possible value
  std::int64_t max_iterations = 20000;
  double spectral_bound = 0.0;  ///< `jacobi_spectral_bound`, where it is known; 0: not yet
};

struct QuasiSteadyResult {
  std::int64_t iterations = 0;
  double error_bound = 0.0;  ///< max |error| is at most this times the largest possible value
};

/// Buffers that solvers fill anew in each call; kept only to spare allocations.
struct SolverWorkspace {
  std::vector<double> a, b, c, d;
  std::vector<std::vector<double>> tiles;  ///< of the transient solver
};

/// Bound on the eigenvalues of the Jacobi iteration, in (0, 1): fixed by the operator.
double jacobi_spectral_bound(const DiffusionOperator& diffusion, Threads threads);

/// Solves in place, starting from `u`. `source` [1/d] and `u` span the parenchyma and are not
/// negative. The same bits for any number of threads. Throws NumericalError for a source or start
/// that is negative or not finite, and if the bound is not met in `max_iterations`; InputError if
/// the decay is zero.
QuasiSteadyResult solve_quasi_steady(const DiffusionOperator& diffusion,
                                     std::span<const double> source, std::span<double> u,
                                     const QuasiSteadyControl& control,
                                     const SolverContext& context, SolverWorkspace& workspace);

}  // namespace neurograft
