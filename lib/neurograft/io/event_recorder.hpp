#pragma once

#include <neurograft/engine/recorder.hpp>
#include <neurograft/io/record_store.hpp>

namespace neurograft {

/// Writes what the world logs (injections, dose changes, lesions) to `/events`: one row each, in
/// the order of logging.
class EventRecorder final : public Recorder {
 public:
  /// `store` must outlive the recorder.
  explicit EventRecorder(RecordStore& store) : store_(store) {}

  void begin(const World& world, const ReadoutTable& readouts) override;
  bool due(Tick /*tick*/) const override { return true; }
  void record(const World& world, const ReadoutTable& readouts, Threads threads) override;

 private:
  RecordStore& store_;
  RecordHandle event_, day_, kind_, what_, amount_, unit_;
};

}  // namespace neurograft
