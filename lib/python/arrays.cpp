#include "arrays.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace neurograft::python {
namespace {

// A view of memory that `owner` keeps alive.
template <class T>
py::array view(T* data, std::size_t size, const py::object& owner, bool writable) {
  py::array_t<std::remove_const_t<T>> array({size}, {sizeof(T)}, data, owner);
  if (!writable) array.attr("flags").attr("writeable") = false;
  return array;
}

std::vector<std::string> names_of(const Arrays& arrays) {
  std::vector<std::string> names;
  for (const auto& entry : arrays.get().entries()) names.push_back(entry.name);
  return names;
}

NamedArrays::Entry& entry_of(const Arrays& arrays, const std::string& name) {
  auto& entries = arrays.get().entries();
  const auto found = std::ranges::find(entries, name, &NamedArrays::Entry::name);
  if (found == entries.end()) no_such("array", name, names_of(arrays));
  return *found;
}

// Calls `use(vector)` with the column of a name.
template <class Use>
void with_column(Agents& agents, const std::string& name, Use&& use) {
  bool found = false;
  std::vector<std::string> names;
  agents.for_each_column([&](std::string_view column, auto& values) {
    names.emplace_back(column);
    if (column != name) return;
    found = true;
    use(values);
  });
  if (!found) no_such("column", name, names);
}

py::array column_view(const Columns& columns, const std::string& name) {
  // What other state rests on is not for writing.
  constexpr std::array<std::string_view, 9> fixed{"x",     "y",    "z",     "voxel",  "id",
                                                  "birth", "kind", "clone", "product"};
  const bool writable = std::ranges::find(fixed, name) == fixed.end();
  // The base of the view tells, when it goes, that the column may move again.
  auto held = std::make_unique<std::pair<std::shared_ptr<Run>, std::shared_ptr<std::size_t>>>(
      columns.run, columns.run->agent_views);
  py::array result;
  Agents& agents = columns.run->world().agents();
  columns.run->agents_shown = true;
  with_column(agents, name, [&](auto& values) {
    using T = typename std::remove_reference_t<decltype(values)>::value_type;
    ++*held->second;
    const py::capsule base(held.release(), [](void* kept) {
      auto* pair =
          static_cast<std::pair<std::shared_ptr<Run>, std::shared_ptr<std::size_t>>*>(kept);
      --*pair->second;
      delete pair;
    });
    if constexpr (std::is_enum_v<T>) {
      using Plain = std::underlying_type_t<T>;
      result = view(reinterpret_cast<Plain*>(values.data()), values.size(), base, writable);
    } else {
      result = view(values.data(), values.size(), base, writable);
    }
  });
  return result;
}

std::vector<std::string> column_names(const Columns& columns) {
  std::vector<std::string> names;
  columns.run->world().agents().for_each_column(
      [&](std::string_view name, const auto&) { names.emplace_back(name); });
  return names;
}

// Values over voxels, as an image: x, y, z as of the grid, `outside` where there is no such voxel.
py::array_t<double> image_of(const Voxels& voxels, const py::array_t<double>& values,
                             double outside) {
  const Grid& grid = voxels.get();
  const auto count = static_cast<std::size_t>(values.size());
  if (values.ndim() != 1 || (count != grid.size() && count != grid.parenchyma_size())) {
    throw py::value_error("needs one value for each of " + std::to_string(grid.parenchyma_size()) +
                          " voxels of parenchyma, or of all " + std::to_string(grid.size()));
  }
  const auto& size = grid.geometry().size;
  py::array_t<double, py::array::f_style> image({size[0], size[1], size[2]});
  double* const out = image.mutable_data();
  std::fill_n(out, image.size(), outside);
  const auto in = values.unchecked<1>();
  for (std::size_t v = 0; v < count; ++v) {
    out[grid.linear(static_cast<VoxelIndex>(v))] = in(static_cast<py::ssize_t>(v));
  }
  return image;
}

template <class Mapping, class Names>
void add_mapping(py::class_<Mapping>& type, Names names) {
  type.def("keys", names, "Names.")
      .def("__iter__", [names](const Mapping& m) { return py::iter(py::cast(names(m))); })
      .def("__len__", [names](const Mapping& m) { return names(m).size(); })
      .def("__contains__", [names](const Mapping& m, const std::string& name) {
        const auto all = names(m);
        return std::ranges::find(all, name) != all.end();
      });
}

}  // namespace

