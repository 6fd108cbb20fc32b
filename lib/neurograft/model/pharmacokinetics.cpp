#include <algorithm>
#include <cmath>

#include <neurograft/core/math.hpp>
#include <neurograft/model/pharmacokinetics.hpp>

namespace neurograft {
namespace {

// Integral of exp(-slow (t - s)) exp(-fast s) over [0, t]; symmetric in the rates and smooth where
// they meet.
double convolution(double rate, double other, double t) noexcept {
  const double x = (other - rate) * t;
  // The faster of the two is over: its exponential would be beyond all numbers.
  constexpr double over = 700.0;
  if (x < -over) return math::exp(-other * t) / (rate - other);
  const double shape = x == 0.0 ? 1.0 : -math::expm1(-x) / x;
  return t * math::exp(-rate * t) * shape;
}

}  // namespace

DrugAmounts propagate(const DrugRates& rates, const DrugAmounts& amounts, double hours) noexcept {
  const double ka = rates.absorption_per_h;
  const double k10 = rates.elimination_per_h;
  const double k12 = rates.to_tissue_per_h;
  const double k21 = rates.from_tissue_per_h;
  DrugAmounts after;
  after.depot = amounts.depot * math::exp(-ka * hours);
  if (!(k12 > 0.0)) {
    after.central = amounts.central * math::exp(-k10 * hours) +
                    ka * amounts.depot * convolution(k10, ka, hours);
    return after;
  }
  const double sum = k10 + k12 + k21;
  // The discriminant is (k10 - k21)^2 + k12^2 + 2 k12 (k10 + k21) > 0: the modes never meet.
  const double alpha = 0.5 * (sum + std::sqrt(sum * sum - 4.0 * k10 * k21));
  const double beta = k10 * k21 / alpha;
  const auto add_mode = [&](double mode, double other) {
    const double decay = math::exp(-mode * hours);
    const double inflow = ka * amounts.depot * convolution(mode, ka, hours);
    const double scale = 1.0 / (other - mode);
    // Projection of (c, p) on this mode, by Sylvester's formula.
    const double stay = (other - k10 - k12) * scale;
    after.central +=
        decay * (stay * amounts.central + k21 * scale * amounts.peripheral) + stay * inflow;
    after.peripheral +=
        decay * (k12 * scale * amounts.central + (other - k21) * scale * amounts.peripheral) +
        k12 * scale * inflow;
  };
  add_mode(alpha, beta);
  add_mode(beta, alpha);
  // Cancelling modes leave at most a rounding error below zero.
  after.central = std::max(0.0, after.central);
  after.peripheral = std::max(0.0, after.peripheral);
  return after;
}

}  // namespace neurograft
