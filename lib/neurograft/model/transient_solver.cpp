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
  const double decayed_d = dt_d - gain_d;
  struct Sums {
    double produced = 0.0;
    double decayed = 0.0;
  };
  std::vector<Sums> blocks((u.size() + voxel_block - 1) / voxel_block);
  parallel_for(threads, u.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
    // Sums in lanes, added in their order: they vectorise, and do not depend on how.
    std::array<double, lanes> produced{}, decayed{};
    for (std::size_t v = begin; v < end; v += lanes) {
      const std::size_t count = std::min<std::size_t>(lanes, end - v);
      for (std::size_t lane = 0; lane < count; ++lane) {
        const double s = source[v + lane];
        const double lost = u[v + lane] * lost_share;
        produced[lane] += s;
        decayed[lane] += lost + s * decayed_d;
        u[v + lane] = u[v + lane] - lost + s * gain_d;
      }
    }
    Sums& sums = blocks[begin / voxel_block];
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      sums.produced += produced[lane] * dt_d;
      sums.decayed += decayed[lane];
    }
  });
  const double volume = diffusion.stencil().voxel_volume_mm3();
  for (const Sums& sums : blocks) {
    ledger.produced += volume * sums.produced;
    ledger.decayed += volume * sums.decayed;
  }
}

}  // namespace

// One bundle in dense form, lanes fastest, with an empty row before and behind.
struct TransientSolver::Tile {
  std::size_t rows = 0;
  std::vector<double> value, link, exchange, ratio, solution;

  void resize(std::size_t count) {
    rows = count;
    const std::size_t cells = (rows + 2) * lanes;
    for (auto* values : {&value, &link, &exchange, &ratio, &solution}) {
      values->resize(cells);
      std::fill_n(values->begin(), lanes, 0.0);
      std::fill_n(values->end() - lanes, lanes, 0.0);
    }
  }

  // Elimination along each lane: (1 + e + l- + l+) x - l- x- - l+ x+ = value.
  void solve() {
    for (std::size_t row = 1; row <= rows; ++row) {
      for (std::size_t c = row * lanes; c < (row + 1) * lanes; ++c) {
        const double before = link[c - lanes];
        const double inverse_pivot =
            1.0 / (1.0 + exchange[c] + link[c] + before * (1.0 - ratio[c - lanes]));
        ratio[c] = link[c] * inverse_pivot;
        solution[c] = (value[c] + before * solution[c - lanes]) * inverse_pivot;
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
  std::vector<VoxelIndex> voxels(static_cast<std::size_t>(size[to.along]) * lanes);
  std::array<int, 3> place{};
  for (place[to.third] = 0; place[to.third] < size[to.third]; ++place[to.third]) {
    for (int first = 0; first < size[to.across]; first += lanes) {
      std::ranges::fill(voxels, no_voxel);
      for (int p = 0; p < size[to.along]; ++p) {
        for (int lane = first; lane < std::min(first + lanes, size[to.across]); ++lane) {
          place[to.along] = p;
          place[to.across] = lane;
          const VoxelIndex voxel =
              grid.compact(grid.geometry().index(place[0], place[1], place[2]));
          if (voxel >= grid.parenchyma_size()) continue;
          voxels[static_cast<std::size_t>(p * lanes + lane - first)] = voxel;
        }
      }
      add_bundle(axis, voxels);
    }
  }
}

void TransientSolver::add_bundle(std::size_t axis, std::span<const VoxelIndex> voxels) {
  const auto is_tissue = [](VoxelIndex voxel) { return voxel != no_voxel; };
  const auto first = std::ranges::find_if(voxels, is_tissue) - voxels.begin();
  if (first == std::ssize(voxels)) return;
  const auto last =
      std::find_if(voxels.rbegin(), voxels.rend(), is_tissue).base() - voxels.begin() - 1;
  const auto begin = static_cast<std::size_t>(first) / lanes * lanes;
  const auto end = (static_cast<std::size_t>(last) / lanes + 1) * lanes;
  bundles_[axis].push_back({voxels_[axis].size(), (end - begin) / lanes});
  for (std::size_t row = begin; row < end; row += lanes) {
    bool in_order = voxels[row] != no_voxel;
    for (std::size_t lane = 1; lane < lanes; ++lane) {
      in_order = in_order && voxels[row + lane] == voxels[row] + lane;
    }
    in_order_[axis].push_back(in_order ? 1 : 0);
  }
  voxels_[axis].insert(voxels_[axis].end(), voxels.begin() + static_cast<std::ptrdiff_t>(begin),
                       voxels.begin() + static_cast<std::ptrdiff_t>(end));
}

void TransientSolver::sweep(const DiffusionOperator& diffusion, std::size_t axis, double dt_d,
                            std::span<double> u, std::vector<double>& exchange_rate,
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
      const Bundle& bundle = bundles[b];
      tile.resize(bundle.rows);
      // Rows of neighbours that follow each other in memory are read as such.
      for (std::size_t row = 0; row < bundle.rows; ++row) {
        const std::size_t c = (row + 1) * lanes;
        const std::size_t at = bundle.begin + row * lanes;
        const VoxelIndex* voxels = voxels_[axis].data() + at;
        if (in_order_[axis][at / lanes] != 0) {
          for (std::size_t lane = 0; lane < lanes; ++lane) {
            tile.value[c + lane] = u[voxels[0] + lane];
            tile.link[c + lane] = scale * links[voxels[0] + lane];
            tile.exchange[c + lane] = open ? dt_d * exchange_rate[voxels[0] + lane] : 0.0;
          }
          continue;
        }
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          const VoxelIndex voxel = voxels[lane];
          const bool tissue = voxel != no_voxel;
          tile.value[c + lane] = tissue ? u[voxel] : 0.0;
          tile.link[c + lane] = tissue ? scale * links[voxel] : 0.0;
          tile.exchange[c + lane] = open && tissue ? dt_d * exchange_rate[voxel] : 0.0;
        }
      }
      tile.solve();
      tile.apply_fluxes();
      for (std::size_t row = 0; row < bundle.rows; ++row) {
        const std::size_t c = (row + 1) * lanes;
        const std::size_t at = bundle.begin + row * lanes;
        const VoxelIndex* voxels = voxels_[axis].data() + at;
        if (in_order_[axis][at / lanes] != 0) {
          for (std::size_t lane = 0; lane < lanes; ++lane)
            u[voxels[0] + lane] = tile.value[c + lane];
          continue;
        }
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          if (voxels[lane] != no_voxel) u[voxels[lane]] = tile.value[c + lane];
        }
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

FieldLedger TransientSolver::advance_fixed(const DiffusionOperator& diffusion,
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
      sweep(diffusion, axis, part_d, u, workspace.d, ledger, context.threads);
    }
    react(diffusion, source, u, 0.5 * part_d, ledger, context.threads);
  }
  require_physical(u, "level", context);
  return ledger;
}

TransientResult TransientSolver::advance(const DiffusionOperator& diffusion,
                                         std::span<const double> source, std::span<double> u,
                                         double dt_d, const TransientControl& control,
                                         const SolverContext& context,
                                         SolverWorkspace& workspace) const {
  auto& coarse = workspace.a;
  auto& fine = workspace.b;
  const auto solve = [&](std::vector<double>& values, std::int64_t substeps) {
    values.assign(u.begin(), u.end());
    return advance_fixed(diffusion, source, values, dt_d, substeps, context, workspace);
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
