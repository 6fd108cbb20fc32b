#include <algorithm>
#include <array>
#include <type_traits>

#include <neurograft/core/reduce.hpp>
#include <neurograft/model/relaxation.hpp>

namespace neurograft {
namespace {

// Coefficients of the six faces of a piece's voxels; zeros for faces that the whole piece lacks.
std::array<const double*, 6> links_of(const DiffusionStencil& stencil,
                                      const DiffusionStencil::Piece& piece) {
  const auto low = [&](std::size_t axis, VoxelIndex beside) {
    return beside == no_voxel ? stencil.no_faces() : stencil.face(axis) + beside;
  };
  const double* x = stencil.face(0) + piece.begin;
  return {x - 1,
          x,
          low(1, piece.beside[0]),
          stencil.face(1) + piece.begin,
          low(2, piece.beside[2]),
          stencil.face(2) + piece.begin};
}

// Values beside a piece in y and z. The piece itself stands in for a row that does not exist: its
// coefficients are zero.
std::array<const double*, 4> rows_beside(const DiffusionStencil::Piece& piece, const double* all) {
  std::array<const double*, 4> rows{};
  for (std::size_t side = 0; side < 4; ++side) {
    rows[side] = all + (piece.beside[side] == no_voxel ? piece.begin : piece.beside[side]);
  }
  return rows;
}

// What `accept(i, residual, diagonal)` makes of every voxel of a piece; i counts from its begin.
template <bool Open, class Accept>
void for_voxels(const BalanceEquations& equations, const DiffusionStencil::Piece& piece,
                const double* all, Accept&& accept) {
  const double d = equations.diffusivity;
  const double decay = equations.decay;
  const double* u = all + piece.begin;
  const double* at_west = u - 1;
  const double* at_east = u + 1;
  const double* right_side = equations.right_side.data() + piece.begin;
  const double* losses = Open ? equations.losses.data() + piece.begin : nullptr;
  const auto [west, east, south, north, below, above] = links_of(*equations.stencil, piece);
  const auto [at_south, at_north, at_below, at_above] = rows_beside(piece, all);
  // What is accepted goes to other arrays than those read here, or to its own index.
#pragma GCC ivdep
  for (std::size_t i = 0; i < piece.length; ++i) {
    const double links = ((west[i] + east[i]) + (south[i] + north[i])) + (below[i] + above[i]);
    const double inflow = ((west[i] * at_west[i] + east[i] * at_east[i]) +
                           (south[i] * at_south[i] + north[i] * at_north[i])) +
                          (below[i] * at_below[i] + above[i] * at_above[i]);
    const double diagonal = (Open ? losses[i] : decay) + d * links;
    accept(i, right_side[i] + d * inflow - diagonal * u[i], diagonal);
  }
}

template <bool Open, bool First, bool Measured>
double sweep(const BalanceEquations& equations, const PaddedValues& current, PaddedValues& next,
             double damping, double weight, Threads threads) {
  const DiffusionStencil& stencil = *equations.stencil;
  return blocked_max(
      threads, stencil.size(), voxel_block, 0.0, [&](std::size_t begin, std::size_t end) {
        std::array<double, voxel_block> residuals;
        for (const auto& piece : stencil.pieces(begin / voxel_block)) {
          const double* u = current.data() + piece.begin;
          double* __restrict to = next.data() + piece.begin;
          double* __restrict measured = residuals.data() + (piece.begin - begin);
          for_voxels<Open>(equations, piece, current.data(),
                           [=](std::size_t i, double residual, double diagonal) {
                             if constexpr (Measured) measured[i] = residual;
                             const double moved = u[i] + damping * (residual / diagonal);
                             to[i] = First ? moved : to[i] + weight * (moved - to[i]);
                           });
        }
        return Measured ? largest_magnitude(residuals.data(), end - begin) : 0.0;
      });
}

template <bool Measured>
double sweep(const BalanceEquations& equations, const PaddedValues& current, PaddedValues& next,
             Chebyshev& chebyshev, Threads threads) {
  const bool first = chebyshev.is_first();
  const double damping = chebyshev.damping();
  const double weight = chebyshev.next_weight();
  const auto run = [&](auto kernel) {
    return kernel(equations, current, next, damping, weight, threads);
  };
  if (equations.losses.empty()) {
    return first ? run(sweep<false, true, Measured>) : run(sweep<false, false, Measured>);
  }
  return first ? run(sweep<true, true, Measured>) : run(sweep<true, false, Measured>);
}

}  // namespace

void PaddedValues::resize(std::size_t voxels) {
  values_.resize(voxels + 2);
  values_.front() = values_.back() = 0.0;
}

void PaddedValues::fill_with_zeros(Threads threads) {
  double* const values = data();
  parallel_for(threads, size(), voxel_block, [values](std::size_t begin, std::size_t end) {
    std::fill(values + begin, values + end, 0.0);
  });
}

Chebyshev::Chebyshev(double low, double high) noexcept
    : damping_(2.0 / (high + low)),
      squared_radius_((high - low) / (high + low) * ((high - low) / (high + low))) {}

double Chebyshev::next_weight() noexcept {
  if (count_ == 1) weight_ = 2.0 / (2.0 - squared_radius_);
  if (count_ > 1) weight_ = 1.0 / (1.0 - 0.25 * squared_radius_ * weight_);
  ++count_;
  return weight_;
}

double jacobi_bound(const BalanceEquations& equations, Threads threads) {
  const DiffusionStencil& stencil = *equations.stencil;
  return blocked_max(
      threads, stencil.size(), voxel_block, 0.0, [&](std::size_t begin, std::size_t) {
        double largest = 0.0;
        for (const auto& piece : stencil.pieces(begin / voxel_block)) {
          const auto piece_links = links_of(stencil, piece);
          for (std::size_t i = 0; i < piece.length; ++i) {
            double links = 0.0;
            for (const double* link : piece_links) links += link[i];
            links *= equations.diffusivity;
            const double loss =
                equations.losses.empty() ? equations.decay : equations.losses[piece.begin + i];
            largest = std::max(largest, links / (loss + links));
          }
        }
        return largest;
      });
}

void relax(const BalanceEquations& equations, const PaddedValues& current, PaddedValues& next,
           Chebyshev& chebyshev, Threads threads) {
  sweep<false>(equations, current, next, chebyshev, threads);
}

double relax_and_measure(const BalanceEquations& equations, const PaddedValues& current,
                         PaddedValues& next, Chebyshev& chebyshev, Threads threads) {
  return sweep<true>(equations, current, next, chebyshev, threads);
}

void find_residual(const BalanceEquations& equations, const PaddedValues& current,
                   PaddedValues& residual, Threads threads) {
  const DiffusionStencil& stencil = *equations.stencil;
  const auto all = [&](auto open) {
    parallel_for(threads, stencil.size(), voxel_block, [&](std::size_t begin, std::size_t) {
      for (const auto& piece : stencil.pieces(begin / voxel_block)) {
        double* __restrict to = residual.data() + piece.begin;
        for_voxels<open.value>(equations, piece, current.data(),
                               [=](std::size_t i, double value, double) { to[i] = value; });
      }
    });
  };
  equations.losses.empty() ? all(std::false_type{}) : all(std::true_type{});
}

}  // namespace neurograft
