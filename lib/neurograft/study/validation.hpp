#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <neurograft/io/csv.hpp>
#include <neurograft/study/experiment.hpp>
#include <neurograft/study/statistics.hpp>
#include <neurograft/study/student_t.hpp>

/// Experiments that the model is held against: what was measured, and what it gives.
namespace neurograft {

/// One file of experiments on one question: a TOML with `id`, `title`, `about`, `seed` and
/// [[experiment]] entries (see `read_experiments`).
struct Validation {
  std::string id;     ///< "V5"; a folder is named after it
  std::string title;  ///< a line
  std::string about;  ///< what it asks and what its parameters are; may be empty
  std::filesystem::path file;
  std::vector<Experiment> experiments;
};

/// Throws InputError with all problems found.
Validation read_validation(const std::filesystem::path& path);

/// All validations of a folder, the files with an `id`, in the order of the numbers in their ids.
/// Throws InputError with the problems of all of them; also if two have one id, or there are none.
std::vector<Validation> read_validations(const std::filesystem::path& folder);

/// Fewer runs of each experiment, at least `fewest` (of as many as it has): by this share of its
/// replicates or its cohort. For a quick look: a verdict is then all the wider.
void reduce(Validation& validation, double share, std::int64_t fewest);

/// The runs of an experiment.
Plan plan_of(const Experiment& experiment);

/// Where the runs of an experiment are, under the folder of all validations.
RunStore store_of(const std::filesystem::path& folder, const Validation& validation,
                  const Experiment& experiment);

enum class Verdict {
  pass,
  miss,
  open,  ///< the model's interval reaches into what was measured, its mean does not; or no result
};

inline constexpr Interval no_interval{std::numeric_limits<double>::quiet_NaN(),
                                      std::numeric_limits<double>::quiet_NaN()};

/// What the model gives for one target.
struct TargetResult {
  const Experiment* experiment = nullptr;
  const Target* target = nullptr;
  std::vector<double> values;   ///< one for each run that is done, 1 and 0 for an event
  std::size_t failed = 0;       ///< runs without a value
  MeanEstimate mean;            ///< over runs, with 95 % interval: Student's, of a share Wilson's
  Interval runs = no_interval;  ///< 95 % of runs lie within; NaN if not all have a finite value
  Interval measured;            ///< 95 % interval of the experiment, or the bounds
  Verdict verdict = Verdict::open;
};

/// Wilson's 95 % interval of a share k / n (Wilson 1927, doi 10.1080/01621459.1927.10502953).
Interval wilson_interval(double successes, double n) noexcept;

/// What was measured, as an interval: value and 1.96 errors to each side, Wilson's interval of a
/// share, or the bounds.
Interval measured_interval(const Target& target) noexcept;

/// Compares every target of a validation with the runs that are done.
std::vector<TargetResult> results_of(const Validation& validation,
                                     const std::filesystem::path& folder);

/// One row per target: id, experiment, target, measured value and interval, runs, the model's mean,
/// its interval, the runs' range, verdict, source.
CsvTable table_of_results(const Validation& validation, const std::vector<TargetResult>& results);

/// The same as a table in Markdown, for people.
std::string markdown_of_results(const std::vector<TargetResult>& results);

std::string_view to_string(Verdict verdict) noexcept;

/// What was measured and what the model gives, as people read it: "0.692 (0.424 to 0.873)", "at
/// most 0.1", "some runs never".
std::string measured_text(const TargetResult& result);
std::string model_text(const TargetResult& result);

/// A page with `body` in place of what stood between the lines `<!-- begin ID -->` and
/// `<!-- end ID -->`. Throws InputError, with the page's name, if they are not there.
std::string with_results(const std::string& page, const std::string& page_name,
                         const std::string& id, const std::string& body);

}  // namespace neurograft
