#include <algorithm>
#include <cmath>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/model/transient_solver.hpp>

namespace neurograft {
namespace {

constexpr int lanes = 8;
constexpr std::size_t bundle_block = 16;

// Which image direction runs along the lines, across the lanes of a bundle, and counts bundles.
struct Directions {
  std::size_t along, across, third;
};
constexpr std::array<Directions, 3> directions{{{0, 1, 2}, {1, 0, 2}, {2, 0, 1}}};

// Production and decay over `dt_d`, exact for a constant source.
void react(const DiffusionOperator& diffusion, std::span<const double> source, std::span<double> u,
           double dt_d, FieldLedger& ledger, Threads threads) {
  const double k = diffusion.decay_per_d();
  const double lost_share = -math::expm1(-k * dt_d);
  const double gain_d = k > 0.0 ? lost_share / k : dt_d;
  const double volume = diffusion.stencil().voxel_volume_mm3();
  const auto sum = [&](auto value) {
    return volume *
           blocked_sum(threads, u.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
             double total = 0.0;
             for (std::size_t v = begin; v < end; ++v) total += value(v);
             return total;
           });
  };
  ledger.produced += sum([&](std::size_t v) { return source[v] * dt_d; });
  ledger.decayed += sum([&](std::size_t v) {
    const double decayed = u[v] * lost_share + source[v] * (dt_d - gain_d);
    u[v] = u[v] - u[v] * lost_share + source[v] * gain_d;
    return decayed;
  });
}

}  // namespace

// One bundle in dense form, lanes fastest, with an empty row before and behind.
struct TransientSolver::Tile {
  std::size_t rows = 0;
  std::vector<VoxelIndex> voxels;
  std::vector<double> value, link, exchange, ratio, solution;

  void resize(std::size_t count) {
    rows = count;
    const std::size_t cells = (rows + 2) * lanes;
    voxels.assign(cells, no_voxel);
    for (auto* values : {&value, &link, &exchange, &ratio, &solution}) values->assign(cells, 0.0);
  }

  // Elimination along each lane: (1 + e + l- + l+) x - l- x- - l+ x+ = value.
  void solve() {
    for (std::size_t row = 1; row <= rows; ++row) {
      for (std::size_t c = row * lanes; c < (row + 1) * lanes; ++c) {
        const double before = link[c - lanes];
        const double pivot = 1.0 + exchange[c] + link[c] + before * (1.0 - ratio[c - lanes]);
        ratio[c] = link[c] / pivot;
        solution[c] = (value[c] + before * solution[c - lanes]) / pivot;
      }
    }
    for (std::size_t row = rows; row >= 1; --row) {
      for (std::size_t c = row * lanes; c < (row + 1) * lanes; ++c) {
        solution[c] += ratio[c] * solution[c + lanes];
      }
    }
  }

  // Moves amounts by the fluxes of the solution, which cancel in pairs: the total is kept whatever
  // the rounding of the elimination. What is left of a cell that empties may round below zero.
  void apply_fluxes() {
    for (std::size_t row = 1; row <= rows; ++row) {
      for (std::size_t c = row * lanes; c < (row + 1) * lanes; ++c) {
        const double out = link[c] * (solution[c] - solution[c + lanes]);
        const double in = link[c - lanes] * (solution[c - lanes] - solution[c]);
        const double left = value[c] - out + in - exchange[c] * solution[c];
        value[c] = left < 0.0 ? 0.0 : left;  // not a number stays so
      }
    }
  }
};

TransientSolver::TransientSolver(const Grid& grid) {
  for (std::size_t axis = 0; axis < 3; ++axis) add_bundles(grid, axis);
}

void TransientSolver::add_bundles(const Grid& grid, std::size_t axis) {
  const auto& size = grid.geometry().size;
  const Directions to = directions[axis];
  Tile tile;
  for (int place = 0; place < size[to.third]; ++place) {
    for (int first = 0; first < size[to.across]; first += lanes) {
      Bundle bundle{first, place, 0, size[to.along]};
      load(grid, axis, bundle, tile);
      const auto is_tissue = [](VoxelIndex voxel) { return voxel != no_voxel; };
      const auto& voxels = tile.voxels;
      const auto low = std::find_if(voxels.begin(), voxels.end(), is_tissue) - voxels.begin();
      const auto high =
          std::find_if(voxels.rbegin(), voxels.rend(), is_tissue).base() - voxels.begin();
      if (high == 0) continue;
      bundle.begin = static_cast<int>(low) / lanes - 1;
      bundle.end = (static_cast<int>(high) - 1) / lanes;
      bundles_[axis].push_back(bundle);
    }
  }
}

void TransientSolver::load(const Grid& grid, std::size_t axis, const Bundle& bundle, Tile& tile) {
  const auto& size = grid.geometry().size;
  const Directions to = directions[axis];
  tile.resize(static_cast<std::size_t>(bundle.end - bundle.begin));
  std::array<int, 3> place{};
  place[to.third] = bundle.place;
  const int last_lane = std::min(bundle.first_lane + lanes, size[to.across]);
  for (int p = bundle.begin; p < bundle.end; ++p) {
    for (int lane = bundle.first_lane; lane < last_lane; ++lane) {
      place[to.along] = p;
      place[to.across] = lane;
      const VoxelIndex voxel = grid.compact(grid.geometry().index(place[0], place[1], place[2]));
      if (voxel >= grid.parenchyma_size()) continue;
      tile.voxels[static_cast<std::size_t>((p - bundle.begin + 1) * lanes + lane -
                                           bundle.first_lane)] = voxel;
    }
  }
}

