#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/engine/recorder.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/io/checkpoint.hpp>
#include <neurograft/io/provenance.hpp>
#include <neurograft/io/record_times.hpp>

namespace neurograft {

/// When to save, by the wall clock; no result depends on it. Times are seconds of a steady clock.
class SavePolicy {
 public:
  /// Counts from `now_s`, as if all had been saved then.
  SavePolicy(double now_s, double checkpoint_every_s)
      : checkpoint_every_s_(checkpoint_every_s), published_s_(now_s), checkpointed_s_(now_s) {}

  /// Whether `checkpoint_every_s` have gone by since the last checkpoint.
  bool checkpoint_due(double now_s) const noexcept {
    return now_s - checkpointed_s_ >= checkpoint_every_s_;
  }
  /// A publish that took t is repeated after 100 t, and not within 5 s.
  bool publish_due(double now_s) const noexcept {
    return now_s - published_s_ >= least_interval_s && now_s - published_s_ >= 100.0 * cost_s_;
  }
  /// Notes a publish, which counts from its end.
  void published(double began_s, double ended_s) noexcept {
    published_s_ = ended_s;
    cost_s_ = ended_s - began_s;
  }
  /// Notes a checkpoint.
  void checkpointed(double now_s) noexcept { checkpointed_s_ = now_s; }

 private:
  static constexpr double least_interval_s = 5.0;

  double checkpoint_every_s_;
  double published_s_;
  double checkpointed_s_;
  double cost_s_ = 0.0;
};

/// What a run writes, and how often.
struct OutputOptions {
  RecordTimes series{};                ///< of readouts
  std::vector<std::string> fields{};   ///< arrays of tissue, fields or maps
  RecordTimes field_frames{};          ///< of `fields`
  bool agents = false;                 ///< whether to write agents at all
  RecordTimes agent_frames{};          ///< of agents
  double checkpoint_every_min = 10.0;  ///< wall time
};

/// Checkpoints that a run has written.
struct CheckpointCost {
  std::size_t count = 0;       ///< how many
  std::size_t last_bytes = 0;  ///< size of the last one [byte]
  double last_s = 0.0;         ///< wall time of writing it, to the disk [s]
};

/// What there is to go on from.
enum class Resumable {
  nothing,   ///< no checkpoint: start from the beginning
  complete,  ///< the output is complete
  yes,       ///< output and checkpoint are there
};

/// A run's output file through its life. Writing goes to `OUT.h5.part`; `publish` puts a whole,
/// readable copy at `OUT.h5` in one step; `OUT.h5.ckpt` is the exact world; `finish` makes the part
/// file itself the complete output. Any failure throws IoError and leaves the last published state
/// as it was.
///
///     OutputFile output = OutputFile::create("out.h5", options, provenance);
///     for (auto& recorder : output.recorders()) simulation.add(std::move(recorder));
///     simulation.set_observer([&](const Simulation& s) { output.after_tick(s); return true; });
///     simulation.run_until(365.0);
///     output.finish(simulation);
///
/// To resume: `resume` instead of `create`, add the recorders, then `restore(simulation)` before
/// `run_until`. The output must outlive the run of the simulation.
class NEUROGRAFT_API OutputFile {
 public:
  /// Starts anew. Throws IoError if another run writes this file.
  static OutputFile create(const std::filesystem::path& path, OutputOptions options,
                           const Provenance& provenance);

  /// Goes on from `OUT.h5` and `OUT.h5.ckpt`: copies the former and cuts each dataset to its length
  /// at the checkpoint. Throws InputError if the checkpoint is of another config, seed or results
  /// version, or the output is older than it.
  static OutputFile resume(const std::filesystem::path& path, OutputOptions options,
                           const Provenance& provenance);

  /// Throws InputError unless the complete file at `path` is the result of this config and release.
  static void require_result_of(const std::filesystem::path& path, const Provenance& provenance);

  /// Removes what killed runs left beside a complete output, its checkpoint too. Does nothing while
  /// a run writes there, or where it may not.
  static void tidy(const std::filesystem::path& path);

  /// What `resume` would find.
  static Resumable look(const std::filesystem::path& path);

  static std::filesystem::path part_path(const std::filesystem::path& path);  ///< `OUT.h5.part`
  /// `OUT.h5.ckpt`
  static std::filesystem::path checkpoint_path(const std::filesystem::path& path);

  /// Unless finished, removes the part file: what was published stands.
  ~OutputFile();
  OutputFile(OutputFile&&) noexcept;  ///< what was moved from may only be destroyed
  OutputFile& operator=(OutputFile&&) = delete;

  /// The recorders that write this file, to be added to the simulation. Once.
  std::vector<std::unique_ptr<Recorder>> recorders();

  /// After `resume`: binds the simulation, reads the checkpoint into it and goes on from there.
  void restore(Simulation& simulation);

  /// Publishes and writes a checkpoint when the wall clock says so. For `set_observer`.
  void after_tick(const Simulation& simulation);

  /// Makes everything recorded so far readable at `OUT.h5`, with `complete = 0`.
  void publish();

  /// Publishes, then writes the checkpoint: after this the run may be stopped.
  void save(const Simulation& simulation);

  /// Marks the output complete, puts it in place and removes the checkpoint.
  void finish(const Simulation& simulation);

  /// What the checkpoints of this run have cost so far.
  const CheckpointCost& checkpoint_cost() const noexcept;

 private:
  struct Parts;
  explicit OutputFile(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace neurograft
