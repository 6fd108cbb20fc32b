#pragma once

#include <string>
#include <vector>

#include <neurograft/engine/recorder.hpp>
#include <neurograft/io/record_store.hpp>
#include <neurograft/io/record_times.hpp>

namespace neurograft {

/// Writes living cells to `/agents`, one row per cell and frame: donor cells on the wall or in
/// tissue and all immune cells, not those suspended in CSF. Rows of a frame are in id order and
/// begin at `offset`, `count` of them. Users' own columns follow the built-in ones.
class AgentRecorder final : public Recorder {
 public:
  /// `store` must outlive the recorder.
  AgentRecorder(RecordStore& store, RecordTimes times);

  /// Throws Error if a user's column has the name of a dataset here.
  void begin(const World& world, const ReadoutTable& readouts) override;
  bool due(Tick tick) const override { return times_.due(tick); }
  void record(const World& world, const ReadoutTable& readouts, Threads threads) override;

 private:
  RecordHandle column(const std::string& name, ElementType type, const std::string& units,
                      const std::string& long_name);

  RecordStore& store_;
  RecordTimes times_;
  RecordHandle frame_, offset_, count_, row_;
  RecordHandle id_, kind_, state_, x_, y_, z_, birth_, divisions_, clone_, hla1_, hla2_, product_;
  std::vector<RecordHandle> user_;
};

}  // namespace neurograft
