#include "series.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace neurograft::python {
namespace {

class SeriesRecorder final : public Recorder {
 public:
  SeriesRecorder(std::shared_ptr<Series> series, RecordTimes times)
      : series_(std::move(series)), times_(std::move(times)) {}

  void begin(const World&, const ReadoutTable& table) override {
    const auto& readouts = table.readouts();
    for (const std::string& name : series_->wanted) {
      if (std::ranges::find(readouts, name, &Readout::name) == readouts.end()) {
        throw InputError({"series", "\"" + name + "\"", "is no readout of this simulation",
                          "simulation.readouts has their names"});
      }
    }
    for (std::size_t i = 0; i < readouts.size(); ++i) {
      const bool wanted =
          series_->wanted.empty() ||
          std::ranges::find(series_->wanted, readouts[i].name) != series_->wanted.end();
      if (!wanted) continue;
      series_->index.push_back(i);
      series_->readouts.push_back(readouts[i]);
    }
    series_->rows.resize(series_->index.size());
  }

  bool due(Tick tick) const override { return times_.due(tick); }

  void record(const World& world, const ReadoutTable& table, Threads threads) override {
    // A record counts once all of it is there.
    const std::size_t before = series_->time.size();
    for (std::size_t i = 0; i < series_->index.size(); ++i) {
      std::vector<double>& rows = series_->rows[i];
      const std::size_t size = series_->readouts[i].size();
      rows.resize((before + 1) * size);
      table.evaluate(series_->index[i], world, threads, std::span(rows).last(size));
    }
    series_->time.push_back(world.day());
  }

 private:
  std::shared_ptr<Series> series_;
  RecordTimes times_;
};

std::vector<std::string> names_of(const Series& series) {
  std::vector<std::string> names{"time"};
  for (const Readout& readout : series.readouts) names.push_back(readout.name);
  return names;
}

std::size_t place_of(const Series& series, const std::string& name) {
  const auto found = std::ranges::find(series.readouts, name, &Readout::name);
  if (found == series.readouts.end()) no_such("readout", name, names_of(series));
  return static_cast<std::size_t>(found - series.readouts.begin());
}

// Rows so far: records by the readout's dimensions. A copy, since a series grows.
py::array values_of(const Series& series, const std::string& name) {
  if (const auto run = series.run.lock()) run->world();  // not while another thread fills them
  if (name == "time") return py::array_t<double>(series.time.size(), series.time.data());
  const std::size_t place = place_of(series, name);
  std::vector<std::size_t> shape{series.time.size()};
  for (const auto& dimension : series.readouts[place].dimensions) shape.push_back(dimension.size());
  return py::array_t<double>(shape, series.rows[place].data());
}

py::dict dimensions_of(const Readout& readout) {
  py::dict dimensions;
  for (const ReadoutDimension& dimension : readout.dimensions) {
    dimensions[py::str(dimension.name)] =
        dimension.labels.empty() ? py::cast(dimension.values) : py::cast(dimension.labels);
  }
  return dimensions;
}

}  // namespace

std::unique_ptr<Recorder> series_recorder(std::shared_ptr<Series> series, RecordTimes times) {
  return std::make_unique<SeriesRecorder>(std::move(series), std::move(times));
}

void add_series(py::module_& module) {
  py::class_<Readout>(module, "Readout", "What is known of a readout.")
      .def_readonly("name", &Readout::name)
      .def_readonly("unit", &Readout::unit)
      .def_readonly("meaning", &Readout::long_name)
      .def_property_readonly("dimensions", &dimensions_of, "Name of each axis, and its entries.");

  py::class_<Series, std::shared_ptr<Series>>(module, "Series",
                                              "Readouts recorded in memory: series[\"time\"] [d], "
                                              "series[\"donor_alive\"] and so on, one row a "
                                              "record, as numpy arrays.")
      .def("keys", &names_of, "Names: \"time\", and those of the readouts.")
      .def("__iter__", [](const Series& series) { return py::iter(py::cast(names_of(series))); })
      .def("__len__", [](const Series& series) { return names_of(series).size(); })
      .def("__contains__",
           [](const Series& series, const std::string& name) {
             const auto names = names_of(series);
             return std::ranges::find(names, name) != names.end();
           })
      .def("__getitem__", &values_of, py::arg("name"))
      .def(
          "about",
          [](const Series& series, const std::string& name) {
            return series.readouts[place_of(series, name)];
          },
          py::arg("name"), "Unit, meaning and dimensions of a readout.");
}

}  // namespace neurograft::python
