#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/io/config_check.hpp>
#include <neurograft/io/series_reader.hpp>
#include <neurograft/scenario/settings.hpp>
#include <neurograft/study/results.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Rows with the days of all runs together.
void align(std::vector<SeriesTable>& tables, StudyResults& results) {
  std::set<double> days;
  for (const SeriesTable& table : tables) days.insert(table.days.begin(), table.days.end());
  results.days.assign(days.begin(), days.end());
  for (std::size_t n = 0; n < tables.size(); ++n) {
    for (const SeriesColumn& column : tables[n].columns) {
      std::vector<double> values(results.days.size(), nan);
      for (std::size_t k = 0; k < column.values.size(); ++k) {
        const auto place = std::ranges::lower_bound(results.days, tables[n].days[k]);
        values[static_cast<std::size_t>(place - results.days.begin())] = column.values[k];
      }
      results.rows[n].series.push_back(std::move(values));
    }
  }
}

double final_value(const SeriesTable& table, const SeriesColumn& column,
                   const WantedReadout& wanted) {
  if (wanted.at_day) return value_at(table, column, wanted.day);
  return column.values.empty() ? nan : column.values.back();
}

// The columns that one wanted readout gives: several for a readout with labels.
bool belongs(const std::string& column, const WantedReadout& wanted) {
  return column == wanted.name || column.starts_with(wanted.name + ".");
}

}  // namespace

WantedReadout wanted_readout(const std::string& text) {
  const std::size_t at = text.find('@');
  WantedReadout wanted{text.substr(0, at), text};
  if (at == std::string::npos) return wanted;
  wanted.at_day = true;
  if (!to_number(text.substr(at + 1), wanted.day)) {
    throw InputError(Problem{"collect", "\"" + text + "\"", "what follows @ must be a day",
                             "as in donor_alive@30"});
  }
  return wanted;
}

namespace {

// Takes the columns of all tables from the first run; gives those of the tables of runs.
std::vector<WantedReadout> name_columns(const SeriesTable& first, std::vector<WantedReadout> wanted,
                                        StudyResults& results) {
  for (const SeriesColumn& column : first.columns) {
    results.series_readouts.push_back(column.name);
    results.series_units.push_back(column.unit);
  }
  if (wanted.empty()) {
    for (const std::string& name : results.series_readouts) wanted.push_back({name, name});
  }
  std::vector<WantedReadout> shown;
  for (const WantedReadout& one : wanted) {
    for (const std::string& name : results.series_readouts) {
      if (!belongs(name, one)) continue;
      const std::string column = name + one.column.substr(one.name.size());
      if (std::ranges::find(results.readouts, column) != results.readouts.end()) continue;
      results.readouts.push_back(column);
      shown.push_back({name, column, one.at_day, one.day});
    }
  }
  return shown;
}

}  // namespace

namespace {

// Why no record falls on this day; empty if one does.
std::string why_no_record(const Plan& plan, const ResolvedConfig& config, double day) {
  const SimulationSettings run = simulation_section().read(config.section("simulation"));
  const double every_d = output_section().read(config.section("output")).every_d;
  const double first = plan.branch_d.value_or(run.start_d);
  if (day < first || day > run.duration_d) {
    return fmt::format("records are from day {:g} to {:g}", first, run.duration_d);
  }
  const double number = day / every_d;
  const bool on_record =
      std::abs(number - std::round(number)) < 1e-6 || day == run.start_d || day == run.duration_d;
  return on_record ? "" : fmt::format("records are every {:g} d, counted from day 0", every_d);
}

}  // namespace

