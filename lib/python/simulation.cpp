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

// False of Python's or numpy's; an observer that returns nothing, or anything else, goes on.
bool says_stop(const py::object& told) {
  const std::string type = py::str(py::type::of(told).attr("__name__"));
  return (type == "bool" || type == "bool_") && PyObject_IsTrue(told.ptr()) == 0;
}

// Codes written through a view would be used as places in tables.
void require_known_states(Run& run) {
  if (!run.agents_shown) return;
  run.agents_shown = false;
  for (const State state : run.simulation.world().agents().state()) {
    if (static_cast<std::size_t>(state) < state_count) continue;
    throw Error("agents[\"state\"] holds " + std::to_string(static_cast<int>(state)) +
                ", which is no state; neurograft.states has them");
  }
}

// Runs to a day without Python's lock, but for the observer and, now and then, for Ctrl-C.
bool run_until(const std::shared_ptr<Run>& run, double day) {
  if (run->running) throw Error("this simulation is running already");
  run->require_no_views();
  require_known_states(*run);
  std::exception_ptr thrown;
  auto looked = WallClock::now();
  run->simulation.set_observer([&](const Simulation&) {
    constexpr auto now_and_then = std::chrono::milliseconds(100);
    if (!run->observed && WallClock::now() - looked < now_and_then) return true;
    looked = WallClock::now();
    const py::gil_scoped_acquire lock;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      const py::object observer = run->observer;  // it may be replaced while it works
      if (observer.is_none()) return true;
      py::object told;
      {
        const Observing observing(*run);
        told = observer(run);
      }
      run->require_no_views();
      require_known_states(*run);
      return !says_stop(told);
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
  std::vector<std::string> names;
  for (std::size_t i = 0; i < table.readouts().size(); ++i) {
    const Readout& readout = table.readouts()[i];
    names.push_back(readout.name);
    if (readout.name != name) continue;
    std::vector<std::size_t> shape;
    for (const auto& dimension : readout.dimensions) shape.push_back(dimension.size());
    py::array_t<double> values(shape);
    table.evaluate(i, world, run->simulation.threads(), {values.mutable_data(), readout.size()});
    return shape.empty() ? py::object(py::float_(*values.data())) : py::object(values);
  }
  no_such("readout", name, names);
}

}  // namespace

Threads threads_of(const py::object& given) {
  if (given.is_none()) return available_threads();
  const int count = given.cast<int>();
  if (count < 1) throw py::value_error("threads must be at least 1");
  return Threads{count};
}

void add_simulation(py::module_& module) {
  const auto arrays = [](NamedArrays& (World::*of)(), bool writable) {
    return [of, writable](const std::shared_ptr<Run>& run) { return Arrays{run, of, writable}; };
  };
  py::class_<Run, std::shared_ptr<Run>>(
      module, "Simulation", py::custom_type_setup([](PyHeapTypeObject* heap_type) {
        // An observer often knows its simulation: a cycle that Python must be able to see.
        PyTypeObject& type = heap_type->ht_type;
        type.tp_flags |= Py_TPFLAGS_HAVE_GC;
        type.tp_traverse = [](PyObject* self, visitproc visit, void* arg) {
          Py_VISIT(Py_TYPE(self));
          Py_VISIT(py::cast<Run&>(py::handle(self)).observer.ptr());
          return 0;
        };
        type.tp_clear = [](PyObject* self) {
          py::cast<Run&>(py::handle(self)).observer = py::none();
          return 0;
        };
      }),
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
            run->observed = !observer.is_none();
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
          "Records readouts (default: all) in memory from now on, every so many days.")
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
      [](const Config& given, const py::object& threads) {
        const Threads count = threads_of(threads);
        const Config config = given;  // another thread may set the given one meanwhile
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
