#pragma once

#include <neurograft/study/speed.hpp>

#include <benchmark/benchmark.h>

/// Runs a workload as a benchmark that reports nanoseconds and bytes per unit.
inline void run_workload(benchmark::State& state, const neurograft::Workload& work) {
  work.once();  // warm
  for (auto _ : state) work.once();
  const double done = work.units * static_cast<double>(state.iterations());
  state.counters["s_per_unit"] =
      benchmark::Counter(done, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes_per_unit"] = work.bytes_per_unit;
}
