#include <algorithm>
#include <cmath>

#include <neurograft/core/error.hpp>
#include <neurograft/study/trial.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

Arm read_arm(const ConfigTable& table, std::vector<Problem>& problems) {
  TableReader reader(table, "[[arm]]", problems);
  reader.require("name");
  Arm arm;
  arm.name = reader.text("name").value_or("");
  arm.settings = reader.texts("set");
  if (const auto dose = reader.number("dose")) {
    arm.has_dose = true;
    arm.dose = *dose;
  }
  arm.allocated = static_cast<std::size_t>(reader.whole("allocated", 0).value_or(0));
  if (arm.allocated > 0 && !arm.has_dose) {
    reader.complain("allocated", "an arm with patients of the real trial has no dose",
                    "its patients are those of whom a dose effect is asked", "dose = ...");
  }
  reader.finish();
  return arm;
}

void read_analysis(const ConfigTable& table, Trial& trial, std::vector<Problem>& problems) {
  TableReader reader(table, "[analysis]", problems);
  trial.trials =
      static_cast<std::size_t>(reader.whole("trials", 1, most_study_runs).value_or(2000));
  trial.alpha = reader.number("alpha").value_or(trial.alpha);
  if (!(trial.alpha > 0.0 && trial.alpha < 1.0)) {
    reader.complain("alpha", fmt::format("alpha = {}", trial.alpha), "must be between 0 and 1");
  }
  for (const double size : reader.numbers("sizes").value_or(std::vector<double>{})) {
    if (size >= 2.0 && size <= 1e6 && size == std::floor(size)) {
      trial.sizes.push_back(static_cast<std::size_t>(size));
    } else {
      reader.complain("sizes", fmt::format("sizes has {}", size),
                      "a test needs a whole number of patients, 2 to a million, in each arm");
    }
  }
  reader.finish();
}

void check_trial(const Trial& trial, TableReader& reader) {
  if (trial.arms.size() < 2) {
    reader.complain("arm", fmt::format("{} [[arm]] entries", trial.arms.size()),
                    "two are needed; the first is the control");
  }
  for (std::size_t n = 1; n < trial.arms.size(); ++n) {
    const auto same = [&](const Arm& other) { return other.name == trial.arms[n].name; };
    const auto end = trial.arms.begin() + static_cast<std::ptrdiff_t>(n);
    if (std::any_of(trial.arms.begin(), end, same)) {
      reader.complain("arm", fmt::format("two arms \"{}\"", trial.arms[n].name));
    }
  }
  for (const Axis& axis : trial.patient) {
    if (!axis.law && axis.levels.empty()) continue;  // a problem already
    if (axis.after_branch) reader.complain("patient", "a patient has no branch");
  }
}

}  // namespace

Trial read_trial(const std::filesystem::path& path) {
  const Config file = Config::from_file(path);
  std::vector<Problem> problems;
  TableReader reader(file.root(), "the trial", problems);
  Trial trial;
  trial.study = read_common(reader, file);
  trial.patient = read_axes(reader, "patient", problems);
  reader.require("patients", "how many virtual patients");
  trial.patients =
      static_cast<std::size_t>(reader.whole("patients", 2, most_study_runs).value_or(2));
  trial.stratified = reader.flag("stratified").value_or(false);
  for (const ConfigTable* arm : reader.tables("arm")) {
    trial.arms.push_back(read_arm(*arm, problems));
  }
  for (const ConfigTable* analysis : reader.tables("analysis")) {
    read_analysis(*analysis, trial, problems);
  }
  if (trial.sizes.empty()) trial.sizes = {5, 10, 15, 20, 30, 50, 75, 100, 150, 200};
  check_trial(trial, reader);
  reader.finish();
  if (!problems.empty()) throw InputError(std::move(problems));
  return trial;
}

Plan plan_of(const Trial& trial) {
  const auto seed = static_cast<std::uint64_t>(trial.study.seed);
  require_feasible(trial.study, trial.arms.size() * trial.patients, trial.patient.size() + 2);
  Design patients;
  if (!trial.patient.empty()) {
    const std::size_t laws = trial.patient.size();
    patients =
        design_of(trial.patient, trial.stratified ? latin_hypercube(trial.patients, laws, seed)
                                                  : uniform_points(trial.patients, laws, seed));
  } else {
    patients.points.resize(trial.patients);  // they differ by their seeds alone
  }
  Design design{{"arm", "patient"}, {}};
  design.columns.insert(design.columns.end(), patients.columns.begin(), patients.columns.end());
  for (const Arm& arm : trial.arms) {
    for (std::size_t n = 0; n < trial.patients; ++n) {
      Point point = patients.points[n];
      point.patient = std::to_string(n);
      point.values.insert(point.values.begin(), {arm.name, point.patient});
      // The arm's settings come last: what it prescribes holds for every patient.
      point.settings.insert(point.settings.end(), arm.settings.begin(), arm.settings.end());
      design.points.push_back(std::move(point));
    }
  }
  return plan_of(trial.study, design);
}

}  // namespace neurograft
