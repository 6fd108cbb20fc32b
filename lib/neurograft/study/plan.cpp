#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include <neurograft/core/error.hpp>
#include <neurograft/core/version.hpp>
#include <neurograft/io/config_toml.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/sha256.hpp>
#include <neurograft/io/text_file.hpp>
#include <neurograft/scenario/branch.hpp>
#include <neurograft/scenario/input_files.hpp>
#include <neurograft/scenario/settings.hpp>
#include <neurograft/study/plan.hpp>
#include <neurograft/study/results.hpp>
#include <neurograft/world/world.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_digits = 20;
constexpr std::size_t most_problems = 20;

// Columns of the tables of results: a table has each name once.
const std::set<std::string, std::less<>> table_columns{
    "run",       "point",   "replicate",  "seed", "time", "runs",
    "reference", "readout", "difference", "low",  "high", "paired"};

// Content of each input file, read once for all points.
class Inputs {
 public:
  std::string digests(const ResolvedConfig& config, const fs::path& directory) {
    std::string text;
    for (const fs::path& file : input_paths(config, directory)) {
      auto [place, is_new] = known_.try_emplace(file);
      if (is_new) place->second = sha256_of_file(file);
      text += place->second + '\n';
    }
    return text;
  }

 private:
  std::map<fs::path, std::string> known_;
};

std::vector<std::string> joined(const std::vector<std::string>& first,
                                const std::vector<std::string>& second) {
  std::vector<std::string> all = first;
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

// Of a setting, "a.b = 3".
std::string_view key_in(std::string_view setting) {
  const std::string_view key = setting.substr(0, setting.find('='));
  const std::size_t begin = key.find_first_not_of(' ');
  return begin == key.npos ? key : key.substr(begin, key.find_last_not_of(' ') + 1 - begin);
}

std::string key_of(const std::string& identity, std::int64_t seed, const std::string& more) {
  return sha256_of_text(
             fmt::format("{}\nseed {}\nresults {}\n{}", identity, seed, results_version, more))
      .substr(0, key_digits);
}

// Works out plans point by point, and gathers what is wrong with them.
class Planner {
 public:
  explicit Planner(const Study& study) : study_(study), base_(Config::from_file(study.base)) {}

  void check_columns(const std::vector<std::string>& columns) {
    std::set<std::string, std::less<>> known = table_columns;
    for (const std::string& column : columns) {
      if (known.insert(column).second) continue;
      problems_.push_back({study_.file.string(), fmt::format("an axis or column \"{}\"", column),
                           "tables of results have a column of that name already",
                           "give it another name"});
    }
  }

  void check_collect() {
    try {
      for (const std::string& readout : study_.collect) wanted_readout(readout);
    } catch (const InputError& error) {
      problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
    }
  }

  void add(const Point& point, std::size_t index, Plan& plan) {
    const std::vector<std::string> before = joined(study_.set, point.settings);
    const std::vector<std::string> all = joined(before, point.after_branch);
    const Identity own = identity_of(all);
    const std::string& identity = own.text;
    const bool branches = study_.branch_d.has_value();
    Identity parent;
    if (branches) {
      parent = identity_of(before);
      check_changes(parent, own);
    }
    const std::string& trunk = parent.text;
    for (std::size_t n = 0; n < static_cast<std::size_t>(study_.replicates); ++n) {
      const std::int64_t seed = seed_of(study_, point, n);
      PlannedRun run{"", index, n, seed, all};
      if (own.config) add_size(*own.config, run);
      if (branches) {
        run.parent = key_of(trunk, seed, fmt::format("until {}", *study_.branch_d));
        if (parents_.insert(run.parent).second) {
          plan.runs.push_back({run.parent, index, n, seed, before, "", study_.branch_d});
        }
      }
      run.key = key_of(identity, seed, run.parent);
      children_.push_back(std::move(run));
    }
  }

  // Points may be a million, each with a fault of its own.
  bool has_enough_problems() const noexcept { return problems_.size() >= most_problems; }

  void finish(Plan& plan) {
    if (has_enough_problems()) {
      problems_.push_back(
          {study_.file.string(), "perhaps more", "no further points were tried", ""});
    }
    if (!problems_.empty()) throw InputError(std::move(problems_));
    std::move(children_.begin(), children_.end(), std::back_inserter(plan.runs));
  }

 private:
  // What a config's results depend on; without a config if something is wrong with it.
  struct Identity {
    std::optional<ResolvedConfig> config{};
    std::string text{};
  };

  Identity identity_of(const std::vector<std::string>& settings) {
    Config config = base_;
    for (const std::string& one : settings) {
      config.set_text(one);
      if (key_in(one) != "simulation.seed") continue;
      note({"--set " + one, "a seed set by hand", "seeds come from `seed` and `replicates`", ""});
    }
    config.set("simulation.seed", std::int64_t{0});
    try {
      ResolvedConfig resolved = check_values(config);
      if (study_.branch_d && !check_branch(*study_.branch_d, resolved)) return {};
      std::string text = resolved.resolved_toml() + inputs_.digests(resolved, config.directory());
      return {std::move(resolved), std::move(text)};
    } catch (const InputError& error) {
      for (const Problem& problem : error.problems()) note(problem);
      return {};
    } catch (const IoError& error) {  // an input that cannot be read
      note({study_.file.string(), error.what(), "", ""});
      return {};
    }
  }

  static void add_size(const ResolvedConfig& config, PlannedRun& run) {
    run.cells = std::get<double>(config.section("graft").at("cells"));
    for (const SectionValues& extra : config.entries("graft.extra")) {
      run.cells += std::get<double>(extra.at("cells"));
    }
    run.resolution_mm = std::get<double>(config.section("brain").at("resolution_mm"));
  }

  // What a branch may not change is told before its parent is simulated.
  void check_changes(const Identity& parent, const Identity& branch) {
    if (!parent.config || !branch.config || parent.text == branch.text) return;
    CheckpointHeader saved;
    saved.day = *study_.branch_d;
    saved.run.results_version = results_version;
    saved.run.config = parent.config->resolved_toml();
    try {
      changes_of_branch(study_.file.string(), saved, *branch.config, {});
    } catch (const InputError& error) {
      for (const Problem& problem : error.problems()) note(problem);
    }
  }

  // A run that ended before the branch would leave no state to go on from.
  bool check_branch(double day, const ResolvedConfig& config) {
    const SimulationSettings run = simulation_section().read(config.section("simulation"));
    const std::string what = fmt::format("[branch] day = {:g}", day);
    if (!(day >= run.start_d && day < run.duration_d)) {
      note({study_.file.string(), what,
            fmt::format("is not within the run, day {:g} to {:g}", run.start_d, run.duration_d),
            ""});
      return false;
    }
    try {
      static_cast<void>(Clock{run.start_d, run.step_h}.tick_of(day, what));
    } catch (const InputError& error) {
      for (Problem problem : error.problems()) {
        problem.where = study_.file.string();
        note(problem);
      }
      return false;
    }
    return true;
  }

  // The same fault of the base config would come up at every point.
  void note(const Problem& problem) {
    if (!seen_.insert(to_string(problem)).second || has_enough_problems()) return;
    problems_.push_back(problem);
    if (problem.where.starts_with("--set")) {
      const bool of_table = study_.kind == DesignKind::csv;
      problems_.back().where =
          (of_table ? study_.csv : study_.file).string() + ": " + problem.where;
    }
  }

  const Study& study_;
  Config base_;
  Inputs inputs_;
  std::set<std::string> parents_, seen_;
  std::vector<PlannedRun> children_;
  std::vector<Problem> problems_;
};

std::string toml(const std::string& text) {
  return to_string(Value(text));
}
std::string toml(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? ", " : "") + toml(text);
  return list + "]";
}

