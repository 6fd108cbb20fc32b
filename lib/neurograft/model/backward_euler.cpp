#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/reduce.hpp>
#include <neurograft/model/backward_euler.hpp>
#include <neurograft/model/reaction.hpp>

namespace neurograft {
namespace {

constexpr std::int64_t most_iterations = 100'000;  // of a balance
constexpr std::int64_t most_steps = 1 << 16;
// Of a voxel with its neighbours in a step: beyond, rounding of what they exchange changes what all
// levels have in common.
constexpr double most_exchanges = 1e6;
// The first estimates, of steps much too long, say little of how many are needed.
constexpr std::int64_t telling_steps = 64;

double sum_over(std::span<const double> values, Threads threads) {
  return blocked_sum(threads, values.size(), voxel_block,
                     [values](std::size_t begin, std::size_t end) {
                       return sum_of(values.data() + begin, end - begin);
                     });
}

// How fast the voxel that is tied most to its neighbours passes on what it holds [1/d].
double fastest_exchange_per_d(const DiffusionOperator& diffusion, Threads threads) {
  const DiffusionStencil& stencil = diffusion.stencil();
  const double* const x = stencil.face(0);
  const double* const y = stencil.face(1);
  const double* const z = stencil.face(2);
  const double most = blocked_max(threads, stencil.size(), voxel_block, 0.0,
                                  [x, y, z](std::size_t begin, std::size_t end) {
                                    double largest = 0.0;
                                    for (std::size_t v = begin; v < end; ++v) {
                                      largest = std::max(largest, x[v] + y[v] + z[v]);
                                    }
                                    return largest;
                                  });
  return 2.0 * diffusion.diffusivity_mm2_per_d() * most;
}

// Multiplies levels by what makes their sum that of their equations, in which sources are `gained`
// and each level loses `per_d`, besides exchange. Where there is as good as none all become the
// same.
void balance_sum(const DiffusionOperator& diffusion, double per_d, double gained,
                 std::span<double> u, double& sum, Threads threads) {
  double lost = per_d * sum;
  double lost_of_even = per_d * static_cast<double>(u.size());  // were each level 1
  for (const ExchangeFace& face : diffusion.exchange()) {
    gained += face.rate_per_d * face.level;
    lost += face.rate_per_d * u[face.voxel];
    lost_of_even += face.rate_per_d;
  }
  const bool empty = !std::isfinite(gained / lost);
  if (empty) sum = static_cast<double>(u.size());
  const double scale = gained / (empty ? lost_of_even : lost);
  parallel_for(threads, u.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
    for (std::size_t v = begin; v < end; ++v) u[v] = empty ? scale : u[v] * scale;
  });
  sum *= scale;
}

}  // namespace

FieldLedger backward_euler_steps(const TransientField& field, std::span<double> u, double dt_d,
                                 std::int64_t steps, double tolerance, const SolverContext& context,
                                 SolverWorkspace& workspace) {
  const DiffusionOperator& diffusion = *field.diffusion;
  const double step_d = dt_d / static_cast<double>(steps);
  const Reaction reaction(diffusion.decay_per_d(), step_d);
  const QuasiSteadySolver balance(diffusion.with_decay(1.0 / step_d), field.hierarchy);
  const QuasiSteadyControl control{
      .tolerance = tolerance, .max_iterations = most_iterations, .of_solution = true};
  const double per_d = 1.0 / step_d;
  const double volume = diffusion.stencil().voxel_volume_mm3();
  const double sources = sum_over(field.source, context.threads);
  double sum = sum_over(u, context.threads);
  std::vector<double> reacted(u.size());  // per day
  FieldLedger ledger;
  for (std::int64_t step = 0; step < steps; ++step) {
    parallel_for(context.threads, u.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
      for (std::size_t v = begin; v < end; ++v) {
        const double stays = u[v] - reaction.lost_share * u[v];
        reacted[v] = per_d * (stays + reaction.gain_d * field.source[v]);
      }
    });
    ledger.produced += volume * sources * step_d;
    ledger.decayed += volume * (reaction.lost_share * sum + sources * (step_d - reaction.gain_d));
    const double gained = sum_over(reacted, context.threads);
    // Sweeps, and coarse levels, are slow to change what all levels have in common.
    balance_sum(diffusion, per_d, gained, u, sum, context.threads);
    sum = balance.solve(reacted, u, control, context, workspace).sums.level;
    balance_sum(diffusion, per_d, gained, u, sum, context.threads);
    const FieldLedger through_surfaces = steady_ledger(diffusion, {}, u, step_d);
    ledger.lost_to_ventricle += through_surfaces.lost_to_ventricle;
    ledger.lost_to_pia += through_surfaces.lost_to_pia;
  }
  return ledger;
}

TransientResult advance_by_backward_euler(const TransientField& field, double dt_d,
                                          double tolerance, const SolverContext& context,
                                          SolverWorkspace& workspace, std::span<double> result) {
  require_physical(field.source, "source", context);
  require_physical(field.u, "level", context);
  const auto solve = [&](std::span<double> levels, std::int64_t steps) {
    std::ranges::copy(field.u, levels.begin());
    return backward_euler_steps(field, levels, dt_d, steps,
                                0.1 * tolerance / static_cast<double>(steps), context, workspace);
  };
  const double exchanges = dt_d * fastest_exchange_per_d(*field.diffusion, context.threads);
  std::int64_t fewest = 1;
  while (fewest < most_steps && exchanges > most_exchanges * static_cast<double>(fewest)) {
    fewest *= 2;
  }
  // Over what is left of a field that goes out through a surface the error would say nothing.
  const double at_start = largest_of(field.u, context.threads);
  std::vector<double> before(field.u.size());
  solve(before, fewest);
  double needed = 2.0;
  for (std::int64_t steps = 2 * fewest; steps <= most_steps; steps *= 2) {
    const FieldLedger ledger = solve(result, steps);
    const double scale = std::max(at_start, largest_of(result, context.threads));
    const double change = largest_difference(result, before, context.threads);
    const double estimate = scale > 0.0 ? change / scale : 0.0;
    if (estimate <= tolerance) return {steps, estimate, ledger};
    needed = static_cast<double>(steps) * estimate / tolerance;
    if (steps >= telling_steps && needed > 2.0 * most_steps) break;
    std::ranges::copy(result, before.begin());
  }
  const auto peak = std::ranges::max_element(result) - result.begin();
  throw NumericalError("signalling", std::string(field.name), peak, context.tick,
                       "a transient solve to " + shown(tolerance) + " would need some " +
                           shown(needed) +
                           " steps; a shorter signalling.every_h or a larger "
                           "signalling.transient_tolerance would do");
}

}  // namespace neurograft
