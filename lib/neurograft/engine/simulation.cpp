#include <array>
#include <chrono>
#include <string>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/engine/simulation.hpp>

namespace neurograft {
namespace {

class Stopwatch {
 public:
  explicit Stopwatch(ProcessCost& cost) : cost_(cost), start_(Clock::now()) {}
  ~Stopwatch() { cost_.seconds += std::chrono::duration<double>(Clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  ProcessCost& cost_;
  Clock::time_point start_;
};

// Places in the costs after those of the processes.
enum Cost : std::size_t { commit_cost, check_cost, record_cost, observe_cost };

}  // namespace

Simulation::Simulation(World world, Threads threads, Tick sort_every)
    : world_(std::move(world)), threads_(threads), sort_every_(sort_every) {}

void Simulation::add(std::unique_ptr<Process> process, Tick period, std::string_view before) {
  if (bound_) throw Error("processes are added before the run begins");
  if (period < 1) throw Error("a process steps every 1 or more ticks");
  auto place = stages_.end();
  for (auto stage = stages_.begin(); stage != stages_.end(); ++stage) {
    if (stage->process->name() == process->name()) {
      throw Error("a process named \"" + std::string(process->name()) + "\" exists already");
    }
    if (user_stream(stage->process->name()) == user_stream(process->name())) {
      throw Error("processes \"" + std::string(process->name()) + "\" and \"" +
                  std::string(stage->process->name()) + "\" would share random draws: rename one");
    }
    if (!before.empty() && stage->process->name() == before) place = stage;
  }
  if (!before.empty() && place == stages_.end()) {
    throw Error("no process named \"" + std::string(before) + "\" to stand before");
  }
  stages_.insert(place, Stage{std::move(process), period});
}

void Simulation::add(std::unique_ptr<Recorder> recorder) {
  if (bound_) recorder->begin(world_, readouts_);
  recorders_.push_back(std::move(recorder));
}

void Simulation::set_observer(std::function<bool(const Simulation&)> observer) {
  observer_ = std::move(observer);
}

void Simulation::bind() {
  if (bound_) return;
  bound_ = true;
  for (const Stage& stage : stages_) {
    stage.process->bind(world_, readouts_);
    guard_.take_over(world_, std::string(stage.process->name()));
    costs_.push_back({std::string(stage.process->name())});
  }
  for (const char* other : {"commit", "check", "record", "observe"}) costs_.push_back({other});
  readouts_.complete(world_);
  for (const auto& recorder : recorders_) recorder->begin(world_, readouts_);
}

StepContext Simulation::context(std::size_t stage) const {
  const Clock& clock = world_.clock();
  const Tick period = stages_[stage].period;
  return {.tick = world_.tick(),
          .period = period,
          .day = world_.day(),
          .dt_d = static_cast<double>(period) * clock.step_d(),
          .seed = world_.seed(),
          .order = static_cast<std::uint32_t>(stage),
          .threads = threads_};
}

void Simulation::open_tick() {
  ProcessCost& commit = costs_[stages_.size() + commit_cost];
  {
    const Stopwatch watch(commit);
    for (std::size_t s = 0; s < stages_.size(); ++s) {
      stages_[s].process->begin_tick(world_, context(s));
    }
    for (std::size_t s = 0; s < stages_.size(); ++s) {
      stages_[s].process->commit(world_, context(s));
    }
    world_.commit(threads_, sort_every_);
    ++commit.steps;
  }
  // Reading all arrays takes as long as some steps do: more often would cost more than 1 %.
  constexpr double all_every_h = 48.0;
  if (world_.tick() % world_.clock().ticks_in(all_every_h, "two days") == 0) {
    ProcessCost& check = costs_[stages_.size() + check_cost];
    const Stopwatch watch(check);
    ++check.steps;
    require_sound();
  }
  record_now();
  opened_ = true;
}

void Simulation::record_now() {
  ProcessCost& record = costs_[stages_.size() + record_cost];
  const Stopwatch watch(record);
  for (const auto& recorder : recorders_) {
    if (!recorder->due(world_.tick())) continue;
    recorder->record(world_, readouts_, threads_);
    ++record.steps;
  }
}

void Simulation::advance() {
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    if (world_.tick() % stages_[s].period != 0) continue;
    {
      const Stopwatch watch(costs_[s]);
      guarded([&] { stages_[s].process->step(world_, context(s)); });
      ++costs_[s].steps;
    }
    const Stopwatch watch(costs_[stages_.size() + check_cost]);
    guarded([&] { guard_.check_step(world_, s, threads_); });
  }
  world_.set_tick(world_.tick() + 1);
  opened_ = false;
}

void Simulation::guarded(FunctionRef<void()> part) const {
  try {
    part();
  } catch (const NumericalError& error) {
    const auto voxel = static_cast<std::uint64_t>(error.voxel());
    if (error.voxel() < 0 || voxel >= world_.grid().size()) throw;
    const auto place = world_.grid().coordinates(static_cast<VoxelIndex>(voxel));
    throw error.at(place[0], place[1], place[2]);
  }
}

void Simulation::require_sound() const {
  guarded([this] { Guard::check_all(world_, threads_); });
}

bool Simulation::run_until(double day) {
  if (broken_) throw Error("this simulation ended with an error, half-way through a step");
  bind();
  guard_.locate(world_);
  end_ = world_.clock().tick_of(day, "run_until(" + std::to_string(day) + ")");
  while (true) {
    broken_ = true;  // should anything in between throw
    if (!opened_) open_tick();
    broken_ = false;
    try {
      if (!observe()) return false;
    } catch (const NumericalError&) {
      broken_ = true;  // the state itself, as it was looked at before it was saved
      throw;
    }
    if (world_.tick() >= end_) return true;
    broken_ = true;
    advance();
    broken_ = false;
  }
}

bool Simulation::observe() {
  if (!observer_) return true;
  ProcessCost& cost = costs_[stages_.size() + observe_cost];
  const Stopwatch watch(cost);
  ++cost.steps;
  return observer_(*this);
}

void Simulation::resume_here() {
  bind();
  world_.refresh(threads_);
  opened_ = true;
}

double Simulation::readout(std::string_view name) const {
  const auto& known = readouts_.readouts();
  for (std::size_t index = 0; index < known.size(); ++index) {
    if (known[index].name != name) continue;
    if (!known[index].dimensions.empty()) {
      throw Error("readout \"" + std::string(name) + "\" is not one number");
    }
    double value = 0.0;
    readouts_.evaluate(index, world_, threads_, {&value, 1});
    return value;
  }
  throw Error("no readout named \"" + std::string(name) + "\"");
}

}  // namespace neurograft
