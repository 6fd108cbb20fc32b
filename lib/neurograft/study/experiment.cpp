#include <algorithm>
#include <limits>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/study/experiment.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

void read_cohort(TableReader& reader, Cohorts cohorts, Study& study,
                 std::vector<Problem>& problems) {
  if (cohorts == Cohorts::refused) return;
  study.axes = read_axes(reader, "axis", problems);
  study.samples = static_cast<std::size_t>(reader.whole("samples", 1, most_study_runs).value_or(1));
  for (const Axis& axis : study.axes) {
    if (axis.after_branch) reader.complain("axis", "an experiment has no branch");
  }
  const bool drawn =
      std::ranges::any_of(study.axes, [](const Axis& a) { return a.levels.empty(); });
  if (study.samples > 1 && !drawn) {
    reader.complain("samples", "samples, and nothing is drawn", "",
                    "replicates = ... for runs that differ by their seeds alone");
  }
  // A small cohort should still have the mean and the spread of the laws that it is drawn from.
  const bool all_drawn =
      std::ranges::none_of(study.axes, [](const Axis& a) { return !a.levels.empty(); });
  if (drawn && all_drawn) study.kind = DesignKind::latin_hypercube;
}

Experiment read_experiment(const ConfigTable& table, const Config& file, Cohorts cohorts,
                           std::vector<Problem>& problems) {
  TableReader reader(table, "[[experiment]]", problems);
  reader.require("name");
  Experiment experiment;
  experiment.study = read_common(reader, file);
  experiment.name = reader.text("name").value_or("");
  if (reader.has("targets")) experiment.targets = read_targets_of(reader, file, problems);
  read_cohort(reader, cohorts, experiment.study, problems);
  if (reader.has("seed")) {
    reader.complain("seed", fmt::format("seed = {}", experiment.study.seed),
                    "all experiments of a file have the same", "put it at the head of the file");
  }
  if (reader.has("name") && !is_folder_name(experiment.name)) {
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

}  // namespace

bool is_folder_name(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

void check_references(const std::vector<Experiment>& experiments, TableReader& reader) {
  for (const Experiment& experiment : experiments) {
    for (const Target& target : experiment.targets) {
      const std::string& reference = target.reference();
      if (reference.empty() ||
          std::ranges::find(experiments, reference, &Experiment::name) != experiments.end()) {
        continue;
      }
      reader.complain("",
                      fmt::format("target \"{}\" of {} refers to experiment \"{}\"", target.name,
                                  experiment.name, reference),
                      "there is none of that name");
    }
  }
}

std::vector<Target> read_targets_of(TableReader& reader, const Config& file,
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

std::vector<Experiment> read_experiments(TableReader& reader, const Config& file, std::int64_t seed,
                                         Cohorts cohorts, std::vector<Problem>& problems) {
  std::vector<Experiment> experiments;
  for (const ConfigTable* table : reader.tables("experiment")) {
    experiments.push_back(read_experiment(*table, file, cohorts, problems));
    experiments.back().study.seed = seed;
  }
  check_names(experiments, reader);
  check_references(experiments, reader);
  return experiments;
}

void collect_for_targets(std::vector<Experiment>& experiments) {
  for (Experiment& experiment : experiments) {
    std::vector<Target> wanted = experiment.targets;
    for (const Experiment& other : experiments) {
      std::ranges::copy_if(other.targets, std::back_inserter(wanted), [&](const Target& target) {
        return target.reference() == experiment.name;
      });
    }
    experiment.study.collect = readouts_of(wanted);
  }
}

double measure_of_run(const Target& target, const PlannedRun& run, const RunStore& store) {
  if (store.state(run) != RunState::done) return std::numeric_limits<double>::quiet_NaN();
  const SeriesTable series = read_series(store.results(run), columns_of(std::span(&target, 1)));
  return measure_of(target, series.days, curve_of(target, series));
}

}  // namespace neurograft
