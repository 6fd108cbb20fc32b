#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/study/validation.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

constexpr double normal_quantile = 1.959963984540054;  // 97.5 %

// The number in "V12", so that V2 comes before it.
std::int64_t number_in(const std::string& id) {
  std::int64_t number = 0;
  for (const char c : id) {
    if (c >= '0' && c <= '9' && number < 1'000'000) number = 10 * number + (c - '0');
  }
  return number;
}

bool comes_before(const Validation& a, const Validation& b) {
  return std::pair(number_in(a.id), a.id) < std::pair(number_in(b.id), b.id);
}

// In the order of their names, on every file system.
std::vector<fs::path> configs_in(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".toml") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

// The measure of every run of an experiment that is done.
std::vector<double> measures(const Target& target, const Experiment& experiment,
                             const RunStore& store) {
  std::vector<double> values;
  const Plan plan = plan_of(experiment);
  for (const PlannedRun* run : plan.results()) {
    const double value = measure_of_run(target, *run, store);
    if (!std::isnan(value)) values.push_back(value);
  }
  return values;
}

// The mean over the other experiment that a target refers to, with its interval if it has several
// runs; 1 if there is none.
MeanEstimate reference_of(const Target& target, const Validation& validation,
                          const fs::path& folder) {
  if (target.reference().empty()) return {1.0, 1.0, 1.0};
  const auto other =
      std::ranges::find(validation.experiments, target.reference(), &Experiment::name);
  const std::vector<double> values = measures(target, *other, store_of(folder, validation, *other));
  if (values.empty()) return {};
  return mean_with_interval(values, 0.95);
}

// The error of the reference adds to that of the mean, as for independent runs: where seeds are
// shared the interval is too wide rather than too narrow.
void widen_by_reference(TargetResult& result, const MeanEstimate& reference) {
  MeanEstimate& estimate = result.mean;
  if (result.target->is_share() || !std::isfinite(estimate.high)) return;
  double half = 0.5 * (reference.high - reference.low);
  if (!std::isfinite(half)) return;  // a single run
  if (!result.target->per_experiment.empty()) half *= std::abs(estimate.mean / reference.mean);
  const double all = std::hypot(0.5 * (estimate.high - estimate.low), half);
  estimate.low = estimate.mean - all;
  estimate.high = estimate.mean + all;
}

bool is_within(double x, const Interval& interval) {
  return x >= interval.low && x <= interval.high;
}

Verdict verdict_of(const TargetResult& result) {
  if (std::isnan(result.mean.mean)) return Verdict::open;
  if (is_within(result.mean.mean, result.measured)) return Verdict::pass;
  const bool reaches =
      result.mean.low <= result.measured.high && result.mean.high >= result.measured.low;
  return reaches ? Verdict::open : Verdict::miss;
}

// Of n values of a normal law it has a standard error of sd / sqrt(2 (n - 1)).
MeanEstimate deviation_with_interval(const std::vector<double>& values) {
  if (values.size() < 2) return {};
  const double sd = standard_deviation(values);
  const double half =
      normal_quantile * sd / std::sqrt(2.0 * (static_cast<double>(values.size()) - 1.0));
  return {sd, sd - half, sd + half};
}

void summarise(TargetResult& result) {
  if (result.values.empty()) return;
  const bool finite = std::ranges::all_of(result.values, [](double x) { return std::isfinite(x); });
  if (!finite) {  // a level that some runs never pass
    result.mean.mean = std::numeric_limits<double>::infinity();
  } else if (result.target->is_share()) {
    const auto count = static_cast<double>(result.values.size());
    const double share = mean(result.values);
    const Interval interval = wilson_interval(share * count, count);
    result.mean = {share, interval.low, interval.high};
  } else if (result.target->statistic == Statistic::standard_deviation) {
    result.mean = deviation_with_interval(result.values);
  } else {
    result.mean = mean_with_interval(result.values, 0.95);
  }
  if (finite) result.runs = {quantile(result.values, 0.025), quantile(result.values, 0.975)};
}

