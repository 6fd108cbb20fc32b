#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "series.hpp"

namespace neurograft::python {
namespace {

using WallClock = std::chrono::steady_clock;

Threads threads_of(const py::object& given) {
  if (given.is_none()) return available_threads();
  const int count = given.cast<int>();
  if (count < 1) throw py::value_error("threads must be at least 1");
  return Threads{count};
}

// Lets the world be looked at for as long as it lives.
class Observing {
 public:
  explicit Observing(Run& run) : run_(run) { run_.observing = true; }
  ~Observing() { run_.observing = false; }
  Observing(const Observing&) = delete;
  Observing& operator=(const Observing&) = delete;

 private:
  Run& run_;
};

// Runs to a day without Python's lock, but for the observer and, now and then, for Ctrl-C.
bool run_until(const std::shared_ptr<Run>& run, double day) {
  if (run->running) throw Error("this simulation is running already");
  run->require_no_views();
  std::exception_ptr thrown;
  auto looked = WallClock::now();
  run->simulation.set_observer([&](const Simulation&) {
    constexpr auto now_and_then = std::chrono::milliseconds(100);
    const bool asks = !run->observer.is_none();
    if (!asks && WallClock::now() - looked < now_and_then) return true;
    looked = WallClock::now();
    const py::gil_scoped_acquire lock;
    const Observing observing(*run);
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!asks) return true;
      const bool goes_on = !run->observer(run).equal(py::bool_(false));
      run->require_no_views();
      return goes_on;
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  });
  run->running = true;
  bool there = false;
  try {
    const py::gil_scoped_release unlocked;
    there = run->simulation.run_until(day);
  } catch (...) {
    thrown = std::current_exception();
  }
  run->running = false;
  run->simulation.set_observer({});
  if (thrown) std::rethrow_exception(thrown);
  return there;
}

py::object readout_now(const std::shared_ptr<Run>& run, const std::string& name) {
  const World& world = run->world();
  const ReadoutTable& table = run->simulation.readouts();
  for (std::size_t i = 0; i < table.readouts().size(); ++i) {
    const Readout& readout = table.readouts()[i];
    if (readout.name != name) continue;
    std::vector<std::size_t> shape;
    for (const auto& dimension : readout.dimensions) shape.push_back(dimension.size());
    py::array_t<double> values(shape);
    table.evaluate(i, world, run->simulation.threads(), {values.mutable_data(), readout.size()});
    return shape.empty() ? py::object(py::float_(*values.data())) : py::object(values);
  }
  throw py::key_error(name);
}

}  // namespace

void add_simulation(py::module_& module) {
  const auto arrays = [](NamedArrays& (World::*of)(), bool writable) {
    return [of, writable](const std::shared_ptr<Run>& run) { return Arrays{run, of, writable}; };
  };
  py::class_<Run, std::shared_ptr<Run>>(module, "Simulation",
                                        "A world, the processes that change it and what records "
                                        "it. Several may run at once, each in a "
                                        "Python thread of its own.")
      .def("run_until", &run_until, py::arg("day"),
           "Runs to a day, a whole number of steps. Returns False if the observer ended it before. "
           "Other Python threads go on meanwhile. Raises InputError, NumericalError, and "
           "BufferError "
           "while views of agents are held.")
      .def(
          "step",
          [](const std::shared_ptr<Run>& run, Tick ticks) {
            const World& world = run->world();
            if (ticks < 1) throw py::value_error("ticks must be at least 1");
            return run_until(run, world.clock().day(world.tick() + ticks));
          },
          py::arg("ticks") = 1, "Runs on for so many steps.")
      .def(
          "observe",
          [](const std::shared_ptr<Run>& run, const py::object& observer) {
            run->observer = observer;
          },
          py::arg("observer"),
          "Calls observer(simulation) after each step, when the world is whole; if it returns "
          "False "
          "the run ends there. None: no observer.")
      .def(
          "record",
          [](const std::shared_ptr<Run>& run, double every_d, std::vector<std::string> readouts) {
            const auto& clock = run->world().clock();
            auto series = std::make_shared<Series>();
            series->run = run;
            series->wanted = std::move(readouts);
            run->simulation.add(
                series_recorder(series, {.period = clock.ticks_in(every_d * 24.0, "every_d"),
                                         .origin = clock.tick_of(0.0, "day 0")}));
            return series;
          },
          py::arg("every_d") = 1.0, py::arg("readouts") = std::vector<std::string>{},
          "Records readouts (default: all) in memory from the start of the run, every so many "
          "days. "
          "To be called before the run begins.")
      .def("readout", &readout_now, py::arg("name"),
           "A readout now: a number, or an array over its dimensions. Raises KeyError.")
      .def_property_readonly(
          "readouts",
          [](const std::shared_ptr<Run>& run) {
            run->world();
            py::dict all;
            for (const Readout& readout : run->simulation.readouts().readouts()) {
              all[py::str(readout.name)] = readout;
            }
            return all;
          },
          "What there is to record, by name.")
      .def_property_readonly(
          "day", [](const std::shared_ptr<Run>& run) { return run->world().day(); },
          "Days since the first injection day.")
      .def_property_readonly(
          "tick", [](const std::shared_ptr<Run>& run) { return run->world().tick(); },
          "Steps made.")
      .def_property_readonly("threads",
                             [](const Run& run) { return run.simulation.threads().count; })
      .def_property_readonly("tissue", arrays(&World::tissue, true),
                             "Resident tissue over parenchyma voxels.")
      .def_property_readonly("fields", arrays(&World::fields, true),
                             "Diffusing substances over parenchyma voxels.")
      .def_property_readonly("compartments", arrays(&World::compartments, true),
                             "State of the body: drugs, nodes, blood, ledgers.")
      .def_property_readonly("maps", arrays(&World::maps, false),
                             "What does not change, over parenchyma voxels.")
      .def_property_readonly(
          "agents", [](const std::shared_ptr<Run>& run) { return Columns{run}; },
          "All mobile cells.")
      .def_property_readonly(
          "grid", [](const std::shared_ptr<Run>& run) { return Voxels{run}; }, "The voxels.")
      .def_property_readonly(
          "costs",
          [](const Run& run) {
            py::dict seconds;
            for (const ProcessCost& cost : run.simulation.costs()) {
              seconds[py::str(cost.process)] = cost.seconds;
            }
            return seconds;
          },
          "Wall time that each process took [s].");

  module.def(
      "build",
      [](const Config& config, const py::object& threads) {
        const Threads count = threads_of(threads);
        const auto made = [&] {
          const py::gil_scoped_release unlocked;
          Simulation simulation = build(config, count);
          simulation.bind();
          return simulation;
        };
        return std::make_shared<Run>(made());
      },
      py::arg("config"), py::arg("threads") = py::none(),
      "A simulation at the config's first day. Any number of threads gives the same results. "
      "Raises "
      "InputError with all problems.");
}

}  // namespace neurograft::python
