#pragma once

#include <cmath>
#include <cstddef>

#include <neurograft/core/math.hpp>
#include <neurograft/core/wide.hpp>

/// Production and decay in place, apart from diffusion.
namespace neurograft {

/// Production and decay over a time, exact for a constant source.
struct Reaction {
  double lost_share;  ///< of a level
  double gain_d;      ///< of a source
  double dt_d;

  Reaction(double decay_per_d, double time_d)
      : lost_share(-math::expm1(-decay_per_d * time_d)),
        gain_d(decay_per_d > 0.0 ? lost_share / decay_per_d : time_d),
        dt_d(time_d) {}
};

/// Reacts runs of voxels, and sums over them in lanes that are added in their order: the sums
/// depend on the runs, not on threads.
class Reacted {
 public:
  /// Of `count` levels, into `to`, which may be `level`.
  void react(const double* level, const double* source, std::size_t count, const Reaction& reaction,
             double* to) noexcept {
    Lanes even = even_;  // copies, which stores to `to` cannot change
    Lanes odd = odd_;
    std::size_t i = 0;
    for (; i + 2 * wide_lanes <= count; i += 2 * wide_lanes) {
      store(to + i, even.react(load(level + i), load(source + i), reaction));
      const std::size_t next = i + wide_lanes;
      store(to + next, odd.react(load(level + next), load(source + next), reaction));
    }
    for (; i < count; i += wide_lanes) {
      const WideMask taken = first_lanes(count - i);
      store(to + i, taken, even.react(load(level + i, taken), load(source + i, taken), reaction));
    }
    even_ = even;
    odd_ = odd;
  }

  /// Sums of the sources, and of the levels before.
  double sources() const noexcept { return total(even_.sources + odd_.sources); }
  double levels() const noexcept { return total(even_.levels + odd_.levels); }
  /// Whether all was finite and not negative: a sum that overflows counts as an overflow.
  bool physical() const noexcept {
    const WideMask sound = (even_.lowest >= 0.0) & (odd_.lowest >= 0.0);
    return sound[0] != 0 && sound[1] != 0 && sound[2] != 0 && sound[3] != 0 &&
           std::isfinite(sources() + levels() + total(even_.after + odd_.after));
  }

 private:
  struct Lanes {
    Wide sources = wide_zero, levels = wide_zero, after = wide_zero, lowest = wide_zero;

    Wide react(const Wide& before, const Wide& source, const Reaction& reaction) noexcept {
      const Wide value = before - before * reaction.lost_share + source * reaction.gain_d;
      sources = sources + source;
      levels = levels + before;
      after = after + value;
      const Wide lower = before < source ? before : source;
      lowest = lower < lowest ? lower : lowest;
      return value;
    }
  };

  static double total(const Wide& lanes) noexcept {
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
  }

  Lanes even_, odd_;
};

}  // namespace neurograft
