#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/processor.hpp>
#include <neurograft/io/checkpoint.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/file_info.hpp>
#include <neurograft/io/output_file.hpp>
#include <neurograft/io/provenance.hpp>
#include <neurograft/io/series_reader.hpp>
#include <neurograft/io/sha256.hpp>
#include <neurograft/scenario/branch.hpp>
#include <neurograft/scenario/build.hpp>
#include <neurograft/scenario/processes.hpp>
#include <neurograft/scenario/run.hpp>
#include <neurograft/scenario/settings.hpp>

#include <fmt/format.h>
#include <sys/resource.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

std::size_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

OutputOptions output_options(const Scenario& scenario) {
  const ResolvedConfig& config = scenario.resolved();
  const OutputSettings output = output_section().read(config.section("output"));
  const SimulationSettings simulation = simulation_section().read(config.section("simulation"));
  const Clock clock{simulation.start_d, simulation.step_h};
  OutputOptions options;
  options.series = RecordTimes::every(clock, output.every_d, simulation.duration_d);
  options.fields = output.fields;
  options.field_frames = RecordTimes::on(clock, output.snapshots_d);
  // Right after an injection there are tens of millions of rows, which few readers want.
  constexpr double first_agent_day = 7.0;
  std::vector<double> agent_days = output.agents_d;
  for (const double day : output.snapshots_d) {
    if (output.agents && (day >= first_agent_day || day < 0.0)) agent_days.push_back(day);
  }
  options.agents = !agent_days.empty();
  options.agent_frames = RecordTimes::on(clock, agent_days);
  options.checkpoint_every_min = output.checkpoint_every_min;
  return options;
}

void add_assumed(const std::string& address, const ParameterTable& table,
                 const SectionValues& values, std::vector<AssumedParameter>& assumed) {
  for (const ParameterInfo& parameter : table.parameters) {
    if (parameter.grade != Grade::assumed && parameter.grade != Grade::hypothesis) continue;
    if (values.is_given(parameter.key)) continue;
    assumed.push_back({address + "." + parameter.key, to_string(values.at(parameter.key)),
                       parameter.unit, std::string(to_string(parameter.grade)), parameter.meaning});
  }
}

// Sections whose values the run does not look at: of processes that are off and drugs not taken.
std::set<std::string> unused_sections(const ResolvedConfig& config) {
  std::set<std::string> unused;
  for (const ProcessEntry& entry : process_entries()) {
    const std::string& section = entry.table.section;
    if (!std::get<bool>(config.section(section).at("enabled"))) unused.insert(section);
  }
  for (const std::string_view drug : drug_names()) unused.emplace(drug);
  for (const SectionValues& course : config.entries("drug")) {
    unused.erase(drug_section().read(course).profile_name());
  }
  if (unused.contains("signalling")) unused.insert("fields");
  return unused;
}

// Every default in use that nobody has measured.
std::vector<AssumedParameter> assumed_parameters(const ResolvedConfig& config) {
  const std::set<std::string> unused = unused_sections(config);
  std::vector<AssumedParameter> assumed;
  for (const ParameterTable& table : parameter_tables()) {
    if (unused.contains(table.section)) continue;
    if (!table.repeated && !table.named) {
      add_assumed(table.section, table, config.section(table.section), assumed);
      continue;
    }
    for (const SectionValues& entry : config.entries(table.section)) {
      const ParameterTable* known = table.find_known(entry.name);
      add_assumed(table.section + "." + entry.name, known == nullptr ? table : *known, entry,
                  assumed);
    }
  }
  return assumed;
}

// Known before hours of work rather than after them.
void check_paths(const RunOptions& options) {
  const fs::path& output = options.output;
  std::error_code ignored;
  const fs::path own = OutputFile::checkpoint_path(output);
  if (!options.from_checkpoint.empty() && fs::equivalent(options.from_checkpoint, own, ignored)) {
    throw InputError(Problem{options.from_checkpoint.string(), "belongs to the output itself",
                             "starting from it would overwrite what it goes with",
                             "use --resume, or name another output"});
  }
  if (fs::is_symlink(output, ignored)) {
    const fs::path target = output.parent_path() / fs::read_symlink(output, ignored);
    throw InputError(Problem{output.string(), "is a symbolic link",
                             "it would be replaced by a file",
                             "name the file that it stands for, " + target.string()});
  }
  if (fs::exists(output, ignored) && !fs::is_regular_file(output, ignored) &&
      !fs::is_directory(output, ignored)) {
    throw InputError(Problem{output.string(), "is not a regular file",
                             "it would be replaced by one", "name another output"});
  }
  if (fs::is_regular_file(output, ignored) && fs::file_size(output, ignored) > 0 &&
      !is_results_file(output)) {
    throw InputError(Problem{output.string(), "exists and is not a results file",
                             "it would be overwritten", "name another output"});
  }
  if (!output.filename().empty() && !fs::is_directory(output, ignored)) return;
  throw InputError(Problem{output.string(), "is a folder", "results go to one file",
                           "name a file in it, as " + (output / "run.h5").string()});
}

