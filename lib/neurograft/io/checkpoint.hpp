#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/ids.hpp>
#include <neurograft/io/dataset_length.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// Which run a checkpoint belongs to: results follow from the first three alone.
struct RunIdentity {
  std::string config_sha256;                ///< of what the results depend on
  std::uint64_t seed = 0;                   ///< of the run
  std::int64_t results_version = 0;         ///< of the library that computes it
  std::string config{};                     ///< resolved, as TOML: what a branch is compared with
  std::vector<std::string> input_sha256{};  ///< of each file that the run reads
};

/// What a checkpoint holds besides the world's arrays.
struct CheckpointHeader {
  RunIdentity run;                    ///< that wrote it
  Tick tick = 0;                      ///< of the saved world
  double day = 0.0;                   ///< the same moment [d]
  std::vector<DatasetLength> output;  ///< length of each output dataset at that tick
};

/// Writes the exact world at its tick, that tick's events, births and records done. Goes to a
/// temporary file, is synced, then renamed: `path` is at all times a whole checkpoint or the one
/// before. Throws IoError if it cannot, Error if newborns wait for a commit, NumericalError if an
/// agent is as none can be.
NEUROGRAFT_API void write_checkpoint(const std::filesystem::path& path, const World& world,
                                     const RunIdentity& run,
                                     std::vector<DatasetLength> output = {});

/// Reads the header alone. Throws IoError if this is not a checkpoint.
NEUROGRAFT_API CheckpointHeader read_checkpoint_header(const std::filesystem::path& path);

/// The day of a checkpoint, without looking whether all of it is whole. Throws IoError.
NEUROGRAFT_API double checkpoint_day(const std::filesystem::path& path);

/// Throws InputError naming each of config, seed and results version that differs.
NEUROGRAFT_API void require_same_run(const std::filesystem::path& path,
                                     const CheckpointHeader& header, const RunIdentity& run);

/// Whose world a checkpoint is read into.
enum class Adoption {
  same_run,  ///< that of the same run: everything must be as it was
  branch,    ///< that of another plan: what it has in addition, as a further drug, stays as bound
};

/// Reads the world's state into a world whose processes are bound: arrays, columns and causes must
/// be there already, with the same names and sizes; a branch may have more of them, or more values
/// at their ends. Throws InputError naming all that differ, and then leaves the world as it was;
/// IoError if the checkpoint is damaged, or holds agents that no simulation has, after which the
/// world is not to be used.
/// Call `Simulation::resume_here` afterwards.
NEUROGRAFT_API CheckpointHeader read_checkpoint(const std::filesystem::path& path, World& world,
                                                Adoption adoption = Adoption::same_run);

}  // namespace neurograft
