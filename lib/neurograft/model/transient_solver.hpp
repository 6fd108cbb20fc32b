#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <neurograft/model/diffusion_operator.hpp>
#include <neurograft/model/quasi_steady_solver.hpp>
#include <neurograft/model/slabs.hpp>

/// Diffusion, decay and exchange in time, for substances too slow for a quasi-steady balance:
///
///     du/dt = div(D grad u) - k u + s - exchange
///
/// Method: n equal sub-steps. In each, production and decay are integrated exactly over half a
/// sub-step before and after diffusion; diffusion and exchange take one backward Euler step along
/// each axis in turn, by elimination along lines. Fields that diffuse alike share it: they may
/// differ in decay and sources. Without decay and exchange the total is kept to rounding, and
/// what crosses a surface is booked. Unconditionally stable and positive.
///
/// Accuracy: first order in the sub-step, second in the voxel. Splitting is wrong where
/// D dt / h2 is large and sources are sharp, so n is doubled until two solutions agree:
/// max |u_n - u_2n| <= tolerance max u_2n. For a first-order method that difference estimates the
/// error of u_2n, which is returned. It would not where a substance hardly outlives a sub-step, so
/// n begins at k dt / 4. Where, by an error that falls as 1 / n, more than `max_substeps` would be
/// needed, backward Euler steps without splitting take over (`advance_by_backward_euler`), for each
/// field that needs them.
namespace neurograft {

struct TransientField {
  std::string_view name;  ///< in errors
  const DiffusionOperator* diffusion;
  std::span<const double> source;  ///< [1/d], constant
  std::span<double> u;
  /// Of the operator's stencil, for long ranges without splitting; or none.
  const DiffusionHierarchy* hierarchy = nullptr;
};

/// Whether two fields can be advanced together: same D and exchange; decay may differ.
bool diffuse_alike(const DiffusionOperator& a, const DiffusionOperator& b) noexcept;

struct TransientControl {
  double tolerance = 1e-2;           ///< on the estimated max |error| over the largest value
  std::int64_t max_substeps = 4096;  ///< with split axes
};

struct TransientResult {
  std::int64_t substeps = 0;    ///< with or without splitting
  double error_estimate = 0.0;  ///< estimated max |error| over the largest value
  FieldLedger ledger;           ///< over the whole step
};

/// Sweeps through slabs one voxel thick: along x and y in one visit of each slab across z, along z
/// in slabs across y. A slab is unfolded into a dense tile, which for some hundred voxels a side
/// fits the second-level cache: a sub-step reads and writes a field twice. Threads share slabs: a
/// grid few voxels thick in y or z keeps few of them busy. Knows the mask, not the coefficients:
/// one serves all fields.
class TransientSolver {
 public:
  explicit TransientSolver(const Grid& grid);

  /// Advances fields that diffuse alike over `dt_d`, in as many sub-steps as the tolerance needs
  /// for each. Throws Error for fields that do not, or lack a value for each voxel; NumericalError
  /// for a source or start that is negative or not finite, or if the tolerance is out of reach
  /// without splitting too. Levels are then as they were.
  std::vector<TransientResult> advance(std::span<const TransientField> fields, double dt_d,
                                       const TransientControl& control,
                                       const SolverContext& context,
                                       SolverWorkspace& workspace) const;
  /// One field, of the name in `context`.
  TransientResult advance(const DiffusionOperator& diffusion, std::span<const double> source,
                          std::span<double> u, double dt_d, const TransientControl& control,
                          const SolverContext& context, SolverWorkspace& workspace) const;

  /// The same in exactly `substeps`, without error estimates. Throws NumericalError likewise;
  /// levels are then of no use.
  std::vector<FieldLedger> advance_fixed(std::span<const TransientField> fields, double dt_d,
                                         std::int64_t substeps, const SolverContext& context,
                                         SolverWorkspace& workspace) const;
  FieldLedger advance_fixed(const DiffusionOperator& diffusion, std::span<const double> source,
                            std::span<double> u, double dt_d, std::int64_t substeps,
                            const SolverContext& context, SolverWorkspace& workspace) const;

 private:
  class Substep;
  struct OpenCell;

  TransientSolver(const Grid& grid, const std::vector<VoxelRun>& runs);
  void require_alike(std::span<const TransientField> fields) const;
  std::vector<OpenCell> open_cells(const DiffusionOperator& diffusion, std::size_t axis) const;
  std::vector<TransientResult> advance_unsplit(std::span<const TransientField> fields,
                                               const std::vector<bool>& without, double dt_d,
                                               const TransientControl& control,
                                               const SolverContext& context,
                                               SolverWorkspace& workspace) const;
  std::vector<FieldLedger> advance_to(std::span<const TransientField> fields,
                                      std::span<double* const> levels, double dt_d,
                                      std::int64_t substeps, const SolverContext& context,
                                      SolverWorkspace& workspace) const;

  std::vector<VoxelRun> runs_;  ///< by voxel
  Slabs across_z_, across_y_;
};

}  // namespace neurograft
