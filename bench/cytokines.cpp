// What does an hour of four cytokines in balance with moving sources cost, by voxel size and by
// number of voxels?
#include "workload.hpp"

namespace {

void cytokine_hour(benchmark::State& state) {
  run_workload(state, neurograft::cytokine_hour(static_cast<std::size_t>(state.range(0)),
                                                static_cast<double>(state.range(1)),
                                                {static_cast<int>(state.range(2))}));
}

}  // namespace

BENCHMARK(cytokine_hour)
    ->ArgsProduct({{10'000, 100'000, 1'000'000}, {20, 50}, {1, 2}})
    ->ArgNames({"voxels", "um", "threads"})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
