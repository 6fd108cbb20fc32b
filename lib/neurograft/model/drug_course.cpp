#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/model/dose_schedule.hpp>
#include <neurograft/model/drug_course.hpp>

namespace neurograft {
namespace {

// Appends what is wrong with one course that is followed through its concentration.
void check_doses(const DrugCourse& course, const HostPharmacology& host,
                 const DrugProfiles& profiles, std::vector<Problem>& problems) {
  const std::string where = "drug." + course.name;
  const auto require = [&](bool holds, const char* what, const char* why) {
    if (!holds) problems.push_back({where, what, why, ""});
  };
  const auto found = profiles.find(course.profile_name());
  if (found == profiles.end()) {
    std::string known;
    for (const auto& entry : profiles) known += (known.empty() ? "" : ", ") + entry.first;
    problems.push_back({where, "drug \"" + course.profile_name() + "\" is not known",
                        "known are " + known,
                        "give a known one in `profile`, or kind = \"constant_effect\""});
    return;
  }
  const bool table = !course.schedule_day.empty() || !course.schedule_mg.empty();
  const int doses = (course.dose_mg > 0.0) + (course.dose_mg_per_kg > 0.0) + table;
  const bool same_length = course.schedule_day.size() == course.schedule_mg.size();
  require(doses == 1, "dose is not given exactly once",
          "one of dose_mg, dose_mg_per_kg or schedule_day with schedule_mg");
  require(same_length, "schedule_day and schedule_mg differ in length", "one dose per day listed");
  require(std::ranges::adjacent_find(course.schedule_day, std::greater_equal<>()) ==
              course.schedule_day.end(),
          "schedule_day is not ascending", "each day once, in order");
  require(table || course.taper_d <= course.stop_d - course.start_d,
          "taper_d is longer than the course", "must fit");
  require(!(course.window_high_ng_per_ml > 0.0) ||
              course.window_high_ng_per_ml > course.window_low_ng_per_ml,
          "window_high_ng_per_ml <= window_low_ng_per_ml", "must be higher");
  if (doses != 1 || !same_length) return;
  const DoseSchedule schedule(course, host.body_mass_kg, 0.0);
  require(found->second.lag_h < schedule.shortest_interval_h(),
          "doses follow each other within the absorption lag, lag_h of the drug",
          "one dose may wait at a time");
}

}  // namespace

const Section<DrugCourse>& drug_section() {
  using P = DrugCourse;
  const auto number = [](const char* key, const char* unit, double fallback, Range range,
                         const char* meaning, double P::*member) {
    return Bound<P>{{key, unit, fallback, range, meaning, "setting", Grade::setting}, member};
  };
  const auto effect = [&](const char* key, double P::*member) {
    return number(key, "", 0.0, fraction, "block of this target by a constant effect", member);
  };
  static const Section<P> section{
      "drug",
      "one course of a drug",
      {{{"name", "", std::string(), any_number, "label of the course, unique", "setting",
         Grade::setting},
        &P::name},
       {{"profile", "", std::string(), any_number,
         "drug whose parameters it follows; empty: the drug called `name`", "setting",
         Grade::setting},
        &P::profile},
       {{"kind",
         "",
         std::string("pharmacokinetic"),
         any_number,
         "followed through its concentration, or a constant effect from start to stop",
         "setting",
         Grade::setting,
         {"pharmacokinetic", "constant_effect"}},
        &P::kind},
       number("dose_mg", "mg", 0.0, ranges::dose_mg, "each dose; 0: not given", &P::dose_mg),
       number("dose_mg_per_kg", "mg/kg", 0.0, within(0.0, 1e4),
              "each dose per body mass; 0: not given", &P::dose_mg_per_kg),
       number("every_h", "h", 24.0, within(0.1, 876600.0), "time between doses", &P::every_h),
       number("start_d", "d", 0.0, ranges::day, "day of the first dose", &P::start_d),
       number("stop_d", "d", 36525.0, ranges::day,
              "no dose on or after this day; the default "
              "lies beyond any run",
              &P::stop_d),
       number("taper_d", "d", 0.0, ranges::span_d,
              "the dose falls linearly over these last days before stop; 0: no taper", &P::taper_d),
       number("taper_to_mg", "mg", 0.0, ranges::dose_mg, "the dose that the taper reaches at stop",
              &P::taper_to_mg),
       {{"schedule_day", "d", std::vector<double>{}, ranges::day,
         "days of single doses, ascending, instead of a regular course", "setting", Grade::setting},
        &P::schedule_day},
       {{"schedule_mg", "mg", std::vector<double>{}, ranges::dose_mg, "the dose on each of them",
         "setting", Grade::setting},
        &P::schedule_mg},
       number("target_trough_ng_per_ml", "ng/mL", 0.0, ranges::ng_per_ml,
              "trough towards which the dose is adjusted; 0: fixed dose",
              &P::target_trough_ng_per_ml),
       number("window_low_ng_per_ml", "ng/mL", 0.0, ranges::ng_per_ml,
              "lowest trough wanted; 0: no limit", &P::window_low_ng_per_ml),
       number("window_high_ng_per_ml", "ng/mL", 0.0, ranges::ng_per_ml,
              "highest trough wanted; 0: no limit", &P::window_high_ng_per_ml),
       effect("effect_priming", &P::effect_priming),
       effect("effect_expansion", &P::effect_expansion),
       effect("effect_traffic", &P::effect_traffic),
       effect("effect_cytokine", &P::effect_cytokine),
       effect("effect_barrier", &P::effect_barrier),
       effect("effect_microglia", &P::effect_microglia),
       effect("effect_kill", &P::effect_kill)}};
  return section;
}

void check_courses(std::span<const DrugCourse> courses, const HostPharmacology& host,
                   const DrugProfiles& profiles) {
  std::vector<Problem> problems;
  if (!(host.body_mass_kg > 0.0)) {
    problems.push_back({"host", "body mass is not positive", "must be > 0 kg", ""});
  }
  if (!fraction.contains(host.adherence)) {
    problems.push_back({"host", "adherence is out of range", "must be in [0, 1]", ""});
  }
  std::set<std::string> names;
  for (const DrugCourse& course : courses) {
    const std::string where = "drug." + course.name;
    if (!names.insert(course.name).second) {
      problems.push_back({where, "two courses have this name", "names are unique",
                          "give the drug in `profile` and another name"});
    }
    if (course.schedule_day.empty() && !(course.stop_d > course.start_d)) {
      problems.push_back({where, "stop_d <= start_d", "must be later", ""});
    }
    if (!course.is_constant_effect()) check_doses(course, host, profiles, problems);
  }
  if (!problems.empty()) throw InputError(std::move(problems));
}

}  // namespace neurograft
