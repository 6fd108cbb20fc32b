#pragma once

#include <cstdint>
#include <span>

#include <neurograft/model/transient_solver.hpp>

/// Diffusion, decay and exchange in time without splitting the axes: n equal steps h, in each
///
///     (1 - h div D grad) u' = exp(-k h) u + s (1 - exp(-k h)) / k - h exchange(u'),
///
/// backward Euler for what decay, integrated exactly, leaves. Positive for any step, first order in
/// it, and exact where nothing diffuses. A step costs a balance of levels, some tens of sweeps,
/// where one with split axes costs one; but it is right where sources are sharp and D h / voxel2
/// is large, which splitting is not until its sub-steps are very many.
///
/// Balances are solved to a tenth of the tolerance over n, or as far as rounding lets them, and
/// then scaled so that what is produced, decays, leaves and stays adds up to rounding.
namespace neurograft {

/// Doubles n until two solutions agree to `tolerance` times the largest level at the start or the
/// end, and writes the levels after `dt_d` to `result`, one value per voxel. Throws NumericalError
/// for a source or start that is negative or not finite, or if 65,536 steps would not suffice.
TransientResult advance_by_backward_euler(const TransientField& field, double dt_d,
                                          double tolerance, const SolverContext& context,
                                          SolverWorkspace& workspace, std::span<double> result);

/// Moves the levels `u` of a field on in exactly `steps`, with balances solved to `tolerance`.
FieldLedger backward_euler_steps(const TransientField& field, std::span<double> u, double dt_d,
                                 std::int64_t steps, double tolerance, const SolverContext& context,
                                 SolverWorkspace& workspace);

}  // namespace neurograft
