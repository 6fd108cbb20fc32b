// What does one hourly step of all donor cell processes cost per agent, and does that depend on how
// many there are, or on how they crowd? Two decades of agents and of density, one and two threads.
#include "workload.hpp"

namespace {

void donor_step(benchmark::State& state) {
  run_workload(state, neurograft::donor_step(static_cast<std::size_t>(state.range(0)),
                                             {static_cast<int>(state.range(2))},
                                             static_cast<double>(state.range(1))));
}

}  // namespace

BENCHMARK(donor_step)
    ->ArgsProduct({{100'000, 1'000'000, 10'000'000}, {90}, {1, 2}})
    ->ArgsProduct({{1'000'000}, {900, 9'000, 90'000}, {1, 2}})
    ->ArgNames({"agents", "per_mm3", "threads"})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
