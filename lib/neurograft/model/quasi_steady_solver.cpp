#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/reduce.hpp>
#include <neurograft/model/quasi_steady_solver.hpp>

namespace neurograft {
namespace {

// Bounds of the Jacobi iteration: above the first, a cycle of multigrid does more than the sweeps
// it costs; below the second, a level needs no coarser one.
constexpr double long_range = 0.95;
constexpr double short_range = 0.9;

// What is to be left of rough errors by the sweeps before a level's correction, and again by those
// after it.
constexpr double smoothing_gain = 0.3;

// A cycle that leaves more than this of the residual is not worth its sweeps.
constexpr double least_gain = 0.5;

// Of a residual, over the diagonal times the largest value.
constexpr double rounding = 64.0 * std::numeric_limits<double>::epsilon();

// Levels below are none: numbers lose the precision that a relative error asks for.
constexpr double least_scale = 1e-250;

// On the coarsest level errors are to shrink to this.
constexpr double coarsest_gain = 0.05;

BalanceEquations equations_of(const DiffusionOperator& diffusion, std::span<const double> losses) {
  return {.stencil = &diffusion.stencil(),
          .diffusivity = diffusion.diffusivity_mm2_per_d(),
          .decay = diffusion.decay_per_d(),
          .losses = losses};
}

// Sweeps that leave `gain` of all errors with eigenvalues in [low, high]: the degree at which a
// Chebyshev polynomial reaches 1 / gain outside them, by its recurrence; within reason.
int sweeps_for(double gain, double low, double high) {
  const double x = (high + low) / (high - low);
  double before = 1.0;
  double value = x;
  int degree = 1;
  for (; value < 1.0 / gain && degree < 2000; ++degree)
    before = std::exchange(value, 2.0 * x * value - before);
  return degree;
}

// The least eigenvalue of what the next coarser level cannot see. Errors that alternate along one
// axis only have that axis' share of all coefficients; sweeping those of a third more costs less
// than the cycles that it spares.
double least_rough(const DiffusionStencil& stencil) {
  std::array<double, 3> mean{};
  double total = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    double faces = 0.0;
    for (std::size_t v = 0; v < stencil.size(); ++v) {
      const double face = stencil.face(axis)[v];
      mean[axis] += face;
      faces += face > 0.0 ? 1.0 : 0.0;
    }
    if (faces == 0.0) continue;
    mean[axis] /= faces;
    total += mean[axis];
  }
  double least = total;
  for (const double axis : mean) least = axis > 0.0 ? std::min(least, axis) : least;
  return total > 0.0 ? 1.35 * least / total : 1.0;
}

// Copies the solution to the field and returns its sum; values below zero are nearer to the truth
// at zero.
double take_over(std::span<const double> solution, std::span<double> u, double largest,
                 const SolverContext& context) {
  return blocked_sum(context.threads, u.size(), voxel_block,
                     [&](std::size_t begin, std::size_t end) {
                       std::int64_t wrong = 0;
                       for (std::size_t v = begin; v < end; ++v) {
                         wrong += solution[v] <= largest ? 0 : 1;
                         u[v] = solution[v] > 0.0 ? solution[v] : 0.0;
                       }
                       for (std::size_t v = begin; wrong > 0 && v < end; ++v) {
                         if (solution[v] <= largest) continue;
                         throw NumericalError("signalling", std::string(context.field),
                                              static_cast<std::int64_t>(v), context.tick,
                                              "level is " + std::to_string(solution[v]));
                       }
                       return sum_of(u.data() + begin, end - begin);
                     });
}

}  // namespace

// One solve: the equations of all levels and the iterates.
class QuasiSteadySolver::Run {
 public:
  Run(const QuasiSteadySolver& solver, std::span<const double> source,
      std::span<const double> start, const QuasiSteadyControl& control,
      const SolverContext& context, SolverWorkspace& workspace)
      : solver_(solver),
        source_(source),
        control_(control),
        context_(context),
        levels_(workspace.levels),
        threads_(context.threads),
        limit_(control.of_solution ? std::max(control.tolerance, rounding / (1.0 - solver.bound_))
                                   : control.tolerance) {
    if (levels_.size() < solver.coarse_.size() + 1) levels_.resize(solver.coarse_.size() + 1);
    const DiffusionOperator& diffusion = solver.diffusion_;
    std::span<const double> losses;
    std::span<const double> right_side = source;
    if (!diffusion.exchange().empty()) {
      losses = solver.losses_;
      std::vector<double>& gains = levels_[0].right_side;
      gains.assign(source.begin(), source.end());
      for (const ExchangeFace& face : diffusion.exchange()) {
        gains[face.voxel] += face.rate_per_d * face.level;
      }
      right_side = gains;
    }
    equations_.push_back(equations_of(diffusion, losses));
    equations_.back().right_side = right_side;
    take_in(start);
    for (std::size_t level = 1; level <= solver.coarse_.size(); ++level) {
      const Coarse& coarse = solver.coarse_[level - 1];
      const std::size_t blocks = coarse.level->stencil.size();
      levels_[level].right_side.resize(blocks);
      levels_[level].current.resize(blocks);
      levels_[level].next.resize(blocks);
      BalanceEquations equations = equations_of(diffusion, coarse.losses);
      equations.stencil = &coarse.level->stencil;
      equations.right_side = levels_[level].right_side;
      equations_.push_back(equations);
    }
  }