void Run::require_no_views() const {
  if (*agent_views == 0) return;
  PyErr_Format(
      PyExc_BufferError,
      "%zu numpy views of agents are still held, and agents move in memory as a run goes on; "
      "delete the views, or keep copies: simulation.agents[\"x\"].copy()",
      *agent_views);
  throw py::error_already_set();
}

void add_arrays(py::module_& module) {
  // Brings in numpy now: two Python threads that did so at their first array would wait for each
  // other for ever.
  const py::array_t<double> first(0);
  py::class_<Arrays> arrays(
      module, "Arrays",
      "Named arrays of doubles, as a mapping: arrays[\"debris\"] is a numpy view without a copy. "
      "What is written into it is what the run goes on with. Over voxels: parenchyma, in the order "
      "of "
      "the grid.");
  add_mapping(arrays, &names_of);
  arrays
      .def(
          "__getitem__",
          [](const Arrays& self, const std::string& name) {
            NamedArrays::Entry& entry = entry_of(self, name);
            return view(entry.values.data(), entry.values.size(), py::cast(self.run),
                        self.writable);
          },
          py::arg("name"))
      .def(
          "unit",
          [](const Arrays& self, const std::string& name) { return entry_of(self, name).unit; },
          py::arg("name"), "Unit of an array, as \"cell/mm3\"; \"1\" for a pure number.")
      .def(
          "meaning",
          [](const Arrays& self, const std::string& name) {
            return entry_of(self, name).long_name;
          },
          py::arg("name"), "What an array holds, in one line.");

  py::class_<Columns> columns(module, "Agents",
                              "Columns of all mobile cells, as a mapping: agents[\"x\"] is a numpy "
                              "view without a copy [mm]. "
                              "Slots move as a run goes on (an `id` is for ever), so views must be "
                              "gone before it does. Slots "
                              "whose `state` is that of `dead` are free.");
  add_mapping(columns, &column_names);
  columns.def("__getitem__", &column_view, py::arg("name"))
      .def_property_readonly(
          "size", [](const Columns& self) { return self.run->world().agents().size(); },
          "Slots, free ones included.");

  py::class_<Voxels>(module, "Grid", "The voxels of a brain: parenchyma first, then CSF.")
      .def_property_readonly(
          "size", [](const Voxels& self) { return self.get().size(); }, "Voxels.")
      .def_property_readonly(
          "parenchyma_size", [](const Voxels& self) { return self.get().parenchyma_size(); },
          "Voxels of grey and white matter: what arrays of tissue and fields are over.")
      .def_property_readonly(
          "shape", [](const Voxels& self) { return self.get().geometry().size; },
          "Voxels of the image along x, y, z.")
      .def_property_readonly(
          "spacing_mm", [](const Voxels& self) { return self.get().geometry().spacing_mm; },
          "Width of a voxel along x, y, z [mm].")
      .def_property_readonly(
          "labels",
          [](const Voxels& self) {
            const std::span<const Label> labels = self.get().labels();
            return view(reinterpret_cast<const std::uint8_t*>(labels.data()), labels.size(),
                        py::cast(self.run), false);
          },
          "Label of each voxel (a view).")
      .def("image", &image_of, py::arg("values"), py::arg("outside") = 0.0,
           "Values over voxels as a 3-D array; `outside` where there is no voxel.");
  // Codes by name, as columns `kind` and `state` have them.
  const auto codes = [](const auto& names) {
    py::dict codes_of;
    for (std::size_t code = 0; code < names.size(); ++code) {
      codes_of[py::str(std::string(names[code]))] = code;
    }
    return codes_of;
  };
  module.attr("kinds") = codes(kind_names);
  module.attr("states") = codes(state_names);
  module.attr("labels") = codes(
      std::array<std::string_view, 5>{"outside", "subarachnoid_csf", "ventricle", "grey", "white"});
}

}  // namespace neurograft::python
