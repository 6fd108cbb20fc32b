#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <neurograft/io/csv.hpp>
#include <neurograft/study/approximate_bayes.hpp>
#include <neurograft/study/experiment.hpp>
#include <neurograft/study/run_store.hpp>

/// Fits parameters to what was measured, by approximate Bayesian computation over whole runs.
namespace neurograft {

struct Calibration {
  std::vector<Axis> parameters;  ///< keys with their priors
  std::vector<Experiment> experiments;
  AbcOptions options;

  std::vector<Distribution> priors() const;
};

/// Reads a calibration: the common keys of studies with `targets`, a file, or several
/// [[experiment]] entries with name, base, set, replicates and targets; [[axis]] entries with
/// `random`, the priors; [calibration] particles, keep_fraction, stop_acceptance, most_generations.
/// Throws InputError with all problems found.
Calibration read_calibration(const std::filesystem::path& path);

/// The runs of one generation in one experiment: point n is proposal n.
Plan plan_of(const Calibration& calibration, const Experiment& experiment,
             const std::vector<std::vector<double>>& proposals);

/// Does what is missing of a plan; false: it was stopped on the way.
using DoPlan = std::function<bool(const Plan&, const RunStore&)>;

/// What a calibration has come to.
struct CalibrationResult {
  Population population;
  std::vector<std::vector<double>> simulated;  ///< [particle][target], targets of all experiments
  bool finished = false;  ///< false: stopped on the way; the same call goes on from there
};

/// Generation by generation: proposes, has the runs done in `folder/generation_N/EXPERIMENT`,
/// compares them with the targets, keeps the nearest. Everything follows from the files of the
/// calibration, so that what was done before is not done again. `told` hears of each generation.
CalibrationResult calibrate(const Calibration& calibration, const std::filesystem::path& folder,
                            const DoPlan& do_plan,
                            const std::function<void(const Population&)>& told);

/// Particles, one per row: the keys, weight (sum 1) and distance. A design for `sweep`, and a table
/// for `--set @FILE:ROW`.
CsvTable posterior_table(const Calibration& calibration, const Population& population);

/// One row per parameter: mean, sd, quantiles 2.5, 25, 50, 75, 97.5 % of posterior and prior.
CsvTable posterior_summary(const Calibration& calibration, const Population& population);

/// One row per target: measured value and error, and the mean and 95 % interval of the value over
/// the particles kept, as simulated, and whether the interval reaches to within two errors.
CsvTable fit_table(const Calibration& calibration, const CalibrationResult& result);

/// Writes posterior.csv, posterior_summary.csv and fit.csv into the folder; gives their paths.
std::vector<std::filesystem::path> write_calibration_tables(const Calibration& calibration,
                                                            const CalibrationResult& result,
                                                            const std::filesystem::path& folder);

}  // namespace neurograft
