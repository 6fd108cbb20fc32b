#pragma once

#include <neurograft/core/export.hpp>
#include <neurograft/core/ids.hpp>
#include <neurograft/core/parallel.hpp>
#include <neurograft/engine/readout.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// Writes part of the world somewhere, when it is due. Reads only: a run with other recorders is
/// the same run.
class NEUROGRAFT_API Recorder {
 public:
  virtual ~Recorder() = default;

  /// Called once, after all processes are bound and before the first record.
  virtual void begin(const World& world, const ReadoutTable& readouts) = 0;

  /// Whether to record at the start of this tick, after its events and births.
  virtual bool due(Tick tick) const = 0;

  /// Called at each tick that is due; `readouts` evaluates what it wants of them.
  virtual void record(const World& world, const ReadoutTable& readouts, Threads threads) = 0;
};

}  // namespace neurograft