  // Largest possible value of the solution.
  double scale() const { return scale_; }
  double limit() const { return limit_; }

  QuasiSteadyResult iterate() {
    double before = INFINITY;
    while (!solver_.coarse_.empty()) {
      const auto& [sweeps, low, high] = solver_.smoothing_[0];
      Chebyshev chebyshev(low, high);
      if (measured_sweep(chebyshev)) return {sweeps_, error_bound_, sums_};
      if (residual_ > least_gain * before) break;
      before = residual_;
      for (int n = 1; n < sweeps; ++n) sweep(0, chebyshev);
      correct(0);
    }
    Chebyshev chebyshev(1.0 - solver_.bound_, 1.0 + solver_.bound_);
    while (!measured_sweep(chebyshev)) {
    }
    return {sweeps_, error_bound_, sums_};
  }

  std::span<const double> solution() const { return levels_[0].current.voxels(); }

 private:
  // One pass over source and start: are they physical, what are their sums, how large can the
  // solution be? Copies the start.
  void take_in(std::span<const double> start) {
    struct Found {
      bool physical;
      FieldSums sums;
      double scale;
    };
    levels_[0].current.resize(start.size());
    levels_[0].next.resize(start.size());
    double* const current = levels_[0].current.data();
    const BalanceEquations& equations = equations_[0];
    std::vector<Found> found((start.size() + voxel_block - 1) / voxel_block);
    parallel_for(threads_, start.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
      const std::size_t count = end - begin;
      const double* const source = source_.data() + begin;
      std::copy_n(start.data() + begin, count, current + begin);
      double scale = 0.0;
      if (equations.losses.empty()) {
        scale = largest_magnitude(source, count) / equations.decay;
      } else {
        for (std::size_t v = begin; v < end; ++v) {
          scale = std::max(scale, equations.right_side[v] / equations.losses[v]);
        }
      }
      found[begin / voxel_block] = {
          is_physical({source, count}) && is_physical(start.subspan(begin, count)),
          {sum_of(source, count), sum_of(start.data() + begin, count)},
          scale};
    });
    for (const Found& block : found) {
      if (!block.physical) {
        require_physical(source_, "source", context_);
        require_physical(start, "level", context_);
      }
      sums_.source += block.sums.source;
      sums_.level += block.sums.level;
      scale_ = std::max(scale_, block.scale);
    }
  }

  // A sweep on the finest level, and whether its start was good enough. If so the sweep is not
  // taken.
  bool measured_sweep(Chebyshev& chebyshev) {
    auto& [current, next, unused] = levels_[0];
    residual_ = relax_and_measure(equations_[0], current, next, chebyshev, threads_);
    const double scale = control_.of_solution ? largest_of(current.voxels(), threads_) : scale_;
    error_bound_ = residual_ / (equations_[0].decay * scale);
    if (error_bound_ <= limit_) return true;
    if (++sweeps_ > control_.max_iterations) give_up();
    current.swap(next);
    return false;
  }

  void sweep(std::size_t level, Chebyshev& chebyshev) {
    auto& [current, next, unused] = levels_[level];
    relax(equations_[level], current, next, chebyshev, threads_);
    current.swap(next);
    if (level == 0) ++sweeps_;
  }

  void smooth(std::size_t level) {
    const auto& [sweeps, low, high] = solver_.smoothing_[level];
    Chebyshev chebyshev(low, high);
    for (int n = 0; n < sweeps; ++n) sweep(level, chebyshev);
  }

  // The rest of a V-cycle once a level's rough errors are swept away.
  void correct(std::size_t level) {
    restrict_residual(level);
    levels_[level + 1].current.fill_with_zeros(threads_);
    smooth(level + 1);  // on the coarsest level, enough to solve it
    if (level + 1 < solver_.coarse_.size()) correct(level + 1);
    prolong(level);
    smooth(level);
  }

  // What is left on a level becomes the right side of the next coarser one.
  void restrict_residual(std::size_t level) {
    auto& [current, next, unused] = levels_[level];
    find_residual(equations_[level], current, next, threads_);
    if (level == 0) ++sweeps_;
    const double* const residual = next.data();
    const auto& voxels_of = solver_.coarse_[level].level->voxels_of;
    std::vector<double>& right_side = levels_[level + 1].right_side;
    parallel_for(threads_, right_side.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
      for (std::size_t block = begin; block < end; ++block) {
        const auto& v = voxels_of[block];
        right_side[block] =
            ((residual[v[0]] + residual[v[1]]) + (residual[v[2]] + residual[v[3]])) +
            ((residual[v[4]] + residual[v[5]]) + (residual[v[6]] + residual[v[7]]));
      }
    });
  }

  // Adds the coarser level's correction.
  void prolong(std::size_t level) {
    double* const u = levels_[level].current.data();
    const double* const correction = levels_[level + 1].current.data();
    const std::vector<VoxelIndex>& block_of = solver_.coarse_[level].level->block_of;
    parallel_for(threads_, block_of.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
      for (std::size_t v = begin; v < end; ++v) u[v] += correction[block_of[v]];
    });
  }

  [[noreturn]] void give_up() const {
    const auto peak = std::max_element(source_.begin(), source_.end()) - source_.begin();
    throw NumericalError("signalling", std::string(context_.field), peak, context_.tick,
                         "the balance of levels was not found in " +
                             std::to_string(control_.max_iterations) + " iterations");
  }

  const QuasiSteadySolver& solver_;
  std::span<const double> source_;
  const QuasiSteadyControl& control_;
  const SolverContext& context_;
  std::vector<SolverWorkspace::Level>& levels_;
  std::vector<BalanceEquations> equations_;
  Threads threads_;
  double limit_;  ///< on the error bound
  double scale_ = 0.0;
  FieldSums sums_;
  std::int64_t sweeps_ = 0;
  double residual_ = 0.0;
  double error_bound_ = 0.0;
};

