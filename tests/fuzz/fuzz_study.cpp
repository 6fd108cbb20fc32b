#include <algorithm>
#include <filesystem>
#include <string>

#include <neurograft/io/config.hpp>
#include <neurograft/study/calibration.hpp>
#include <neurograft/study/design.hpp>
#include <neurograft/study/plan.hpp>
#include <neurograft/study/sensitivity.hpp>
#include <neurograft/study/target.hpp>
#include <neurograft/study/trial.hpp>
#include <neurograft/study/validation.hpp>

#include "input.hpp"
#include <support/files.hpp>

using namespace neurograft;

namespace {

constexpr std::size_t most_planned = 64;

/// A folder with all that a study may name: a base config, targets, and a table.
const test::Folder& folder() {
  static const test::Folder made("fuzz_study");
  static const bool filled = [] {
    made.write("base.toml", "[brain]\nsource = \"patch\"\npatch_size_mm = [0.6, 0.6, 0.6]\n");
    made.write("targets.toml",
               "[[target]]\nreadout = \"donor_alive\"\nat_d = 10.0\nvalue = 1.0\nerror = 1.0\n"
               "source = \"none\"\n");
    return true;
  }();
  static_cast<void>(filled);
  return made;
}

/// Whether its runs are worth planning: a design may have a million.
bool is_small(const Study& study) {
  std::size_t runs = study.samples * static_cast<std::size_t>(study.replicates);
  for (const Axis& axis : study.axes) {
    if (runs > most_planned) return false;
    runs *= std::max<std::size_t>(axis.levels.size(), 1);
  }
  return runs <= most_planned;
}

}  // namespace

/// The file of a study of any kind, then the table that it may name as `table.csv`, after a NUL.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view rest = fuzz::text_of(bytes, size);
  const std::string text(fuzz::part_before('\0', rest));
  folder().write("table.csv", std::string(rest));
  const std::filesystem::path file = folder().write("study.toml", text);
  fuzz::is_taken([&] {
    const Study study = read_study(file);
    if (is_small(study)) plan_of(study);
  });
  fuzz::is_taken([&] {
    const Sensitivity sensitivity = read_sensitivity(file);
    if (sensitivity.samples < 8 && is_small(sensitivity.study)) plan_of(sensitivity);
  });
  fuzz::is_taken([&] {
    const Trial trial = read_trial(file);
    if (trial.patients < 8 && is_small(trial.study)) plan_of(trial);
  });
  fuzz::is_taken([&] { read_calibration(file).priors(); });
  fuzz::is_taken([&] {
    for (const Experiment& experiment : read_validation(file).experiments) {
      if (is_small(experiment.study)) plan_of(experiment);
    }
  });
  fuzz::is_taken([&] { readouts_of(read_targets(Config::from_file(file))); });
  fuzz::is_taken([&] { read_plan(file); });
  return 0;
}