// What this program wrote itself: a fault in it is not explained key by key.
template <class T>
T value_in(const ConfigTable& table, const char* key) {
  const ConfigValue* found = table.find(key);
  if (found != nullptr && found->value) {
    if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      if (found->items.empty()) return {};
    }
    if (const T* value = std::get_if<T>(&*found->value)) return *value;
  }
  throw InputError(Problem{table.origin.where, fmt::format("no {} in the plan", key), "",
                           "give the study's own command once more: it writes the plan anew"});
}

PlannedRun read_run(const ConfigTable& table) {
  PlannedRun run;
  run.key = value_in<std::string>(table, "key");
  run.point = static_cast<std::size_t>(value_in<std::int64_t>(table, "point"));
  run.replicate = static_cast<std::size_t>(value_in<std::int64_t>(table, "replicate"));
  run.seed = value_in<std::int64_t>(table, "seed");
  run.settings = value_in<std::vector<std::string>>(table, "set");
  if (table.find("parent") != nullptr) run.parent = value_in<std::string>(table, "parent");
  if (table.find("until_d") != nullptr) run.until_d = value_in<double>(table, "until_d");
  return run;
}

}  // namespace

std::vector<const PlannedRun*> Plan::results() const {
  std::vector<const PlannedRun*> found;
  for (const PlannedRun& run : runs) {
    if (!run.until_d) found.push_back(&run);
  }
  return found;
}

const PlannedRun& Plan::run(const std::string& key) const {
  const auto found = std::ranges::find(runs, key, &PlannedRun::key);
  if (found == runs.end()) throw Error("no run " + key + " in the plan");
  return *found;
}

