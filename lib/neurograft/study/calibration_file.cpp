#include <algorithm>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/study/calibration.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

std::vector<Target> targets_of(TableReader& reader, const Config& file,
                               std::vector<Problem>& problems) {
  reader.require("targets", "a file of [[target]] entries, relative to this file");
  const auto name = reader.text("targets");
  if (!name) return {};
  try {
    return read_targets(Config::from_file(file.directory() / *name));
  } catch (const InputError& error) {
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    return {};
  }
}

Experiment read_experiment(const ConfigTable& table, const Config& file,
                           std::vector<Problem>& problems) {
  TableReader reader(table, "[[experiment]]", problems);
  reader.require("name");
  Experiment experiment;
  experiment.study = read_common(reader, file);
  experiment.name = reader.text("name").value_or("");
  experiment.targets = targets_of(reader, file, problems);
  if (reader.has("seed")) {
    reader.complain("seed", fmt::format("seed = {}", experiment.study.seed),
                    "all experiments have the seed of the calibration",
                    "put it at the head of the file");
  }
  const bool given = reader.has("name");
  const bool plain =
      experiment.name.empty() != given && std::ranges::all_of(experiment.name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
      });
  if (!plain) {
    reader.complain("name", fmt::format("name = \"{}\"", experiment.name),
                    "must be letters, digits, _ and -", "a folder is named after it");
  }
  reader.finish();
  return experiment;
}

void check_names(const std::vector<Experiment>& experiments, TableReader& reader) {
  std::set<std::string> seen;
  for (const Experiment& experiment : experiments) {
    if (experiment.name.empty() || seen.insert(experiment.name).second) continue;
    reader.complain("", fmt::format("two [[experiment]] entries \"{}\"", experiment.name));
  }
}

void read_options(TableReader& reader, AbcOptions& options) {
  const auto whole = [&](const char* key, std::size_t fallback) {
    return static_cast<std::size_t>(
        reader.whole(key, 1).value_or(static_cast<std::int64_t>(fallback)));
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
  for (const ConfigTable* table : reader.tables("experiment")) {
    calibration.experiments.push_back(read_experiment(*table, file, problems));
  }
  check_names(calibration.experiments, reader);
  if (calibration.experiments.empty()) {
    Experiment only{"runs", read_common(reader, file), {}};
    only.targets = targets_of(reader, file, problems);
    calibration.experiments.push_back(std::move(only));
  }
  for (Experiment& experiment : calibration.experiments) {
    experiment.study.collect = readouts_of(experiment.targets);
    experiment.study.seed = static_cast<std::int64_t>(calibration.options.seed);
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
