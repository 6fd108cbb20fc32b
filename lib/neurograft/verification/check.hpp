#pragma once

#include <string>
#include <vector>

/// Closed forms that the model must meet, each worked by the library's own processes and solvers:
/// what is expected, what came out, how far apart they are and how far they may be. The areas are
/// listed in `areas.hpp`; `neurograft selftest` prints them and a test runs them all.
namespace neurograft::verification {

/// One quantity with a closed form.
struct Check {
  std::string quantity;   ///< what it is, and under what
  std::string unit;       ///< of `expected` and `got`
  double expected = 0.0;  ///< by the closed form
  double got = 0.0;       ///< by the library
  double error = 0.0;     ///< in the measure that `basis` names
  double bound = 0.0;     ///< the largest error allowed
  std::string basis;      ///< measure of the error, and why the bound is what it is

  /// An error that is not a number does not hold.
  bool holds() const noexcept { return error <= bound; }
};

using Checks = std::vector<Check>;

/// |got / expected - 1|; `expected` must not be 0.
Check relative(std::string quantity, std::string unit, double expected, double got, double bound,
               std::string basis);

/// |got - expected|.
Check absolute(std::string quantity, std::string unit, double expected, double got, double bound,
               std::string basis);

/// |got - expected| in standard deviations of what chance does to `got`; at most 5. `deviation_of`
/// says how the standard deviation was had.
Check by_chance(std::string quantity, std::string unit, double expected, double got,
                double standard_deviation, std::string deviation_of);

/// The share of `cells` that `seen` is, each being one of them with chance `expected`, alone.
Check share_by_chance(std::string quantity, double expected, double seen, double cells);

/// Order of convergence, from errors at two resolutions `refinement` apart; the bound is on its
/// distance from the documented one.
Check observed_order(std::string quantity, double documented, double coarse_error,
                     double fine_error, double refinement, double window);

}  // namespace neurograft::verification
