#include <cmath>
#include <limits>
#include <map>

#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/study/results.hpp>
#include <neurograft/study/statistics.hpp>
#include <neurograft/study/student_t.hpp>

namespace neurograft {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double level = 0.95;

struct Value {
  double value = 0.0;
  std::int64_t seed = 0;
};
using ByReplicate = std::map<std::size_t, Value>;

// Values of one readout by point and replicate.
std::map<std::size_t, ByReplicate> by_point(const StudyResults& results, std::size_t readout) {
  std::map<std::size_t, ByReplicate> values;
  for (const RunRow& row : results.rows) {
    if (std::isfinite(row.finals[readout])) {
      values[row.run->point][row.run->replicate] = {row.finals[readout], row.run->seed};
    }
  }
  return values;
}

std::vector<double> listed(const ByReplicate& by_replicate) {
  std::vector<double> values;
  for (const auto& [replicate, one] : by_replicate) values.push_back(one.value);
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

struct Difference {
  MeanEstimate estimate{};
  bool paired = false;
  std::size_t runs = 0;
};

// In pairs where all replicates that both points have share their seeds.
Difference difference_of(const ByReplicate& values, const ByReplicate& reference) {
  std::vector<double> differences;
  bool same_seeds = true;
  for (const auto& [replicate, one] : values) {
    const auto other = reference.find(replicate);
    if (other == reference.end()) continue;
    same_seeds = same_seeds && one.seed == other->second.seed;
    differences.push_back(one.value - other->second.value);
  }
  if (same_seeds && !differences.empty()) {
    return {mean_with_interval(differences, level), true, differences.size()};
  }
  return {difference_with_interval(listed(values), listed(reference), level), false, values.size()};
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
      const MeanEstimate estimate = mean_with_interval(list, level);
      const double sd = list.size() > 1 ? standard_deviation(list) : nan;
      for (const double value : {estimate.mean, sd, estimate.low, estimate.high}) {
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
  for (std::size_t readout = 0; readout < results.readouts.size(); ++readout) {
    auto values = by_point(results, readout);
    for (std::size_t point = 1; point < plan.points.size(); ++point) {
      const Difference difference = difference_of(values[point], values[0]);
      std::vector<std::string> fields{std::to_string(point), "0"};
      append(fields, plan.points[point]);
      append(fields, {results.readouts[readout], csv_number(difference.estimate.mean),
                      csv_number(difference.estimate.low), csv_number(difference.estimate.high),
                      difference.paired ? "true" : "false", std::to_string(difference.runs)});
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

}  // namespace neurograft
