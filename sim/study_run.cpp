#include "study_run.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/schema.hpp>
#include <neurograft/study/results.hpp>
#include <neurograft/study/slurm.hpp>

#include "command_line.hpp"
#include "progress.hpp"
#include "stop_signal.hpp"
#include "text.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

constexpr std::size_t failures_shown = 10;

/// Tells stderr how far a study is.
class StudyReport {
 public:
  explicit StudyReport(ProgressStyle style) : style_(style) {}

  void update(const StudyProgress& progress) {
    const double pause = style_ == ProgressStyle::bar    ? 0.5
                         : style_ == ProgressStyle::json ? 1.0
                                                         : 30.0;
    const bool at_end = progress.done + progress.failed == progress.runs;
    if (style_ == ProgressStyle::none || (at_end && told_end_)) return;
    if (!at_end && progress.elapsed_s - told_s_ < pause) return;
    told_s_ = progress.elapsed_s;
    told_end_ = at_end;
    if (style_ == ProgressStyle::json) {
      tell(fmt::format(
          "{{\"runs\": {}, \"done\": {}, \"failed\": {}, \"running\": {}, \"elapsed_s\": "
          "{:.3f}, \"remaining_s\": {}}}\n",
          progress.runs, progress.done, progress.failed, progress.running, progress.elapsed_s,
          json_number(progress.remaining_s)));
      return;
    }
    const bool bar = style_ == ProgressStyle::bar;
    tell(fmt::format("{}{} of {} runs done{}{}{}{}", bar ? "\r" : "", progress.done, progress.runs,
                     progress.failed > 0 ? fmt::format(", {} failed", progress.failed) : "",
                     progress.running > 0 ? fmt::format(", {} running", progress.running) : "",
                     std::isfinite(progress.remaining_s) && !at_end
                         ? ", " + duration_text(progress.remaining_s) + " left"
                         : "",
                     bar ? "\x1b[K" : "\n"));
    drawn_ = bar;
    std::fflush(stderr);
  }

  void say(const std::string& text) {
    end_line();
    tell(fmt::format("{}\n", text));
  }

  void end_line() {
    if (drawn_) tell("\n");
    drawn_ = false;
  }

 private:
  ProgressStyle style_;
  double told_s_ = -1e9;
  bool told_end_ = false;
  bool drawn_ = false;
};

std::string name_of(const Plan& plan, const PlannedRun& run) {
  std::string name = fmt::format("run {} (", run.key);
  const auto& values = plan.points.at(run.point);
  for (std::size_t n = 0; n < values.size(); ++n) {
    name += fmt::format("{} = {}, ", plan.columns[n], values[n]);
  }
  return name + fmt::format("replicate {})", run.replicate);
}

std::vector<const PlannedRun*> missing_runs(const Plan& plan, const RunStore& store) {
  std::vector<const PlannedRun*> missing;
  std::set<std::string_view> seen;
  for (const PlannedRun& run : plan.runs) {
    if (!seen.insert(run.key).second) continue;
    const RunState state = store.state(run);
    if (state == RunState::missing || state == RunState::stopped) missing.push_back(&run);
  }
  return missing;
}

