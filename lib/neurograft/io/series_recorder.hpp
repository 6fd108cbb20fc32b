#pragma once

#include <map>
#include <string>
#include <vector>

#include <neurograft/engine/recorder.hpp>
#include <neurograft/io/record_store.hpp>
#include <neurograft/io/record_times.hpp>

namespace neurograft {

/// Writes every readout to `/series`: `time` [d] and one dataset per readout, with a scale of
/// labels or coordinates for each further dimension. Readouts may share a dimension by name.
class SeriesRecorder final : public Recorder {
 public:
  /// `store` must outlive the recorder.
  SeriesRecorder(RecordStore& store, RecordTimes times);

  /// Throws Error if two readouts give a dimension of one name different entries, or a readout has
  /// the name of a dimension.
  void begin(const World& world, const ReadoutTable& readouts) override;
  bool due(Tick tick) const override { return times_.due(tick); }
  void record(const World& world, const ReadoutTable& readouts, Threads threads) override;

 private:
  std::string scale_of(const ReadoutDimension& dimension);

  RecordStore& store_;
  RecordTimes times_;
  RecordHandle time_;
  std::vector<RecordHandle> handles_;
  std::map<std::string, ReadoutDimension> dimensions_;
};

}  // namespace neurograft
