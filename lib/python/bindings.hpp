#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <neurograft/neurograft.hpp>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

/// What the parts of the Python module share. It is a program on top of the library's public
/// headers.
namespace neurograft::python {

namespace py = pybind11;

/// A simulation as Python holds it, with what keeps views and threads safe.
struct Run {
  Simulation simulation;
  bool running = false;    ///< inside `run_until`
  bool observing = false;  ///< inside the observer, where the world may be looked at and changed
  py::object observer = py::none();
  std::atomic<bool> observed{false};  ///< whether there is one, to be read without Python's lock
  /// Views of columns of agents that Python still holds. Columns may move in memory when the run
  /// goes on, so it does not go on before they are gone.
  std::shared_ptr<std::size_t> agent_views = std::make_shared<std::size_t>(0);

  bool agents_shown = false;  ///< since the run last went on

  explicit Run(Simulation made) : simulation(std::move(made)) {}

  /// Throws Error while another Python thread runs it.
  World& world() {
    if (running && !observing) throw Error("this simulation is running in another thread");
    return simulation.world();
  }

  /// Throws BufferError if views of agents are left.
  void require_no_views() const;
};

/// As many threads as asked for; None: all there are. Raises ValueError below 1.
Threads threads_of(const py::object& given);

/// Raises KeyError: what is not there, and the one of `names` that was probably meant.
[[noreturn]] void no_such(const std::string& what, const std::string& name,
                          const std::vector<std::string>& names);

void add_arrays(py::module_& module);
void add_series(py::module_& module);
void add_simulation(py::module_& module);
void add_whole_run(py::module_& module);

}  // namespace neurograft::python
