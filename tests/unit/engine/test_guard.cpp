#include <functional>
#include <limits>

#include <neurograft/core/error.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/state.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Keeps an array over voxels, a field and a compartment, and does at every step what it is told.
class Writer : public Process {
 public:
  using Deed = std::function<void(World&, const StepContext&)>;
  Writer(std::string name, Deed deed) : name_(std::move(name)), deed_(std::move(deed)) {}
  std::string_view name() const noexcept override { return name_; }
  void bind(World& world, ReadoutTable&) override {
    TissueState::bind(world);
    const std::size_t voxels = world.grid().parenchyma_size();
    world.tissue().add(name_ + "_amount", "1", "an amount", voxels);
    world.fields().add(name_ + "_level", "1", "a level", voxels);
    world.compartments().add(name_ + "_pair", "1", "two amounts", 2);
    const ArrayHandle balance = world.compartments().add(name_ + "_balance", "1", "a balance", 1);
    world.compartments().allow_negative(balance);
  }
  void step(World& world, const StepContext& context) override { deed_(world, context); }

 private:
  std::string name_;
  Deed deed_;
};

Simulation with(Writer::Deed deed, Tick period = 1) {
  Simulation simulation(test::world_of(test::box(3, 4, 5, 1.0)), {2});
  simulation.add(std::make_unique<Writer>("idle", [](World&, const StepContext&) {}), 1);
  simulation.add(std::make_unique<Writer>("writer", std::move(deed)), period);
  return simulation;
}

/// Runs for three days; the error that ends it.
NumericalError ended(Simulation simulation) {
  try {
    simulation.run_until(3.0);
  } catch (const NumericalError& error) {
    return error;
  }
  FAIL("no error");
  return {"", "", 0, 0, ""};
}

// Writes `value` to one element of an array at tick 5.
Writer::Deed at_tick_5(NamedArrays& (World::*arrays)(), std::string name, std::size_t place,
                       double value) {
  return [=](World& world, const StepContext& context) {
    NamedArrays& its = (world.*arrays)();
    if (context.tick == 5) its[its.find(name)][place] = value;
  };
}

constexpr auto tissue = static_cast<NamedArrays& (World::*)()>(&World::tissue);
constexpr auto fields = static_cast<NamedArrays& (World::*)()>(&World::fields);
constexpr auto compartments = static_cast<NamedArrays& (World::*)()>(&World::compartments);

}  // namespace

TEST_CASE("what a process writes to its own arrays is seen in the same step") {
  for (const double value : {no_number, infinity, -infinity, -1e-300}) {
    const NumericalError error = ended(with(at_tick_5(tissue, "writer_amount", 17, value)));
    CHECK(error.process() == "writer");
    CHECK(error.field() == "writer_amount");
    CHECK(error.voxel() == 17);
    CHECK(error.tick() == 5);
    // 17 = 2 + 3 (1 + 4 * 1) in a box 3 voxels wide and 4 deep.
    CHECK(std::string(error.what())
              .find("writer: writer_amount at voxel 17 (2, 1, 1), step 5: is ") == 0);
  }
  const NumericalError error = ended(with(at_tick_5(fields, "writer_level", 59, no_number)));
  CHECK(error.process() == "writer");
  CHECK(error.field() == "writer_level");
  CHECK(error.voxel() == 59);
  CHECK(error.tick() == 5);
}

TEST_CASE("whatever a process does to compartments is seen in the same step") {
  NumericalError error = ended(with(at_tick_5(compartments, "writer_pair", 1, -2.5)));
  CHECK(std::string(error.what()) == "writer: writer_pair[1], step 5: is -2.5");
  CHECK(error.voxel() == -1);
  error = ended(with(at_tick_5(compartments, "idle_pair", 0, no_number)));
  CHECK(error.process() == "writer");
  error = ended(with(at_tick_5(compartments, "writer_balance", 0, infinity)));
  CHECK(error.field() == "writer_balance");
}

TEST_CASE("what another process keeps is seen by the keeper's name") {
  NumericalError error = ended(with(at_tick_5(tissue, "idle_amount", 3, no_number)));
  CHECK(error.process() == "idle");
  CHECK(error.field() == "idle_amount");
  CHECK(error.tick() == 6);
  error = ended(with(at_tick_5(tissue, "axon_fraction", 3, -0.5)));
  CHECK(error.process() == "tissue");
  CHECK(error.field() == "axon_fraction");
  CHECK(error.tick() == 48);
}

TEST_CASE("values below zero are allowed where the array says so") {
  CHECK(with(at_tick_5(compartments, "writer_balance", 0, -3.0)).run_until(3.0));
  CHECK(with(at_tick_5(tissue, "lesion_onset_d", 0, -3.0)).run_until(3.0));
}

TEST_CASE("a state that is not sound is not to be saved") {
  Simulation simulation = with([](World&, const StepContext&) {});
  simulation.run_until(1.0);
  simulation.require_sound();
  World& world = simulation.world();
  world.tissue()[world.tissue().find("opc")][7] = no_number;
  CHECK_THROWS_AS(simulation.require_sound(), NumericalError);
}

TEST_CASE("arrays of other lengths than the voxels are looked at before a state is saved") {
  Simulation simulation = with([](World&, const StepContext&) {});
  simulation.bind();
  World& world = simulation.world();
  const ArrayHandle three = world.tissue().add("three", "1", "no value per voxel", 3);
  simulation.require_sound();
  world.tissue()[three][2] = no_number;
  CHECK_THROWS_WITH_AS(simulation.require_sound(), "unknown process: three[2], step 0: is nan",
                       NumericalError);
}

TEST_CASE("agents stay in the grid") {
  const NumericalError error = ended(with([](World& world, const StepContext& context) {
    if (context.tick != 5) return;
    const std::size_t slot = world.append_agents(2) + 1;
    world.agents().state()[slot] = State::active;
    world.agents().x()[slot] = std::numeric_limits<float>::quiet_NaN();
  }));
  CHECK(error.process() == "agents");
  CHECK(error.field() == "position of agent 1");
}