// A checkpoint without its results would be thrown away for a run from the start.
void check_resume(const fs::path& output) {
  const fs::path checkpoint = OutputFile::checkpoint_path(output);
  if (fs::exists(output) || !fs::exists(checkpoint)) return;
  throw InputError(
      Problem{output.string(), "is missing, and its checkpoint is there",
              "a run resumes into its own results",
              "bring it back, or remove " + checkpoint.string() + " to start from the beginning"});
}

// A run that the machine cannot hold would be killed somewhere on its way.
void check_memory(const Scenario& scenario) {
  const double needed = scenario.estimate().memory_bytes;
  const auto available = static_cast<double>(available_memory_bytes());
  if (!(available > 0.0) || needed <= available) return;
  constexpr double per_gb = 1e-9;
  throw InputError(Problem{"graft.cells",
                           fmt::format("the run needs about {:.3g} GB of memory", needed * per_gb),
                           fmt::format("{:.3g} GB are free", available * per_gb),
                           "fewer cells, or larger voxels in brain.resolution_mm"});
}

void add_parent(const fs::path& checkpoint, const Scenario& scenario, Provenance& provenance) {
  const CheckpointHeader parent = read_checkpoint_header(checkpoint);
  std::vector<std::string> digests;
  for (const auto& input : provenance.inputs) digests.push_back(input.sha256);
  for (const ConfigChange& change :
       changes_of_branch(checkpoint.string(), parent, scenario.resolved(), digests)) {
    provenance.parent_changes.push_back(
        fmt::format("{}: {} -> {}", change.key, change.before, change.after));
  }
  provenance.parent_file = checkpoint.string();
  provenance.parent_sha256 = sha256_of_file(checkpoint);
  provenance.parent_day = parent.day;
}

// How often a checkpoint is written changes no result: a run may go on with another period.
std::string without_line(const std::string& text, const std::string& beginning) {
  const std::size_t begin = text.find("\n" + beginning);
  if (begin == std::string::npos) return text;
  return text.substr(0, begin) + text.substr(std::min(text.find('\n', begin + 1), text.size()));
}

// The key that names an input; else it is part of the brain that `brain.source` stands for.
std::string role_of(const ResolvedConfig& config, const fs::path& input) {
  for (const char* section : {"brain", "lesions"}) {
    for (const auto& [key, value] : config.section(section).values) {
      const auto* text = std::get_if<std::string>(&value);
      if (text == nullptr || fs::path(*text).filename() != input.filename()) continue;
      return std::string(section) + "." + key;
    }
  }
  return "brain";
}

Provenance provenance_of(const Config& config, const Scenario& scenario,
                         const RunOptions& options) {
  Provenance provenance;
  provenance.title = scenario.title();
  provenance.config_name = fs::path(config.name()).filename().string();
  provenance.config_written = config.text_with_overrides();
  provenance.config_resolved = scenario.resolved().resolved_toml();
  provenance.seed = static_cast<std::uint64_t>(
      std::get<std::int64_t>(scenario.resolved().section("simulation").at("seed")));
  // A run is another one if its settings or the files that it reads are others.
  std::string identity = without_line(provenance.config_resolved, "checkpoint_every_min = ");
  for (const fs::path& input : scenario.inputs()) {
    const std::string sha256 = sha256_of_file(input);
    provenance.inputs.push_back({input.string(), sha256, role_of(scenario.resolved(), input)});
    identity += sha256 + '\n';
  }
  provenance.config_sha256 = sha256_of_text(identity);
  provenance.assumed = assumed_parameters(scenario.resolved());
  provenance.command_line = options.command_line;
  provenance.processor = processor_name();
  provenance.threads = options.threads.count;
  provenance.build = build_info();
  provenance.tags = options.tags;
  if (!options.from_checkpoint.empty()) add_parent(options.from_checkpoint, scenario, provenance);
  return provenance;
}

OutputFile open_output(const RunOptions& options, const Scenario& scenario,
                       const Provenance& provenance, bool resume) {
  const fs::path folder = options.output.parent_path();
  if (!folder.empty()) make_folder(folder);
  return resume ? OutputFile::resume(options.output, output_options(scenario), provenance)
                : OutputFile::create(options.output, output_options(scenario), provenance);
}

std::map<std::string, double> last_values(const Simulation& simulation) {
  std::map<std::string, double> summary;
  const ReadoutTable& table = simulation.readouts();
  for (std::size_t index = 0; index < table.readouts().size(); ++index) {
    const Readout& readout = table.readouts()[index];
    if (readout.dimensions.size() > 1) continue;
    std::vector<double> values(readout.size());
    table.evaluate(index, simulation.world(), simulation.threads(), values);
    for (std::size_t n = 0; n < values.size(); ++n) {
      std::string name = readout.name;
      if (!readout.dimensions.empty()) {
        if (readout.dimensions[0].labels.empty()) continue;
        name += "." + readout.dimensions[0].labels[n];
      }
      summary[name] = values[n];
    }
  }
  return summary;
}

