#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/wide.hpp>
#include <neurograft/model/line_elimination.hpp>
#include <neurograft/model/transient_solver.hpp>

namespace neurograft {
namespace {

// Shares of the slabs that are handed to threads; each has a tile.
constexpr std::size_t shares_per_thread = 4;

constexpr std::size_t round_up(std::size_t count, std::size_t to) noexcept {
  return (count + to - 1) / to * to;
}

// Production and decay over a time, exact for a constant source.
struct Reaction {
  double lost_share;  // of a level
  double gain_d;      // of a source
  double dt_d;

  Reaction(double decay_per_d, double time_d)
      : lost_share(-math::expm1(-decay_per_d * time_d)),
        gain_d(decay_per_d > 0.0 ? lost_share / decay_per_d : time_d),
        dt_d(time_d) {}
};

// Sums over what has reacted, in lanes that are added in their order. Runs, which restart the
// lanes, are fixed by the mask.
struct Reacted {
  static constexpr std::size_t lanes = 2 * wide_lanes;
  double sources[lanes]{}, levels[lanes]{};
  bool physical = true;

  // Of `count` levels, into `to`, which may be `level`.
  void react(const double* level, const double* source, std::size_t count, const Reaction& reaction,
             double* to) noexcept {
    const std::size_t whole = count / lanes * lanes;
    Wide source_sum[2]{wide(sources), wide(sources + wide_lanes)};
    Wide level_sum[2]{wide(levels), wide(levels + wide_lanes)};
    WideMask fine{-1, -1, -1, -1};
    for (std::size_t i = 0; i < whole; i += lanes) {
      for (std::size_t w = 0; w < 2; ++w) {
        const Wide before = wide(level + i + w * wide_lanes);
        const Wide s = wide(source + i + w * wide_lanes);
        const Wide after = before - before * reaction.lost_share + s * reaction.gain_d;
        fine = fine & (before >= 0.0) & (s >= 0.0) & (s <= largest) & (after <= largest);
        source_sum[w] = source_sum[w] + s;
        level_sum[w] = level_sum[w] + before;
        wide(to + i + w * wide_lanes) = after;
      }
    }
    for (std::size_t w = 0; w < 2; ++w) {
      wide(sources + w * wide_lanes) = source_sum[w];
      wide(levels + w * wide_lanes) = level_sum[w];
    }
    for (std::size_t lane = 0; lane < wide_lanes; ++lane) physical = physical && fine[lane] != 0;
    for (std::size_t i = whole; i < count; ++i) {
      const double before = level[i];
      const double s = source[i];
      const double after = before - before * reaction.lost_share + s * reaction.gain_d;
      physical = physical && before >= 0.0 && s >= 0.0 && s <= largest && after <= largest;
      sources[i - whole] += s;
      levels[i - whole] += before;
      to[i] = after;
    }
  }

 private:
  static constexpr double largest = std::numeric_limits<double>::max();
};

double total(const double (&lanes)[Reacted::lanes]) noexcept {
  double sum = 0.0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

void add(FieldLedger& sum, const FieldLedger& part, double volume) noexcept {
  sum.produced += volume * part.produced;
  sum.decayed += volume * part.decayed;
  sum.lost_to_ventricle += volume * part.lost_to_ventricle;
  sum.lost_to_pia += volume * part.lost_to_pia;
}

}  // namespace

// An open face, by its cell in the tile of its slab.
struct TransientSolver::OpenCell {
  std::uint32_t slab;
  std::uint32_t cell;
  double rate_per_d, level;
  bool ventricle;
};

// A slab in dense form; cells without tissue have zeros and no links. Borrows its memory.
class TransientSolver::Tile {
 public:
  // An odd number of cache lines, so that a column does not fall on few of the cache's sets.
  static std::size_t stride_of(const Slabs& slabs) noexcept {
    return round_up(slabs.most_columns, line_lanes) + 8;
  }

  Tile(std::vector<double>& memory, const Slabs& slabs)
      : row_axis_(slabs.row_axis), stride_(stride_of(slabs)) {
    const std::size_t cells = round_up(slabs.most_rows, line_lanes) * stride_;
    const std::size_t line =
        line_lanes * std::max(round_up(slabs.most_columns, 4), slabs.most_rows);
    memory.resize(3 * cells + 5 * line);
    value = memory.data();
    link = value + cells;
    exchange = link + cells;
    value_lines_ = exchange + cells;
    link_lines_ = value_lines_ + line;
    exchange_lines_ = link_lines_ + line;
    scratch_ = exchange_lines_ + line;
  }