bool QuasiSteadySolver::has_long_range(const DiffusionOperator& diffusion) {
  return jacobi_bound(equations_of(diffusion, {}), {}) > long_range;
}

QuasiSteadySolver::QuasiSteadySolver(DiffusionOperator diffusion,
                                     const DiffusionHierarchy* hierarchy)
    : diffusion_(std::move(diffusion)) {
  std::vector<double> losses(diffusion_.stencil().size(), diffusion_.decay_per_d());
  for (const ExchangeFace& face : diffusion_.exchange()) losses[face.voxel] += face.rate_per_d;
  bound_ = jacobi_bound(equations_of(diffusion_, losses), {});
  if (!diffusion_.exchange().empty()) losses_ = losses;
  const bool decays = diffusion_.decay_per_d() > 0.0;  // else `solve` refuses it
  if (hierarchy == nullptr || !decays || bound_ <= long_range) return;
  const auto add_smoothing = [&](const DiffusionStencil& stencil, double bound) {
    const double low = least_rough(stencil);
    smoothing_.push_back({sweeps_for(smoothing_gain, low, 1.0 + bound), low, 1.0 + bound});
  };
  add_smoothing(diffusion_.stencil(), bound_);
  for (const CoarseLevel& level : hierarchy->levels()) {
    std::vector<double> sums(level.stencil.size(), 0.0);
    for (std::size_t v = 0; v < level.block_of.size(); ++v) sums[level.block_of[v]] += losses[v];
    losses = sums;
    BalanceEquations equations = equations_of(diffusion_, losses);
    equations.stencil = &level.stencil;
    const double bound = jacobi_bound(equations, {});
    coarse_.push_back({&level, std::move(sums)});
    add_smoothing(level.stencil, bound);
    if (bound > short_range && &level != &hierarchy->levels().back()) continue;
    // The coarsest level is solved, not smoothed.
    smoothing_.back() = {bound > 0.0 ? sweeps_for(coarsest_gain, 1.0 - bound, 1.0 + bound) : 1,
                         1.0 - bound, 1.0 + bound};
    break;
  }
}

QuasiSteadyResult QuasiSteadySolver::solve(std::span<const double> source, std::span<double> u,
                                           const QuasiSteadyControl& control,
                                           const SolverContext& context,
                                           SolverWorkspace& workspace) const {
  if (!(diffusion_.decay_per_d() > 0.0)) {
    throw InputError(Problem{"fields." + std::string(context.field), "decay is zero",
                             "a quasi-steady field must decay", "use mode = \"transient\""});
  }
  Run run(*this, source, u, control, context, workspace);
  if (run.scale() < least_scale) {
    std::fill(u.begin(), u.end(), 0.0);
    return {};
  }
  QuasiSteadyResult result = run.iterate();
  if (result.iterations > 0) {
    result.sums.level = take_over(run.solution(), u, (1.0 + run.limit()) * run.scale(), context);
  }
  return result;
}

QuasiSteadyResult solve_quasi_steady(const DiffusionOperator& diffusion,
                                     std::span<const double> source, std::span<double> u,
                                     const QuasiSteadyControl& control,
                                     const SolverContext& context, SolverWorkspace& workspace) {
  return QuasiSteadySolver(diffusion).solve(source, u, control, context, workspace);
}

}  // namespace neurograft
