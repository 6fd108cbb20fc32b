#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/model/diffusion_operator.hpp>
#include <neurograft/model/quasi_steady_solver.hpp>

/// Diffusion, decay and exchange in time, for substances too slow for a quasi-steady balance:
///
///     du/dt = div(D grad u) - k u + s - exchange
///
/// Method: n equal sub-steps. In each, production and decay are integrated exactly over half a
/// sub-step before and after diffusion; diffusion and exchange take one backward Euler step along
/// each axis in turn, by elimination along lines. Each line is then updated
/// by the fluxes of its solution, so that amounts only move: without decay and exchange the total
/// is kept to rounding, and what crosses a surface is booked. Unconditionally stable and positive.
///
/// Accuracy: first order in the sub-step, second in the voxel. Splitting is wrong where
/// D dt / h2 is large and sources are sharp, so n is doubled until two solutions agree:
/// max |u_n - u_2n| <= tolerance max u_2n. For a first-order method that difference estimates the
/// error of u_2n, which is returned.
namespace neurograft {

struct TransientControl {
  double tolerance = 1e-2;  ///< on the estimated max |error| over the largest value
  std::int64_t max_substeps = 4096;
};

struct TransientResult {
  std::int64_t substeps = 0;
  double error_estimate = 0.0;  ///< estimated max |error| over the largest value
  FieldLedger ledger;           ///< over the whole step
};

/// Lines of voxels along each axis in bundles of neighbours, swept together. Knows the mask, not
/// the coefficients: one serves all fields.
class TransientSolver {
 public:
  explicit TransientSolver(const Grid& grid);

  /// Advances `u` over `dt_d` with a constant source [1/d], in as many sub-steps as the tolerance
  /// needs. Throws NumericalError for a source or start that is negative or not finite, or if
  /// `max_substeps` do not suffice.
  TransientResult advance(const DiffusionOperator& diffusion, std::span<const double> source,
                          std::span<double> u, double dt_d, const TransientControl& control,
                          const SolverContext& context, SolverWorkspace& workspace) const;

  /// The same in exactly `substeps`, without an error estimate.
  FieldLedger advance_fixed(const DiffusionOperator& diffusion, std::span<const double> source,
                            std::span<double> u, double dt_d, std::int64_t substeps,
                            const SolverContext& context, SolverWorkspace& workspace) const;

 private:
  /// Eight neighbouring lines along one axis: rows of eight voxels, no_voxel where there is none.
  struct Bundle {
    std::size_t begin;  ///< of its first row in `voxels_`
    std::size_t rows;
  };
  struct Tile;

  void add_bundles(const Grid& grid, std::size_t axis);
  void add_bundle(std::size_t axis, std::span<const VoxelIndex> voxels);
  void sweep(const DiffusionOperator& diffusion, std::size_t axis, double dt_d, std::span<double> u,
             std::vector<double>& exchange_rate, FieldLedger& ledger, Threads threads) const;

  std::array<std::vector<Bundle>, 3> bundles_;
  std::array<std::vector<VoxelIndex>, 3> voxels_;
  std::array<std::vector<std::uint8_t>, 3> in_order_;  ///< rows whose voxels follow each other
};

}  // namespace neurograft
