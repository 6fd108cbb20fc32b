#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/study/study_file.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

// Without the quotes of a TOML text: how a table shows it.
std::string label_of(const std::string& value) {
  const bool quoted = value.size() > 1 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

Level level_of(const std::string& key, const std::string& value) {
  return {label_of(value), {setting(key, value)}};
}

// `[from, to, n]`, in equal steps or equal ratios.
void read_range(TableReader& reader, const std::string& name, Axis& axis) {
  const bool logarithmic = name == "logspace";
  const std::optional<std::vector<double>> given = reader.numbers(name);
  if (!given) return;
  const std::vector<double>& range = *given;
  if (range.size() != 3 || range[2] != std::floor(range[2]) || range[2] < 2.0 || range[2] > 1e6) {
    return reader.complain(name, name + " is not [from, to, n]", "n is a whole number from 2", "");
  }
  if (!std::isfinite(range[0]) || !std::isfinite(range[1])) {
    return reader.complain(name, name + " from or to a number that is not finite");
  }
  if (logarithmic && !(range[0] > 0.0 && range[1] > 0.0)) {
    return reader.complain(name, "logspace from or to a number that is not above 0");
  }
  const auto count = static_cast<std::size_t>(range[2]);
  const double ratio = logarithmic ? range[1] / range[0] : 0.0;
  for (std::size_t n = 0; n < count; ++n) {
    const double share = static_cast<double>(n) / static_cast<double>(count - 1);
    double value =
        logarithmic ? range[0] * math::pow(ratio, share) : range[0] + (range[1] - range[0]) * share;
    if (n + 1 == count) value = range[1];
    if (axis.whole) value = std::round(value);
    axis.levels.push_back(level_of(axis.key, to_string(Value(value))));
  }
  const double low = std::min(range[0], range[1]);
  const double high = std::max(range[0], range[1]);
  if (low < high) {
    axis.law =
        logarithmic ? Distribution::log_uniform(low, high) : Distribution::uniform(low, high);
  }
}

// [[axis.level]] entries: levels that set several keys at once.
void read_levels(TableReader& reader, Axis& axis, std::vector<Problem>& problems) {
  for (const ConfigTable* table : reader.tables("level")) {
    TableReader level(*table, "[[axis.level]]", problems);
    level.require("name");
    const std::string label = level.text("name").value_or("");
    axis.levels.push_back({label, level.texts("set")});
    level.finish();
  }
}

Axis read_axis(const ConfigTable& table, const std::string& what, std::vector<Problem>& problems) {
  TableReader reader(table, what, problems);
  Axis axis;
  axis.key = reader.text("key").value_or("");
  axis.name = reader.text("name").value_or(axis.key);
  axis.after_branch = reader.flag("after_branch").value_or(false);
  axis.whole = reader.flag("whole").value_or(false);
  std::size_t sources = 0;
  for (const char* source : {"values", "linspace", "logspace", "random", "level"}) {
    sources += reader.has(source) ? 1 : 0;
  }
  if (axis.name.empty()) {
    reader.complain("", what + " has no key", "it is needed",
                    "key = \"graft.cells\"; or a name and [[axis.level]] entries");
  }
  if (axis.key.empty() && !axis.name.empty() && !reader.has("level")) {
    reader.complain("", what + " has no key", "values are those of a key", "key = \"graft.cells\"");
  }
  if (sources != 1) {
    reader.complain("", what + (sources == 0 ? " has no values" : " has values of several kinds"),
                    "one of values, linspace, logspace, random, [[axis.level]] is needed");
  }
  for (const std::string& value : reader.items("values")) {
    axis.levels.push_back(level_of(axis.key, value));
  }
  for (const char* range : {"linspace", "logspace"}) {
    if (reader.has(range)) read_range(reader, range, axis);
  }
  for (const ConfigTable* law : reader.tables("random")) {
    axis.law = read_distribution(*law, problems);
  }
  read_levels(reader, axis, problems);
  if (axis.whole && (!axis.law || axis.law->kind() == DistributionKind::choice)) {
    reader.complain("whole", "whole = true and nothing to round",
                    "it is for linspace, logspace and laws of numbers");
  }
  std::set<std::string> labels;
  for (const Level& level : axis.levels) {
    if (labels.insert(level.label).second) continue;
    reader.complain("", fmt::format("{} has {} twice", what, level.label),
                    "two points would be the same runs");
  }
  if (axis.key == "simulation.seed") {
    reader.complain("key", "an axis of seeds", "seeds come from `seed` and `replicates`", "");
  }
  reader.finish();
  return axis;
}

void check_axes(const std::vector<Axis>& axes, const std::string& entry, TableReader& reader) {
  for (std::size_t n = 0; n < axes.size(); ++n) {
    const auto same = [&](const Axis& other) { return other.name == axes[n].name; };
    if (std::any_of(axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(n), same)) {
      reader.complain(entry, fmt::format("two [[{}]] entries for {}", entry, axes[n].name));
    }
  }
}

DesignKind kind_of(const std::string& name, TableReader& design) {
  const std::vector<std::pair<std::string, DesignKind>> kinds{
      {"grid", DesignKind::grid},
      {"random", DesignKind::random},
      {"latin_hypercube", DesignKind::latin_hypercube},
      {"sobol", DesignKind::sobol}};
  for (const auto& [known, kind] : kinds) {
    if (name == known) return kind;
  }
  design.complain("kind", fmt::format("kind = \"{}\"", name),
                  "must be grid, random, latin_hypercube or sobol", "for a table: csv = \"FILE\"");
  return DesignKind::grid;
}

void read_design(const ConfigTable& table, Study& study, std::vector<Problem>& problems) {
  TableReader design(table, "[design]", problems);
  if (const auto file = design.text("csv")) {
    study.kind = DesignKind::csv;
    study.csv = study.file.parent_path() / *file;
  }
  if (const auto kind = design.text("kind")) {
    if (*kind != "csv") study.kind = kind_of(*kind, design);
    if ((*kind == "csv") != !study.csv.empty()) {
      design.complain(
          "kind", fmt::format("kind = \"{}\" and {} csv", *kind, study.csv.empty() ? "no" : "a"),
          "", "");
    }
  }
  study.samples = static_cast<std::size_t>(design.whole("samples", 1, most_study_runs).value_or(1));
  const bool sampled = study.kind == DesignKind::random || study.kind == DesignKind::sobol ||
                       study.kind == DesignKind::latin_hypercube;
  if (sampled) design.require("samples", "how many points");
  design.finish();
}

void read_branch(const ConfigTable& table, Study& study, std::vector<Problem>& problems) {
  TableReader branch(table, "[branch]", problems);
  branch.require("day", "runs are one until this day");
  study.branch_d = branch.number("day");
  branch.finish();
}

void check_parts(const Study& study, TableReader& reader) {
  const bool any_after = std::ranges::any_of(study.axes, &Axis::after_branch);
  if (any_after != reader.has("branch")) {
    reader.complain("axis",
                    any_after ? "an axis has after_branch" : "[branch] and no axis after it",
                    any_after ? "and there is no [branch]" : "all runs of a patient would be one",
                    any_after ? "[branch] with day = ..." : "after_branch = true in an axis");
  }
  if (study.kind == DesignKind::csv && !study.axes.empty()) {
    reader.complain("axis", "[[axis]] and a table of points", "the table's columns are the axes",
                    "");
  }
  const bool any_drawn =
      std::ranges::any_of(study.axes, [](const Axis& a) { return a.levels.empty(); });
  const bool sampled = study.kind != DesignKind::grid && study.kind != DesignKind::csv;
  if (study.samples > 1 && !sampled && !any_drawn) {
    reader.complain("design", "samples, and nothing is drawn",
                    "listed axes and the rows of a table are taken as they are",
                    "kind = \"sobol\" in [design]");
  }
}

}  // namespace

