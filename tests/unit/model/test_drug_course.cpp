#include <initializer_list>

#include <neurograft/core/error.hpp>
#include <neurograft/model/drug_course.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

DrugCourse good_course() {
  DrugCourse course = drug_section().defaults();
  course.name = "tacrolimus";
  course.dose_mg = 3.5;
  course.every_h = 12.0;
  return course;
}

std::size_t problems_of(const std::vector<DrugCourse>& courses, HostPharmacology host = {}) {
  try {
    check_courses(courses, host, default_drug_profiles());
  } catch (const InputError& error) {
    return error.problems().size();
  }
  return 0;
}

template <class Change>
std::size_t problems_after(Change change) {
  DrugCourse course = good_course();
  change(course);
  return problems_of({course});
}

}  // namespace

TEST_CASE("a good course passes, each fault is found, all of them at once") {
  CHECK(problems_of({good_course()}) == 0);
  CHECK(problems_after([](DrugCourse& c) { c.dose_mg = 0.0; }) == 1);
  CHECK(problems_after([](DrugCourse& c) { c.dose_mg_per_kg = 0.05; }) == 1);
  CHECK(problems_after([](DrugCourse& c) { c.name = "unheard_of"; }) == 1);
  CHECK(problems_after([](DrugCourse& c) { c.stop_d = c.start_d; }) >= 1);
  CHECK(problems_after([](DrugCourse& c) { c.stop_d = 10.0, c.taper_d = 11.0; }) == 1);
  CHECK(problems_after([](DrugCourse& c) {
          c.dose_mg = 0.0;
          c.schedule_day = {0.0, 0.0};
          c.schedule_mg = {1.0, 1.0};
        }) >= 1);
  CHECK(problems_after([](DrugCourse& c) {
          c.dose_mg = 0.0;
          c.schedule_day = {0.0, 4.0};
          c.schedule_mg = {1.0};
        }) == 1);
  CHECK(problems_after([](DrugCourse& c) {
          c.window_low_ng_per_ml = 10.0;
          c.window_high_ng_per_ml = 5.0;
        }) == 1);
  CHECK(problems_after([](DrugCourse& c) {
          c.profile = "tacrolimus_two_compartment";
          c.every_h = 0.3;  // shorter than the lag
        }) == 1);
  CHECK(problems_of({good_course(), good_course()}) == 1);
  CHECK(problems_of({}, {.body_mass_kg = 0.0, .cyp3a5_carrier = false, .adherence = 1.2}) == 2);
}

TEST_CASE("a constant effect needs no dose") {
  CHECK(problems_after([](DrugCourse& c) {
          c.name = "anti_cd4";
          c.kind = "constant_effect";
          c.dose_mg = 0.0;
        }) == 0);
}
