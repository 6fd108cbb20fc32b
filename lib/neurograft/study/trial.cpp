#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <neurograft/core/error.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/study/draws.hpp>
#include <neurograft/study/statistics.hpp>
#include <neurograft/study/student_t.hpp>
#include <neurograft/study/trial.hpp>

namespace neurograft {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double level = 0.95;

using Values = std::vector<double>;

Values finite(const Values& values) {
  Values found;
  std::ranges::copy_if(values, std::back_inserter(found),
                       [](double x) { return std::isfinite(x); });
  return found;
}

// The patients of one resampled trial, and whether any readout showed an effect in it.
enum class Question : Tick { power, with_effect, without_effect };

// What single patients come to in an arm.
Values single_runs(const TrialOutcome& outcome, std::size_t readout, std::size_t arm) {
  return finite(outcome.singles.empty() ? outcome.values[readout][arm]
                                        : outcome.singles[readout][arm]);
}

StreamEngine engine_of(const Trial& trial, Question question, std::size_t number) {
  return Stream(static_cast<std::uint64_t>(trial.study.seed), StreamCode::study_trial,
                static_cast<Tick>(question))
      .engine(static_cast<std::uint32_t>(number));
}

Values drawn(const Values& values, std::size_t count, StreamEngine& engine) {
  Values sample(count);
  for (double& value : sample) {
    value = values[draw_below(static_cast<std::uint32_t>(values.size()), engine)];
  }
  return sample;
}

std::string share(std::size_t count, std::size_t of) {
  return csv_number(static_cast<double>(count) / static_cast<double>(of));
}

// From the first value on, so that equal values have exactly that mean, however many they are.
double mean_of(const Values& values) {
  double sum = 0.0;
  for (const double value : values) sum += value - values.front();
  return values.front() + sum / static_cast<double>(values.size());
}

bool is_monotone(const Values& means) {
  return std::ranges::is_sorted(means, std::less_equal<>()) ||
         std::ranges::is_sorted(means, std::greater_equal<>());
}

// Arms with patients in the real trial, by rising dose.
std::vector<std::size_t> dosed_arms(const Trial& trial) {
  std::vector<std::size_t> arms;
  for (std::size_t n = 0; n < trial.arms.size(); ++n) {
    if (trial.arms[n].has_dose && trial.arms[n].allocated > 0) arms.push_back(n);
  }
  std::ranges::stable_sort(arms, {}, [&](std::size_t n) { return trial.arms[n].dose; });
  return arms;
}

struct Shown {
  bool slope = false;
  bool monotone = false;
};

// One resampled trial: rows of patients, by number, are the same for all readouts.
Shown shown_in(const Trial& trial, const std::vector<std::size_t>& arms,
               const std::vector<Values>& sources, StreamEngine engine) {
  Values dose, value, means;
  for (std::size_t n = 0; n < arms.size(); ++n) {
    const Arm& arm = trial.arms[arms[n]];
    const Values sample = drawn(sources[n], arm.allocated, engine);
    dose.insert(dose.end(), sample.size(), arm.dose);
    value.insert(value.end(), sample.begin(), sample.end());
    means.push_back(mean_of(sample));
  }
  return {slope_p(dose, value) < trial.alpha, is_monotone(means)};
}

}  // namespace

TrialOutcome outcome_of(const Trial& trial, const StudyResults& results) {
  TrialOutcome outcome{results.readouts, {}, {}};
  const std::size_t points = trial.arms.size() * trial.patients;
  for (std::size_t readout = 0; readout < results.readouts.size(); ++readout) {
    Values sums(points), counts(points);
    for (const RunRow& row : results.rows) {
      sums[row.run->point] += row.finals[readout];
      counts[row.run->point] += 1.0;
    }
    std::vector<Values> by_arm(trial.arms.size());
    for (std::size_t point = 0; point < points; ++point) {
      by_arm[point / trial.patients].push_back(counts[point] > 0.0 ? sums[point] / counts[point]
                                                                   : nan);
    }
    outcome.values.push_back(std::move(by_arm));
    std::vector<Values> singles(trial.arms.size());
    for (const RunRow& row : results.rows) {
      singles[row.run->point / trial.patients].push_back(row.finals[readout]);
    }
    outcome.singles.push_back(std::move(singles));
  }
  return outcome;
}

CsvTable arm_table(const Trial& trial, const TrialOutcome& outcome) {
  CsvTable table{{"arm", "readout", "patients", "mean", "sd", "low", "high"}, {}};
  for (std::size_t readout = 0; readout < outcome.readouts.size(); ++readout) {
    for (std::size_t arm = 0; arm < trial.arms.size(); ++arm) {
      const Values values = finite(outcome.values[readout][arm]);
      const Values singles = single_runs(outcome, readout, arm);
      const bool several = singles.size() > 1;
      const MeanEstimate estimate = mean_with_interval(values, level);
      table.rows.push_back({trial.arms[arm].name, outcome.readouts[readout],
                            std::to_string(values.size()), csv_number(estimate.mean),
                            csv_number(several ? standard_deviation(singles) : nan),
                            csv_number(estimate.low), csv_number(estimate.high)});
    }
  }
  return table;
}

