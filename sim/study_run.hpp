#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <neurograft/study/local_runner.hpp>

#include <CLI/App.hpp>

namespace neurograft::command {

/// How the runs of a study are done: options that all its sub-commands share.
struct StudyRunArguments {
  std::string folder;
  std::size_t jobs = 0;
  int threads = 0;
  std::string shard;
  bool dry_run = false;
  bool slurm = false;
  std::vector<std::string> slurm_options;
  std::string progress = "auto";

  void add_to(CLI::App& command);
  void add_cluster_to(CLI::App& command);      ///< what only makes sense where runs are independent
  std::filesystem::path folder_asked() const;  ///< throws InputError if there is none
  Shard shard_asked() const;                   ///< of "2/10"; throws InputError
};

/// A study that was read: its runs, and what writes the tables of those that are done.
struct StudyJob {
  Plan plan;
  std::function<std::vector<std::filesystem::path>(const Plan&, const RunStore&)> write_tables;
};

/// How each sub-command reads its study.
StudyJob sweep_job(const std::string& file);
StudyJob trial_job(const std::string& file);
StudyJob sensitivity_job(const std::string& file);

/// Does a study: what is missing of its runs, and its tables once all have ended; or has Slurm do
/// it by `command`, the words of this command line that name the study. Gives the exit code.
int do_study(StudyJob job, const StudyRunArguments& arguments,
             const std::vector<std::string>& command);

/// The words of a command line that does this study.
std::vector<std::string> command_words(const std::string& name, const std::string& study);

/// STUDY, the options of `StudyRunArguments`, and a callback that does the study.
void add_study_command(CLI::App& command, int& exit_code,
                       StudyJob (*read)(const std::string& file));

/// The runs, hours, disk and memory of what is missing, for --dry-run.
std::string plan_text(const Plan& plan, const RunStore& store, std::size_t jobs);

/// Does what is missing of a plan, with a line on stderr that says how far it is. Gives the exit
/// code: success, different (failed runs), stopped_by_signal (also if another program is at some).
int run_plan(const Plan& plan, const RunStore& store, const StudyRunArguments& arguments);

void say_written(const std::vector<std::filesystem::path>& files);

/// The runs by state, and each failed one with its message.
std::string status_text(const Plan& plan, const RunStore& store);

}  // namespace neurograft::command
