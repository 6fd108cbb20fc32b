#pragma once

#include <string>
#include <vector>

#include <neurograft/io/csv.hpp>
#include <neurograft/study/run_store.hpp>

/// The results of a study as tables.
namespace neurograft {

/// What is read off a run: a readout by its name, or a part of it ("pbvc_by_tissue.grey"), at the
/// last record, or at a day ("donor_alive@30").
struct WantedReadout {
  std::string name;    ///< without the day
  std::string column;  ///< as written
  bool at_day = false;
  double day = 0.0;
};

/// Throws InputError for a day that is no number.
WantedReadout wanted_readout(const std::string& text);

/// One finished run.
struct RunRow {
  const PlannedRun* run = nullptr;
  std::vector<double> finals;               ///< by column of `StudyResults::readouts`
  std::vector<std::vector<double>> series;  ///< [readout of `series_readouts`][day], NaN: no record
};

struct StudyResults {
  std::vector<std::string> readouts;         ///< columns of the tables of runs
  std::vector<std::string> series_readouts;  ///< the same without days, each once
  std::vector<std::string> series_units;
  std::vector<double> days;  ///< of all runs together
  std::vector<RunRow> rows;  ///< in the order of the plan
};

/// What a name to collect may stand for.
enum class Wanted {
  columns,    ///< one number a record, or all labelled parts of a readout
  one_number  ///< as a target is compared with
};

/// Throws InputError for readouts to collect that the first run of the plan will not have.
void check_readouts(const Plan& plan, Wanted wanted = Wanted::columns);

/// Reads what the plan wants to collect off every run that is done. Throws InputError for readouts
/// that a run does not have, IoError.
StudyResults read_results(const Plan& plan, const RunStore& store);

/// One row per run: run, point, replicate, seed, the axes, the readouts at the end.
CsvTable table_of_runs(const Plan& plan, const StudyResults& results);

/// One row per run and day: run, point, replicate, the axes, time, the readouts.
CsvTable table_of_series(const Plan& plan, const StudyResults& results);

/// One row per point: the axes, runs, and of each readout the mean over replicates, its standard
/// deviation and the 95 % interval of the mean (Student's t).
CsvTable table_of_points(const Plan& plan, const StudyResults& results);

/// Each point against the first one, readout by readout: the difference of the means with its 95 %
/// interval. Replicates with the same seeds, those of common random numbers and of the branches of
/// a patient, are compared in pairs (Student's t), others by Welch's t.
CsvTable table_of_comparisons(const Plan& plan, const StudyResults& results);

/// Runs and series in one HDF5 file that xarray opens: groups `/runs` and `/series`, dimensions
/// `run` and `time`.
void write_results_file(const std::filesystem::path& path, const Plan& plan,
                        const StudyResults& results);

enum class Comparisons { with_first, none };

/// Writes runs.csv, series.csv, points.csv, comparisons.csv (if asked for) and study.h5 into the
/// study's folder; gives their paths. The same runs give the same bytes, wherever they were made.
std::vector<std::filesystem::path> collect(const Plan& plan, const RunStore& store,
                                           Comparisons comparisons = Comparisons::with_first);

}  // namespace neurograft
