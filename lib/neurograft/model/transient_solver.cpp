#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/model/backward_euler.hpp>
#include <neurograft/model/reaction.hpp>
#include <neurograft/model/transient_solver.hpp>

namespace neurograft {
namespace {

// Shares of the slabs that are handed to threads; each has a tile.
constexpr std::size_t shares_per_thread = 4;

constexpr std::int64_t telling_substeps = 16;

void scaled(const double* __restrict from, std::size_t count, double scale,
            double* __restrict to) noexcept {
  for (std::size_t i = 0; i < count; ++i) to[i] = scale * from[i];
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

TransientSolver::TransientSolver(const Grid& grid) : TransientSolver(grid, voxel_runs(grid)) {}

TransientSolver::TransientSolver(const Grid& grid, const std::vector<VoxelRun>& runs)
    : runs_(runs),
      across_z_(runs, 2, grid.geometry().size[2]),
      across_y_(runs, 1, grid.geometry().size[1]) {}

std::vector<TransientSolver::OpenCell> TransientSolver::open_cells(
    const DiffusionOperator& diffusion, std::size_t axis) const {
  const Slabs& slabs = axis == 2 ? across_y_ : across_z_;
  std::vector<OpenCell> cells;
  for (const ExchangeFace& face : diffusion.exchange()) {
    if (face.axis != axis) continue;
    const VoxelRun& run = *(std::ranges::upper_bound(runs_, face.voxel, {}, &VoxelRun::begin) - 1);
    auto at = run.at;
    at[0] += static_cast<int>(face.voxel - run.begin);
    const std::uint32_t slab = slabs.slab_at[static_cast<std::size_t>(at[slabs.across])];
    cells.push_back({slab, static_cast<std::uint32_t>(slabs.cell_of(slabs.slabs[slab], at)),
                     face.rate_per_d, face.level, face.ventricle});
  }
  std::ranges::stable_sort(cells, {}, &OpenCell::slab);
  return cells;
}

// Sub-steps of fields that diffuse alike.
class TransientSolver::Substep {
 public:
  Substep(const TransientSolver& solver, std::span<const TransientField> fields,
          std::span<double* const> levels, double dt_d, Threads threads, SolverWorkspace& workspace)
      : solver_(solver),
        diffusion_(*fields.front().diffusion),
        fields_(fields),
        levels_(levels),
        dt_d_(dt_d),
        threads_(threads),
        tiles_(workspace.tiles) {
    for (const TransientField& field : fields) {
      half_.emplace_back(field.diffusion->decay_per_d(), 0.5 * dt_d);
    }
    for (std::size_t axis = 0; axis < 3; ++axis) open_[axis] = solver.open_cells(diffusion_, axis);
  }

  /// False if a level or source was not physical; levels are then of no use, but for the place of
  /// the first such voxel.
  bool advance(std::span<FieldLedger> ledgers) {
    const bool sound = for_slabs(solver_.across_z_, ledgers, [this](Tile& tile, Place& at) {
      if (!load_reacted(tile, at)) return false;
      diffuse(tile, at, 0);
      diffuse(tile, at, 1);
      for (std::size_t s = 0; s < fields_.size(); ++s) {
        at.for_runs(std::array<const double*, 0>{}, [&](const VoxelRun& run, std::size_t cell) {
          std::copy_n(tile.value(s) + cell, run.length, levels_[s] + run.begin);
        });
      }
      return true;
    });
    if (!sound) return false;
    return for_slabs(solver_.across_y_, ledgers, [this](Tile& tile, Place& at) {
      for (std::size_t s = 0; s < fields_.size(); ++s) {
        at.for_runs(std::array<const double*, 1>{levels_[s]},
                    [&](const VoxelRun& run, std::size_t cell) {
                      std::copy_n(levels_[s] + run.begin, run.length, tile.value(s) + cell);
                    });
      }
      diffuse(tile, at, 2);
      return store_reacted(tile, at);
    });
  }

 private:
  struct Place {
    const Slabs& slabs;
    std::size_t index;
    std::span<FieldLedger> sums;  // of each field, in units of level

    // Asks for what the run after next needs of `arrays`: runs lie far apart.
    template <std::size_t count, class Each>
    void for_runs(const std::array<const double*, count>& arrays, Each&& each) const {
      constexpr std::size_t ahead = 2;
      constexpr std::size_t cache_line = 8;
      const Slab& slab = slabs.slabs[index];
      for (std::size_t r = slab.first_run; r < slab.last_run; ++r) {
        const VoxelRun& later = slabs.runs[std::min(r + ahead, slabs.runs.size() - 1)];
        for (const double* array : arrays) {
          for (std::size_t i = 0; i < later.length; i += cache_line) {
            __builtin_prefetch(array + later.begin + i);
          }
        }
        each(slabs.runs[r], slabs.cell_of(slab, slabs.runs[r].at));
      }
    }
  };

  template <class Work>
  bool for_slabs(const Slabs& slabs, std::span<FieldLedger> ledgers, Work&& work) {
    const std::size_t count = slabs.slabs.size();
    const std::size_t fields = fields_.size();
    sums_.assign(count * fields, {});
    sound_.assign(count, 1);
    // How slabs are shared out does not matter: each has sums of its own.
    const std::size_t shares = shares_per_thread * static_cast<std::size_t>(threads_.count);
    const std::size_t share = (count + shares - 1) / shares;
    if (tiles_.size() < shares) tiles_.resize(shares);
    parallel_for(threads_, count, share, [&](std::size_t begin, std::size_t end) {
      Tile tile(tiles_[begin / share], slabs, fields);
      for (std::size_t s = begin; s < end; ++s) {
        Place at{slabs, s, std::span(sums_).subspan(s * fields, fields)};
        tile.open(slabs.slabs[s]);
        if (work(tile, at)) continue;
        sound_[s] = 0;
        tile.clear();  // what is not finite would spread to the next slab
      }
    });
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      add(ledgers[i % fields], sums_[i], diffusion_.stencil().voxel_volume_mm3());
    }
    return std::ranges::find(sound_, 0) == sound_.end();
  }

  bool load_reacted(Tile& tile, Place& at) const {
    bool physical = true;
    for (std::size_t s = 0; s < fields_.size(); ++s) {
      Reacted reacted;
      at.for_runs(std::array<const double*, 2>{levels_[s], fields_[s].source.data()},
                  [&](const VoxelRun& run, std::size_t cell) {
                    reacted.react(levels_[s] + run.begin, fields_[s].source.data() + run.begin,
                                  run.length, half_[s], tile.value(s) + cell);
                  });
      physical = book(reacted, half_[s], at.sums[s]) && physical;
    }
    return physical;
  }

  bool store_reacted(Tile& tile, Place& at) const {
    bool physical = true;
    for (std::size_t s = 0; s < fields_.size(); ++s) {
      Reacted reacted;
      at.for_runs(std::array{fields_[s].source.data()}, [&](const VoxelRun& run, std::size_t cell) {
        reacted.react(tile.value(s) + cell, fields_[s].source.data() + run.begin, run.length,
                      half_[s], levels_[s] + run.begin);
      });
      physical = book(reacted, half_[s], at.sums[s]) && physical;
    }
    return physical;
  }

  static bool book(const Reacted& reacted, const Reaction& half, FieldLedger& sums) {
    const double sources = reacted.sources();
    sums.produced += sources * half.dt_d;
    sums.decayed += reacted.levels() * half.lost_share + sources * (half.dt_d - half.gain_d);
    return reacted.physical();
  }

  void diffuse(Tile& tile, Place& at, std::size_t axis) const {
    set_links(tile, at, axis);
    const auto solve = [&](bool exchanges) {
      axis == 0 ? tile.solve_rows(exchanges) : tile.solve_columns(exchanges);
    };
    const auto open = std::ranges::equal_range(open_[axis], at.index, {}, &OpenCell::slab);
    if (open.empty()) return solve(false);
    std::fill_n(tile.exchange(), tile.cells(), 0.0);
    for (const OpenCell& face : open) tile.exchange()[face.cell] += dt_d_ * face.rate_per_d;
    for (std::size_t s = 0; s < fields_.size(); ++s) {
      for (const OpenCell& face : open) {
        tile.value(s)[face.cell] += dt_d_ * face.rate_per_d * face.level;
      }
    }
    solve(true);
    for (std::size_t s = 0; s < fields_.size(); ++s) {
      for (const OpenCell& face : open) {
        (face.ventricle ? at.sums[s].lost_to_ventricle : at.sums[s].lost_to_pia) +=
            dt_d_ * face.rate_per_d * (tile.value(s)[face.cell] - face.level);
      }
    }
  }

  // Zero where there is no tissue.
  void set_links(Tile& tile, const Place& at, std::size_t axis) const {
    const double* face = diffusion_.stencil().face(axis);
    const double scale = diffusion_.diffusivity_mm2_per_d() * dt_d_;
    double* const link = tile.link();
    std::size_t reached = 0;
    at.for_runs(std::array{face}, [&](const VoxelRun& run, std::size_t cell) {
      std::fill(link + reached, link + cell, 0.0);
      scaled(face + run.begin, run.length, scale, link + cell);
      reached = cell + run.length;
    });
    std::fill(link + reached, link + tile.cells(), 0.0);
  }

  const TransientSolver& solver_;
  const DiffusionOperator& diffusion_;
  std::span<const TransientField> fields_;
  std::span<double* const> levels_;
  double dt_d_;
  std::vector<Reaction> half_;
  Threads threads_;
  std::vector<std::vector<double>>& tiles_;
  std::array<std::vector<OpenCell>, 3> open_;
  std::vector<FieldLedger> sums_;    // by slab, then field
  std::vector<std::uint8_t> sound_;  // by slab
};

bool diffuse_alike(const DiffusionOperator& a, const DiffusionOperator& b) noexcept {
  return &a.stencil() == &b.stencil() && a.diffusivity_mm2_per_d() == b.diffusivity_mm2_per_d() &&
         std::ranges::equal(a.exchange(), b.exchange());
}

void TransientSolver::require_alike(std::span<const TransientField> fields) const {
  if (fields.empty()) throw Error("no field to advance");
  const std::size_t voxels = runs_.empty() ? 0 : runs_.back().begin + runs_.back().length;
  for (const TransientField& field : fields) {
    if (!diffuse_alike(*field.diffusion, *fields.front().diffusion)) {
      throw Error("fields that are advanced together must diffuse alike");
    }
    if (field.u.size() != voxels || field.source.size() != voxels) {
      throw Error("levels and sources must have one value per parenchyma voxel");
    }
  }
}

std::vector<FieldLedger> TransientSolver::advance_to(std::span<const TransientField> fields,
                                                     std::span<double* const> levels, double dt_d,
                                                     std::int64_t substeps,
                                                     const SolverContext& context,
                                                     SolverWorkspace& workspace) const {
  std::vector<FieldLedger> ledgers(fields.size());
  Substep substep(*this, fields, levels, dt_d / static_cast<double>(substeps), context.threads,
                  workspace);
  for (std::int64_t step = 0; step < substeps; ++step) {
    if (substep.advance(ledgers)) continue;
    workspace.tiles.clear();  // of what is not finite
    for (std::size_t f = 0; f < fields.size(); ++f) {
      const SolverContext of{fields[f].name, context.tick, context.threads};
      require_physical(fields[f].source, "source", of);
      require_physical({levels[f], fields[f].u.size()}, "level", of);
    }
    throw NumericalError("signalling", std::string(fields.front().name), -1, context.tick,
                         "levels with what sources add in this step overflow");
  }
  return ledgers;
}

std::vector<FieldLedger> TransientSolver::advance_fixed(std::span<const TransientField> fields,
                                                        double dt_d, std::int64_t substeps,
                                                        const SolverContext& context,
                                                        SolverWorkspace& workspace) const {
  require_alike(fields);
  std::vector<double*> levels;
  for (const TransientField& field : fields) levels.push_back(field.u.data());
  return advance_to(fields, levels, dt_d, substeps, context, workspace);
}

namespace {

// In a sub-step much longer than a substance lives, the half step of production and decay after
// diffusion undoes all that diffusion did: solutions with more such sub-steps are equal, and
// equally wrong. Half a sub-step here leaves a share exp(-2) at least.
std::int64_t substeps_that_see_diffusion(std::span<const TransientField> fields, double dt_d) {
  constexpr double longest = 4.0;  // decay times sub-step
  double decay = 0.0;
  for (const TransientField& field : fields) {
    decay = std::max(decay, field.diffusion->decay_per_d());
  }
  std::int64_t substeps = 1;
  constexpr std::int64_t too_many = std::int64_t{1} << 40;
  while (substeps < too_many && decay * dt_d > longest * static_cast<double>(substeps)) {
    substeps *= 2;
  }
  return substeps;
}

}  // namespace

std::vector<TransientResult> TransientSolver::advance(std::span<const TransientField> fields,
                                                      double dt_d, const TransientControl& control,
                                                      const SolverContext& context,
                                                      SolverWorkspace& workspace) const {
  require_alike(fields);
  const std::size_t size = fields.front().u.size();
  auto& coarse = workspace.long_steps;
  auto& fine = workspace.short_steps;
  const auto solve = [&](std::vector<double>& values, std::int64_t substeps) {
    values.resize(fields.size() * size);
    std::vector<double*> levels;
    for (std::size_t f = 0; f < fields.size(); ++f) {
      levels.push_back(values.data() + f * size);
      std::ranges::copy(fields[f].u, levels.back());
    }
    return advance_to(fields, levels, dt_d, substeps, context, workspace);
  };
  const auto of_field = [size](const std::vector<double>& values, std::size_t field) {
    return std::span(values).subspan(field * size, size);
  };
  std::vector<TransientResult> results(fields.size());
  const std::int64_t fewest = substeps_that_see_diffusion(fields, dt_d);
  const auto most = static_cast<double>(control.max_substeps);
  std::vector<double> needed(fields.size(), 2.0 * static_cast<double>(fewest));
  double most_needed = needed.front();
  std::int64_t tried = 0;
  if (most_needed <= most) solve(coarse, fewest);
  for (std::int64_t substeps = 2 * fewest; most_needed <= most; substeps *= 2) {
    const std::vector<FieldLedger> ledgers = solve(fine, substeps);
    const auto done = static_cast<double>(substeps);
    tried = substeps;
    for (std::size_t f = 0; f < fields.size(); ++f) {
      const double scale = largest_of(of_field(fine, f), context.threads);
      const double change =
          largest_difference(of_field(fine, f), of_field(coarse, f), context.threads);
      results[f] = {substeps, scale > 0.0 ? change / scale : 0.0, ledgers[f]};
      needed[f] = done * results[f].error_estimate / control.tolerance;
    }
    most_needed = *std::ranges::max_element(needed);
    if (most_needed <= done) {
      for (std::size_t f = 0; f < fields.size(); ++f) {
        std::ranges::copy(of_field(fine, f), fields[f].u.begin());
      }
      return results;
    }
    // The first estimates, of sub-steps much too long, say little of how many are needed.
    const bool telling = substeps >= telling_substeps;
    most_needed = telling ? std::max(2.0 * done, most_needed) : 2.0 * done;
    coarse.swap(fine);
  }
  // More sub-steps than were tried are only left to some if twice as many are.
  const auto done = static_cast<double>(tried);
  std::vector<bool> without(fields.size());
  for (std::size_t f = 0; f < fields.size(); ++f) {
    without[f] = needed[f] > (2.0 * done > most ? done : most);
  }
  return advance_unsplit(fields, without, dt_d, control, context, workspace);
}

// Fields that need too many sub-steps, each without splitting; the others split, without them.
std::vector<TransientResult> TransientSolver::advance_unsplit(
    std::span<const TransientField> fields, const std::vector<bool>& without, double dt_d,
    const TransientControl& control, const SolverContext& context,
    SolverWorkspace& workspace) const {
  std::vector<TransientField> others;
  std::vector<std::size_t> places;
  std::vector<TransientResult> results(fields.size());
  std::vector<std::vector<double>> levels(fields.size());
  for (std::size_t f = 0; f < fields.size(); ++f) {
    if (!without[f]) {
      others.push_back(fields[f]);
      places.push_back(f);
      continue;
    }
    levels[f].resize(fields[f].u.size());
    const SolverContext of{fields[f].name, context.tick, context.threads};
    results[f] =
        advance_by_backward_euler(fields[f], dt_d, control.tolerance, of, workspace, levels[f]);
  }
  if (!others.empty()) {
    const auto split = advance(others, dt_d, control, context, workspace);
    for (std::size_t n = 0; n < places.size(); ++n) results[places[n]] = split[n];
  }
  for (std::size_t f = 0; f < fields.size(); ++f) {
    std::ranges::copy(levels[f], fields[f].u.begin());
  }
  return results;
}

TransientResult TransientSolver::advance(const DiffusionOperator& diffusion,
                                         std::span<const double> source, std::span<double> u,
                                         double dt_d, const TransientControl& control,
                                         const SolverContext& context,
                                         SolverWorkspace& workspace) const {
  const TransientField field{context.field, &diffusion, source, u};
  return advance({&field, 1}, dt_d, control, context, workspace).front();
}

FieldLedger TransientSolver::advance_fixed(const DiffusionOperator& diffusion,
                                           std::span<const double> source, std::span<double> u,
                                           double dt_d, std::int64_t substeps,
                                           const SolverContext& context,
                                           SolverWorkspace& workspace) const {
  const TransientField field{context.field, &diffusion, source, u};
  return advance_fixed({&field, 1}, dt_d, substeps, context, workspace).front();
}

}  // namespace neurograft
