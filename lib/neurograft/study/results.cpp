#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/io/series_reader.hpp>
#include <neurograft/study/results.hpp>
#include <neurograft/study/statistics.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Bootstrap bootstrap{.seed = 1, .resamples = 1000, .level = 0.95};

bool to_number(const std::string& text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// Values of one readout by point, in the order of replicates.
std::map<std::size_t, std::map<std::size_t, double>> by_point(const StudyResults& results,
                                                              std::size_t readout) {
  std::map<std::size_t, std::map<std::size_t, double>> values;
  for (const RunRow& row : results.rows) {
    if (std::isfinite(row.finals[readout])) {
      values[row.run->point][row.run->replicate] = row.finals[readout];
    }
  }
  return values;
}

std::vector<double> listed(const std::map<std::size_t, double>& by_replicate) {
  std::vector<double> values;
  for (const auto& [replicate, value] : by_replicate) values.push_back(value);
  return values;
}

void append(std::vector<std::string>& row, const std::vector<std::string>& more) {
  row.insert(row.end(), more.begin(), more.end());
}

std::vector<std::string> run_fields(const Plan& plan, const RunRow& row, bool with_seed) {
  std::vector<std::string> fields{row.run->key, std::to_string(row.run->point),
                                  std::to_string(row.run->replicate)};
  if (with_seed) fields.push_back(std::to_string(row.run->seed));
  append(fields, plan.points.at(row.run->point));
  return fields;
}

// Difference of means, with its interval.
struct Difference {
  double mean = nan;
  Interval interval{nan, nan};
  std::size_t runs = 0;
};

Difference paired_difference(const std::map<std::size_t, double>& values,
                             const std::map<std::size_t, double>& reference) {
  std::vector<double> differences;
  for (const auto& [replicate, value] : values) {
    const auto other = reference.find(replicate);
    if (other != reference.end()) differences.push_back(value - other->second);
  }
  Difference result{.runs = differences.size()};
  if (!differences.empty()) result.mean = mean(differences);
  if (differences.size() > 1) result.interval = bootstrap_interval(differences, mean, bootstrap);
  return result;
}

Difference unpaired_difference(const std::map<std::size_t, double>& values,
                               const std::map<std::size_t, double>& reference) {
  const std::vector<double> here = listed(values);
  const std::vector<double> there = listed(reference);
  Difference result{.runs = here.size()};
  if (here.empty() || there.empty()) return result;
  result.mean = mean(here) - mean(there);
  if (here.size() < 2 || there.size() < 2) return result;
  // Each resample draws rows 0 ... n - 1; those of the reference by a second seed.
  std::vector<double> means;
  const auto collect_means = [&means](std::span<const double> sample) {
    means.push_back(mean(sample));
    return means.back();
  };
  bootstrap_interval(here, collect_means, bootstrap);
  const std::vector<double> here_means = std::move(means);
  means.clear();
  bootstrap_interval(
      there, collect_means,
      {.seed = bootstrap.seed + 1, .resamples = bootstrap.resamples, .level = bootstrap.level});
  std::vector<double> differences;
  for (std::size_t n = 0; n < std::min(here_means.size(), means.size()); ++n) {
    differences.push_back(here_means[n] - means[n]);
  }
  const double tail = 0.5 * (1.0 - bootstrap.level);
  result.interval = {quantile(differences, tail), quantile(differences, 1.0 - tail)};
  return result;
}

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

void write_column(Hdf5File& file, const std::string& path, const std::string& scale,
                  const std::vector<std::string>& texts) {
  std::vector<double> numbers(texts.size());
  bool numeric = true;
  for (std::size_t n = 0; n < texts.size(); ++n)
    numeric = numeric && to_number(texts[n], numbers[n]);
  if (numeric) {
    file.write_all(path, std::span<const double>(numbers));
  } else {
    file.write_all_text(path, texts);
  }
  file.attach_scale(path, 0, scale);
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

CsvTable table_of_runs(const Plan& plan, const StudyResults& results) {
  CsvTable table{{"run", "point", "replicate", "seed"}, {}};
  append(table.header, plan.columns);
  append(table.header, results.readouts);
  for (const RunRow& row : results.rows) {
    std::vector<std::string> fields = run_fields(plan, row, true);
    for (const double value : row.finals) fields.push_back(csv_number(value));
    table.rows.push_back(std::move(fields));
  }
  return table;
}

CsvTable table_of_series(const Plan& plan, const StudyResults& results) {
  CsvTable table{{"run", "point", "replicate"}, {}};
  append(table.header, plan.columns);
  table.header.emplace_back("time");
  append(table.header, results.series_readouts);
  for (const RunRow& row : results.rows) {
    const std::vector<std::string> begin = run_fields(plan, row, false);
    for (std::size_t day = 0; day < results.days.size(); ++day) {
      const auto is_nan = [&](const std::vector<double>& values) {
        return std::isnan(values[day]);
      };
      if (std::ranges::all_of(row.series, is_nan)) continue;
      std::vector<std::string> fields = begin;
      fields.push_back(csv_number(results.days[day]));
      for (const std::vector<double>& values : row.series)
        fields.push_back(csv_number(values[day]));
      table.rows.push_back(std::move(fields));
    }
  }
  return table;
}

CsvTable table_of_points(const Plan& plan, const StudyResults& results) {
  CsvTable table{{"point"}, {}};
  append(table.header, plan.columns);
  table.header.emplace_back("runs");
  for (std::size_t point = 0; point < plan.points.size(); ++point) {
    std::vector<std::string> fields{std::to_string(point)};
    append(fields, plan.points[point]);
    const auto here = [&](const RunRow& row) { return row.run->point == point; };
    fields.push_back(std::to_string(std::ranges::count_if(results.rows, here)));
    table.rows.push_back(std::move(fields));
  }
  for (std::size_t readout = 0; readout < results.readouts.size(); ++readout) {
    for (const char* what : {"mean", "sd", "low", "high"}) {
      table.header.push_back(results.readouts[readout] + "_" + what);
    }
    auto values = by_point(results, readout);
    for (std::size_t point = 0; point < plan.points.size(); ++point) {
      const std::vector<double> list = listed(values[point]);
      const bool several = list.size() > 1;
      const Interval interval =
          several ? bootstrap_interval(list, mean, bootstrap) : Interval{nan, nan};
      for (const double value :
           {list.empty() ? nan : mean(list), several ? standard_deviation(list) : nan, interval.low,
            interval.high}) {
        table.rows[point].push_back(csv_number(value));
      }
    }
  }
  return table;
}

CsvTable table_of_comparisons(const Plan& plan, const StudyResults& results) {
  CsvTable table{{"point", "reference"}, {}};
  append(table.header, plan.columns);
  append(table.header, {"readout", "difference", "low", "high", "paired", "runs"});
  const bool paired = plan.common_random_numbers || plan.branch_d.has_value();
  for (std::size_t readout = 0; readout < results.readouts.size(); ++readout) {
    auto values = by_point(results, readout);
    for (std::size_t point = 1; point < plan.points.size(); ++point) {
      const Difference difference = paired ? paired_difference(values[point], values[0])
                                           : unpaired_difference(values[point], values[0]);
      std::vector<std::string> fields{std::to_string(point), "0"};
      append(fields, plan.points[point]);
      append(fields, {results.readouts[readout], csv_number(difference.mean),
                      csv_number(difference.interval.low), csv_number(difference.interval.high),
                      paired ? "true" : "false", std::to_string(difference.runs)});
      table.rows.push_back(std::move(fields));
    }
  }
  return table;
}

void write_results_file(const std::filesystem::path& path, const Plan& plan,
                        const StudyResults& results) {
  Hdf5File file(path, Hdf5File::Mode::create);
  file.set_attribute("/", "Conventions", std::string("CF-1.8"));
  file.set_attribute("/", "title", std::string("Results of ") + plan.study.filename().string());
  std::vector<std::string> keys;
  for (const RunRow& row : results.rows) keys.push_back(row.run->key);
  for (const std::string group : {"/runs", "/series"}) {
    const std::string run = group + "/run";
    file.write_all_text(run, keys);
    file.make_scale(run);
    const CsvTable runs = table_of_runs(plan, results);
    for (std::size_t column = 1; column < 4 + plan.columns.size(); ++column) {
      std::vector<std::string> texts;
      for (const auto& row : runs.rows) texts.push_back(row[column]);
      write_column(file, group + "/" + runs.header[column], run, texts);
    }
  }
  for (std::size_t n = 0; n < results.readouts.size(); ++n) {
    std::vector<double> values;
    for (const RunRow& row : results.rows) values.push_back(row.finals[n]);
    const std::string dataset = "/runs/" + results.readouts[n];
    file.write_all(dataset, std::span<const double>(values));
    file.attach_scale(dataset, 0, "/runs/run");
  }
  file.write_all("/series/time", std::span<const double>(results.days));
  file.set_attribute("/series/time", "units", std::string("d"));
  file.make_scale("/series/time");
  for (std::size_t n = 0; n < results.series_readouts.size(); ++n) {
    const std::string dataset = "/series/" + results.series_readouts[n];
    file.create_dataset(dataset, ElementType::f64,
                        {.size = {results.rows.size(), results.days.size()}, .chunk = {}});
    for (std::size_t row = 0; row < results.rows.size(); ++row) {
      file.write(dataset, ElementType::f64, results.rows[row].series[n].data(), row, 1);
    }
    file.set_attribute(dataset, "units", results.series_units[n]);
    file.attach_scale(dataset, 0, "/series/run");
    file.attach_scale(dataset, 1, "/series/time");
  }
  file.close();
}

std::vector<std::filesystem::path> collect(const Plan& plan, const RunStore& store) {
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
  if (plan.points.size() > 1) write("comparisons.csv", table_of_comparisons(plan, results));
  written.push_back(folder / "study.h5");
  // Several programs may end at the same time.
  const std::filesystem::path temporary = temporary_beside(written.back());
  write_results_file(temporary, plan, results);
  sync_file(temporary);
  rename_synced(temporary, written.back());
  return written;
}

}  // namespace neurograft
