// What does one step of all tissue variables cost per voxel?
#include "workload.hpp"

namespace {

void tissue_step(benchmark::State& state) {
  run_workload(state, neurograft::tissue_step(static_cast<std::size_t>(state.range(0)),
                                              {static_cast<int>(state.range(1))}));
}

}  // namespace

BENCHMARK(tissue_step)
    ->ArgsProduct({{10'000, 100'000, 1'000'000}, {1, 2}})
    ->ArgNames({"voxels", "threads"})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
