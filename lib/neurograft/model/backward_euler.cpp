#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/reduce.hpp>
#include <neurograft/model/backward_euler.hpp>

namespace neurograft {
namespace {

constexpr QuasiSteadyControl balance_control{.tolerance = 1e-10, .max_iterations = 1'000'000};

constexpr double most_steps = 1e6;

double largest(std::span<const double> values, Threads threads) {
  return blocked_max(threads, values.size(), voxel_block, 0.0,
                     [values](std::size_t begin, std::size_t end) {
                       return largest_magnitude(values.data() + begin, end - begin);
                     });
}

double largest_difference(std::span<const double> a, std::span<const double> b, Threads threads) {
  return blocked_max(threads, a.size(), voxel_block, 0.0,
                     [a, b](std::size_t begin, std::size_t end) {
                       double most = 0.0;
                       for (std::size_t v = begin; v < end; ++v) {
                         most = std::max(most, std::abs(a[v] - b[v]));
                       }
                       return most;
                     });
}

}  // namespace

FieldLedger backward_euler_steps(const DiffusionOperator& diffusion, std::span<const double> source,
                                 std::span<double> u, double dt_d, std::int64_t steps,
                                 const SolverContext& context, SolverWorkspace& workspace) {
  const double per_d = static_cast<double>(steps) / dt_d;
  const QuasiSteadySolver balance(diffusion.with_decay(diffusion.decay_per_d() + per_d));
  const double produced_per_d = blocked_sum(context.threads, source.size(), voxel_block,
                                            [source](std::size_t begin, std::size_t end) {
                                              return sum_of(source.data() + begin, end - begin);
                                            });
  std::vector<double> with_past(source.size());
  FieldLedger ledger;
  for (std::int64_t step = 0; step < steps; ++step) {
    parallel_for(context.threads, u.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
      for (std::size_t v = begin; v < end; ++v) with_past[v] = source[v] + per_d * u[v];
    });
    const QuasiSteadyResult solved =
        balance.solve(with_past, u, balance_control, context, workspace);
    const FieldLedger of_step =
        steady_ledger(diffusion, {produced_per_d, solved.sums.level}, u, 1.0 / per_d);
    ledger.produced += of_step.produced;
    ledger.decayed += of_step.decayed;
    ledger.lost_to_ventricle += of_step.lost_to_ventricle;
    ledger.lost_to_pia += of_step.lost_to_pia;
  }
  return ledger;
}

TransientResult advance_by_backward_euler(const TransientField& field, double dt_d,
                                          double tolerance, const SolverContext& context,
                                          SolverWorkspace& workspace, std::span<double> result) {
  const auto solve = [&](std::span<double> levels, std::int64_t steps) {
    std::ranges::copy(field.u, levels.begin());
    return backward_euler_steps(*field.diffusion, field.source, levels, dt_d, steps, context,
                                workspace);
  };
  // Of a substance that is gone within the step the error over what is left would say nothing.
  const double at_start = largest(field.u, context.threads);
  std::vector<double> before(field.u.size());
  solve(before, 1);
  double expected = 2.0;
  for (std::int64_t steps = 2; expected <= most_steps; steps *= 2) {
    const FieldLedger ledger = solve(result, steps);
    const double scale = std::max(at_start, largest(result, context.threads));
    const double change = largest_difference(result, before, context.threads);
    const double estimate = scale > 0.0 ? change / scale : 0.0;
    if (estimate <= tolerance) return {steps, estimate, ledger};
    const auto done = static_cast<double>(steps);
    expected = std::max(2.0 * done, done * estimate / tolerance);
    std::ranges::copy(result, before.begin());
  }
  const auto peak = std::ranges::max_element(before) - before.begin();
  throw NumericalError("signalling", std::string(field.name), peak, context.tick,
                       "a transient solve to " + shown(tolerance) + " would need " +
                           shown(expected) +
                           " steps; a larger signalling.transient_tolerance would do");
}

}  // namespace neurograft
