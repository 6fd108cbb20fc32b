#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/model/quasi_steady_solver.hpp>

namespace neurograft {
namespace {

// Largest magnitude, eight lanes at a time so that it vectorises without reordering flags.
double largest_magnitude(const double* values, std::size_t count) {
  constexpr std::size_t lanes = 8;
  std::array<double, lanes> best{};
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double x = std::abs(values[i + lane]);
      best[lane] = x > best[lane] ? x : best[lane];
    }
  }
  double result = 0.0;
  for (; i < count; ++i) result = std::max(result, std::abs(values[i]));
  for (const double lane : best) result = std::max(result, lane);
  return result;
}

// The six face coefficients and five neighbour rows of a piece. A row that does not exist is stood
// in for by the piece itself with coefficients of zero.
struct Rows {
  std::array<const double*, 6> link;
  std::array<const double*, 4> beside;

  Rows(const DiffusionStencil& stencil, const DiffusionStencil::Piece& piece, const double* u) {
    const double* x = stencil.face(0) + piece.begin;
    link = {
        x - 1, x, nullptr, stencil.face(1) + piece.begin, nullptr, stencil.face(2) + piece.begin};
    for (std::size_t side = 0; side < 4; ++side) {
      const bool exists = piece.beside[side] != no_voxel;
      beside[side] = u + (exists ? piece.beside[side] : piece.begin);
      if (side % 2 == 0) {
        link[2 + side] =
            exists ? stencil.face(1 + side / 2) + piece.beside[side] : stencil.no_faces();
      }
    }
  }
};

class Iteration {
 public:
  Iteration(const DiffusionOperator& diffusion, std::span<const double> source,
            std::span<const double> start, SolverWorkspace& workspace, Threads threads)
      : diffusion_(diffusion),
        stencil_(diffusion.stencil()),
        source_(source),
        current_(workspace.a),
        next_(workspace.b),
        open_(!diffusion.exchange().empty()),
        right_side_(source.data()),
        losses_(workspace.d),
        threads_(threads) {
    // One value of padding at both ends: the first and last voxel read past the list, times zero.
    for (auto* values : {&current_, &next_}) {
      values->resize(start.size() + 2);
      values->front() = values->back() = 0.0;
    }
    parallel_for(threads_, start.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
      std::copy(start.begin() + static_cast<std::ptrdiff_t>(begin),
                start.begin() + static_cast<std::ptrdiff_t>(end),
                current_.begin() + static_cast<std::ptrdiff_t>(begin + 1));
    });
    if (!open_) return;
    workspace.c.assign(source.begin(), source.end());
    losses_.assign(source.size(), diffusion.decay_per_d());
    for (const ExchangeFace& face : diffusion.exchange()) {
      workspace.c[face.voxel] += face.rate_per_d * face.level;
      losses_[face.voxel] += face.rate_per_d;
    }
    right_side_ = workspace.c.data();
  }

  // Largest possible value of the solution.
  double scale() const {
    return blocked_max(threads_, source_.size(), voxel_block, 0.0,
                       [&](std::size_t begin, std::size_t end) {
                         double largest = 0.0;
                         for (std::size_t v = begin; v < end; ++v) {
                           const double x = open_ ? right_side_[v] / losses_[v] : right_side_[v];
                           largest = x > largest ? x : largest;
                         }
                         return open_ ? largest : largest / diffusion_.decay_per_d();
                       });
  }

  // Gershgorin bound on the eigenvalues of the Jacobi iteration.
  double spectral_bound() const {
    return over_pieces([&](const DiffusionStencil::Piece& piece, double* values) {
      const Rows rows(stencil_, piece, current_.data() + 1);
      for (std::size_t i = 0; i < piece.length; ++i) {
        double links = 0.0;
        for (const double* link : rows.link) links += link[i];
        links *= diffusion_.diffusivity_mm2_per_d();
        const double loss = open_ ? losses_[piece.begin + i] : diffusion_.decay_per_d();
        values[i] = links / (loss + links);
      }
    });
  }

  // One step from the current iterate; returns the largest residual of the current iterate. From
  // the second step on, the buffer of the next one holds the previous one on entry.
  double advance(std::int64_t count, double omega) {
    if (open_) return count == 0 ? sweep<true, true>(omega) : sweep<true, false>(omega);
    return count == 0 ? sweep<false, true>(omega) : sweep<false, false>(omega);
  }

  void accept() { current_.swap(next_); }

  std::span<const double> current() const { return std::span(current_).subspan(1, source_.size()); }

 private:
  template <bool Open, bool First>
  double sweep(double omega) {
    return over_pieces([&](const DiffusionStencil::Piece& piece, double* residual) {
      const Rows rows(stencil_, piece, current_.data() + 1);
      relax<Open, First>(piece, omega, rows, residual);
    });
  }

  template <bool Open, bool First>
  void relax(const DiffusionStencil::Piece& piece, double omega, const Rows& rows,
             double* __restrict residual) {
    const double d = diffusion_.diffusivity_mm2_per_d();
    const double decay = diffusion_.decay_per_d();
    const double* u = current_.data() + 1 + piece.begin;
    const double* right_side = right_side_ + piece.begin;
    const double* losses = Open ? losses_.data() + piece.begin : nullptr;
    double* __restrict next = next_.data() + 1 + piece.begin;
    const auto [west, east, south, north, below, above] = rows.link;
    const auto [at_south, at_north, at_below, at_above] = rows.beside;
    for (std::size_t i = 0; i < piece.length; ++i) {
      const double links = ((west[i] + east[i]) + (south[i] + north[i])) + (below[i] + above[i]);
      const double inflow = ((west[i] * u[i - 1] + east[i] * u[i + 1]) +
                             (south[i] * at_south[i] + north[i] * at_north[i])) +
                            (below[i] * at_below[i] + above[i] * at_above[i]);
      const double gain = right_side[i] + d * inflow;
      const double diagonal = (Open ? losses[i] : decay) + d * links;
      residual[i] = gain - diagonal * u[i];
      const double relaxed = gain / diagonal;
      next[i] = First ? relaxed : next[i] + omega * (relaxed - next[i]);
    }
  }

  template <class Body>
  double over_pieces(Body&& body) const {
    return blocked_max(threads_, source_.size(), voxel_block, 0.0,
                       [&](std::size_t begin, std::size_t end) {
                         std::array<double, voxel_block> values;
                         for (const auto& piece : stencil_.pieces(begin / voxel_block)) {
                           body(piece, values.data() + (piece.begin - begin));
                         }
                         return largest_magnitude(values.data(), end - begin);
                       });
  }

  const DiffusionOperator& diffusion_;
  const DiffusionStencil& stencil_;
  std::span<const double> source_;
  std::vector<double>& current_;
  std::vector<double>& next_;
  bool open_;                 // whether there is exchange with CSF
  const double* right_side_;  // the source, and what comes from CSF
  std::vector<double>& losses_;
  Threads threads_;
};

