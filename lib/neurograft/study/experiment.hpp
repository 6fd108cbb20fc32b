#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <neurograft/study/run_store.hpp>
#include <neurograft/study/study_file.hpp>
#include <neurograft/study/target.hpp>

namespace neurograft {

/// Runs of one config, and what was measured in the like of them.
struct Experiment {
  std::string name;
  Study study;  ///< base, settings, replicates, a cohort's axes, and what targets need collected
  std::vector<Target> targets;
};

/// Whether an experiment may have axes of its own, as the patients of a cohort: [[experiment.axis]]
/// entries and `samples`.
enum class Cohorts { refused, allowed };

/// Reads the [[experiment]] entries of a file: name, the common keys of studies, and `targets`, a
/// file relative to this one. All have `seed`. An experiment without targets serves as the
/// reference of others. What is wrong goes to `problems`.
std::vector<Experiment> read_experiments(TableReader& reader, const Config& file, std::int64_t seed,
                                         Cohorts cohorts, std::vector<Problem>& problems);

/// Reads the targets that a table names. What is wrong goes to `problems`.
std::vector<Target> read_targets_of(TableReader& reader, const Config& file,
                                    std::vector<Problem>& problems);

/// Complains of targets that refer to an experiment which is not there.
void check_references(const std::vector<Experiment>& experiments, TableReader& reader);

/// Whether a folder may be named so: letters, digits, _ and -.
bool is_folder_name(const std::string& name);

/// Has every experiment collect what its own targets and those that refer to it are read off.
void collect_for_targets(std::vector<Experiment>& experiments);

/// What is read off a run for a target, before comparison: its experiment and the target's measure.
/// NaN for a run that is not done.
double measure_of_run(const Target& target, const PlannedRun& run, const RunStore& store);

}  // namespace neurograft