  // Makes room for a slab, with zeros where its `runs`, in order, leave gaps.
  template <class Runs>
  void open(const Slab& slab, Runs&& for_runs) noexcept {
    slab_ = &slab;
    std::size_t reached = 0;
    const auto clear_to = [&](std::size_t cell) {
      std::fill(value + reached, value + cell, 0.0);
      std::fill(link + reached, link + cell, 0.0);
    };
    for_runs([&](const Run& run) {
      clear_to(cell_of(run));
      reached = cell_of(run) + run.length;
    });
    clear_to(cells());
  }
  std::size_t cells() const noexcept { return round_up(slab_->rows, line_lanes) * stride_; }

  std::size_t cell_of(const Run& run) const noexcept {
    return cell_of(*slab_, row_axis_, stride_, run.at);
  }
  static std::size_t cell_of(const Slab& slab, std::size_t row_axis, std::size_t stride,
                             const std::array<int, 3>& at) noexcept {
    return static_cast<std::size_t>(at[row_axis] - slab.first_row) * stride +
           static_cast<std::size_t>(at[0] - slab.first_column);
  }

  void solve_rows(bool exchanges) noexcept {
    const std::size_t columns = round_up(slab_->columns, 4);
    for (std::size_t row = 0; row < slab_->rows; row += line_lanes) {
      const std::size_t cell = row * stride_;
      gather_rows(value + cell, stride_, columns, value_lines_);
      gather_rows(link + cell, stride_, columns, link_lines_);
      if (exchanges) gather_rows(exchange + cell, stride_, columns, exchange_lines_);
      eliminate(value_lines_, link_lines_, exchanges ? exchange_lines_ : nullptr, slab_->columns,
                line_lanes, scratch_);
      scatter_rows(value_lines_, columns, value + cell, stride_);
    }
  }

  void solve_columns(bool exchanges) noexcept {
    for (std::size_t column = 0; column < slab_->columns; column += line_lanes) {
      eliminate(value + column, link + column, exchanges ? exchange + column : nullptr, slab_->rows,
                stride_, scratch_);
    }
  }

  double* value;
  double* link;
  double* exchange;

 private:
  std::size_t row_axis_;
  std::size_t stride_;
  const Slab* slab_ = nullptr;
  double* value_lines_;
  double* link_lines_;
  double* exchange_lines_;
  double* scratch_;
};

TransientSolver::TransientSolver(const Grid& grid) {
  for (VoxelIndex voxel = 0; voxel < grid.parenchyma_size(); ++voxel) {
    const auto at = grid.coordinates(voxel);
    const bool goes_on = !runs_.empty() && at[1] == runs_.back().at[1] &&
                         at[2] == runs_.back().at[2] &&
                         at[0] == runs_.back().at[0] + static_cast<int>(runs_.back().length);
    if (goes_on) {
      ++runs_.back().length;
    } else {
      runs_.push_back({voxel, 1, at});
    }
  }
  across_z_ = cut(2, 1, grid.geometry().size[2]);
  across_y_ = cut(1, 2, grid.geometry().size[1]);
}

TransientSolver::Slabs TransientSolver::cut(std::size_t across, std::size_t row_axis,
                                            int count) const {
  Slabs slabs;
  slabs.row_axis = row_axis;
  slabs.slab_at.assign(static_cast<std::size_t>(count), 0);
  for (std::uint32_t run = 0; run < runs_.size(); ++run) slabs.runs.push_back(run);
  std::ranges::stable_sort(slabs.runs, {},
                           [&](std::uint32_t run) { return runs_[run].at[across]; });
  for (std::size_t first = 0; first < slabs.runs.size();) {
    const int place = runs_[slabs.runs[first]].at[across];
    Slab slab{first, first, std::numeric_limits<int>::max(), std::numeric_limits<int>::max(), 0, 0};
    int last_row = 0;
    int last_column = 0;
    for (; slab.last_run < slabs.runs.size(); ++slab.last_run) {
      const Run& run = runs_[slabs.runs[slab.last_run]];
      if (run.at[across] != place) break;
      slab.first_row = std::min(slab.first_row, run.at[row_axis]);
      slab.first_column = std::min(slab.first_column, run.at[0]);
      last_row = std::max(last_row, run.at[row_axis]);
      last_column = std::max(last_column, run.at[0] + static_cast<int>(run.length) - 1);
    }
    slab.rows = static_cast<std::size_t>(last_row - slab.first_row + 1);
    slab.columns = static_cast<std::size_t>(last_column - slab.first_column + 1);
    slabs.most_rows = std::max(slabs.most_rows, slab.rows);
    slabs.most_columns = std::max(slabs.most_columns, slab.columns);
    slabs.slab_at[static_cast<std::size_t>(place)] = static_cast<std::uint32_t>(slabs.slabs.size());
    first = slab.last_run;
    slabs.slabs.push_back(slab);
  }
  return slabs;
}

std::vector<TransientSolver::OpenCell> TransientSolver::open_cells(
    const DiffusionOperator& diffusion, std::size_t axis) const {
  const Slabs& slabs = axis == 2 ? across_y_ : across_z_;
  const std::size_t across = axis == 2 ? 1 : 2;
  std::vector<OpenCell> cells;
  for (const ExchangeFace& face : diffusion.exchange()) {
    if (face.axis != axis) continue;
    const Run& run = *(std::ranges::upper_bound(runs_, face.voxel, {}, &Run::begin) - 1);
    auto at = run.at;
    at[0] += static_cast<int>(face.voxel - run.begin);
    const std::uint32_t slab = slabs.slab_at[static_cast<std::size_t>(at[across])];
    const std::size_t cell =
        Tile::cell_of(slabs.slabs[slab], slabs.row_axis, Tile::stride_of(slabs), at);
    cells.push_back(
        {slab, static_cast<std::uint32_t>(cell), face.rate_per_d, face.level, face.ventricle});
  }
  std::ranges::stable_sort(cells, {}, &OpenCell::slab);
  return cells;
}

// Sub-steps of one field.
class TransientSolver::Substep {
 public:
  Substep(const TransientSolver& solver, const DiffusionOperator& diffusion,
          std::span<const double> source, std::span<double> u, double dt_d, Threads threads,
          SolverWorkspace& workspace)
      : solver_(solver),
        diffusion_(diffusion),
        source_(source),
        u_(u),
        dt_d_(dt_d),
        half_(diffusion.decay_per_d(), 0.5 * dt_d),
        threads_(threads),
        tiles_(workspace.tiles) {
    for (std::size_t axis = 0; axis < 3; ++axis) open_[axis] = solver.open_cells(diffusion, axis);
  }

