#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include <neurograft/core/random.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/io/config.hpp>
#include <neurograft/model/diffusion_operator.hpp>
#include <neurograft/model/quasi_steady_solver.hpp>
#include <neurograft/model/tissue.hpp>
#include <neurograft/model/transient_solver.hpp>
#include <neurograft/scenario/build.hpp>
#include <neurograft/study/speed.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

// A ball of white matter with a grey rind in a cube of `outside`, of about so many tissue voxels.
LabelMap ball(std::size_t voxels, double voxel_mm) {
  const double radius = std::cbrt(static_cast<double>(voxels) * 3.0 / (4.0 * M_PI));
  const int n = 2 * static_cast<int>(std::ceil(radius)) + 2;
  LabelMap map;
  map.geometry.size = {n, n, n};
  map.geometry.spacing_mm = {voxel_mm, voxel_mm, voxel_mm};
  map.source = "ball";
  map.labels.reserve(map.geometry.voxels());
  const double centre = 0.5 * (n - 1);
  for (int k = 0; k < n; ++k) {
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < n; ++i) {
        const double r = std::sqrt((i - centre) * (i - centre) + (j - centre) * (j - centre) +
                                   (k - centre) * (k - centre));
        map.labels.push_back(r > radius         ? Label::outside
                             : r > 0.9 * radius ? Label::grey
                                                : Label::white);
      }
    }
  }
  return map;
}

constexpr double grey_um2_per_s = 40.0;
constexpr double white_to_grey = 0.8;
constexpr std::array<double, 4> half_lives_h{0.5, 1.0, 1.5, 2.0};
constexpr std::size_t sources = 2000;

struct Substances {
  Grid grid;
  DiffusionStencil stencil;
  std::vector<DiffusionOperator> operators;
  std::vector<std::vector<double>> level, source;
  SolverWorkspace workspace;
  Threads threads;
  std::uint32_t hour = 0;

  Substances(std::size_t voxels, double voxel_um, std::size_t count, Threads how_many)
      : grid(ball(voxels, voxel_um / units::um_per_mm)),
        stencil(grid, white_to_grey),
        threads(how_many) {
    for (std::size_t s = 0; s < count; ++s) {
      const double decay = std::log(2.0) * 24.0 / half_lives_h[s % half_lives_h.size()];
      operators.emplace_back(stencil, units::mm2_per_d(grey_um2_per_s), decay);
      level.emplace_back(grid.parenchyma_size(), 0.0);
      source.emplace_back(grid.parenchyma_size(), 0.0);
    }
  }

  double units() const {
    return static_cast<double>(operators.size()) * static_cast<double>(grid.parenchyma_size());
  }

  // Scattered cells that walk along x, a voxel an hour.
  void move_sources() {
    for (std::size_t s = 0; s < operators.size(); ++s) {
      std::ranges::fill(source[s], 0.0);
      const Stream draws(s, StreamCode::run_setup, 0);
      for (std::uint32_t cell = 0; cell < sources; ++cell) {
        const std::uint64_t place = std::uint64_t{draws.word(cell)} * grid.parenchyma_size() >> 32;
        source[s][(place + hour) % grid.parenchyma_size()] += operators[s].decay_per_d();
      }
    }
    ++hour;
  }
};

// What levels, sources and the solver's buffers take, per voxel and substance.
double bytes_per_unit(const Substances& s) {
  std::size_t values = 0;
  for (const auto* vectors : {&s.level, &s.source, &s.workspace.tiles}) {
    for (const std::vector<double>& vector : *vectors) values += vector.size();
  }
  values += s.workspace.long_steps.size() + s.workspace.short_steps.size();
  for (const SolverWorkspace::Level& level : s.workspace.levels) {
    values += level.current.size() + level.next.size() + level.right_side.size();
  }
  return static_cast<double>(sizeof(double) * values) / s.units();
}

}  // namespace

Workload donor_step(std::size_t agents, Threads threads, double cells_per_mm3) {
  const double radius = std::cbrt(static_cast<double>(agents) / cells_per_mm3 * 3.0 / (4.0 * M_PI));
  const std::string text = fmt::format(
      "[simulation]\nstart_d = 0\nduration_d = 3650\n"
      "[brain]\nsource = \"phantom\"\nresolution_mm = 2\n"
      "[graft]\ncells = {}\nroute = \"parenchymal\"\nradius_mm = {:.3f}\nviability = 1\n"
      "[lifecycle]\nearly_death_per_d = 0\nrest_per_d = 0\n"
      "[signalling]\nenabled = false\n[tissue]\nenabled = false\n[readouts]\nenabled = false\n",
      agents, radius);
  auto simulation =
      std::make_shared<Simulation>(build(Config::from_string(text, "donor_step"), threads));
  simulation->run_until(0.0);
  Workload work;
  work.once = [simulation, day = 0.0]() mutable { simulation->run_until(day += 1.0); };
  work.units = static_cast<double>(agents) * 24.0;
  work.bytes_per_unit = static_cast<double>(simulation->world().agents().bytes_per_agent());
  // All columns once, and position, heading and voxel back.
  work.least_traffic =
      work.bytes_per_unit + 3 * sizeof(float) + 3 * sizeof(std::int16_t) + sizeof(VoxelIndex);
  return work;
}

