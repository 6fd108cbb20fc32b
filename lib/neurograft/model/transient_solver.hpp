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
/// each axis in turn, by elimination along lines (`eliminate`). Each line is then updated by the
/// fluxes of its solution, so that amounts only move: without decay and exchange the total
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

/// Sweeps through slabs one voxel thick: along x and y in one visit of each slab across z, along z
/// in slabs across y. A slab is unfolded into a dense tile, which for some hundred voxels a side
/// fits the second-level cache: a sub-step reads and writes the field twice, and lines lie side by
/// side for the vector units. Threads share slabs: a grid few voxels thick in y or z keeps few of
/// them busy. Knows the mask, not the coefficients: one serves all fields.
class TransientSolver {
 public:
  explicit TransientSolver(const Grid& grid);

  /// Advances `u` over `dt_d` with a constant source [1/d], in as many sub-steps as the tolerance
  /// needs. Throws NumericalError for a source or start that is negative or not finite, or if
  /// `max_substeps` do not suffice; `u` is then as it was.
  TransientResult advance(const DiffusionOperator& diffusion, std::span<const double> source,
                          std::span<double> u, double dt_d, const TransientControl& control,
                          const SolverContext& context, SolverWorkspace& workspace) const;

  /// The same in exactly `substeps`, without an error estimate. Throws NumericalError likewise; `u`
  /// is then of no use.
  FieldLedger advance_fixed(const DiffusionOperator& diffusion, std::span<const double> source,
                            std::span<double> u, double dt_d, std::int64_t substeps,
                            const SolverContext& context, SolverWorkspace& workspace) const;

 private:
  /// Voxels that follow each other along x, in image coordinates.
  struct Run {
    VoxelIndex begin;
    std::uint32_t length;
    std::array<int, 3> at;
  };
  /// One image plane of voxels: its box, and its runs.
  struct Slab {
    std::size_t first_run, last_run;  ///< in Slabs::runs
    int first_row, first_column;
    std::size_t rows, columns;
  };
  /// All slabs across one axis; rows count along the other axis than x.
  struct Slabs {
    std::size_t row_axis;
    std::vector<Slab> slabs;
    std::vector<std::uint32_t> runs;     ///< indices into `runs_`, slab by slab
    std::vector<std::uint32_t> slab_at;  ///< by image coordinate
    std::size_t most_rows = 0, most_columns = 0;
  };
  class Tile;
  class Substep;
  struct OpenCell;

  Slabs cut(std::size_t across, std::size_t row_axis, int count) const;
  std::vector<OpenCell> open_cells(const DiffusionOperator& diffusion, std::size_t axis) const;

  std::vector<Run> runs_;  ///< by voxel
  Slabs across_z_, across_y_;
};

}  // namespace neurograft
