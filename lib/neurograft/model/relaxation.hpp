#pragma once

#include <span>
#include <vector>

#include <neurograft/model/diffusion_operator.hpp>

/// Sweeps of the Jacobi iteration over balance equations, accelerated by Chebyshev polynomials.
/// No inner products, so nothing depends on the order of summation.
namespace neurograft {

/// One equation a voxel: loss u + sum over faces of D face (u - u beside) = right side.
struct BalanceEquations {
  const DiffusionStencil* stencil = nullptr;
  double diffusivity = 0.0;              ///< in grey matter [mm2/d]
  double decay = 0.0;                    ///< loss of every voxel [1/d] where `losses` is empty
  std::span<const double> losses{};      ///< loss by voxel, decay and exchange [1/d]
  std::span<const double> right_side{};  ///< [1/d]
};

/// Values by voxel with one of padding at both ends: the first and the last voxel read past the
/// list, times zero.
class PaddedValues {
 public:
  void resize(std::size_t voxels);
  void fill_with_zeros(Threads threads);
  void swap(PaddedValues& other) noexcept { values_.swap(other.values_); }
  std::size_t size() const noexcept { return values_.size() - 2; }
  double* data() noexcept { return values_.data() + 1; }
  const double* data() const noexcept { return values_.data() + 1; }
  std::span<const double> voxels() const noexcept { return {data(), size()}; }

 private:
  std::vector<double> values_{0.0, 0.0};
};

/// The weights of successive sweeps that damp all errors with eigenvalues of the matrix over its
/// diagonal in [low, high]: next = previous + weight (current + damping (jacobi - current) -
/// previous).
class Chebyshev {
 public:
  Chebyshev(double low, double high) noexcept;

  double damping() const noexcept { return damping_; }
  bool is_first() const noexcept { return count_ == 0; }
  /// That of the next sweep; the first is 1 and has no previous iterate.
  double next_weight() noexcept;

 private:
  double damping_;
  double squared_radius_;
  double weight_ = 1.0;
  int count_ = 0;
};

/// Gershgorin bound on the eigenvalues of the Jacobi iteration, in (0, 1).
double jacobi_bound(const BalanceEquations& equations, Threads threads);

/// One sweep from `current`; `next` holds the previous iterate on entry, unless it is the first.
void relax(const BalanceEquations& equations, const PaddedValues& current, PaddedValues& next,
           Chebyshev& chebyshev, Threads threads);

/// The same; returns the largest residual of `current`.
double relax_and_measure(const BalanceEquations& equations, const PaddedValues& current,
                         PaddedValues& next, Chebyshev& chebyshev, Threads threads);

/// Residual of `current` by voxel.
void find_residual(const BalanceEquations& equations, const PaddedValues& current,
                   PaddedValues& residual, Threads threads);

}  // namespace neurograft
