// What does one implicit step of transient substances cost, by number of voxels and substances?
#include "workload.hpp"

namespace {

void transient_step(benchmark::State& state) {
  run_workload(state, neurograft::transient_step(static_cast<std::size_t>(state.range(0)),
                                                 static_cast<std::size_t>(state.range(1)),
                                                 {static_cast<int>(state.range(2))}));
}

}  // namespace

BENCHMARK(transient_step)
    ->ArgsProduct({{10'000, 100'000, 1'000'000}, {1, 4}, {1, 2}})
    ->ArgsProduct({{8'000'000}, {1}, {1, 2}})
    ->ArgsProduct({{100'000}, {10, 100}, {1, 2}})
    ->ArgNames({"voxels", "substances", "threads"})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
