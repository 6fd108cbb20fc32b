#pragma once

#include <cstdint>
#include <span>

#include <neurograft/model/transient_solver.hpp>

/// Diffusion, decay and exchange in time without splitting: n equal backward Euler steps, each a
/// balance with the decay k + n / t and the source s + (n / t) u before it. Positive for any step,
/// first order in it. A step costs tens of sweeps where one with split axes costs one, but is right
/// where sources are sharp and D t / h2 is large, which splitting is not until its sub-steps are
/// very many. n is doubled until two solutions agree to `tolerance` times the largest level at the
/// start or end.
///
/// Balances are solved to 1e-10 of the largest level they can have, and amounts are kept to that.
namespace neurograft {

/// Writes the levels after `dt_d` to `result`, of one value per voxel. Throws NumericalError for a
/// source or start that is negative or not finite, or if a million steps would not suffice.
TransientResult advance_by_backward_euler(const TransientField& field, double dt_d,
                                          double tolerance, const SolverContext& context,
                                          SolverWorkspace& workspace, std::span<double> result);

/// In place, in exactly `steps`.
FieldLedger backward_euler_steps(const DiffusionOperator& diffusion, std::span<const double> source,
                                 std::span<double> u, double dt_d, std::int64_t steps,
                                 const SolverContext& context, SolverWorkspace& workspace);

}  // namespace neurograft
