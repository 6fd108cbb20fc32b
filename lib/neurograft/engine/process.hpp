#pragma once

#include <string_view>

#include <neurograft/core/export.hpp>
#include <neurograft/core/ids.hpp>
#include <neurograft/core/parallel.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/engine/readout.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// When, for how long and with how many threads a process steps.
struct StepContext {
  Tick tick = 0;            ///< the step runs over [tick, tick + period)
  Tick period = 1;          ///< [ticks]
  double day = 0.0;         ///< of the start of the step
  double dt_d = 0.0;        ///< length of the step [d]
  std::uint64_t seed = 0;   ///< of the run
  std::uint32_t order = 0;  ///< the process's place in the pipeline, for Newborn::process
  Threads threads;          ///< that the step may use

  /// This tick's draws for one purpose.
  Stream stream(StreamCode code) const noexcept { return {seed, code, tick}; }
};

/// One mechanism. Stateless after `bind`: whatever changes lives in World, so that a run resumes
/// exactly with no code of the process's own.
class NEUROGRAFT_API Process {
 public:
  virtual ~Process() = default;

  /// Name of its config section, lower case.
  virtual std::string_view name() const noexcept = 0;

  /// Registers arrays, compartments, agent columns, causes and readouts; keeps their handles.
  /// Called once, in pipeline order, before the first tick.
  virtual void bind(World& world, ReadoutTable& readouts) = 0;

  /// Timed events due at the start of this tick, every tick: injections, doses, lesions.
  virtual void begin_tick(World& /*world*/, const StepContext& /*context*/) {}

  /// Effects on other agents that the last step left behind, every tick, before newborns get ids.
  virtual void commit(World& /*world*/, const StepContext& /*context*/) {}

  /// Advances over [tick, tick + period). Parallel inside; writes only what it owns.
  virtual void step(World& world, const StepContext& context) = 0;
};

}  // namespace neurograft
