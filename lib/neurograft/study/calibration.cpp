#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include <neurograft/core/error.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/study/calibration.hpp>
#include <neurograft/study/statistics.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

constexpr std::array<double, 5> probabilities{0.025, 0.25, 0.5, 0.75, 0.975};

RunStore store_of(const fs::path& folder, std::size_t generation, const Experiment& experiment) {
  return RunStore(folder / fmt::format("generation_{}", generation) / experiment.name);
}

// The runs of one generation in one experiment.
struct Simulated {
  Plan plan;
  RunStore store;
};

// The mean of `value` over the replicates of every proposal; NaN where a run failed.
template <class Value>
std::vector<double> mean_by_proposal(const Plan& plan, Value value) {
  std::vector<double> means(plan.points.size(), 0.0);
  std::vector<double> runs(means.size(), 0.0);
  for (const PlannedRun* run : plan.results()) {
    means[run->point] += value(*run);
    runs[run->point] += 1.0;
  }
  for (std::size_t n = 0; n < means.size(); ++n) means[n] /= runs[n];
  return means;
}

// The target's counterpart for each proposal. `reference`: the runs of the experiment that the
// target refers to, if any.
std::vector<double> by_proposal(const Target& target, const Simulated& simulated,
                                const Simulated* reference) {
  std::vector<double> others(simulated.plan.points.size(), 1.0);
  if (reference != nullptr) {
    others = mean_by_proposal(reference->plan, [&](const PlannedRun& run) {
      return measure_of_run(target, run, reference->store);
    });
  }
  return mean_by_proposal(simulated.plan, [&](const PlannedRun& run) {
    return simulated_value(target, measure_of_run(target, run, simulated.store), others[run.point]);
  });
}

// A run that recorded nothing on a target's day would count as failed, silently.
void check_days(const Experiment& experiment, const std::vector<std::vector<double>>& values,
                const StateCounts& counts) {
  if (counts.failed > 0 || counts.done == 0) return;
  std::vector<Problem> problems;
  for (std::size_t n = 0; n < experiment.targets.size(); ++n) {
    const auto is_nan = [n](const std::vector<double>& row) { return std::isnan(row[n]); };
    if (!std::ranges::all_of(values, is_nan)) continue;
    problems.push_back({experiment.name,
                        fmt::format("no run has a value for \"{}\"", experiment.targets[n].name),
                        "a target needs a record on its days",
                        "see output.every_d and simulation.duration_d of the base config"});
  }
  if (!problems.empty()) throw InputError(std::move(problems));
}

std::vector<Target> all_targets(const Calibration& calibration) {
  std::vector<Target> targets;
  for (const Experiment& experiment : calibration.experiments) {
    targets.insert(targets.end(), experiment.targets.begin(), experiment.targets.end());
  }
  return targets;
}

// Has the runs of a generation done; none if they were stopped on the way.
std::vector<Simulated> have_done(const Calibration& calibration,
                                 const std::vector<std::vector<double>>& proposals,
                                 std::size_t generation, const fs::path& folder,
                                 const DoPlan& do_plan) {
  std::vector<Simulated> done;
  for (const Experiment& experiment : calibration.experiments) {
    Simulated one{plan_of(calibration, experiment, proposals),
                  store_of(folder, generation, experiment)};
    make_folder(one.store.folder());
    write_plan(one.store.plan_file(), one.plan);
    if (!do_plan(one.plan, one.store)) return {};
    const StateCounts counts = count_states(one.store, one.plan);
    if (counts.done + counts.failed < counts.all()) return {};  // another program is at some
    done.push_back(std::move(one));
  }
  return done;
}

// Values of all targets by proposal, none if the runs were stopped on the way.
std::vector<std::vector<double>> simulate(const Calibration& calibration,
                                          const std::vector<std::vector<double>>& proposals,
                                          std::size_t generation, const fs::path& folder,
                                          const DoPlan& do_plan) {
  const std::vector<Simulated> done =
      have_done(calibration, proposals, generation, folder, do_plan);
  if (done.empty()) return {};
  std::vector<std::vector<double>> all(proposals.size());
  for (std::size_t e = 0; e < done.size(); ++e) {
    const Experiment& experiment = calibration.experiments[e];
    std::vector<std::vector<double>> values(proposals.size());
    for (const Target& target : experiment.targets) {
      const Simulated* reference = nullptr;
      if (!target.reference().empty()) {
        const auto other =
            std::ranges::find(calibration.experiments, target.reference(), &Experiment::name);
        reference = &done[static_cast<std::size_t>(other - calibration.experiments.begin())];
      }
      const std::vector<double> one = by_proposal(target, done[e], reference);
      for (std::size_t n = 0; n < one.size(); ++n) values[n].push_back(one[n]);
    }
    check_days(experiment, values, count_states(done[e].store, done[e].plan));
    for (std::size_t n = 0; n < all.size(); ++n) {
      all[n].insert(all[n].end(), values[n].begin(), values[n].end());
    }
  }
  return all;
}

}  // namespace

