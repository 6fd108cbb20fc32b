#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>

#include <neurograft/study/run_store.hpp>

namespace neurograft {

/// A part of a study: run n belongs to shard n modulo `count`. Branches go with their parents.
struct Shard {
  std::size_t index = 0;
  std::size_t count = 1;
};

/// Runs of a shard, each once, those that others start from first.
std::vector<const PlannedRun*> runs_of(const Plan& plan, const Shard& shard);

struct StudyProgress {
  std::size_t runs = 0;     ///< of this shard, all told
  std::size_t done = 0;     ///< complete, before or by this program
  std::size_t failed = 0;   ///< likewise
  std::size_t running = 0;  ///< at this moment, by this program
  double elapsed_s = 0.0;
  double remaining_s = 0.0;  ///< from the runs that have ended; infinite before the first
};

struct LocalOptions {
  std::filesystem::path program;  ///< the neurograft command
  std::size_t jobs = 1;           ///< runs at once
  Threads threads{1};             ///< of each run
  Shard shard;
  std::atomic<bool>* stop = nullptr;  ///< once true: runs write checkpoints, then this returns
  std::function<void(const StudyProgress&)> progress{};
  std::function<void(const PlannedRun&, const Failure&)> failed{};
};

struct LocalResult {
  StudyProgress last;
  std::size_t elsewhere = 0;  ///< runs that another program is at
  bool stopped = false;
};

/// Runs at once that processors and memory allow: one for each thread this program may use, and no
/// more than fit into nine tenths of the free memory.
std::size_t jobs_for(double memory_bytes_per_run);

/// Does what is missing of a plan, each run in a process of its own. A run that fails is recorded
/// and the others go on. May be called again, or by several programs at once: nothing is done
/// twice.
LocalResult run_locally(const Plan& plan, const RunStore& store, const LocalOptions& options);

}  // namespace neurograft
