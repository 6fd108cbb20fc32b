#include <algorithm>
#include <array>
#include <cmath>

#include <neurograft/core/ranges.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/model/migration.hpp>
#include <neurograft/model/walkers.hpp>
#include <neurograft/world/voxel_cache.hpp>

namespace neurograft {
namespace {

using Vector = std::array<double, 3>;

double length(const Vector& a) {
  return std::sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
}

// Central difference of a field over the faces that lead to parenchyma; one-sided at the border.
Vector gradient(const Grid& grid, std::span<const double> field, VoxelIndex voxel,
                const std::array<std::array<double, 3>, 3>& per_mm) {
  Vector result{};
  const auto& around = grid.neighbours(voxel);
  const auto parenchyma = static_cast<VoxelIndex>(grid.parenchyma_size());
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const bool has_low = around[2 * axis] < parenchyma;
    const bool has_high = around[2 * axis + 1] < parenchyma;
    const VoxelIndex low = has_low ? around[2 * axis] : voxel;
    const VoxelIndex high = has_high ? around[2 * axis + 1] : voxel;
    result[axis] = (field[high] - field[low]) * per_mm[axis][has_low + has_high];
  }
  return result;
}

}  // namespace

const Section<MigrationParameters>& migration_section() {
  static const Section<MigrationParameters> section(
      "migration", "Motion of donor and immune cells in tissue",
      {{{"donor_diffusivity_mm2_per_d", "mm2/d", 0.003, within(0.0, 1e3),
         "Diffusivity of donor neural stem cells, along fibres where their direction is known",
         "from 29 um/d spontaneous spread along rat callosum, doi 10.1007/s00429-014-0770-4",
         Grade::derived},
        &MigrationParameters::donor_diffusivity_mm2_per_d},
       {{"donor_persistence_h", "h", 3.0, within(1e-3, 1e4), "Persistence time of the donor walk",
         "assumed", Grade::assumed},
        &MigrationParameters::donor_persistence_h},
       {{"fibre_ratio", "1", 4.0, within(1.0, 100.0),
         "Diffusivity along fibres over that across them in white matter",
         "assumed, as water: parallel over perpendicular 3-4; walks on tracts in "
         "doi 10.1371/journal.pone.0199967",
         Grade::assumed},
        &MigrationParameters::fibre_ratio},
       {{"grey_factor", "1", 0.3, fraction, "Diffusivity in grey matter over that in white",
         "assumed", Grade::assumed},
        &MigrationParameters::grey_factor},
       {{"crowding_limit_per_mm3", "cell/mm3", 1e5, ranges::some_per_mm3,
         "Local donor density at which motion stops: a dense graft", "assumed", Grade::assumed},
        &MigrationParameters::crowding_limit_per_mm3},
       {{"chemotaxis_max_mm_per_d", "mm/d", 0.24, within(0.0, 1e3),
         "Largest drift up a gradient of chemoattractant",
         "269 um/d with CXCL12 infusion less 29 um/d without, doi 10.1007/s00429-014-0770-4",
         Grade::derived},
        &MigrationParameters::chemotaxis_max_mm_per_d},
       {{"chemotaxis_half_gradient_per_mm", "1/mm", 1.0, ranges::half_level,
         "Gradient of C that gives half the largest drift", "assumed", Grade::assumed},
        &MigrationParameters::chemotaxis_half_gradient_per_mm},
       {{"resting_factor", "1", 1.0, ranges::gain,
         "Diffusivity of donor stem cells at rest from division over that of active ones",
         "assumed: cells that do not divide still migrate; with it a graft spreads by 0.85 mm "
         "along "
         "a tract in half a year (V10)",
         Grade::assumed},
        &MigrationParameters::resting_factor},
       {{"opc_like_factor", "1", 1.0, ranges::gain,
         "Diffusivity of donor OPC-like cells over that of stem cells",
         "over 5 mm in 3 months, doi 10.1186/s13287-015-0087-0", Grade::assumed},
        &MigrationParameters::opc_like_factor},
       {{"astrocyte_factor", "1", 0.3, ranges::gain,
         "Diffusivity of donor astrocytes over that of stem cells", "assumed", Grade::assumed},
        &MigrationParameters::astrocyte_factor},
       {{"wall_entry_per_d", "1/d", 0.2, ranges::rate_per_d,
         "Rate at which an attached cell enters the tissue", "assumed", Grade::assumed},
        &MigrationParameters::wall_entry_per_d},
       {{"wall_layer_mm", "mm", 0.5, ranges::length_mm,
         "Depth over which cells attached to the wall count towards a density", "assumed",
         Grade::assumed},
        &MigrationParameters::wall_layer_mm},
       {{"density_mm", "mm", 0.2, ranges::length_mm,
         "Width over which donor cells count towards a density; smaller voxels are joined",
         "assumed: as lifecycle.density_mm", Grade::assumed},
        &MigrationParameters::density_mm},
       {{"immune_motility_um2_per_min", "um2/min", 10.0, within(0.0, 1e5),
         "Motility coefficient of T and NK cells in brain",
         "assumed, within 5-20 um2/min of intravital reports", Grade::assumed},
        &MigrationParameters::immune_motility_um2_per_min},
       {{"immune_persistence_min", "min", 5.0, within(1e-3, 1e5),
         "Persistence time of the immune walk", "assumed", Grade::assumed},
        &MigrationParameters::immune_persistence_min},
       {{"resident_factor", "1", 0.1, ranges::gain,
         "Diffusivity of resident T cells over that of searching ones", "assumed", Grade::assumed},
        &MigrationParameters::resident_factor}});
  return section;
}