Plan plan_of(const Calibration& calibration, const Experiment& experiment,
             const std::vector<std::vector<double>>& proposals) {
  Design design;
  for (const Axis& parameter : calibration.parameters) design.columns.push_back(parameter.key);
  for (const std::vector<double>& proposal : proposals) {
    Point& point = design.points.emplace_back();
    for (std::size_t n = 0; n < proposal.size(); ++n) {
      point.values.push_back(to_string(Value(proposal[n])));
      point.settings.push_back(setting(design.columns[n], point.values.back()));
    }
  }
  return plan_of(experiment.study, design);
}

CalibrationResult calibrate(const Calibration& calibration, const fs::path& folder,
                            const DoPlan& do_plan,
                            const std::function<void(const Population&)>& told) {
  const std::vector<Distribution> priors = calibration.priors();
  const std::vector<Target> targets = all_targets(calibration);
  CalibrationResult result;
  std::map<std::vector<double>, std::vector<double>> known;
  do {
    const auto proposals = propose(priors, result.population, calibration.options);
    const auto values =
        simulate(calibration, proposals, result.population.generation, folder, do_plan);
    if (values.empty()) return result;
    std::vector<double> distances;
    for (const std::vector<double>& one : values) distances.push_back(distance(targets, one));
    result.population =
        accept(priors, result.population, proposals, distances, calibration.options);
    for (std::size_t n = 0; n < proposals.size(); ++n) known[proposals[n]] = values[n];
    result.simulated.clear();
    for (const auto& particle : result.population.parameters) {
      result.simulated.push_back(known.at(particle));
    }
    if (told) told(result.population);
  } while (!is_finished(result.population, calibration.options));
  result.finished = true;
  return result;
}

CsvTable posterior_table(const Calibration& calibration, const Population& population) {
  CsvTable table;
  for (const Axis& parameter : calibration.parameters) table.header.push_back(parameter.key);
  table.header.insert(table.header.end(), {"weight", "distance"});
  const double sum = std::accumulate(population.weights.begin(), population.weights.end(), 0.0);
  for (std::size_t n = 0; n < population.parameters.size(); ++n) {
    std::vector<std::string> row;
    for (const double value : population.parameters[n]) row.push_back(csv_number(value));
    row.push_back(csv_number(population.weights[n] / sum));
    row.push_back(csv_number(population.distances[n]));
    table.rows.push_back(std::move(row));
  }
  return table;
}

CsvTable posterior_summary(const Calibration& calibration, const Population& population) {
  CsvTable table{{"parameter", "mean", "sd", "q2.5", "q25", "q50", "q75", "q97.5", "prior_q2.5",
                  "prior_q25", "prior_q50", "prior_q75", "prior_q97.5"},
                 {}};
  const std::vector<ParameterSummary> summaries = summarise(population, probabilities);
  for (std::size_t n = 0; n < summaries.size(); ++n) {
    std::vector<std::string> row{calibration.parameters[n].key, csv_number(summaries[n].mean),
                                 csv_number(summaries[n].sd)};
    for (const double value : summaries[n].quantiles) row.push_back(csv_number(value));
    for (const double p : probabilities) {
      row.push_back(csv_number(calibration.parameters[n].law->quantile(p)));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

CsvTable fit_table(const Calibration& calibration, const CalibrationResult& result) {
  CsvTable table{{"experiment", "readout", "per", "day", "value", "error", "n", "simulated", "low",
                  "high", "reached", "source"},
                 {}};
  // The summaries of weighted particles serve for what was simulated with them.
  Population simulated = result.population;
  simulated.parameters = result.simulated;
  const std::vector<ParameterSummary> summaries =
      summarise(simulated, std::array{probabilities.front(), probabilities.back()});
  std::size_t number = 0;
  for (const Experiment& experiment : calibration.experiments) {
    for (const Target& target : experiment.targets) {
      const ParameterSummary& summary = summaries.at(number++);
      const double low = summary.quantiles.front();
      const double high = summary.quantiles.back();
      const bool reached = distance_to(target, high) >= -2.0 && distance_to(target, low) <= 2.0;
      table.rows.push_back({experiment.name, target.readout, target.per, csv_number(target.day),
                            csv_number(target.value), csv_number(target.error),
                            std::to_string(target.n), csv_number(summary.mean), csv_number(low),
                            csv_number(high), reached ? "true" : "false", target.source});
    }
  }
  return table;
}

std::vector<fs::path> write_calibration_tables(const Calibration& calibration,
                                               const CalibrationResult& result,
                                               const fs::path& folder) {
  std::vector<fs::path> written;
  const auto write = [&](const char* name, const CsvTable& table) {
    written.push_back(folder / name);
    write_text_durably(written.back(), to_csv(table));
  };
  write("posterior.csv", posterior_table(calibration, result.population));
  write("posterior_summary.csv", posterior_summary(calibration, result.population));
  write("fit.csv", fit_table(calibration, result));
  return written;
}

}  // namespace neurograft