void TransientSolver::sweep(const Grid& grid, const DiffusionOperator& diffusion, std::size_t axis,
                            double dt_d, std::span<double> u, std::vector<double>& exchange_rate,
                            FieldLedger& ledger, Threads threads) const {
  const auto of_axis = [&](const ExchangeFace& face) { return face.axis == axis; };
  const bool open = std::ranges::any_of(diffusion.exchange(), of_axis);
  exchange_rate.assign(open ? u.size() : 0, 0.0);
  for (const ExchangeFace& face : diffusion.exchange()) {
    if (!of_axis(face)) continue;
    exchange_rate[face.voxel] += face.rate_per_d;
    u[face.voxel] += dt_d * face.rate_per_d * face.level;
  }
  const double* links = diffusion.stencil().face(axis);
  const double scale = diffusion.diffusivity_mm2_per_d() * dt_d;
  const auto& bundles = bundles_[axis];
  parallel_for(threads, bundles.size(), bundle_block, [&](std::size_t begin, std::size_t end) {
    Tile tile;
    for (std::size_t b = begin; b < end; ++b) {
      load(grid, axis, bundles[b], tile);
      for (std::size_t c = 0; c < tile.voxels.size(); ++c) {
        const VoxelIndex voxel = tile.voxels[c];
        if (voxel == no_voxel) continue;
        tile.value[c] = u[voxel];
        tile.link[c] = scale * links[voxel];
        if (open) tile.exchange[c] = dt_d * exchange_rate[voxel];
      }
      tile.solve();
      tile.apply_fluxes();
      for (std::size_t c = 0; c < tile.voxels.size(); ++c) {
        if (tile.voxels[c] != no_voxel) u[tile.voxels[c]] = tile.value[c];
      }
    }
  });
  const double volume = diffusion.stencil().voxel_volume_mm3();
  for (const ExchangeFace& face : diffusion.exchange()) {
    if (!of_axis(face)) continue;
    const double lost = volume * dt_d * face.rate_per_d * (u[face.voxel] - face.level);
    (face.ventricle ? ledger.lost_to_ventricle : ledger.lost_to_pia) += lost;
  }
}

FieldLedger TransientSolver::advance_fixed(const Grid& grid, const DiffusionOperator& diffusion,
                                           std::span<const double> source, std::span<double> u,
                                           double dt_d, std::int64_t substeps,
                                           const SolverContext& context,
                                           SolverWorkspace& workspace) const {
  require_physical(source, "source", context);
  require_physical(u, "level", context);
  FieldLedger ledger;
  const double part_d = dt_d / static_cast<double>(substeps);
  for (std::int64_t step = 0; step < substeps; ++step) {
    react(diffusion, source, u, 0.5 * part_d, ledger, context.threads);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      sweep(grid, diffusion, axis, part_d, u, workspace.d, ledger, context.threads);
    }
    react(diffusion, source, u, 0.5 * part_d, ledger, context.threads);
  }
  require_physical(u, "level", context);
  return ledger;
}

TransientResult TransientSolver::advance(const Grid& grid, const DiffusionOperator& diffusion,
                                         std::span<const double> source, std::span<double> u,
                                         double dt_d, const TransientControl& control,
                                         const SolverContext& context,
                                         SolverWorkspace& workspace) const {
  auto& coarse = workspace.a;
  auto& fine = workspace.b;
  const auto solve = [&](std::vector<double>& values, std::int64_t substeps) {
    values.assign(u.begin(), u.end());
    return advance_fixed(grid, diffusion, source, values, dt_d, substeps, context, workspace);
  };
  const auto largest = [&](auto value) {
    return blocked_max(context.threads, u.size(), voxel_block, 0.0,
                       [&](std::size_t begin, std::size_t end) {
                         double result = 0.0;
                         for (std::size_t v = begin; v < end; ++v) {
                           result = std::max(result, value(v));
                         }
                         return result;
                       });
  };
  TransientResult result;
  solve(coarse, 1);
  for (result.substeps = 2; result.substeps <= control.max_substeps; result.substeps *= 2) {
    result.ledger = solve(fine, result.substeps);
    const double change = largest([&](std::size_t v) { return std::abs(fine[v] - coarse[v]); });
    const double scale = largest([&](std::size_t v) { return fine[v]; });
    result.error_estimate = scale > 0.0 ? change / scale : 0.0;
    if (result.error_estimate <= control.tolerance) {
      std::copy(fine.begin(), fine.end(), u.begin());
      return result;
    }
    coarse.swap(fine);
  }
  const auto peak = std::max_element(coarse.begin(), coarse.end()) - coarse.begin();
  throw NumericalError("signalling", std::string(context.field), peak, context.tick,
                       "the transient solve did not reach its tolerance in " +
                           std::to_string(control.max_substeps) + " sub-steps (estimated error " +
                           std::to_string(result.error_estimate) +
                           "); a shorter signalling.every_h, more signalling.max_substeps or a "
                           "larger signalling.transient_tolerance would do, or quasi_steady");
}

}  // namespace neurograft