std::int64_t seed_of(const Study& study, const Point& point, std::size_t replicate) {
  std::string text = fmt::format("seed {} replicate {}", study.seed, replicate);
  if (!point.patient.empty()) {
    text += "\npatient " + point.patient;
  } else if (!study.common_random_numbers) {
    std::vector<std::string> settings = point.settings;
    std::ranges::sort(settings);
    for (const std::string& one : settings) text += '\n' + one;
  }
  constexpr std::size_t digits = 13;  // 52 bits
  return std::stoll(sha256_of_text(text).substr(0, digits), nullptr, 16);
}

Plan plan_of(const Study& study) {
  return plan_of(study, design_of(study));
}

Plan plan_of(const Study& study, const Design& design) {
  Plan plan{.command = {},
            .study = fs::absolute(study.file).lexically_normal(),
            .base = fs::absolute(study.base).lexically_normal(),
            .base_sha256 = sha256_of_file(study.base),
            .columns = design.columns,
            .points = {},
            .collect = study.collect,
            .common_random_numbers = study.common_random_numbers,
            .branch_d = study.branch_d,
            .runs = {}};
  require_feasible(study, design.points.size(), design.columns.size());
  Planner planner(study);
  planner.check_columns(design.columns);
  planner.check_collect();
  for (std::size_t n = 0; n < design.points.size() && !planner.has_enough_problems(); ++n) {
    plan.points.push_back(design.points[n].values);
    planner.add(design.points[n], n, plan);
  }
  planner.finish(plan);
  return plan;
}

void require_same_base(const Plan& plan) {
  if (sha256_of_file(plan.base) == plan.base_sha256) return;
  throw InputError(Problem{plan.base.string(), "has changed since the runs were planned", "",
                           "give the study's own command again, which plans them anew"});
}

Config config_of(const Plan& plan, const PlannedRun& run) {
  Config config = Config::from_file(plan.base);
  for (const std::string& one : run.settings) config.set_text(one);
  config.set("simulation.seed", run.seed);
  return config;
}

void write_plan(const fs::path& path, const Plan& plan) {
  std::string text = "# Written by neurograft: the runs of a study. Not to be edited.\n";
  text += fmt::format(
      "command = {}\nstudy = {}\nbase = {}\nbase_sha256 = {}\ncolumns = {}\ncollect = {}\n",
      toml(plan.command), toml(plan.study.string()), toml(plan.base.string()),
      toml(plan.base_sha256), toml(plan.columns), toml(plan.collect));
  text += fmt::format("common_random_numbers = {}\n", plan.common_random_numbers);
  if (plan.branch_d) text += fmt::format("branch_d = {}\n", to_string(Value(*plan.branch_d)));
  for (const auto& point : plan.points)
    text += fmt::format("[[point]]\nvalues = {}\n", toml(point));
  for (const PlannedRun& run : plan.runs) {
    text += fmt::format("[[run]]\nkey = {}\npoint = {}\nreplicate = {}\nseed = {}\nset = {}\n",
                        toml(run.key), run.point, run.replicate, run.seed, toml(run.settings));
    if (!run.parent.empty()) text += fmt::format("parent = {}\n", toml(run.parent));
    if (run.until_d) text += fmt::format("until_d = {}\n", to_string(Value(*run.until_d)));
  }
  std::error_code ignored;
  if (!fs::exists(path, ignored) || read_text_file(path, {}, largest_own_file) != text) {
    write_text_durably(path, text);
  }
}

Plan read_plan(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) {
    throw InputError(Problem{path.parent_path().string(), "is not the folder of a study",
                             path.filename().string() + " is not in it", ""});
  }
  const std::string text = read_text_file(path, {}, largest_own_file);
  ConfigTable table = toml_text::parse(text, path.string());
  table.origin.where = path.string();
  Plan plan;
  plan.study = value_in<std::string>(table, "study");
  plan.base = value_in<std::string>(table, "base");
  plan.command = value_in<std::string>(table, "command");
  plan.base_sha256 = value_in<std::string>(table, "base_sha256");
  plan.columns = value_in<std::vector<std::string>>(table, "columns");
  plan.collect = value_in<std::vector<std::string>>(table, "collect");
  plan.common_random_numbers = value_in<bool>(table, "common_random_numbers");
  if (table.find("branch_d") != nullptr) plan.branch_d = value_in<double>(table, "branch_d");
  for (const ConfigTable& entry : table.tables) {
    if (entry.name == "point") {
      plan.points.push_back(value_in<std::vector<std::string>>(entry, "values"));
    } else {
      plan.runs.push_back(read_run(entry));
    }
  }
  return plan;
}

}  // namespace neurograft