std::string setting(const std::string& key, const std::string& value) {
  return key + "=" + value;
}

Level level_at(const Axis& axis, double u) {
  if (axis.law) {
    const double x = axis.law->quantile(u);
    return level_of(axis.key, to_string(axis.whole ? Value(std::round(x)) : axis.law->setting(x)));
  }
  const auto count = axis.levels.size();
  return axis.levels.at(
      std::min(count - 1, static_cast<std::size_t>(u * static_cast<double>(count))));
}

std::vector<Axis> read_axes(TableReader& reader, const std::string& name,
                            std::vector<Problem>& problems) {
  std::vector<Axis> axes;
  for (const ConfigTable* table : reader.tables(name)) {
    axes.push_back(read_axis(*table, fmt::format("[[{}]] {}", name, axes.size()), problems));
  }
  check_axes(axes, name, reader);
  return axes;
}

Study read_common(TableReader& reader, const Config& file) {
  Study study;
  study.file = file.path();
  reader.require("base", "the config that every run starts from, relative to this file");
  if (const auto base = reader.text("base")) study.base = file.directory() / *base;
  std::error_code ignored;
  if (!study.base.empty() && !std::filesystem::is_regular_file(study.base, ignored)) {
    reader.complain("base", fmt::format("no file {}", study.base.string()), "",
                    "it is relative to the study's folder");
  }
  study.set = reader.texts("set");
  study.replicates = reader.whole("replicates", 1, most_study_runs).value_or(1);
  study.seed = reader.whole("seed", 0).value_or(1);
  study.common_random_numbers = reader.flag("common_random_numbers").value_or(false);
  study.collect = reader.texts("collect");
  return study;
}

Study read_study(const std::filesystem::path& path) {
  const Config file = Config::from_file(path);
  std::vector<Problem> problems;
  TableReader reader(file.root(), "the study", problems);
  Study study = read_common(reader, file);
  study.axes = read_axes(reader, "axis", problems);
  for (const ConfigTable* design : reader.tables("design")) read_design(*design, study, problems);
  for (const ConfigTable* branch : reader.tables("branch")) read_branch(*branch, study, problems);
  check_parts(study, reader);
  reader.finish();
  if (!problems.empty()) throw InputError(std::move(problems));
  return study;
}

}  // namespace neurograft
