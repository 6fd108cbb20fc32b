#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include <neurograft/io/durable_file.hpp>
#include <neurograft/study/plan.hpp>

namespace neurograft {

enum class RunState {
  missing,  ///< nothing is there
  stopped,  ///< on its way: there is a checkpoint to go on from
  running,  ///< a program is at it
  failed,   ///< ended with an error, which is recorded
  done,
};

/// What is known of a failed run.
struct Failure {
  int exit_code = 0;    ///< 128 + n: ended by signal n
  std::string message;  ///< the last line that it said, or what the signal means
};

/// The folder of a study: `plan.toml`, and `runs/KEY/` for each run, with its results `run.h5`,
/// what it said in `messages.txt`, and `failure.toml` if it failed. Nothing is shared between runs:
/// any number of programs, on any number of machines, may work in one folder.
class RunStore {
 public:
  explicit RunStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const noexcept { return folder_; }
  std::filesystem::path plan_file() const { return folder_ / "plan.toml"; }
  std::filesystem::path run_folder(const PlannedRun& run) const {
    return folder_ / "runs" / run.key;
  }
  std::filesystem::path results(const PlannedRun& run) const { return run_folder(run) / "run.h5"; }
  std::filesystem::path checkpoint(const PlannedRun& run) const;
  std::filesystem::path messages(const PlannedRun& run) const;

  /// State as the files show it, `failed` if one of them cannot be read; `claimed` by whoever asks,
  /// it is not `running`.
  RunState state(const PlannedRun& run, bool claimed = false) const;

  /// The sole right to work at a run, none if another program has it. Makes its folder.
  std::optional<FileLock> claim(const PlannedRun& run) const;

  void record_failure(const PlannedRun& run, int exit_code) const;
  std::optional<Failure> failure(const PlannedRun& run) const;

  /// Removes all of a run but its claim, so that it begins anew.
  void clear(const PlannedRun& run) const;

 private:
  std::filesystem::path folder_;
};

/// How many runs, each once, are in which state; a branch whose parent failed has failed.
struct StateCounts {
  std::size_t missing = 0, stopped = 0, running = 0, failed = 0, done = 0;
  std::size_t all() const noexcept { return missing + stopped + running + failed + done; }
};
StateCounts count_states(const RunStore& store, const Plan& plan);

}  // namespace neurograft