// Copies the solution to the field; values below zero are nearer to the truth at zero.
void take_over(std::span<const double> solution, std::span<double> u, double largest,
               const SolverContext& context) {
  parallel_for(context.threads, u.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
    for (std::size_t v = begin; v < end; ++v) {
      if (!(solution[v] <= largest)) {
        throw NumericalError("signalling", std::string(context.field), static_cast<std::int64_t>(v),
                             context.tick, "level is " + std::to_string(solution[v]));
      }
      u[v] = std::max(0.0, solution[v]);
    }
  });
}

}  // namespace

double jacobi_spectral_bound(const DiffusionOperator& diffusion, Threads threads) {
  SolverWorkspace workspace;
  const std::vector<double> zero(diffusion.stencil().size(), 0.0);
  return Iteration(diffusion, zero, zero, workspace, threads).spectral_bound();
}

QuasiSteadyResult solve_quasi_steady(const DiffusionOperator& diffusion,
                                     std::span<const double> source, std::span<double> u,
                                     const QuasiSteadyControl& control,
                                     const SolverContext& context, SolverWorkspace& workspace) {
  const double decay = diffusion.decay_per_d();
  if (!(decay > 0.0)) {
    throw InputError(Problem{"fields." + std::string(context.field), "decay is zero",
                             "a quasi-steady field must decay", "use mode = \"transient\""});
  }
  require_physical(source, "source", context);
  require_physical(u, "level", context);

  Iteration iteration(diffusion, source, u, workspace, context.threads);
  const double scale = iteration.scale();
  if (scale == 0.0) {
    std::fill(u.begin(), u.end(), 0.0);
    return {};
  }
  double rho = control.spectral_bound;
  double omega = 1.0;
  for (std::int64_t count = 0; count <= control.max_iterations; ++count) {
    const double error_bound = iteration.advance(count, omega) / (decay * scale);
    if (error_bound <= control.tolerance) {
      if (count > 0) take_over(iteration.current(), u, (1.0 + control.tolerance) * scale, context);
      return {count, error_bound};
    }
    iteration.accept();
    if (!(rho > 0.0)) rho = iteration.spectral_bound();
    omega = count == 0 ? 2.0 / (2.0 - rho * rho) : 1.0 / (1.0 - 0.25 * rho * rho * omega);
  }
  const auto peak = std::max_element(source.begin(), source.end()) - source.begin();
  throw NumericalError("signalling", std::string(context.field), peak, context.tick,
                       "the quasi-steady solve did not converge in " +
                           std::to_string(control.max_iterations) + " iterations");
}

}  // namespace neurograft
