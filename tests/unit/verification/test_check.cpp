#include <cmath>
#include <limits>

#include <neurograft/verification/check.hpp>

#include <doctest/doctest.h>

using namespace neurograft::verification;

TEST_CASE("errors in their measures") {
  CHECK(relative("a", "mm", 4.0, 5.0, 0.3, "").error == doctest::Approx(0.25));
  CHECK(absolute("a", "mm", 4.0, 3.5, 0.3, "").error == doctest::Approx(0.5));
  CHECK(by_chance("a", "mm", 4.0, 5.0, 0.5, "").error == doctest::Approx(2.0));
  // 400 of 1000 where a half was expected: 100 over sqrt(1000 / 4).
  CHECK(share_by_chance("a", 0.5, 400.0, 1000.0).error == doctest::Approx(6.3246).epsilon(1e-4));
  CHECK_FALSE(share_by_chance("a", 0.5, 400.0, 1000.0).holds());
  CHECK(observed_order("a", 2.0, 0.9, 0.1, 3.0, 0.1).got == doctest::Approx(2.0));
}

TEST_CASE("a check holds up to its bound, and not if its error is no number") {
  CHECK(absolute("a", "", 1.0, 1.5, 0.5, "").holds());
  CHECK_FALSE(absolute("a", "", 1.0, 1.5, 0.4, "").holds());
  CHECK_FALSE(absolute("a", "", 1.0, std::nan(""), 0.4, "").holds());
  CHECK_FALSE(relative("a", "", 0.0, 0.0, 0.4, "").holds());
  CHECK_FALSE(observed_order("a", 2.0, 0.0, 0.0, 2.0, 0.4).holds());
  CHECK_FALSE(by_chance("a", "", 1.0, std::numeric_limits<double>::infinity(), 0.4, "").holds());
}
