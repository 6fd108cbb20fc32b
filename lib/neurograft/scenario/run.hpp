#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/io/config.hpp>

/// A whole run: from a config to a results file.
namespace neurograft {

struct Progress {
  double day = 0.0;
  double start_day = 0.0;
  double end_day = 0.0;
  std::size_t donor_alive = 0;
  std::size_t agents = 0;
  double elapsed_s = 0.0;
};

struct RunOptions {
  std::filesystem::path output;                   ///< OUT.h5; its folder is made if it is missing
  Threads threads = available_threads();          ///< any number gives the same results
  bool resume = false;                            ///< go on from OUT.h5 and its checkpoint
  std::filesystem::path from_checkpoint;          ///< branch off this saved state, in a new output
  std::optional<double> until_d;                  ///< stay at this day, with a checkpoint
  std::function<void(const Progress&)> progress;  ///< called a few times a second
  std::atomic<bool>* stop = nullptr;              ///< once true: checkpoint, publish, return
  std::string command_line;                       ///< for provenance
  std::map<std::string, std::string> tags;        ///< likewise: what the run is to its caller
};

enum class RunEnd {
  complete,
  stopped,           ///< as `stop` asked
  staying,           ///< at `until_d`
  already_complete,  ///< nothing was done
};

struct RunResult {
  RunEnd end = RunEnd::complete;
  bool resumed = false;
  bool nothing_to_resume = false;  ///< asked to resume, began from the start
  /// Last values of the readouts: "pbvc.whole", "donor_alive", ...
  std::map<std::string, double> summary;
  double wall_s = 0.0;
  std::size_t peak_memory_bytes = 0;
  std::vector<ProcessCost> costs;
};

/// Runs a config to its end or until stopped. Throws InputError before any file is made if the
/// config is bad; NumericalError and IoError leave what was published last.
NEUROGRAFT_API RunResult run(const Config& config, const RunOptions& options);

}  // namespace neurograft
