#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <neurograft/core/parallel.hpp>

/// How fast this build is on this machine: work of known size, made by the library's own processes
/// and solvers and repeated until its time is known. `neurograft bench` prints it; the programs in
/// `bench/` ask about one thing each.
namespace neurograft {

/// A piece of work that can be repeated.
struct Workload {
  std::function<void()> once;   ///< does it one time
  double units = 0.0;           ///< what is done each time: agent-steps, voxels times substances
  double bytes_per_unit = 0.0;  ///< memory that one agent, or one voxel and substance, takes
  double least_traffic = 0.0;   ///< bytes that a unit must read and write at least
};

/// One hour of all donor cell processes, taken as the mean over a day (cells are put in order once
/// in it), for active stem cells in a ball of tissue: the most costly state, spread or crowded.
/// Unit: an agent and step. Each repetition is a day.
Workload donor_step(std::size_t agents, Threads threads, double cells_per_mm3 = 90.0);

/// One hour of four cytokines (D 40 um2/s, half-lives 0.5 to 2 h) in balance with sources that move
/// by a voxel an hour, in a ball of tissue of about `voxels`; the largest error is below 1 %. Unit:
/// a voxel and substance.
Workload cytokine_hour(std::size_t voxels, double voxel_um, Threads threads);

/// One implicit step of `substances` transient substances in the same ball, in double precision, D
/// by tissue. Unit: a voxel and substance.
Workload transient_step(std::size_t voxels, std::size_t substances, Threads threads);

/// One 6-h step of all tissue variables where every voxel is disturbed a little. Unit: a voxel.
Workload tissue_step(std::size_t voxels, Threads threads);

/// Reads and writes an array larger than all caches once. Unit: a byte moved.
Workload memory_stream(Threads threads);

/// Times per unit over repetitions [ns].
struct Timing {
  double median_ns = 0.0;
  double lowest_ns = 0.0;
  double highest_ns = 0.0;
};

/// Repeats the work, once unmeasured, then at least 3 times and until `seconds` have passed.
Timing measure(const Workload& workload, double seconds);

}  // namespace neurograft