  /// False if a level or source was not physical; `u` is then of no use, but for the place of the
  /// first such voxel.
  bool advance(FieldLedger& ledger) {
    const bool sound = for_slabs(solver_.across_z_, ledger, [this](Tile& tile, Place at) {
      if (!load_reacted(tile, at)) return false;
      diffuse(tile, at, 0, [&](bool exchanges) { tile.solve_rows(exchanges); });
      diffuse(tile, at, 1, [&](bool exchanges) { tile.solve_columns(exchanges); });
      for_runs(at, [&](const Run& run) {
        std::copy_n(tile.value + tile.cell_of(run), run.length, u_.data() + run.begin);
      });
      return true;
    });
    if (!sound) return false;
    return for_slabs(solver_.across_y_, ledger, [this](Tile& tile, Place at) {
      for_runs_of(at, std::array<const double*, 1>{u_.data()}, [&](const Run& run) {
        std::copy_n(u_.data() + run.begin, run.length, tile.value + tile.cell_of(run));
      });
      diffuse(tile, at, 2, [&](bool exchanges) { tile.solve_columns(exchanges); });
      return store_reacted(tile, at);
    });
  }

 private:
  struct Place {
    const Slabs& slabs;
    const Slab& slab;
    std::uint32_t index;
    FieldLedger& sums;  // in units of level
  };

  template <class Work>
  bool for_slabs(const Slabs& slabs, FieldLedger& ledger, Work&& work) {
    const std::size_t count = slabs.slabs.size();
    std::vector<FieldLedger> sums(count);
    std::vector<std::uint8_t> sound(count, 1);
    // How slabs are shared out does not matter: each has sums of its own.
    const std::size_t shares = shares_per_thread * static_cast<std::size_t>(threads_.count);
    const std::size_t share = (count + shares - 1) / shares;
    if (tiles_.size() < shares) tiles_.resize(shares);
    parallel_for(threads_, count, share, [&](std::size_t begin, std::size_t end) {
      Tile tile(tiles_[begin / share], slabs);
      for (std::size_t s = begin; s < end; ++s) {
        const Place at{slabs, slabs.slabs[s], static_cast<std::uint32_t>(s), sums[s]};
        tile.open(at.slab, [&](auto&& each) { for_runs(at, each); });
        sound[s] = work(tile, at) ? 1 : 0;
      }
    });
    for (const FieldLedger& sum : sums) {
      add(ledger, sum, diffusion_.stencil().voxel_volume_mm3());
    }
    return std::ranges::find(sound, 0) == sound.end();
  }