TargetResult result_of(const Target& target, const Experiment& experiment,
                       const Validation& validation, const fs::path& folder) {
  TargetResult result;
  result.experiment = &experiment;
  result.target = &target;
  result.measured = measured_interval(target);
  const RunStore store = store_of(folder, validation, experiment);
  const MeanEstimate reference = reference_of(target, validation, folder);
  for (const double measure : measures(target, experiment, store)) {
    const double value = simulated_value(target, measure, reference.mean);
    if (!std::isnan(value)) result.values.push_back(value);
  }
  result.failed = plan_of(experiment).results().size() - result.values.size();
  summarise(result);
  if (!target.reference().empty()) widen_by_reference(result, reference);
  result.verdict = verdict_of(result);
  return result;
}

}  // namespace

Validation read_validation(const fs::path& path) {
  const Config file = Config::from_file(path);
  std::vector<Problem> problems;
  TableReader reader(file.root(), "the validation", problems);
  Validation validation;
  validation.file = path;
  for (const char* key : {"id", "title"}) reader.require(key);
  validation.id = reader.text("id").value_or("");
  validation.title = reader.text("title").value_or("");
  validation.about = reader.text("about").value_or("");
  if (reader.has("id") && !is_folder_name(validation.id)) {
    reader.complain("id", "id = \"" + validation.id + "\"", "must be letters, digits, _ and -",
                    "a folder is named after it");
  }
  const std::int64_t seed = reader.whole("seed", 0).value_or(1);
  validation.experiments = read_experiments(reader, file, seed, Cohorts::allowed, problems);
  if (validation.experiments.empty()) reader.complain("", "no [[experiment]] entries");
  collect_for_targets(validation.experiments);
  reader.finish();
  if (!problems.empty()) throw InputError(std::move(problems));
  return validation;
}

std::vector<Validation> read_validations(const fs::path& folder) {
  std::vector<Problem> problems;
  std::vector<Validation> found;
  std::map<std::string, std::string> ids;
  for (const fs::path& path : configs_in(folder)) {
    try {
      const Config config = Config::from_file(path);
      if (config.root().find("id") == nullptr) continue;  // a config or a file of targets
      found.push_back(read_validation(path));
      const auto [other, is_new] = ids.emplace(found.back().id, path.string());
      if (!is_new) {
        problems.push_back({path.string(), "id = \"" + found.back().id + "\"",
                            "that is the id of " + other->second, ""});
      }
    } catch (const InputError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  if (problems.empty() && found.empty()) {
    problems.push_back({folder.string(), "no validation in this folder",
                        "a validation is a .toml with an id and [[experiment]] entries", ""});
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  std::ranges::sort(found, comes_before);
  return found;
}

void reduce(Validation& validation, double share, std::int64_t fewest) {
  for (Experiment& experiment : validation.experiments) {
    const auto less = [&](std::int64_t n) {
      const auto part = static_cast<std::int64_t>(std::ceil(share * static_cast<double>(n)));
      return std::min(n, std::max(part, fewest));
    };
    experiment.study.replicates = less(experiment.study.replicates);
    experiment.study.samples =
        static_cast<std::size_t>(less(static_cast<std::int64_t>(experiment.study.samples)));
  }
}

Plan plan_of(const Experiment& experiment) {
  return plan_of(experiment.study, design_of(experiment.study));
}

RunStore store_of(const fs::path& folder, const Validation& validation,
                  const Experiment& experiment) {
  return RunStore(folder / validation.id / experiment.name);
}

Interval wilson_interval(double successes, double n) noexcept {
  const double z2 = normal_quantile * normal_quantile;
  const double p = successes / n;
  const double middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
  const double half =
      normal_quantile / (1.0 + z2 / n) * std::sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
  // Exact at its ends, so that a share of 0 lies in the interval of none, and 1 in that of all.
  return {successes <= 0.0 ? 0.0 : middle - half, successes >= n ? 1.0 : middle + half};
}

Interval measured_interval(const Target& target) noexcept {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  switch (target.kind) {
    case TargetKind::bounds:
      return {target.at_least.value_or(-infinity), target.at_most.value_or(infinity)};
    case TargetKind::binomial: {
      const auto n = static_cast<double>(target.n);
      return wilson_interval(target.value * n, n);
    }
    default:
      return {target.value - normal_quantile * target.error,
              target.value + normal_quantile * target.error};
  }
}

std::vector<TargetResult> results_of(const Validation& validation, const fs::path& folder) {
  std::vector<TargetResult> results;
  for (const Experiment& experiment : validation.experiments) {
    for (const Target& target : experiment.targets) {
      results.push_back(result_of(target, experiment, validation, folder));
    }
  }
  return results;
}

}  // namespace neurograft
