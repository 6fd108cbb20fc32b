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

/// Whether its points are worth making: a design may have millions.
bool is_small(const Study& study) {
  std::size_t points = study.samples;
  for (const Axis& axis : study.axes) {
    points *= std::max<std::size_t>(axis.levels.size(), 1);
    if (points > 10'000) return false;
  }
  return points <= 10'000;
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
    if (is_small(study)) design_of(study);
  });
  fuzz::is_taken([&] {
    const Sensitivity sensitivity = read_sensitivity(file);
    if (sensitivity.samples < 100) points_of(sensitivity);
  });
  fuzz::is_taken([&] {
    const Trial trial = read_trial(file);
    if (is_small(trial.study)) design_of(trial.study);
  });
  fuzz::is_taken([&] { read_calibration(file).priors(); });
  fuzz::is_taken([&] { read_validation(file); });
  fuzz::is_taken([&] { readouts_of(read_targets(Config::from_file(file))); });
  fuzz::is_taken([&] { read_plan(file); });
  return 0;
}
