#include <neurograft/study/speed.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("workloads do what they say, small") {
  for (const Workload& work : {donor_step(500, {2}), cytokine_hour(2000, 50.0, {1}),
                               transient_step(2000, 2, {2}), tissue_step(2000, {1})}) {
    CHECK(work.units > 0.0);
    CHECK(work.bytes_per_unit > 0.0);
    CHECK(work.least_traffic > 0.0);
    const Timing timing = measure(work, 0.0);
    CHECK(timing.lowest_ns > 0.0);
    CHECK(timing.lowest_ns <= timing.median_ns);
    CHECK(timing.median_ns <= timing.highest_ns);
  }
}

TEST_CASE("a measurement repeats the work and divides by its units") {
  int done = 0;
  const Timing timing = measure({.once = [&done] { ++done; }, .units = 2.0}, 0.0);
  CHECK(done == 4);  // once unmeasured, then three times
  CHECK(timing.median_ns < 1e9);
}