void check_readouts(const Plan& plan, Wanted form) {
  const std::vector<const PlannedRun*> runs = plan.results();
  if (plan.collect.empty() || runs.empty()) return;
  const Scenario scenario = prepare(config_of(plan, *runs.front()));
  Simulation simulation = build(scenario, Threads{1});
  simulation.bind();
  std::vector<std::string> known;
  for (const Readout& readout : simulation.readouts().readouts()) known.push_back(readout.name);
  std::vector<Problem> problems;
  for (const std::string& text : plan.collect) {
    const WantedReadout wanted = wanted_readout(text);
    const std::string& name = wanted.name;
    if (wanted.at_day) {
      const std::string why = why_no_record(plan, scenario.resolved(), wanted.day);
      if (!why.empty()) {
        problems.push_back({plan.study.string(), "no record of \"" + text + "\" to collect", why,
                            "see output.every_d and simulation.duration_d"});
      }
    }
    const std::size_t dot = name.find('.');
    const auto place = std::ranges::find(known, name.substr(0, dot));
    Problem problem{plan.study.string(), "no readout \"" + name + "\" to collect", "", ""};
    if (place == known.end()) {
      const std::string nearest = nearest_name(name.substr(0, dot), known);
      if (!nearest.empty()) problem.hint = "did you mean \"" + nearest + "\"?";
      problems.push_back(std::move(problem));
      continue;
    }
    const Readout& readout =
        simulation.readouts().readouts()[static_cast<std::size_t>(place - known.begin())];
    if (readout.dimensions.empty() && dot == std::string::npos) continue;
    const bool has_parts = readout.dimensions.size() == 1 && !readout.dimensions[0].labels.empty();
    if (!has_parts) {
      problem.why = "only a readout of one number, or of labelled parts, makes a column";
      problems.push_back(std::move(problem));
    } else if (dot == std::string::npos) {
      if (form == Wanted::columns) continue;
      problem.what = "readout \"" + name + "\" has parts";
      problem.why = "one number is compared";
      problem.hint = "name one of them, as in " + name + "." + readout.dimensions[0].labels[0];
      problems.push_back(std::move(problem));
    } else if (std::ranges::find(readout.dimensions[0].labels, name.substr(dot + 1)) ==
               readout.dimensions[0].labels.end()) {
      problem.why = fmt::format("its parts are {}", fmt::join(readout.dimensions[0].labels, ", "));
      problems.push_back(std::move(problem));
    }
  }
  if (!problems.empty()) throw InputError(std::move(problems));
}

StudyResults read_results(const Plan& plan, const RunStore& store) {
  std::vector<WantedReadout> wanted;
  std::vector<std::string> names;
  for (const std::string& text : plan.collect) {
    wanted.push_back(wanted_readout(text));
    if (std::ranges::find(names, wanted.back().name) == names.end()) {
      names.push_back(wanted.back().name);
    }
  }
  StudyResults results;
  std::vector<SeriesTable> tables;
  for (const PlannedRun* run : plan.results()) {
    if (store.state(*run) != RunState::done) continue;
    tables.push_back(read_series(store.results(*run), names));
    const SeriesTable& table = tables.back();
    if (tables.size() == 1) wanted = name_columns(table, std::move(wanted), results);
    const bool same =
        std::ranges::equal(table.columns, results.series_readouts, {}, &SeriesColumn::name);
    if (!same) {
      throw InputError(Problem{store.results(*run).string(),
                               "has other readouts than the first run",
                               "a table has one set of columns", "name them in `collect`"});
    }
    RunRow row{.run = run, .finals = {}, .series = {}};
    for (const WantedReadout& one : wanted) {
      const auto column = std::ranges::find(table.columns, one.name, &SeriesColumn::name);
      row.finals.push_back(final_value(table, *column, one));
    }
    results.rows.push_back(std::move(row));
  }
  align(tables, results);
  return results;
}

std::vector<std::filesystem::path> collect(const Plan& plan, const RunStore& store,
                                           Comparisons comparisons) {
  const StudyResults results = read_results(plan, store);
  if (results.rows.empty()) {
    throw InputError(Problem{store.folder().string(), "no run of this study is done yet", "",
                             "`neurograft sweep status` says what there is"});
  }
  const std::filesystem::path& folder = store.folder();
  std::vector<std::filesystem::path> written;
  const auto write = [&](const char* name, const CsvTable& table) {
    written.push_back(folder / name);
    write_text_durably(written.back(), to_csv(table));
  };
  write("runs.csv", table_of_runs(plan, results));
  write("series.csv", table_of_series(plan, results));
  write("points.csv", table_of_points(plan, results));
  if (plan.points.size() > 1 && comparisons == Comparisons::with_first) {
    write("comparisons.csv", table_of_comparisons(plan, results));
  }
  written.push_back(folder / "study.h5");
  // Several programs may end at the same time.
  const std::filesystem::path temporary = temporary_beside(written.back());
  write_results_file(temporary, plan, results);
  sync_file(temporary);
  rename_synced(temporary, written.back());
  return written;
}

}  // namespace neurograft
