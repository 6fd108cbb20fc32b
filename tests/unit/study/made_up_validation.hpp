#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <neurograft/study/validation.hpp>

#include <support/files.hpp>

namespace neurograft::test {

/// An [[experiment]] entry; with `more`: what else it has.
inline std::string experiment(const std::string& name, const std::string& more = "") {
  return "[[experiment]]\nname = \"" + name + "\"\nbase = \"base.toml\"\n" + more;
}

/// A validation whose runs are made up: a curve is written for each.
class MadeUpValidation {
 public:
  /// `targets` is what is in targets.toml, which experiments may name.
  MadeUpValidation(const std::string& targets, const std::string& experiments) {
    folder_.write("base.toml", "[brain]\nsource = \"patch\"\n");
    folder_.write("targets.toml", targets);
    validation = read_validation(
        folder_.write("v.toml", "id = \"V1\"\ntitle = \"Made up\"\n" + experiments));
  }

  /// The n-th run of an experiment is done, and has this curve of `readout`.
  void run(const std::string& experiment, std::size_t n, const std::vector<double>& days,
           const std::vector<double>& values, const std::string& readout = "alive") const {
    const auto found = std::ranges::find(validation.experiments, experiment, &Experiment::name);
    const Plan plan = plan_of(*found);
    const RunStore store = store_of(results_folder(), validation, *found);
    write_run(store.results(*plan.results().at(n)), days, {{readout, values}});
  }

  /// As many runs, one for each value on day 30; 10 on day 0.
  void runs(const std::string& experiment, const std::vector<double>& values) const {
    for (std::size_t n = 0; n < values.size(); ++n) {
      run(experiment, n, {0.0, 30.0}, {10.0, values[n]});
    }
  }

  std::vector<TargetResult> results() const { return results_of(validation, results_folder()); }
  std::filesystem::path results_folder() const { return folder_ / "results"; }

  Validation validation;

 private:
  Folder folder_{"validation"};
};

}  // namespace neurograft::test
