#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <neurograft/study/results.hpp>

/// A virtual trial: the same virtual patients in every arm, and what a real trial, with other
/// patients in each arm, would see of it.
namespace neurograft {

/// One arm.
struct Arm {
  std::string name;
  std::vector<std::string> settings;
  bool has_dose = false;      ///< whether it takes part in the question of a dose effect
  double dose = 0.0;          ///< what the effect is asked against: cells, or another number
  std::size_t allocated = 0;  ///< patients in the real trial; 0: not in it
};

struct Trial {
  Study study;                     ///< axes: the arm, then what differs between patients
  std::vector<Arm> arms;           ///< the first is the control
  std::vector<Axis> patient;       ///< laws of what differs between patients
  std::size_t patients = 0;        ///< virtual patients, in every arm
  bool stratified = false;         ///< drawn as a Latin hypercube, not independently
  std::size_t trials = 2000;       ///< resampled trials for each chance
  double alpha = 0.05;             ///< two-sided level of tests
  std::vector<std::size_t> sizes;  ///< patients per arm for which the power is asked
};

/// Reads a trial file: the common keys of studies, `patients`, [[patient]] entries as [[axis]], and
/// [[arm]] with name, set, dose, allocated; [analysis] trials, alpha, sizes. Throws InputError with
/// all problems found.
Trial read_trial(const std::filesystem::path& path);

/// Every patient in every arm, arm by arm. Seeds go by patient and replicate, so that a patient has
/// the same luck in every arm.
Plan plan_of(const Trial& trial);

struct TrialOutcome {
  std::vector<std::string> readouts;
  /// Means over replicates: [readout][arm][patient], NaN where no run is done.
  std::vector<std::vector<std::vector<double>>> values;
  /// All runs: [readout][arm][run]. A real patient has one fate, not the mean of several; empty:
  /// there is one run of each patient, and `values` are they.
  std::vector<std::vector<std::vector<double>>> singles{};
};
TrialOutcome outcome_of(const Trial& trial, const StudyResults& results);

/// Per arm and readout: patients, mean, standard deviation of single runs, 95 % interval of the
/// mean over patients (Student's t).
CsvTable arm_table(const Trial& trial, const TrialOutcome& outcome);

/// Each arm against the control: mean difference within patients with its 95 % interval (paired t),
/// and the standardised effect (Cohen's d, with the pooled standard deviation of single runs).
CsvTable effect_table(const Trial& trial, const TrialOutcome& outcome);

/// Each arm against the control by patients per arm: the share of resampled trials in which Welch's
/// test is significant. Patients of a resampled trial, each with one of its runs, are drawn with
/// replacement, other ones in each arm. Of few virtual patients the shares are as uncertain as they
/// are few, and rather too high.
CsvTable power_table(const Trial& trial, const TrialOutcome& outcome);

/// How often a trial with the allocated patients would show a dose effect: a significant slope of
/// the readout over dose, and arm means that rise or fall from dose to dose without exception. With
/// the effect as simulated, and with none: all patients drawn from the arms together, dose by dose.
/// The last rows ask for any of the readouts.
CsvTable dose_effect_table(const Trial& trial, const TrialOutcome& outcome);

/// Writes arms.csv, effects.csv, power.csv and dose_effect.csv beside the tables of `collect`.
std::vector<std::filesystem::path> write_trial_tables(const Trial& trial, const Plan& plan,
                                                      const RunStore& store);

}  // namespace neurograft
