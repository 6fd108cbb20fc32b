#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/engine/guard.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/engine/readout.hpp>
#include <neurograft/engine/recorder.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// Wall time a process has taken in this program; not part of the state. Besides processes:
/// "commit" (births, deaths, order, counts), "check" (looking for values that cannot be), "record"
/// (readouts and their writing) and "observe" (what the program does between ticks: progress,
/// publishing, checkpoints).
struct ProcessCost {
  std::string process;     ///< its name, or one of the above
  double seconds = 0.0;    ///< [s]
  std::int64_t steps = 0;  ///< how often it ran
};

/// A world, the processes that change it and the recorders that watch it. Several may live in one
/// program, each with its own number of threads. Not safe to use from two threads at once.
class NEUROGRAFT_API Simulation {
 public:
  /// Without processes and recorders. Every `sort_every` ticks slots of dead agents are freed and
  /// agents put in memory order; 0: never. No result depends on it, nor on `threads`.
  Simulation(World world, Threads threads, Tick sort_every = 24);
  ///@{
  /// A simulation moves, but is not copied; its World is.
  Simulation(Simulation&&) noexcept = default;
  Simulation& operator=(Simulation&&) noexcept = default;
  ///@}

  /// Adds a process at the end of the pipeline, or before the process named `before`. It steps
  /// every `period` ticks, from tick 0. Throws Error once the run has begun, for a period < 1, for
  /// a name that is taken or a `before` that is not there.
  void add(std::unique_ptr<Process> process, Tick period = 1, std::string_view before = {});
  /// Adds a recorder; one that comes during a run records from the next tick on.
  void add(std::unique_ptr<Recorder> recorder);

  /// Called after the events, births and records of a tick, when the world is whole: for progress,
  /// checkpoints and early stop. Returning false stops the run there.
  void set_observer(std::function<bool(const Simulation&)> observer);

  /// Binds all processes and recorders. `run_until` does it; call it before to look at the
  /// registered arrays, or to read a checkpoint. Doing it twice changes nothing.
  void bind();

  /// Runs until `day` (records included), or until the observer stops it; false in that case.
  /// Throws InputError unless `day` is a whole number of ticks after `start_d`; NumericalError if a
  /// process has left a value that is not finite, or negative where its array does not allow it: at
  /// once for what is its own, within two days for what is another's.
  bool run_until(double day);

  /// Takes over the state in `world()` as the whole state at its tick, its events, births and
  /// records done: after a checkpoint was read into it.
  void resume_here();

  /// Throws NumericalError if any value of the state is not finite, or negative where it must not
  /// be: before the state is saved.
  void require_sound() const;

  /// Records the world as it is now: for the first row of a run that starts from another's state.
  void record_now();

  ///@{
  /// The state now. May be changed between two calls of `run_until`.
  World& world() noexcept { return world_; }
  const World& world() const noexcept { return world_; }
  ///@}
  Threads threads() const noexcept { return threads_; }  ///< as given
  /// Complete once bound; empty before.
  const ReadoutTable& readouts() const noexcept { return readouts_; }
  /// Processes in pipeline order, then commit, check, record and observe; empty until bound.
  const std::vector<ProcessCost>& costs() const noexcept { return costs_; }

  /// Tick at which the present `run_until` ends.
  Tick end_tick() const noexcept { return end_; }

  /// Value of a one-number readout now. Throws Error for an unknown name or one with dimensions.
  double readout(std::string_view name) const;

 private:
  struct Stage {
    std::unique_ptr<Process> process;
    Tick period;
  };

  bool observe();
  void guarded(FunctionRef<void()> part) const;
  void open_tick();
  void advance();
  StepContext context(std::size_t stage) const;

  World world_;
  Threads threads_;
  Tick sort_every_;
  std::vector<Stage> stages_;
  std::vector<std::unique_ptr<Recorder>> recorders_;
  std::function<bool(const Simulation&)> observer_;
  ReadoutTable readouts_;
  Guard guard_;
  std::vector<ProcessCost> costs_;
  bool bound_ = false;
  bool broken_ = false;  ///< an error came half-way through a step
  bool opened_ = false;  ///< events, births and records of the present tick are done
  Tick end_ = 0;
};

}  // namespace neurograft
