#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <neurograft/core/reduce.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("sums and largest magnitudes of any number of values") {
  for (const std::size_t count : {0U, 1U, 7U, 8U, 9U, 16U, 100U}) {
    std::vector<double> values;
    double sum = 0.0;
    double largest = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(static_cast<double>((i * 37) % 101) - 60.0);
      sum += values.back();
      largest = std::max(largest, std::abs(values.back()));
    }
    CAPTURE(count);
    CHECK(sum_of(values.data(), count) == sum);  // whole numbers add up exactly
    CHECK(largest_magnitude(values.data(), count) == largest);
  }
}

TEST_CASE("the largest magnitude may stand anywhere, and what is no number is passed over") {
  for (std::size_t place = 0; place < 21; ++place) {
    std::vector<double> values(21, 0.5);
    values[place] = -3.0;
    CHECK(largest_magnitude(values.data(), values.size()) == 3.0);
    values[place] = std::numeric_limits<double>::quiet_NaN();
    CHECK(largest_magnitude(values.data(), values.size()) == 0.5);
    CHECK(std::isnan(sum_of(values.data(), values.size())));
  }
}