  template <class Each>
  void for_runs(const Place& at, Each&& each) const {
    for (std::size_t r = at.slab.first_run; r < at.slab.last_run; ++r) {
      each(solver_.runs_[at.slabs.runs[r]]);
    }
  }

  // The same, and asks for what the next run needs of `arrays`: runs lie far apart.
  template <std::size_t count, class Each>
  void for_runs_of(const Place& at, const std::array<const double*, count>& arrays,
                   Each&& each) const {
    constexpr std::size_t line = 8;
    for (std::size_t r = at.slab.first_run; r < at.slab.last_run; ++r) {
      const Run& next = solver_.runs_[at.slabs.runs[std::min(r + 1, at.slab.last_run - 1)]];
      for (const double* array : arrays) {
        for (std::size_t i = 0; i < next.length; i += line) {
          __builtin_prefetch(array + next.begin + i);
        }
      }
      each(solver_.runs_[at.slabs.runs[r]]);
    }
  }

  bool load_reacted(Tile& tile, const Place& at) const {
    Reacted reacted;
    for_runs_of(at, std::array{source_.data()}, [&](const Run& run) {
      reacted.react(u_.data() + run.begin, source_.data() + run.begin, run.length, half_,
                    tile.value + tile.cell_of(run));
    });
    return book(reacted, at);
  }

  bool store_reacted(const Tile& tile, const Place& at) const {
    Reacted reacted;
    for_runs_of(at, std::array{source_.data()}, [&](const Run& run) {
      reacted.react(tile.value + tile.cell_of(run), source_.data() + run.begin, run.length, half_,
                    u_.data() + run.begin);
    });
    return book(reacted, at);
  }

  bool book(const Reacted& reacted, const Place& at) const {
    const double sources = total(reacted.sources);
    at.sums.produced += sources * half_.dt_d;
    at.sums.decayed +=
        total(reacted.levels) * half_.lost_share + sources * (half_.dt_d - half_.gain_d);
    return reacted.physical;
  }

  template <class Solve>
  void diffuse(Tile& tile, const Place& at, std::size_t axis, Solve&& solve) const {
    const double* face = diffusion_.stencil().face(axis);
    const double scale = diffusion_.diffusivity_mm2_per_d() * dt_d_;
    for_runs_of(at, std::array{face}, [&](const Run& run) {
      double* to = tile.link + tile.cell_of(run);
      for (std::size_t i = 0; i < run.length; ++i) to[i] = scale * face[run.begin + i];
    });
    const auto open = std::ranges::equal_range(open_[axis], at.index, {}, &OpenCell::slab);
    if (open.empty()) return solve(false);
    std::fill_n(tile.exchange, tile.cells(), 0.0);
    for (const OpenCell& face_of : open) {
      tile.exchange[face_of.cell] += dt_d_ * face_of.rate_per_d;
      tile.value[face_of.cell] += dt_d_ * face_of.rate_per_d * face_of.level;
    }
    solve(true);
    for (const OpenCell& face_of : open) {
      (face_of.ventricle ? at.sums.lost_to_ventricle : at.sums.lost_to_pia) +=
          dt_d_ * face_of.rate_per_d * (tile.value[face_of.cell] - face_of.level);
    }
  }

  const TransientSolver& solver_;
  const DiffusionOperator& diffusion_;
  std::span<const double> source_;
  std::span<double> u_;
  double dt_d_;
  Reaction half_;
  Threads threads_;
  std::vector<std::vector<double>>& tiles_;
  std::array<std::vector<OpenCell>, 3> open_;
};

FieldLedger TransientSolver::advance_fixed(const DiffusionOperator& diffusion,
                                           std::span<const double> source, std::span<double> u,
                                           double dt_d, std::int64_t substeps,
                                           const SolverContext& context,
                                           SolverWorkspace& workspace) const {
  FieldLedger ledger;
  Substep substep(*this, diffusion, source, u, dt_d / static_cast<double>(substeps),
                  context.threads, workspace);
  for (std::int64_t step = 0; step < substeps; ++step) {
    if (substep.advance(ledger)) continue;
    require_physical(source, "source", context);
    require_physical(u, "level", context);
    throw NumericalError("signalling", std::string(context.field), -1, context.tick,
                         "levels with what sources add in this step overflow");
  }
  return ledger;
}

TransientResult TransientSolver::advance(const DiffusionOperator& diffusion,
                                         std::span<const double> source, std::span<double> u,
                                         double dt_d, const TransientControl& control,
                                         const SolverContext& context,
                                         SolverWorkspace& workspace) const {
  auto& coarse = workspace.long_steps;
  auto& fine = workspace.short_steps;
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