Workload cytokine_hour(std::size_t voxels, double voxel_um, Threads threads) {
  auto s = std::make_shared<Substances>(voxels, voxel_um, half_lives_h.size(), threads);
  auto hierarchy = std::make_shared<DiffusionHierarchy>(s->grid, s->stencil);
  std::vector<QuasiSteadySolver> solvers;
  for (const DiffusionOperator& diffusion : s->operators) {
    solvers.emplace_back(diffusion, hierarchy.get());
  }
  Workload work;
  work.once = [s, hierarchy, solvers] {
    s->move_sources();
    for (std::size_t i = 0; i < s->operators.size(); ++i) {
      solvers[i].solve(s->source[i], s->level[i], {.tolerance = 1e-2}, {.threads = s->threads},
                       s->workspace);
    }
  };
  work.units = s->units();
  work.once();
  work.bytes_per_unit = bytes_per_unit(*s);
  work.least_traffic = 3.0 * 8.0;  // level to and fro, source
  return work;
}

Workload transient_step(std::size_t voxels, std::size_t substances, Threads threads) {
  auto s = std::make_shared<Substances>(voxels, 20.0, substances, threads);
  auto solver = std::make_shared<TransientSolver>(s->grid);
  s->move_sources();
  Workload work;
  std::vector<TransientField> fields;
  for (std::size_t i = 0; i < substances; ++i) {
    fields.push_back({"", &s->operators[i], s->source[i], s->level[i]});
  }
  work.once = [s, solver, fields] {
    constexpr double step_d = 1.0 / (24.0 * 60.0);
    solver->advance_fixed(fields, step_d, 1, {.threads = s->threads}, s->workspace);
  };
  work.units = s->units();
  work.once();
  work.bytes_per_unit = bytes_per_unit(*s);
  // Level to and fro, source, and a coefficient for each axis, which substances share.
  work.least_traffic = (3.0 + 3.0 / static_cast<double>(substances)) * 8.0;
  return work;
}

Workload tissue_step(std::size_t voxels, Threads threads) {
  struct Workpiece {
    World world;
    Tissue process{tissue_section().defaults()};
    ReadoutTable readouts;
  };
  auto s = std::make_shared<Workpiece>();
  s->world = World(Grid(ball(voxels, 1.0)), Clock{}, 1);
  s->process.bind(s->world, s->readouts);
  auto& arrays = s->world.tissue();
  const Stream draws(1, StreamCode::run_setup, 0);
  const auto myelin = arrays[arrays.find("myelin_original")];
  const auto debris = arrays[arrays.find("debris")];
  for (std::uint32_t v = 0; v < myelin.size(); ++v) {
    const double lost = 1e-3 * draws.word(v) * 0x1p-32;
    myelin[v] -= lost;
    debris[v] += lost;
  }
  Workload work;
  work.once = [s, threads] {
    s->process.step(s->world, {.tick = s->world.tick(),
                               .period = 6,
                               .day = s->world.day(),
                               .dt_d = 0.25,
                               .seed = 1,
                               .order = 0,
                               .threads = threads});
    s->world.set_tick(s->world.tick() + 6);
  };
  work.units = static_cast<double>(myelin.size());
  work.bytes_per_unit = 8.0 * static_cast<double>(arrays.entries().size());
  work.least_traffic = 2.0 * work.bytes_per_unit;
  return work;
}

Workload memory_stream(Threads threads) {
  constexpr std::size_t count = std::size_t{64} << 20;  // 512 MiB of doubles
  auto values = std::make_shared<std::vector<double>>(count, 1.0);
  Workload work;
  work.once = [values, threads] {
    double* const v = values->data();
    parallel_for(threads, count, std::size_t{1} << 16, [v](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) v[i] = v[i] * 0.999 + 0.001;
    });
  };
  work.units = 16.0 * static_cast<double>(count);
  work.bytes_per_unit = 1.0;
  return work;
}

Timing measure(const Workload& workload, double seconds) {
  using Steady = std::chrono::steady_clock;
  const auto since = [](Steady::time_point start) {
    return std::chrono::duration<double>(Steady::now() - start).count();
  };
  workload.once();
  std::vector<double> times;
  const auto began = Steady::now();
  while (times.size() < 3 || since(began) < seconds) {
    const auto start = Steady::now();
    workload.once();
    times.push_back(1e9 * since(start) / workload.units);
  }
  std::ranges::sort(times);
  return {times[times.size() / 2], times.front(), times.back()};
}

}  // namespace neurograft
