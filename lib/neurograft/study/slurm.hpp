#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <neurograft/study/plan.hpp>

namespace neurograft {

/// An array job that does a study on a cluster: task I does shard I of `tasks`.
struct SlurmJob {
  std::string name{};
  std::filesystem::path script{};      ///< where it is written; the tasks' output goes beside it
  std::vector<std::string> command{};  ///< program and arguments, without the shard
  std::size_t tasks = 1;
  std::size_t processors = 1;          ///< of a task, and runs that it has at once
  std::size_t memory_mb = 0;           ///< of a task
  std::size_t minutes = 0;             ///< wall time of a task
  std::vector<std::string> options{};  ///< further ones of sbatch: "--partition=short"
};

/// Tasks, memory and wall time for what is missing of a study: short runs are packed into tasks of
/// about an hour, up to `most_tasks`; the wall time is three times the estimate and a quarter of an
/// hour, since a task that runs out of it goes on from its checkpoints.
void size_slurm_job(const StudyEstimate& estimate, std::size_t most_tasks, SlurmJob& job);

/// The script for sbatch. A task that is told to stop (USR1 two minutes before its time is up, or
/// TERM) has its runs write checkpoints, and puts itself into the queue again on exit code 75.
std::string slurm_script(const SlurmJob& job);

}  // namespace neurograft
