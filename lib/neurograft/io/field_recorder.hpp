#pragma once

#include <span>
#include <string>
#include <vector>

#include <neurograft/engine/recorder.hpp>
#include <neurograft/io/record_store.hpp>
#include <neurograft/io/record_times.hpp>

namespace neurograft {

/// Writes arrays over parenchyma voxels to `/fields` as images: frame [d] x z x y x x, single
/// precision, NaN outside parenchyma. Coordinates z, y, x are voxel centres [mm] from the low
/// corner of voxel (0, 0, 0). Group attributes `origin` and `spacing` [mm] (x, y, z) and `affine`
/// (4x4 by rows: voxel index to the input's space); dataset `label` is the brain itself.
class FieldRecorder final : public Recorder {
 public:
  /// `names` are of tissue, fields or maps. `store` must outlive the recorder.
  FieldRecorder(RecordStore& store, std::vector<std::string> names, RecordTimes times);

  /// Throws InputError naming each array that there is not, with those that there are.
  void begin(const World& world, const ReadoutTable& readouts) override;
  bool due(Tick tick) const override { return !names_.empty() && times_.due(tick); }
  void record(const World& world, const ReadoutTable& readouts, Threads threads) override;

 private:
  void write_frame_of_reference(const Grid& grid);

  RecordStore& store_;
  std::vector<std::string> names_;
  RecordTimes times_;
  RecordHandle frame_;
  std::vector<RecordHandle> handles_;
};

/// Those of `names` that are no array over the parenchyma voxels of tissue, fields or maps.
std::vector<std::string> missing_fields(const World& world, std::span<const std::string> names);

/// Names of all such arrays, for messages.
std::string recordable_fields(const World& world);

}  // namespace neurograft
