#pragma once

#include <cstddef>
#include <vector>

#include <neurograft/study/plan.hpp>

namespace neurograft {

/// What a study takes.
struct StudyEstimate {
  std::size_t runs = 0;
  double core_seconds = 0.0;
  double disk_bytes = 0.0;
  double memory_bytes = 0.0;  ///< of the largest run
};

/// The mean over some of the runs, which are prepared for that, times all, and the memory of the
/// largest by cells and voxels. What they share, as the segmentation of a brain, is then computed
/// and kept. Throws InputError if none of them can be prepared.
StudyEstimate estimate_of(const Plan& plan, const std::vector<const PlannedRun*>& runs);

}  // namespace neurograft
