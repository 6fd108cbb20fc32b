#pragma once

#include <string>
#include <vector>

#include <neurograft/io/checkpoint.hpp>
#include <neurograft/io/config_check.hpp>

/// Going on from the saved state of one run under another plan: the same patient up to that day.
namespace neurograft {

/// A key whose value differs between a branch and its parent.
struct ConfigChange {
  std::string key;     ///< "drug.tacrolimus.stop_d"
  std::string before;  ///< as TOML; empty: the parent has no such entry
  std::string after;   ///< empty: the branch has no such entry
};

/// What differs in `config` from the config that wrote a checkpoint. Throws InputError naming each
/// change that reaches into the past of the branch, or that the saved state would not feel:
/// - brain, lesions, the files they read, the start and step of the run, and the host but for
///   adherence, are parts of the saved state;
/// - injections and insults up to the day of the branch have happened, later ones are free;
/// - doses up to that day must be the same, later ones are free, and so is a further drug;
/// - parameters of processes, the seed, the end and the output are free: they hold from then on.
std::vector<ConfigChange> changes_of_branch(const std::string& checkpoint,
                                            const CheckpointHeader& parent,
                                            const ResolvedConfig& config,
                                            const std::vector<std::string>& input_sha256);

}  // namespace neurograft
