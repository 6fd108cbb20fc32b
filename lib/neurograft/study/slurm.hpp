#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <neurograft/study/study_estimate.hpp>

namespace neurograft {

/// An array job that does a study on a cluster: task I does shard I of `tasks`.
struct SlurmJob {
  std::string name{};
  std::filesystem::path script{};      ///< where it is written; the tasks' output goes beside it
  std::vector<std::string> command{};  ///< program and arguments, without the shard
  std::size_t tasks = 1;
  std::size_t jobs = 1;                ///< runs at once in a task
  std::size_t threads = 1;             ///< of each run
  std::size_t memory_mb = 0;           ///< of a task
  std::size_t minutes = 0;             ///< wall time of a task
  std::vector<std::string> options{};  ///< further ones of sbatch: "--partition=short"
};

/// Tasks and memory for what is missing of a study: short runs are packed into tasks of about an
/// hour, up to `most_tasks`.
void size_slurm_job(const StudyEstimate& estimate, std::size_t most_tasks, SlurmJob& job);

/// Wall time of a task that has `most_runs` runs to do: three times the estimate and a quarter of
/// an hour. A task that runs out of it goes on from its checkpoints.
std::size_t slurm_minutes(const StudyEstimate& estimate, const SlurmJob& job,
                          std::size_t most_runs);

/// A word as a shell reads it back.
std::string shell_quoted(const std::string& word);

/// What sbatch is told on its command line: the script, and where the tasks' output goes.
std::string sbatch_command(const SlurmJob& job);

/// The script for sbatch. A task that is told to stop (USR1 two minutes before its time is up, or
/// TERM) has its runs write checkpoints, and puts itself into the queue again on exit code 75.
std::string slurm_script(const SlurmJob& job);

}  // namespace neurograft
