#include <neurograft/core/error.hpp>
#include <neurograft/io/record_times.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("periods meet day 0, the first tick and the last") {
  const Clock clock{.start_d = -1.25, .step_h = 6.0};
  const RecordTimes times = RecordTimes::every(clock, 1.0, 2.5);
  std::vector<double> days;
  for (Tick tick = 0; tick <= clock.tick_of(2.5, "end"); ++tick) {
    if (times.due(tick)) days.push_back(clock.day(tick));
  }
  CHECK(days == std::vector<double>{-1.25, -1, 0, 1, 2, 2.5});
  CHECK_THROWS_AS(RecordTimes::every(clock, 0.1, 2.0), InputError);
}

TEST_CASE("listed days alone") {
  const Clock clock{.start_d = 0.0, .step_h = 24.0};
  const RecordTimes times = RecordTimes::on(clock, {3.0, 5.0});
  CHECK(!times.due(0));
  CHECK(times.due(3));
  CHECK(!times.due(4));
  CHECK(times.due(5));
  CHECK_THROWS_AS(RecordTimes::on(clock, {0.5}), InputError);
}
