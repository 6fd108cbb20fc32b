#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/model/diffusion_hierarchy.hpp>
#include <neurograft/model/diffusion_operator.hpp>
#include <neurograft/model/relaxation.hpp>

/// The levels at which production, decay, diffusion and exchange balance:
///
///     k u - div(D grad u) + sum over open faces of rate (u - level) = s,   k > 0.
///
/// Method: Jacobi sweeps accelerated by Chebyshev polynomials; the sweeps needed grow as
/// (range / voxel) log(1 / tolerance). Where a field's range spans voxels, multigrid: few sweeps
/// damp what varies from voxel to voxel, coarser levels see to the rest, and the sweeps needed no
/// longer depend on the range. Corrections are constant over a block (Briggs, Henson & McCormick, A
/// Multigrid Tutorial, 2000, for the method; the half in `DiffusionHierarchy` makes up for the
/// constant). Should a cycle gain little, as where clefts are thinner than a block, sweeps alone do
/// the rest.
///
/// Stopping rule: rows of the matrix sum to at least k and its inverse is not negative, hence
/// max |error| <= max |residual| / k. The iteration ends when that bound is below `tolerance` times
/// the largest value the solution can have, max (s + inflow) / (k + exchange).
///
/// Iterates may dip below zero by less than the bound. The exact solution does not, so setting such
/// values to zero brings them nearer to it and keeps the bound: no further iteration is spent on
/// them. Where no level can reach 1e-250 all are zero.
namespace neurograft {

struct QuasiSteadyControl {
  double tolerance = 1e-4;  ///< bound on max |error| over the largest possible value
  std::int64_t max_iterations = 20000;
  bool of_solution = false;  ///< over the largest value there is, as far as rounding lets it
};

struct QuasiSteadyResult {
  std::int64_t iterations = 0;  ///< sweeps over the voxels
  double error_bound = 0.0;     ///< max |error| is at most this times the value of `tolerance`
  FieldSums sums;               ///< of the source and of the solution
};

/// Buffers that solvers fill anew in each call; kept only to spare allocations.
struct SolverWorkspace {
  struct Level {
    PaddedValues current, next;
    std::vector<double> right_side;
  };
  std::vector<Level> levels;                    ///< of the quasi-steady solver, from the finest on
  std::vector<double> long_steps, short_steps;  ///< of the transient solver: steps of two lengths
  std::vector<std::vector<double>> tiles;       ///< of the transient solver
};

class QuasiSteadySolver {
 public:
  /// Whether a field's range is so long that coarse levels pay.
  static bool has_long_range(const DiffusionOperator& diffusion);

  /// With a hierarchy of the operator's stencil, which must outlive the solver, by multigrid where
  /// the range is long; without, by sweeps alone.
  explicit QuasiSteadySolver(DiffusionOperator diffusion,
                             const DiffusionHierarchy* hierarchy = nullptr);

  /// Solves in place, starting from `u`. `source` [1/d] and `u` span the parenchyma and are not
  /// negative. The same bits for any number of threads. Throws NumericalError for a source or start
  /// that is negative or not finite, and if the bound is not met in `max_iterations`; InputError if
  /// the decay is zero.
  QuasiSteadyResult solve(std::span<const double> source, std::span<double> u,
                          const QuasiSteadyControl& control, const SolverContext& context,
                          SolverWorkspace& workspace) const;

 private:
  struct Coarse {
    const CoarseLevel* level;
    std::vector<double> losses;
  };
  /// Sweeps that damp errors with eigenvalues in [low, high].
  struct Smoothing {
    int sweeps;
    double low, high;
  };
  class Run;

  DiffusionOperator diffusion_;
  std::vector<double> losses_;        ///< by voxel [1/d]; empty without exchange: all are the decay
  double bound_;                      ///< of the Jacobi iteration
  std::vector<Coarse> coarse_;        ///< empty: sweeps alone
  std::vector<Smoothing> smoothing_;  ///< by level, the finest first
};

/// Sweeps alone, for one solve.
QuasiSteadyResult solve_quasi_steady(const DiffusionOperator& diffusion,
                                     std::span<const double> source, std::span<double> u,
                                     const QuasiSteadyControl& control,
                                     const SolverContext& context, SolverWorkspace& workspace);

}  // namespace neurograft
