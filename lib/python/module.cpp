#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "bindings.hpp"

namespace neurograft::python {
namespace {

// An exception of Python's with the same text; attributes are added before it is raised.
class Raised {
 public:
  Raised(const py::object& type, const std::exception& error)
      : type_(type), instance_(type(error.what())) {}
  template <class T>
  void set(const char* name, const T& value) {
    instance_.attr(name) = py::cast(value);
  }
  void raise() const { PyErr_SetObject(type_.ptr(), instance_.ptr()); }

 private:
  py::object type_, instance_;
};

void add_errors(py::module_& module) {
  static const py::exception<Error> error(module, "Error", PyExc_RuntimeError);
  static const py::exception<InputError> input(module, "InputError", error.ptr());
  static const py::exception<NumericalError> numerical(module, "NumericalError", error.ptr());
  static const py::exception<IoError> io(module, "IoError", error.ptr());
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      std::rethrow_exception(std::move(thrown));
    } catch (const InputError& e) {
      std::vector<std::string> problems;
      for (const Problem& problem : e.problems()) problems.push_back(to_string(problem));
      Raised raised(input, e);
      raised.set("problems", problems);
      raised.raise();
    } catch (const NumericalError& e) {
      Raised raised(numerical, e);
      raised.set("process", e.process());
      raised.set("field", e.field());
      raised.set("voxel", e.voxel());
      raised.set("tick", e.tick());
      raised.raise();
    } catch (const IoError& e) {
      Raised(io, e).raise();
    } catch (const Error& e) {
      Raised(error, e).raise();
    }
  });
}

Value converted(const py::object& given) {
  if (py::isinstance<py::bool_>(given)) return given.cast<bool>();
  if (py::isinstance<py::int_>(given)) return given.cast<std::int64_t>();
  if (py::isinstance<py::str>(given)) return given.cast<std::string>();
  if (py::hasattr(given, "__fspath__")) return given.attr("__fspath__")().cast<std::string>();
  if (py::isinstance<py::sequence>(given)) {
    const auto items = given.cast<py::sequence>();
    if (!items.empty() && py::isinstance<py::str>(items[0])) {
      return given.cast<std::vector<std::string>>();
    }
    return given.cast<std::vector<double>>();
  }
  return given.cast<double>();
}

// A value of a config as Python has it: True, 3, 0.5, "icv", a path, [1.0, 2.0], ["a"].
Value value_of(const std::string& key, const py::object& given) {
  try {
    return converted(given);
  } catch (const std::runtime_error&) {  // what pybind11 throws where there is no such conversion
    PyErr_Clear();
    throw py::type_error(key + ": a config has no value like " +
                         py::repr(given).cast<std::string>());
  }
}

// Of a copy, since another thread may set the given one meanwhile.
Scenario scenario_of(Config config) {
  const py::gil_scoped_release unlocked;
  return prepare(config);
}

void add_config(py::module_& module) {
  py::class_<Config>(module, "Config",
                     "A config: a TOML file or text, and what was set on top of it. Nothing is "
                     "judged before it is built or run.")
      .def_static("from_file", &Config::from_file, py::arg("path"),
                  "Reads a TOML file. Raises InputError.")
      .def_static("from_string", &Config::from_string, py::arg("text"), py::arg("name") = "config",
                  "Parses TOML; `name` stands for the file in messages. Raises InputError.")
      .def(
          "set",
          [](Config& config, const std::string& key, const py::object& value) -> Config& {
            return config.set(key, value_of(key, value));
          },
          py::arg("key"), py::arg("value"), py::return_value_policy::reference_internal,
          "Sets one key, as \"graft.cells\" or \"drug.tacrolimus.stop_d\"; returns the config.")
      .def("__copy__", [](const Config& config) { return Config(config); })
      .def(
          "__deepcopy__", [](const Config& config, const py::dict&) { return Config(config); },
          py::arg("memo"))
      .def_property_readonly("text", &Config::text_with_overrides,
                             "The TOML, followed by a comment line for each key set.")
      .def(
          "check", [](const Config& config) { scenario_of(config).resolved().throw_if_problems(); },
          "Reads and checks all that a run would read. Raises InputError with all problems.")
      .def(
          "resolved",
          [](const Config& config) { return scenario_of(config).resolved().resolved_toml(); },
          "All values that a run would use, defaults included, as TOML. Raises InputError.")
      .def(
          "summary", [](const Config& config) { return scenario_of(config).summary_text(); },
          "What would be run, in a few lines. Raises InputError.");
}

void add_parameters(py::module_& module) {
  module.def(
      "parameters",
      [] {
        py::list rows;
        for (const ParameterTable& table : parameter_tables()) {
          for (const ParameterInfo& info : table.parameters) {
            py::dict row;
            row["section"] = table.section;
            row["key"] = info.key;
            row["default"] = py::cast(info.fallback);
            row["unit"] = info.unit;
            row["range"] = to_string(info.range);
            row["meaning"] = info.meaning;
            row["source"] = info.source;
            row["grade"] = std::string(to_string(info.grade));
            rows.append(row);
          }
        }
        return rows;
      },
      "Every parameter as a dict: section, key, default, unit, range, meaning, source, grade.");
}

}  // namespace

void no_such(const std::string& what, const std::string& name,
             const std::vector<std::string>& names) {
  const std::string nearest = nearest_name(name, names);
  const std::string hint = nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?";
  throw py::key_error("no " + what + " \"" + name + "\"" + hint);
}

}  // namespace neurograft::python

PYBIND11_MODULE(_core, module) {
  using namespace neurograft::python;
  module.attr("__version__") = std::string(neurograft::build_info().version);
  add_errors(module);
  add_config(module);
  add_parameters(module);
  add_arrays(module);
  add_series(module);
  add_simulation(module);
  add_whole_run(module);
}
