#include <atomic>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>

#include "bindings.hpp"

namespace neurograft::python {
namespace {

py::dict run_to_file(const Config& given, const std::filesystem::path& output,
                     const py::object& threads, bool resume, const py::object& until_d,
                     const py::object& progress) {
  const Config config = given;  // another thread may set the given one meanwhile
  RunOptions options;
  options.output = output;
  options.resume = resume;
  options.threads = threads_of(threads);
  if (!until_d.is_none()) options.until_d = until_d.cast<double>();
  options.command_line = "python: neurograft.run";
  std::atomic<bool> stop{false};
  std::exception_ptr thrown;
  options.stop = &stop;
  // Called a few times a second: also when Ctrl-C is looked for. The run saves itself, then ends.
  options.progress = [&](const Progress& now) {
    if (thrown) return;
    const py::gil_scoped_acquire lock;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!progress.is_none()) progress(now);
    } catch (...) {
      thrown = std::current_exception();
      stop = true;
    }
  };
  RunResult result;
  {
    const py::gil_scoped_release unlocked;
    result = run(config, options);
  }
  if (thrown) std::rethrow_exception(thrown);
  py::dict told;
  told["end"] = std::string(to_string(result.end));
  told["resumed"] = result.resumed;
  told["readouts"] = result.summary;
  told["wall_s"] = result.wall_s;
  told["peak_memory_bytes"] = result.peak_memory_bytes;
  told["checkpoints"] = result.checkpoints;
  told["checkpoint_bytes"] = result.checkpoint_bytes;
  told["checkpoint_s"] = result.checkpoint_s;
  return told;
}

}  // namespace

void add_whole_run(py::module_& module) {
  py::class_<Progress>(module, "Progress", "How far a run is.")
      .def_readonly("day", &Progress::day)
      .def_readonly("start_day", &Progress::start_day)
      .def_readonly("end_day", &Progress::end_day)
      .def_readonly("donor_alive", &Progress::donor_alive)
      .def_readonly("agents", &Progress::agents)
      .def_readonly("elapsed_s", &Progress::elapsed_s);

  module.def(
      "run", &run_to_file, py::arg("config"), py::arg("output"), py::arg("threads") = py::none(),
      py::arg("resume") = false, py::arg("until_d") = py::none(), py::arg("progress") = py::none(),
      "Runs a config to its end into a results file, as the command does: published while it "
      "runs, with checkpoints. On Ctrl-C, or if progress(p) raises, it saves a checkpoint and "
      "raises; resume=True goes on exactly. Returns how it ended and the last readouts. Raises "
      "InputError, NumericalError, IoError.");
}

}  // namespace neurograft::python
