#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/io/series_recorder.hpp>

namespace neurograft {

SeriesRecorder::SeriesRecorder(RecordStore& store, RecordTimes times)
    : store_(store), times_(std::move(times)) {}

std::string SeriesRecorder::scale_of(const ReadoutDimension& dimension) {
  const std::string path = "/series/" + dimension.name;
  const auto [known, is_new] = dimensions_.try_emplace(dimension.name, dimension);
  if (!is_new) {
    if (known->second.labels != dimension.labels || known->second.values != dimension.values) {
      throw Error("two readouts give the dimension \"" + dimension.name + "\" different entries");
    }
    return path;
  }
  if (dimension.labels.empty() && !dimension.values.empty()) {
    store_.fixed_scale(path, dimension.values, dimension.unit, dimension.name);
  } else {
    store_.fixed_scale(path, dimension.labels, dimension.name);
  }
  return path;
}

void SeriesRecorder::begin(const World& /*world*/, const ReadoutTable& readouts) {
  time_ = store_.declare({.path = "/series/time",
                          .type = ElementType::f64,
                          .row = {},
                          .axes = {},
                          .units = "d",
                          .long_name = "time since the first injection",
                          .scale = true,
                          .chunk = {}});
  for (const Readout& readout : readouts.readouts()) {
    for (const ReadoutDimension& dimension : readout.dimensions) scale_of(dimension);
  }
  for (const Readout& readout : readouts.readouts()) {
    if (readout.name == "time" || dimensions_.contains(readout.name)) {
      throw Error("a readout and a dimension are both named \"" + readout.name + "\"");
    }
    RecordedDataset dataset{.path = "/series/" + readout.name,
                            .type = ElementType::f64,
                            .row = {},
                            .axes = {"/series/time"},
                            .units = readout.unit.empty() ? "1" : readout.unit,
                            .long_name = readout.long_name,
                            .chunk = {}};
    for (const ReadoutDimension& dimension : readout.dimensions) {
      dataset.row.push_back(dimension.size());
      dataset.axes.push_back(scale_of(dimension));
    }
    handles_.push_back(store_.declare(dataset));
  }
}

void SeriesRecorder::record(const World& world, const ReadoutTable& readouts, Threads threads) {
  std::vector<double> values;
  for (std::size_t index = 0; index < handles_.size(); ++index) {
    values.assign(readouts.readouts()[index].size(), 0.0);
    readouts.evaluate(index, world, threads, values);
    store_.append(handles_[index], std::span<const double>(values));
  }
  store_.append_one(time_, world.day());
}

}  // namespace neurograft
