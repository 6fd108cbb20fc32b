// What does the same hour of a cytokine cost in split implicit steps, as tools that know no balance
// take them, at the same error?
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <neurograft/core/random.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/model/quasi_steady_solver.hpp>
#include <neurograft/model/transient_solver.hpp>

#include "workload.hpp"

namespace {

using namespace neurograft;

// One cytokine in a cube, in balance with sources that then move by a voxel.
struct Hour {
  Grid grid;
  DiffusionStencil stencil;
  DiffusionHierarchy hierarchy;
  DiffusionOperator diffusion;
  QuasiSteadySolver balance;
  TransientSolver steps;
  std::vector<double> level, source;
  SolverWorkspace workspace;

  static constexpr double half_life_h = 1.0;

  static LabelMap cube(int edge, double voxel_um) {
    LabelMap map;
    map.geometry.size = {edge, edge, edge};
    map.geometry.spacing_mm.fill(voxel_um / units::um_per_mm);
    map.labels.assign(map.geometry.voxels(), Label::white);
    map.source = "cube";
    return map;
  }

  Hour(int edge, double voxel_um)
      : grid(cube(edge, voxel_um)),
        stencil(grid, 1.0),
        hierarchy(grid, stencil),
        diffusion(stencil, units::mm2_per_d(40.0),
                  std::log(2.0) * units::hours_per_day / half_life_h),
        balance(diffusion, &hierarchy),
        steps(grid),
        level(grid.parenchyma_size(), 0.0) {
    place_sources(0);
    balance.solve(source, level, {.tolerance = 1e-8}, {}, workspace);
    place_sources(1);
  }

  // One voxel in five hundred releases.
  void place_sources(std::size_t shift) {
    source.assign(level.size(), 0.0);
    const Stream draws(1, StreamCode::run_setup, 0);
    for (std::uint32_t cell = 0; cell < level.size() / 500; ++cell) {
      const std::uint64_t place = std::uint64_t{draws.word(cell)} * level.size() >> 32;
      source[(place + shift) % level.size()] += diffusion.decay_per_d();
    }
  }

  std::vector<double> after(std::int64_t substeps, Threads threads = {}) {
    std::vector<double> u = level;
    steps.advance_fixed(diffusion, source, u, 1.0 / units::hours_per_day, substeps,
                        {.threads = threads}, workspace);
    return u;
  }
};

// Equal steps that the hour takes for an error of 1 % of the highest level, against 32,768 steps.
std::int64_t steps_for_one_percent(double voxel_um) {
  Hour hour(24, voxel_um);
  const std::vector<double> exact = hour.after(32768);
  const double highest = *std::ranges::max_element(exact);
  for (std::int64_t substeps = 1;; substeps *= 2) {
    const std::vector<double> u = hour.after(substeps);
    double error = 0.0;
    for (std::size_t v = 0; v < u.size(); ++v) error = std::max(error, std::abs(u[v] - exact[v]));
    if (error <= 0.01 * highest) return substeps;
  }
}

void split_hour(benchmark::State& state) {
  const double voxel_um = static_cast<double>(state.range(0));
  const Threads threads{static_cast<int>(state.range(1))};
  const std::int64_t substeps = steps_for_one_percent(voxel_um);
  Hour hour(100, voxel_um);
  for (auto _ : state) benchmark::DoNotOptimize(hour.after(substeps, threads).data());
  state.counters["steps"] = static_cast<double>(substeps);
  state.counters["s_per_unit"] = benchmark::Counter(
      static_cast<double>(hour.level.size()) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void balanced_hour(benchmark::State& state) {
  const Threads threads{static_cast<int>(state.range(1))};
  Hour hour(100, static_cast<double>(state.range(0)));
  for (auto _ : state) {
    std::vector<double> u = hour.level;
    hour.balance.solve(hour.source, u, {.tolerance = 1e-2}, {.threads = threads}, hour.workspace);
    benchmark::DoNotOptimize(u.data());
  }
  state.counters["s_per_unit"] = benchmark::Counter(
      static_cast<double>(hour.level.size()) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

}  // namespace

BENCHMARK(split_hour)
    ->ArgsProduct({{20, 50, 100}, {1, 2}})
    ->ArgNames({"um", "threads"})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(balanced_hour)
    ->ArgsProduct({{20, 50, 100}, {1, 2}})
    ->ArgNames({"um", "threads"})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