CsvTable effect_table(const Trial& trial, const TrialOutcome& outcome) {
  CsvTable table{{"arm", "control", "readout", "pairs", "difference", "low", "high", "cohens_d"},
                 {}};
  for (std::size_t readout = 0; readout < outcome.readouts.size(); ++readout) {
    const Values& control = outcome.values[readout][0];
    for (std::size_t arm = 1; arm < trial.arms.size(); ++arm) {
      const Values& treated = outcome.values[readout][arm];
      Values differences;
      for (std::size_t n = 0; n < treated.size(); ++n)
        differences.push_back(treated[n] - control[n]);
      differences = finite(differences);
      const bool several = differences.size() > 1;
      const MeanEstimate estimate = mean_with_interval(differences, level);
      double effect = nan;
      if (several) {
        const double a = standard_deviation(single_runs(outcome, readout, arm));
        const double b = standard_deviation(single_runs(outcome, readout, 0));
        const double pooled = std::sqrt(0.5 * (a * a + b * b));
        if (pooled > 0.0) effect = (mean(finite(treated)) - mean(finite(control))) / pooled;
      }
      table.rows.push_back({trial.arms[arm].name, trial.arms[0].name, outcome.readouts[readout],
                            std::to_string(differences.size()), csv_number(estimate.mean),
                            csv_number(estimate.low), csv_number(estimate.high),
                            csv_number(effect)});
    }
  }
  return table;
}

CsvTable power_table(const Trial& trial, const TrialOutcome& outcome) {
  CsvTable table{{"arm", "control", "readout", "patients_per_arm", "trials", "power"}, {}};
  for (std::size_t readout = 0; readout < outcome.readouts.size(); ++readout) {
    const Values control = single_runs(outcome, readout, 0);
    for (std::size_t arm = 1; arm < trial.arms.size(); ++arm) {
      const Values treated = single_runs(outcome, readout, arm);
      if (control.size() < 2 || treated.size() < 2) continue;
      for (const std::size_t size : trial.sizes) {
        std::size_t found = 0;
        for (std::size_t n = 0; n < trial.trials; ++n) {
          StreamEngine engine = engine_of(trial, Question::power, n);
          const Values a = drawn(treated, size, engine);
          const Values b = drawn(control, size, engine);
          found += welch_p(a, b) < trial.alpha ? 1 : 0;
        }
        table.rows.push_back({trial.arms[arm].name, trial.arms[0].name, outcome.readouts[readout],
                              std::to_string(size), std::to_string(trial.trials),
                              share(found, trial.trials)});
      }
    }
  }
  return table;
}

CsvTable dose_effect_table(const Trial& trial, const TrialOutcome& outcome) {
  CsvTable table{{"effect", "readout", "patients", "trials", "significant_slope", "monotone_means"},
                 {}};
  const std::vector<std::size_t> arms = dosed_arms(trial);
  if (arms.size() < 2) return table;
  std::size_t patients = 0;
  for (const std::size_t arm : arms) patients += trial.arms[arm].allocated;
  for (const bool with_effect : {true, false}) {
    std::vector<Shown> any(trial.trials);
    const auto add_row = [&](const std::string& readout, const std::vector<Shown>& shown) {
      const auto slopes = static_cast<std::size_t>(std::ranges::count_if(shown, &Shown::slope));
      const auto trends = static_cast<std::size_t>(std::ranges::count_if(shown, &Shown::monotone));
      table.rows.push_back({with_effect ? "as simulated" : "none", readout,
                            std::to_string(patients), std::to_string(trial.trials),
                            share(slopes, trial.trials), share(trends, trial.trials)});
    };
    for (std::size_t readout = 0; readout < outcome.readouts.size(); ++readout) {
      std::vector<Values> sources;
      for (const std::size_t arm : arms) sources.push_back(single_runs(outcome, readout, arm));
      if (std::ranges::any_of(sources, [](const Values& v) { return v.empty(); })) continue;
      if (!with_effect) {
        Values all;
        for (const Values& source : sources) all.insert(all.end(), source.begin(), source.end());
        std::ranges::fill(sources, all);
      }
      std::vector<Shown> shown(trial.trials);
      for (std::size_t n = 0; n < trial.trials; ++n) {
        shown[n] = shown_in(
            trial, arms, sources,
            engine_of(trial, with_effect ? Question::with_effect : Question::without_effect, n));
        any[n].slope = any[n].slope || shown[n].slope;
        any[n].monotone = any[n].monotone || shown[n].monotone;
      }
      add_row(outcome.readouts[readout], shown);
    }
    if (outcome.readouts.size() > 1) add_row("any", any);
  }
  return table;
}

std::vector<std::filesystem::path> write_trial_tables(const Trial& trial, const Plan& plan,
                                                      const RunStore& store) {
  std::vector<std::filesystem::path> written = collect(plan, store, Comparisons::none);
  const TrialOutcome outcome = outcome_of(trial, read_results(plan, store));
  const auto write = [&](const char* name, const CsvTable& table) {
    written.push_back(store.folder() / name);
    write_text_durably(written.back(), to_csv(table));
  };
  write("arms.csv", arm_table(trial, outcome));
  write("effects.csv", effect_table(trial, outcome));
  write("power.csv", power_table(trial, outcome));
  write("dose_effect.csv", dose_effect_table(trial, outcome));
  return written;
}

}  // namespace neurograft