void Migration::bind(World& world, ReadoutTable&) {
  fields_ = FieldState::bind(world);
  densities_.bind(world, parameters_.density_mm);
  entry_ = world.hazards().declare("entry", Susceptibility::uniform, State::active);
  has_fibres_ = world.maps().contains("fibre_x");
  if (has_fibres_) {
    fibre_ = {world.maps().find("fibre_x"), world.maps().find("fibre_y"),
              world.maps().find("fibre_z")};
  }
}

/// One step over all agents that move at a time: those at rest from division, or all others.
class Migration::Sweep {
 public:
  enum class Of { resting, others };

  Sweep(const Migration& process, World& world, const StepContext& context, Of which, double dt_d)
      : parameters_(process.parameters_),
        process_(process),
        world_(world),
        agents_(world.agents()),
        grid_(world.grid()),
        dt_d_(dt_d),
        chemoattractant_(world.fields()[process.fields_.chemoattractant]),
        donor_stream_(context.stream(StreamCode::donor_walk)),
        immune_stream_(context.stream(StreamCode::immune_walk)),
        donor_walk_(PersistentWalk::make(parameters_.donor_diffusivity_mm2_per_d,
                                         parameters_.donor_persistence_h / units::hours_per_day,
                                         dt_d)),
        immune_walk_(PersistentWalk::make(
            units::mm2_per_d_from_um2_per_min(parameters_.immune_motility_um2_per_min),
            parameters_.immune_persistence_min / units::minutes_per_day, dt_d)),
        across_(static_cast<float>(std::sqrt(1.0 / parameters_.fibre_ratio))) {
    if (process.has_fibres_) {
      for (std::size_t axis = 0; axis < 3; ++axis)
        fibre_[axis] = world.maps()[process.fibre_[axis]];
    }
    const auto& spacing = grid_.geometry().spacing_mm;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      per_mm_[axis] = {0.0, 1.0 / spacing[axis], 0.5 / spacing[axis]};
    }
    const auto set_pace = [this](State state, double factor) {
      pace_[static_cast<std::size_t>(state)] = static_cast<float>(std::sqrt(factor));
    };
    if (which == Of::resting) {
      set_pace(State::quiescent, parameters_.resting_factor);
      return;
    }
    set_pace(State::active, 1.0);
    set_pace(State::opc_like, parameters_.opc_like_factor);
    set_pace(State::astrocyte, parameters_.astrocyte_factor);
    set_pace(State::searching, 1.0);
    set_pace(State::resident, parameters_.resident_factor);
  }

  void run(Threads threads) {
    parallel_for(threads, agents_.size(), agent_block,
                 [this](std::size_t begin, std::size_t end) { run_block(begin, end); });
  }

 private:
  void run_block(std::size_t begin, std::size_t end) {
    VoxelCache<LocalMotion> motion;
    const auto look = [this](VoxelIndex at) { return look_at(at); };
    Walkers donors(agents_, grid_, donor_walk_, donor_stream_,
                   [&](VoxelIndex voxel) { return motion.at(voxel, look).scale; });
    Walkers immune(agents_, grid_, immune_walk_, immune_stream_);
    const LocalMotion everywhere;
    const Kind* const kinds = agents_.kind().data();
    const State* const states = agents_.state().data();
    const VoxelIndex* const voxels = agents_.voxel().data();
    for (std::size_t slot = begin; slot < end; ++slot) {
      const float pace = pace_[static_cast<std::size_t>(states[slot])];
      if (pace == 0.0F) continue;
      if (kinds[slot] == Kind::donor) {
        const VoxelIndex voxel = voxels[slot];
        donors.add(slot, pace, voxel, motion.at(voxel, look));
      } else {
        immune.add(slot, pace, 0, everywhere);  // as if all were in one voxel
      }
    }
    donors.finish();
    immune.finish();
  }

  LocalMotion look_at(VoxelIndex voxel) const {
    LocalMotion local;
    // Beside the wall the sheet's cells crowd the wall layer, not the whole voxel.
    const DonorDensity donors = process_.densities_.at(world_, voxel);
    const double density =
        donors.attached_per_mm2 / parameters_.wall_layer_mm + donors.tissue_per_mm3;
    double factor = std::max(0.0, 1.0 - density / parameters_.crowding_limit_per_mm3);
    const bool white = grid_.label(voxel) == Label::white;
    if (!white) factor *= parameters_.grey_factor;
    local.scale = static_cast<float>(std::sqrt(factor));
    if (process_.has_fibres_ && white) {
      for (std::size_t axis = 0; axis < 3; ++axis) {
        local.fibre[axis] = static_cast<float>(fibre_[axis][voxel]);
      }
      if (local.fibre != std::array<float, 3>{}) local.across = across_;
    }
    const Vector slope = gradient(grid_, chemoattractant_, voxel, per_mm_);
    const double steepness = length(slope);
    if (steepness > 0.0) {
      const double reach = parameters_.chemotaxis_max_mm_per_d * dt_d_ * factor /
                           (steepness + parameters_.chemotaxis_half_gradient_per_mm);
      for (std::size_t axis = 0; axis < 3; ++axis) {
        local.drift[axis] = static_cast<float>(reach * slope[axis]);
      }
    }
    return local;
  }

  const MigrationParameters& parameters_;
  const Migration& process_;
  const World& world_;
  Agents& agents_;
  const Grid& grid_;
  double dt_d_;
  std::span<const double> chemoattractant_;
  std::array<std::span<const double>, 3> fibre_;
  Stream donor_stream_, immune_stream_;
  PersistentWalk donor_walk_, immune_walk_;
  float across_;
  std::array<std::array<double, 3>, 3> per_mm_{};  // of a difference over 0, 1 and 2 voxels
  std::array<float, state_count> pace_{};          // factor on displacements; 0: does not move
};

void Migration::step(World& world, const StepContext& context) {
  densities_.count(world);
  world.hazards().add(entry_, State::attached, parameters_.wall_entry_per_d * context.dt_d);
  Sweep(*this, world, context, Sweep::Of::others, context.dt_d).run(context.threads);
  const Tick day = world.clock().ticks_in(units::hours_per_day, "a day");
  const Tick days = (context.tick + context.period) / day - context.tick / day;  // that end in it
  if (days == 0 || parameters_.resting_factor == 0.0) return;
  Sweep(*this, world, context, Sweep::Of::resting, static_cast<double>(days)).run(context.threads);
}

}  // namespace neurograft
