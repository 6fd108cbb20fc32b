#include <algorithm>
#include <exception>

#include <neurograft/core/error.hpp>
#include <neurograft/scenario/build.hpp>
#include <neurograft/study/study_estimate.hpp>

namespace neurograft {

StudyEstimate estimate_of(const Plan& plan, const std::vector<const PlannedRun*>& runs) {
  constexpr std::size_t most_looked_at = 8;
  StudyEstimate estimate{.runs = runs.size()};
  if (runs.empty()) return estimate;
  const std::size_t spread = std::min(most_looked_at, runs.size());
  std::vector<const PlannedRun*> looked_at;
  for (std::size_t n = 0; n < spread; ++n) {
    looked_at.push_back(runs[spread == 1 ? 0 : n * (runs.size() - 1) / (spread - 1)]);
  }
  looked_at.push_back(*std::ranges::max_element(runs, {}, &PlannedRun::cells));
  looked_at.push_back(*std::ranges::min_element(runs, {}, &PlannedRun::resolution_mm));
  std::size_t good = 0;
  std::exception_ptr first_fault;
  for (std::size_t n = 0; n < looked_at.size(); ++n) {
    try {
      const Estimate one = prepare(config_of(plan, *looked_at[n])).estimate();
      estimate.memory_bytes = std::max(estimate.memory_bytes, one.memory_bytes);
      if (n >= spread) continue;  // the largest would spoil the mean
      estimate.core_seconds += one.seconds;
      estimate.disk_bytes += one.disk_bytes;
      ++good;
    } catch (const InputError&) {
      // That run will fail, others may not.
      if (!first_fault) first_fault = std::current_exception();
    }
  }
  if (good == 0) std::rethrow_exception(first_fault);
  const double all = static_cast<double>(runs.size()) / static_cast<double>(good);
  estimate.core_seconds *= all;
  estimate.disk_bytes *= all;
  return estimate;
}

}  // namespace neurograft