bool to_index(std::string_view text, std::size_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

void StudyRunArguments::add_to(CLI::App& command) {
  command.add_option("-o,--output", folder, "the study's folder, made if it is missing")
      ->type_name("DIR");
  command
      .add_option("--jobs", jobs,
                  "runs at once (default: one a processor, fewer if memory is short)")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command
      .add_option("--threads", threads,
                  "threads of each run (default: 1, more where there are fewer runs than "
                  "processors)")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command.add_flag("--dry-run", dry_run, "print runs, core hours, disk and memory; run nothing");
  command.add_option("--progress", progress, "on stderr: auto, bar, json, none; default auto")
      ->type_name("STYLE")
      ->check(CLI::IsMember({"auto", "bar", "json", "none"}));
}

void StudyRunArguments::add_cluster_to(CLI::App& command) {
  command
      .add_option("--shard", shard,
                  "only part I of N, I from 0: for other schedulers; parts may run at once")
      ->type_name("I/N");
  command.add_flag(
      "--slurm", slurm,
      "submit an array job to Slurm, sized by the estimate, and return; --jobs is then "
      "the processors of a task");
  command
      .add_option(
          "--slurm-option", slurm_options,
          "a further option of sbatch, as --slurm-option=--partition=short; may be repeated")
      ->type_name("OPTION")
      ->allow_extra_args(false);
}

std::filesystem::path StudyRunArguments::folder_asked() const {
  if (folder.empty()) {
    throw InputError(Problem{"", "no folder for the study", "", "name one with -o DIR"});
  }
  return std::filesystem::absolute(folder).lexically_normal();
}

Shard StudyRunArguments::shard_asked() const {
  if (shard.empty()) return {};
  const std::size_t slash = shard.find('/');
  Shard result;
  if (slash == std::string::npos || !to_index(shard.substr(0, slash), result.index) ||
      !to_index(shard.substr(slash + 1), result.count) || result.index >= result.count) {
    throw InputError(Problem{"--shard", shard, "must be I/N with I from 0 to N - 1", ""});
  }
  return result;
}

std::string plan_text(const Plan& plan, const RunStore& store, std::size_t jobs) {
  const std::vector<const PlannedRun*> missing = missing_runs(plan, store);
  const StudyEstimate estimate = estimate_of(plan, missing);
  const std::size_t at_once = jobs > 0 ? jobs : jobs_for(estimate.memory_bytes);
  const std::size_t parents = plan.runs.size() - plan.results().size();
  std::string text =
      fmt::format("{:<12}{} runs at {} points", "study", plan.results().size(), plan.points.size());
  if (parents > 0) text += fmt::format(", branching off {} more", parents);
  text += fmt::format("\n{:<12}{} of them\n", "to do", missing.size());
  if (missing.empty()) return text;
  text += fmt::format("{:<12}{:.3g} core hours; about {} with {} at once on this machine\n", "time",
                      estimate.core_seconds / 3600.0,
                      duration_text(estimate.core_seconds / static_cast<double>(at_once)), at_once);
  text += fmt::format("{:<12}{} in all, at most; {} of memory for the largest run\n", "disk",
                      bytes_text(estimate.disk_bytes), bytes_text(estimate.memory_bytes));
  return text;
}

int run_plan(const Plan& plan, const RunStore& store, const StudyRunArguments& arguments) {
  StudyReport report(progress_style(arguments.progress));
  LocalOptions options;
  options.program = "/proc/self/exe";  // this very program, whatever its file is replaced by
  const std::vector<const PlannedRun*> missing = missing_runs(plan, store);
  if (!missing.empty()) check_readouts(plan);
  // Also makes what all runs share, before many of them would make it at once.
  const StudyEstimate estimate = estimate_of(plan, missing);
  // Few runs share the processors among them; of shards nobody knows how many run at once.
  const auto wide = static_cast<std::size_t>(available_threads().count);
  std::size_t threads = 1;
  if (arguments.threads > 0) {
    threads = static_cast<std::size_t>(arguments.threads);
  } else if (arguments.jobs == 0 && arguments.shard.empty() && !missing.empty()) {
    threads = std::max<std::size_t>(1, wide / missing.size());
  }
  options.threads = Threads{static_cast<int>(threads)};
  const std::size_t by_memory = jobs_for(estimate.memory_bytes);
  options.jobs = arguments.jobs > 0 ? arguments.jobs
                                    : std::max<std::size_t>(1, std::min(by_memory, wide / threads));
  options.shard = arguments.shard_asked();
  options.stop = &catch_stop_signals();
  options.progress = [&](const StudyProgress& progress) { report.update(progress); };
  options.failed = [&](const PlannedRun& run, const Failure& failure) {
    report.say(fmt::format("{} failed: {}", name_of(plan, run), failure.message));
  };
  const LocalResult result = run_locally(plan, store, options);
  report.end_line();
  if (result.stopped) {
    tell("stopped; the same command goes on from there\n");
    return stopped_by_signal;
  }
  if (result.elsewhere > 0) {
    tell(
        fmt::format("{} runs are being done by another program; the same command again does "
                    "what that has left\n",
                    result.elsewhere));
    return stopped_by_signal;
  }
  return result.last.failed > 0 ? different : success;
}

void say_written(const std::vector<std::filesystem::path>& files) {
  for (const std::filesystem::path& file : files) fmt::print("{}\n", file.string());
}

std::size_t most_missing_in_a_task(const Plan& plan, const RunStore& store, std::size_t tasks) {
  std::size_t most = 1;
  for (std::size_t task = 0; task < tasks; ++task) {
    const auto runs = runs_of(plan, {task, tasks});
    const auto missing = std::ranges::count_if(
        runs, [&](const PlannedRun* run) { return store.state(*run) != RunState::done; });
    most = std::max(most, static_cast<std::size_t>(missing));
  }
  return most;
}

// Hands the study to Slurm, and says how to follow it.
int submit(const Plan& plan, const RunStore& store, const StudyRunArguments& arguments,
           const std::vector<std::string>& command) {
  constexpr std::size_t most_tasks = 1000;  // below the default MaxArraySize
  check_readouts(plan);
  const StudyEstimate estimate = estimate_of(plan, missing_runs(plan, store));
  if (estimate.runs == 0) {
    tell(fmt::format("nothing is missing; `neurograft sweep collect {}` makes the tables\n",
                     arguments.folder));
    return success;
  }
  SlurmJob job{.name = plan.study.stem().string(),
               .script = store.folder() / "slurm" / "job.sh",
               .command = command,
               .jobs = std::max<std::size_t>(1, arguments.jobs),
               .threads = static_cast<std::size_t>(std::max(1, arguments.threads)),
               .options = arguments.slurm_options};
  job.command.insert(job.command.begin(), std::filesystem::read_symlink("/proc/self/exe"));
  job.command.insert(job.command.end(), {"-o", store.folder(), "--progress", "none"});
  size_slurm_job(estimate, most_tasks, job);
  job.minutes = slurm_minutes(estimate, job, most_missing_in_a_task(plan, store, job.tasks));
  make_folder(job.script.parent_path());
  write_text_durably(job.script, slurm_script(job));
  fmt::print("{}\n", job.script.string());
  const int code = std::system(sbatch_command(job).c_str());
  if (code != 0) {
    throw IoError(Problem{"sbatch", "did not take the job", "the script is " + job.script.string(),
                          "see its message above; --slurm-option adds options, as "
                          "--slurm-option=--partition=NAME"});
  }
  tell(
      fmt::format("{} runs in {} tasks; `neurograft sweep status {}` says how far it is, and the "
                  "last task to end writes the tables\n",
                  estimate.runs, job.tasks, store.folder().string()));
  return success;
}

// The tables of one study do not replace those of another.
void require_own_folder(const RunStore& store, const Plan& plan) {
  if (!std::filesystem::exists(store.plan_file())) return;
  const Plan old = read_plan(store.plan_file());
  if (old.command == plan.command && old.study == plan.study) return;
  throw InputError(Problem{store.folder().string(), "is the folder of another study",
                           fmt::format("{} {}", old.command, old.study.string()),
                           "name another folder with -o"});
}

int do_study(StudyJob job, const StudyRunArguments& arguments,
             const std::vector<std::string>& command) {
  catch_stop_signals();
  const RunStore store(arguments.folder_asked());
  job.plan.command = command.front();
  arguments.shard_asked();
  if (arguments.slurm && !arguments.shard.empty()) {
    throw InputError(Problem{"--slurm", "goes with no --shard", "its tasks are the shards", ""});
  }
  require_own_folder(store, job.plan);
  if (arguments.dry_run) {
    check_readouts(job.plan);
    fmt::print("{}", plan_text(job.plan, store, arguments.jobs));
    return success;
  }
  make_folder(store.folder());
  write_plan(store.plan_file(), job.plan);
  if (arguments.slurm) return submit(job.plan, store, arguments, command);
  const int code = run_plan(job.plan, store, arguments);
  const StateCounts counts = count_states(store, job.plan);
  if (counts.failed > 0) {
    tell(fmt::format(
        "{} failed runs; `neurograft sweep status {}` lists them, `sweep retry` does them "
        "again\n",
        counts.failed, arguments.folder));
  }
  // Of several shards the last one to end makes the tables.
  if (counts.done + counts.failed < counts.all() || counts.done == 0) return code;
  try {
    say_written(job.write_tables(job.plan, store));
  } catch (const InputError& error) {
    if (counts.failed == 0) throw;
    tell(fmt::format("{}\n", error.what()));  // what failed is missing in the tables
  }
  return code;
}

std::vector<std::string> command_words(const std::string& name, const std::string& study) {
  return {name, std::filesystem::absolute(study).lexically_normal().string()};
}

void add_study_command(CLI::App& command, int& exit_code,
                       StudyJob (*read)(const std::string& file)) {
  auto arguments = std::make_shared<StudyRunArguments>();
  auto study = std::make_shared<std::string>();
  command.add_option("STUDY", *study, "the study, a TOML file")->required();
  arguments->add_to(command);
  arguments->add_cluster_to(command);
  command.callback([arguments, study, name = command.get_name(), read, &exit_code] {
    exit_code = do_study(read(*study), *arguments, command_words(name, *study));
  });
}

std::string status_text(const Plan& plan, const RunStore& store) {
  const StateCounts counts = count_states(store, plan);
  std::string text;
  for (const auto& [name, count] : {std::pair{"done", counts.done},
                                    {"running", counts.running},
                                    {"stopped", counts.stopped},
                                    {"failed", counts.failed},
                                    {"missing", counts.missing},
                                    {"all", counts.all()}}) {
    text += fmt::format("{:<10}{:>8}\n", name, count);
  }
  std::size_t shown = 0;
  for (const PlannedRun& run : plan.runs) {
    if (store.state(run) != RunState::failed) continue;
    if (++shown > failures_shown) break;
    const auto failure = store.failure(run);
    text +=
        fmt::format("{}: exit {}, {}\n", name_of(plan, run), failure->exit_code, failure->message);
  }
  if (counts.failed > failures_shown) {
    text += fmt::format("and {} more failed runs\n", counts.failed - failures_shown);
  }
  return text;
}

}  // namespace neurograft::command