// The same of a file that is complete already.
std::map<std::string, double> last_recorded_values(const fs::path& output) {
  std::map<std::string, double> summary;
  for (const SeriesColumn& column : read_whole_series(output).columns) {
    if (!column.values.empty()) summary[column.name] = column.values.back();
  }
  return summary;
}

// Tells the caller how far the run is, a few times a second: counting cells takes a while.
class Reporter {
 public:
  Reporter(const RunOptions& options, const Scenario& scenario, SteadyClock::time_point start)
      : options_(options), scenario_(scenario), start_(start) {}

  void tell(const Simulation& simulation, bool always) {
    constexpr double interval_s = 0.25;
    const double now = seconds_since(start_);
    if (!options_.progress || (!always && now - told_s_ < interval_s)) return;
    told_s_ = now;
    const World& world = simulation.world();
    options_.progress({.day = world.day(),
                       .start_day = scenario_.start_day(),
                       .end_day = scenario_.end_day(),
                       .donor_alive = world.agents().count(donor),
                       .agents = world.agents().size(),
                       .elapsed_s = now});
  }

 private:
  const RunOptions& options_;
  const Scenario& scenario_;
  SteadyClock::time_point start_;
  double told_s_ = -1.0;
};

}  // namespace

namespace {

// The day at which this call ends.
double last_day(const Scenario& scenario, const RunOptions& options) {
  if (!options.until_d) return scenario.end_day();
  if (*options.until_d < scenario.start_day()) {
    throw InputError(Problem{"--until", fmt::format("day {:g}", *options.until_d),
                             fmt::format("the run starts at day {:g}", scenario.start_day()), ""});
  }
  return std::min(*options.until_d, scenario.end_day());
}

void begin(Simulation& simulation, OutputFile& output, const RunOptions& options, bool resumed,
           double last_day) {
  if (resumed) {
    output.restore(simulation);
  } else if (!options.from_checkpoint.empty()) {
    simulation.bind();
    read_checkpoint(options.from_checkpoint, simulation.world(), Adoption::branch);
    simulation.resume_here();
    simulation.record_now();
  }
  if (simulation.world().day() <= last_day) return;
  throw InputError(Problem{options.output.string(),
                           fmt::format("is at day {:g} already", simulation.world().day()),
                           fmt::format("it cannot go back to day {:g}", last_day), ""});
}

}  // namespace

std::string_view to_string(RunEnd end) noexcept {
  switch (end) {
    case RunEnd::complete:
      return "complete";
    case RunEnd::stopped:
      return "stopped";
    case RunEnd::staying:
      return "staying";
    case RunEnd::already_complete:
      return "already_complete";
  }
  return "unknown";
}

RunResult run(const Config& config, const RunOptions& options) {
  const auto start = SteadyClock::now();
  RunResult result;
  check_paths(options);
  const Scenario scenario = prepare(config);
  check_memory(scenario);
  if (options.resume) check_resume(options.output);
  const Resumable found = options.resume ? OutputFile::look(options.output) : Resumable::nothing;
  const Provenance provenance = provenance_of(config, scenario, options);
  if (found == Resumable::complete) {
    OutputFile::require_result_of(options.output, provenance);
    OutputFile::tidy(options.output);
    result.end = RunEnd::already_complete;
    result.summary = last_recorded_values(options.output);
    return result;
  }
  result.resumed = found == Resumable::yes;
  result.nothing_to_resume = options.resume && !result.resumed;
  const double end = last_day(scenario, options);

  Simulation simulation = build(scenario, options.threads);
  OutputFile output = open_output(options, scenario, provenance, result.resumed);
  for (auto& recorder : output.recorders()) simulation.add(std::move(recorder));
  begin(simulation, output, options, result.resumed, end);

  Reporter reporter(options, scenario, start);
  simulation.set_observer([&](const Simulation& s) {
    reporter.tell(s, false);
    if (options.stop != nullptr && options.stop->load()) {
      output.save(s);
      return false;
    }
    output.after_tick(s);
    return true;
  });
  const bool ran_on = simulation.run_until(end);
  reporter.tell(simulation, true);
  if (!ran_on) {
    result.end = RunEnd::stopped;
  } else if (end < scenario.end_day()) {
    output.save(simulation);
    result.end = RunEnd::staying;
  } else {
    output.finish(simulation);
  }
  result.summary = last_values(simulation);
  result.wall_s = seconds_since(start);
  result.peak_memory_bytes = peak_memory_bytes();
  const CheckpointCost& saved = output.checkpoint_cost();
  result.checkpoints = saved.count;
  result.checkpoint_bytes = saved.last_bytes;
  result.checkpoint_s = saved.last_s;
  result.costs = simulation.costs();
  return result;
}

}  // namespace neurograft
