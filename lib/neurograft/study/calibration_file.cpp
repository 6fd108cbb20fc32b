#include <algorithm>

#include <neurograft/core/error.hpp>
#include <neurograft/study/calibration.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

void read_options(TableReader& reader, AbcOptions& options) {
  const auto whole = [&](const char* key, std::size_t fallback) {
    return static_cast<std::size_t>(
        reader.whole(key, 1, most_study_runs).value_or(static_cast<std::int64_t>(fallback)));
  };
  options.particles = whole("particles", options.particles);
  options.most_generations = whole("most_generations", options.most_generations);
  options.keep_fraction = reader.number("keep_fraction").value_or(options.keep_fraction);
  options.stop_acceptance = reader.number("stop_acceptance").value_or(options.stop_acceptance);
  reader.finish();
}

}  // namespace

std::vector<Distribution> Calibration::priors() const {
  std::vector<Distribution> laws;
  for (const Axis& parameter : parameters) laws.push_back(parameter.law.value());
  return laws;
}

Calibration read_calibration(const std::filesystem::path& path) {
  const Config file = Config::from_file(path);
  std::vector<Problem> problems;
  TableReader reader(file.root(), "the calibration", problems);
  Calibration calibration;
  calibration.options.seed = static_cast<std::uint64_t>(reader.whole("seed", 0).value_or(1));
  const auto seed = static_cast<std::int64_t>(calibration.options.seed);
  calibration.experiments = read_experiments(reader, file, seed, Cohorts::refused, problems);
  if (calibration.experiments.empty()) {
    Experiment only{"runs", read_common(reader, file), {}};
    only.targets = read_targets_of(reader, file, problems);
    only.study.seed = seed;
    calibration.experiments.push_back(std::move(only));
    check_references(calibration.experiments, reader);
  }
  collect_for_targets(calibration.experiments);
  for (const Experiment& experiment : calibration.experiments) {
    for (const Target& target : experiment.targets) {
      if (target.statistic == Statistic::mean) continue;
      reader.complain("", fmt::format("target \"{}\" is a standard deviation", target.name),
                      "only means over replicates are fitted");
    }
  }
  if (problems.empty() && std::ranges::all_of(calibration.experiments, [](const Experiment& one) {
        return one.targets.empty();
      })) {
    reader.complain("", "no experiment has targets", "there is nothing to fit to",
                    "targets = \"targets.toml\"");
  }
  calibration.parameters = read_axes(reader, "axis", problems);
  for (const Axis& parameter : calibration.parameters) {
    if (!parameter.law || !parameter.levels.empty() || parameter.key.empty()) {
      reader.complain("axis", fmt::format("[[axis]] {} has no prior", parameter.name), "",
                      "random = { kind = \"log_uniform\", lowest = ..., highest = ... }");
    }
    if (parameter.after_branch) {
      reader.complain("axis", fmt::format("[[axis]] {} is after a branch", parameter.name),
                      "all parameters hold from the start here");
    }
  }
  for (const ConfigTable* table : reader.tables("calibration")) {
    TableReader options(*table, "[calibration]", problems);
    read_options(options, calibration.options);
  }
  for (const Axis& parameter : calibration.parameters) {
    if (parameter.whole) {
      reader.complain("axis", fmt::format("[[axis]] {} is rounded", parameter.name),
                      "a fitted parameter moves on the real line");
    }
  }
  reader.finish();
  if (problems.empty()) check_calibration(calibration.priors(), calibration.options);
  if (!problems.empty()) throw InputError(std::move(problems));
  return calibration;
}

}  // namespace neurograft
