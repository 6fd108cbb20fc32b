#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/io/config.hpp>

/// @file
/// A whole run: from a config to a results file.
namespace neurograft {

/// How far a run is.
struct Progress {
  double day = 0.0;             ///< simulated [d]
  double start_day = 0.0;       ///< of the config's first record [d]
  double end_day = 0.0;         ///< of the config's last record, whatever `until_d` says [d]
  std::size_t donor_alive = 0;  ///< donor cells, suspended ones included
  std::size_t agents = 0;       ///< slots of all kinds, with dead ones that are not freed yet
  double elapsed_s = 0.0;       ///< wall time since `run` was called [s]
};

/// Where a run writes, how it starts and when it ends.
struct RunOptions {
  std::filesystem::path output;                   ///< OUT.h5; its folder is made if it is missing
  Threads threads = available_threads();          ///< any number gives the same results
  bool resume = false;                            ///< go on from OUT.h5 and its checkpoint
  std::filesystem::path from_checkpoint;          ///< branch off this saved state, in a new output
  std::optional<double> until_d;                  ///< stay at this day [d], with a checkpoint
  std::function<void(const Progress&)> progress;  ///< called a few times a second
  std::atomic<bool>* stop = nullptr;              ///< once true: publish, checkpoint, return
  std::string command_line;                       ///< for provenance
  std::map<std::string, std::string> tags;        ///< likewise: what the run is to its caller
};

/// How a call of `run` ended.
enum class RunEnd {
  complete,          ///< at the config's last day
  stopped,           ///< as `stop` asked
  staying,           ///< at `until_d`
  already_complete,  ///< nothing was done
};

/// "complete", "stopped", "staying" or "already_complete".
NEUROGRAFT_API std::string_view to_string(RunEnd end) noexcept;

/// What a call of `run` did. Times and memory are 0 and `costs` empty if nothing was done.
struct RunResult {
  RunEnd end = RunEnd::complete;   ///< why it returned
  bool resumed = false;            ///< went on from a checkpoint of its own
  bool nothing_to_resume = false;  ///< asked to resume, began from the start
  /// Last values of the readouts: "donor_alive", "pbvc.whole" for a part by label, ...
  std::map<std::string, double> summary;
  double wall_s = 0.0;                ///< wall time of this call [s]
  std::size_t peak_memory_bytes = 0;  ///< of the whole program so far
  std::size_t checkpoints = 0;        ///< written by this call
  std::size_t checkpoint_bytes = 0;   ///< size of the last of them [byte]
  double checkpoint_s = 0.0;          ///< wall time of writing it [s]
  std::vector<ProcessCost> costs;     ///< wall time by process, of this call
};

/// Runs a config to its end or until stopped. Throws InputError before any file is made if the
/// config is bad; NumericalError and IoError leave what was published last.
NEUROGRAFT_API RunResult run(const Config& config, const RunOptions& options);

}  // namespace neurograft
