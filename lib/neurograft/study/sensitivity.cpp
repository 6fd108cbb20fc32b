#include <algorithm>
#include <bit>
#include <cmath>

#include <neurograft/core/error.hpp>
#include <neurograft/study/sensitivity.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

// More change no digit that is shown.
constexpr std::int64_t most_resamples = 1'000'000;

void read_section(TableReader& reader, Sensitivity& sensitivity) {
  reader.require("method", "method = \"morris\" or \"sobol\"");
  const std::string method = reader.text("method").value_or("morris");
  if (method == "morris") {
    sensitivity.samples =
        static_cast<std::size_t>(reader.whole("trajectories", 2, most_study_runs).value_or(20));
    sensitivity.levels = static_cast<std::uint32_t>(reader.whole("levels", 2, 1024).value_or(8));
    if (sensitivity.levels % 2 != 0) {
      reader.complain("levels", fmt::format("levels = {}", sensitivity.levels), "must be even");
    }
  } else if (method == "sobol") {
    sensitivity.method = SensitivityMethod::sobol;
    sensitivity.samples =
        static_cast<std::size_t>(reader.whole("samples", 2, most_study_runs).value_or(64));
    if (!std::has_single_bit(sensitivity.samples)) {
      reader.complain("samples", fmt::format("samples = {}", sensitivity.samples),
                      "must be a power of two", "a Sobol' sequence is even only then");
    }
  } else {
    reader.complain("method", fmt::format("method = \"{}\"", method), "must be morris or sobol");
  }
  sensitivity.bootstrap.resamples =
      static_cast<std::size_t>(reader.whole("resamples", 1, most_resamples).value_or(1000));
  sensitivity.bootstrap.level = reader.number("level").value_or(0.95);
  if (!(sensitivity.bootstrap.level > 0.0 && sensitivity.bootstrap.level < 1.0)) {
    reader.complain("level", fmt::format("level = {}", sensitivity.bootstrap.level),
                    "must be between 0 and 1");
  }
  reader.finish();
}

// The mean over replicates at each point of the design.
std::vector<double> outputs_of(const StudyResults& results, std::size_t readout,
                               std::size_t points) {
  std::vector<double> sums(points), counts(points);
  for (const RunRow& row : results.rows) {
    sums.at(row.run->point) += row.finals[readout];
    counts.at(row.run->point) += 1.0;
  }
  for (std::size_t point = 0; point < points; ++point) {
    if (counts[point] == 0.0) {
      throw InputError(Problem{fmt::format("point {}", point), "has no finished run",
                               "indices need all points of their design",
                               "`neurograft sweep status` lists failed runs"});
    }
    sums[point] /= counts[point];
    if (!std::isfinite(sums[point])) {
      throw InputError(
          Problem{fmt::format("point {}", point),
                  fmt::format("{} = {}", results.readouts[readout], shown(sums[point])),
                  "indices need a number at all points of their design", ""});
    }
  }
  return sums;
}

}  // namespace

Sensitivity read_sensitivity(const std::filesystem::path& path) {
  const Config file = Config::from_file(path);
  std::vector<Problem> problems;
  TableReader reader(file.root(), "the study", problems);
  Sensitivity sensitivity;
  sensitivity.study = read_common(reader, file);
  sensitivity.study.axes = read_axes(reader, "axis", problems);
  sensitivity.bootstrap.seed = static_cast<std::uint64_t>(sensitivity.study.seed);
  reader.require("sensitivity");
  for (const ConfigTable* table : reader.tables("sensitivity")) {
    TableReader section(*table, "[sensitivity]", problems);
    read_section(section, sensitivity);
  }
  if (sensitivity.study.axes.empty()) {
    reader.complain("axis", "no [[axis]]", "they are the inputs that are asked about");
  }
  for (const Axis& axis : sensitivity.study.axes) {
    if (axis.after_branch) {
      reader.complain("axis", fmt::format("[[axis]] {} is after a branch", axis.name),
                      "all inputs hold from the start here");
    }
  }
  reader.finish();
  if (!problems.empty()) throw InputError(std::move(problems));
  return sensitivity;
}

UnitPoints points_of(const Sensitivity& sensitivity) {
  const auto seed = static_cast<std::uint64_t>(sensitivity.study.seed);
  const std::size_t inputs = sensitivity.study.axes.size();
  const bool morris = sensitivity.method == SensitivityMethod::morris;
  require_feasible(sensitivity.study, sensitivity.samples * (inputs + (morris ? 1 : 2)), inputs);
  return morris ? morris_design(sensitivity.samples, inputs, sensitivity.levels, seed)
                : saltelli_design(sensitivity.samples, inputs, seed);
}

Plan plan_of(const Sensitivity& sensitivity) {
  return plan_of(sensitivity.study, design_of(sensitivity.study.axes, points_of(sensitivity)));
}

CsvTable sensitivity_table(const Sensitivity& sensitivity, const StudyResults& results) {
  const UnitPoints points = points_of(sensitivity);
  const std::vector<Axis>& inputs = sensitivity.study.axes;
  const bool morris = sensitivity.method == SensitivityMethod::morris;
  CsvTable table;
  table.header = morris
                     ? std::vector<std::string>{"readout", "input",       "mu",          "mu_star",
                                                "sigma",   "mu_star_low", "mu_star_high"}
                     : std::vector<std::string>{"readout",    "input", "first",     "first_low",
                                                "first_high", "total", "total_low", "total_high"};
  const auto add = [&](const std::string& readout, std::size_t input, std::vector<double> numbers) {
    std::vector<std::string> row{readout, inputs[input].name};
    for (const double number : numbers) row.push_back(csv_number(number));
    table.rows.push_back(std::move(row));
  };
  for (std::size_t readout = 0; readout < results.readouts.size(); ++readout) {
    const std::vector<double> outputs = outputs_of(results, readout, points.count());
    const std::string& name = results.readouts[readout];
    if (morris) {
      const auto effects = morris_effects(points, outputs, sensitivity.bootstrap);
      for (std::size_t n = 0; n < effects.size(); ++n) {
        add(name, n,
            {effects[n].mu, effects[n].mu_star, effects[n].sigma, effects[n].mu_star_interval.low,
             effects[n].mu_star_interval.high});
      }
    } else {
      const auto indices = sobol_indices(inputs.size(), outputs, sensitivity.bootstrap);
      for (std::size_t n = 0; n < indices.size(); ++n) {
        add(name, n,
            {indices[n].first, indices[n].first_interval.low, indices[n].first_interval.high,
             indices[n].total, indices[n].total_interval.low, indices[n].total_interval.high});
      }
    }
  }
  return table;
}

std::vector<std::filesystem::path> write_sensitivity_table(const Sensitivity& sensitivity,
                                                           const Plan& plan,
                                                           const RunStore& store) {
  std::vector<std::filesystem::path> written = collect(plan, store, Comparisons::none);
  written.push_back(store.folder() / "sensitivity.csv");
  write_text_durably(written.back(),
                     to_csv(sensitivity_table(sensitivity, read_results(plan, store))));
  return written;
}

}  // namespace neurograft
