#include <neurograft/core/error.hpp>
#include <neurograft/engine/simulation.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

/// Adds one to a compartment each step and writes down when it was called.
class Counter : public Process {
 public:
  explicit Counter(std::string name) : name_(std::move(name)) {}
  std::string_view name() const noexcept override { return name_; }
  void bind(World& world, ReadoutTable& readouts) override {
    count_ = world.compartments().add(name_, "1", "calls", 1);
    readouts.add({name_, "1", "calls", {}},
                 [handle = count_](const World& w, Threads, std::span<double> out) {
                   out[0] = w.compartments().scalar(handle);
                 });
  }
  void step(World& world, const StepContext& context) override {
    world.compartments().scalar(count_) += 1.0;
    world.events().push_back({context.day, "step", name_, context.dt_d, "d"});
  }

 private:
  std::string name_;
  ArrayHandle count_;
};

class Diary : public Recorder {
 public:
  explicit Diary(std::vector<double>& days) : days_(days) {}
  void begin(const World&, const ReadoutTable&) override {}
  bool due(Tick tick) const override { return tick % 12 == 0; }
  void record(const World& world, const ReadoutTable&, Threads) override {
    days_.push_back(world.day());
  }

 private:
  std::vector<double>& days_;
};

Simulation make() {
  Simulation simulation(test::world_of(test::box(2, 2, 2, 1.0)), {1});
  simulation.add(std::make_unique<Counter>("hourly"), 1);
  simulation.add(std::make_unique<Counter>("six_hourly"), 6);
  return simulation;
}

}  // namespace

TEST_CASE("processes step at their periods and records include both ends") {
  Simulation simulation = make();
  std::vector<double> days;
  simulation.add(std::make_unique<Diary>(days));
  CHECK(simulation.run_until(1.0));
  CHECK(simulation.readout("hourly") == 24.0);
  CHECK(simulation.readout("six_hourly") == 4.0);
  CHECK(days == std::vector<double>{0.0, 0.5, 1.0});
  CHECK(simulation.run_until(1.5));
  CHECK(days == std::vector<double>{0.0, 0.5, 1.0, 1.5});
  std::vector<double> late;
  simulation.add(std::make_unique<Diary>(late));
  CHECK(simulation.run_until(2.0));
  CHECK(late == std::vector<double>{2.0});
  CHECK_THROWS_AS(simulation.readout("daily"), Error);
}

TEST_CASE("a process can be put before another, once, and not after the start") {
  Simulation simulation = make();
  simulation.add(std::make_unique<Counter>("first"), 1, "hourly");
  CHECK_THROWS_AS(simulation.add(std::make_unique<Counter>("first")), Error);
  CHECK_THROWS_AS(simulation.add(std::make_unique<Counter>("x"), 1, "nobody"), Error);
  CHECK_THROWS_AS(simulation.add(std::make_unique<Counter>("y"), 0), Error);
  simulation.run_until(1.0 / 24.0);
  CHECK(simulation.world().events()[0].what == "first");
  CHECK(simulation.world().events()[1].what == "hourly");
  CHECK_THROWS_AS(simulation.add(std::make_unique<Counter>("late")), Error);
}

TEST_CASE("an observer stops a run at a whole world, which then goes on as if never stopped") {
  Simulation simulation = make();
  std::vector<double> days;
  simulation.add(std::make_unique<Diary>(days));
  simulation.set_observer([](const Simulation& s) { return s.world().tick() != 12; });
  CHECK_FALSE(simulation.run_until(1.0));
  CHECK(simulation.world().tick() == 12);
  CHECK(days.size() == 2);
  simulation.set_observer(nullptr);
  CHECK(simulation.run_until(1.0));
  CHECK(days.size() == 3);
  CHECK(simulation.readout("hourly") == 24.0);
}

TEST_CASE("a copy of the world goes on in another simulation") {
  Simulation first = make();
  first.run_until(0.5);
  Simulation second = make();
  second.bind();
  second.world() = first.world();
  second.resume_here();
  second.run_until(1.0);
  CHECK(second.readout("hourly") == 24.0);
  CHECK(second.readout("six_hourly") == 4.0);
  CHECK(first.readout("hourly") == 12.0);
}
