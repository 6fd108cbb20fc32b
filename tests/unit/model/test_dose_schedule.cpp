#include <cmath>
#include <initializer_list>

#include <neurograft/model/dose_schedule.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

DrugCourse course(double dose_mg, double every_h, double start_d, double stop_d) {
  DrugCourse result = drug_section().defaults();
  result.name = "prednisone";
  result.dose_mg = dose_mg;
  result.every_h = every_h;
  result.start_d = start_d;
  result.stop_d = stop_d;
  return result;
}

}  // namespace

TEST_CASE("doses fall from start up to, not including, stop") {
  const DoseSchedule schedule(course(3.5, 12.0, -2.0, 1.0), 70.0, -90.0);
  CHECK(schedule.size() == 6);
  CHECK(schedule.hours(0) == 88.0 * 24.0);
  CHECK(schedule.hours(5) == doctest::Approx(88.0 * 24.0 + 60.0));
  CHECK(schedule.mg(5) == 3.5);
  CHECK(schedule.shortest_interval_h() == 12.0);
  // A third of a day is not a binary fraction: the count is right all the same.
  CHECK(DoseSchedule(course(1.0, 8.0, 0.0, 100.0), 70.0, 0.0).size() == 300);
}

TEST_CASE("a dose per body mass") {
  DrugCourse per_kg = course(0.0, 12.0, 0.0, 1.0);
  per_kg.dose_mg_per_kg = 0.05;
  CHECK(DoseSchedule(per_kg, 80.0, 0.0).mg(0) == doctest::Approx(4.0));
}

TEST_CASE("a taper is linear in time and ends at its last dose") {
  DrugCourse tapered = course(60.0, 24.0, 0.0, 30.0);
  tapered.taper_d = 20.0;
  tapered.taper_to_mg = 5.0;
  const DoseSchedule schedule(tapered, 70.0, 0.0);
  CHECK(schedule.size() == 30);
  CHECK(schedule.mg(0) == 60.0);
  CHECK(schedule.mg(10) == doctest::Approx(60.0));
  CHECK(schedule.mg(20) == doctest::Approx(32.5));
  CHECK(schedule.mg(29) == doctest::Approx(5.0 + 55.0 / 20.0));
}

TEST_CASE("a table of doses") {
  DrugCourse table = course(0.0, 24.0, 0.0, 1.0);
  table.schedule_day = {0.0, 4.0};
  table.schedule_mg = {20.0, 10.0};
  const DoseSchedule schedule(table, 70.0, -1.0);
  CHECK(schedule.size() == 2);
  CHECK(schedule.hours(1) == 120.0);
  CHECK(schedule.mg(1) == 10.0);
  CHECK(schedule.stop_h() == 120.0);
  CHECK(schedule.shortest_interval_h() == 96.0);
}

TEST_CASE("the first dose after a moment agrees with a search") {
  DrugCourse table = course(0.0, 24.0, 0.0, 1.0);
  table.schedule_day = {0.0, 1.0, 1.5, 4.0};
  table.schedule_mg = {1.0, 1.0, 1.0, 1.0};
  for (const DoseSchedule& schedule :
       {DoseSchedule(course(1.0, 12.0, 0.0, 5.0), 70.0, -1.0), DoseSchedule(table, 70.0, -1.0)}) {
    for (double hours = -30.0; hours < 160.0; hours += 3.0) {
      std::size_t first = 0;
      while (first < schedule.size() && !(schedule.hours(first) > hours + same_time_h)) ++first;
      CHECK(schedule.first_after(hours) == first);
    }
  }
}
