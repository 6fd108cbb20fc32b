#include <cmath>
#include <utility>

#include <neurograft/verification/check.hpp>

namespace neurograft::verification {

Check relative(std::string quantity, std::string unit, double expected, double got, double bound,
               std::string basis) {
  return {
      std::move(quantity), std::move(unit), expected, got, std::abs(got / expected - 1.0), bound,
      "relative; " + basis};
}

Check absolute(std::string quantity, std::string unit, double expected, double got, double bound,
               std::string basis) {
  return {std::move(quantity), std::move(unit), expected, got, std::abs(got - expected), bound,
          "absolute; " + basis};
}

Check by_chance(std::string quantity, std::string unit, double expected, double got,
                double standard_deviation, std::string deviation_of) {
  return {std::move(quantity),
          std::move(unit),
          expected,
          got,
          std::abs(got - expected) / standard_deviation,
          5.0,
          "standard deviations; " + deviation_of};
}

Check share_by_chance(std::string quantity, double expected, double seen, double cells) {
  return by_chance(std::move(quantity), "1", expected, seen / cells,
                   std::sqrt(expected * (1.0 - expected) / cells), "of a binomial share");
}

Check observed_order(std::string quantity, double documented, double coarse_error,
                     double fine_error, double refinement, double window) {
  const double order = std::log(coarse_error / fine_error) / std::log(refinement);
  return absolute(std::move(quantity), "1", documented, order, window,
                  "log of the ratio of two errors over log of the refinement");
}

}  // namespace neurograft::verification
