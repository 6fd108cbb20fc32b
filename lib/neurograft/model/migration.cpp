#include <algorithm>
#include <array>
#include <cmath>

#include <neurograft/core/math.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/model/migration.hpp>

namespace neurograft {
namespace {

using Vector = std::array<double, 3>;

// What a walk depends on besides the cell itself, the same for all donor cells of a voxel.
struct LocalMotion {
  double scale = 1.0;           // of displacements: sqrt of the factor on D
  double across = 1.0;          // of displacements across the fibre
  Vector fibre{0.0, 0.0, 0.0};  // unit, or zero where its direction is not known
  Vector drift{0.0, 0.0, 0.0};  // [mm] over the step
};

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

// Fixed point, in 16 bits either way.
std::int32_t pack_heading(double heading) {
  const double scaled = std::floor(heading * heading_scale + 0.5);
  const double low = scaled < -32767.0 ? -32767.0 : scaled;
  return static_cast<std::int32_t>(low > 32767.0 ? 32767.0 : low);
}

// The voxel at the end of a straight move if all of its path lies in parenchyma, else no_voxel.
VoxelIndex path_end(const Grid& grid, const Vector& from, const Vector& move, int pieces) {
  VoxelIndex voxel = no_voxel;
  for (int piece = 1; piece <= pieces; ++piece) {
    const double share = static_cast<double>(piece) / pieces;
    voxel = grid.voxel_at(static_cast<float>(from[0] + share * move[0]),
                          static_cast<float>(from[1] + share * move[1]),
                          static_cast<float>(from[2] + share * move[2]));
    if (voxel >= grid.parenchyma_size()) return no_voxel;
  }
  return voxel;
}

constexpr std::size_t lanes = stream_lanes;
template <class T>
using Lanes = std::array<T, lanes>;

// Walkers of one kind side by side, so that their step vectorises.
struct Batch {
  std::size_t count = 0;
  Lanes<std::size_t> slot{};
  LaneWords id{};
  Lanes<double> scale{}, across{};
  std::array<Lanes<double>, 3> fibre{}, drift{}, heading{}, move{};
  std::array<Lanes<float>, 3> from{}, to{};
  std::array<Lanes<std::int32_t>, 3> packed{};  // new headings in fixed point
  Lanes<double> longest{};                      // component of the move over the finest spacing
  Lanes<std::int32_t> leaves{};                 // not 0: ends in another voxel

  void add(std::size_t new_slot, AgentId new_id, double pace, const LocalMotion& local) {
    slot[count] = new_slot;
    id[count] = new_id;
    scale[count] = pace * local.scale;
    across[count] = local.across;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      fibre[axis][count] = local.fibre[axis];
      drift[axis][count] = local.drift[axis];
    }
    ++count;
  }

  // Turns headings into moves and new headings. Each lane equals to the bit what it would be alone.
  void step(const PersistentWalk& walk, const Stream& stream) {
    draw(walk, stream);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double along = move[0][lane] * fibre[0][lane] + move[1][lane] * fibre[1][lane] +
                           move[2][lane] * fibre[2][lane];
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double parallel = along * fibre[axis][lane];
        const double turned = parallel + across[lane] * (move[axis][lane] - parallel);
        move[axis][lane] = scale[lane] * turned + drift[axis][lane];
      }
    }
  }

  // Where the moves end.
  void arrive(const std::array<float, 3>& inverse_spacing, double inverse_finest) {
    longest.fill(0.0);
    leaves.fill(0);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const float inverse = inverse_spacing[axis];
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const double step = move[axis][lane];
        const float end = static_cast<float>(double{from[axis][lane]} + step);
        to[axis][lane] = end;
        const double size = (step < 0.0 ? -step : step) * inverse_finest;
        longest[lane] = longest[lane] < size ? size : longest[lane];
        // The start is inside the grid, so that truncation errs for ends outside it alone.
        const auto before = static_cast<std::int32_t>(from[axis][lane] * inverse);
        const auto after = static_cast<std::int32_t>(end * inverse);
        leaves[lane] |= (before ^ after) | static_cast<std::int32_t>(end < 0.0F);
      }
    }
  }

 private:
  void draw(const PersistentWalk& walk, const Stream& stream) {
    LaneBlocks blocks;
    stream.blocks(id, 0, blocks);
    std::array<LaneWords, 6> words;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const auto six = math::words_of_three_pairs(blocks.word[0][lane], blocks.word[1][lane],
                                                  blocks.word[2][lane], blocks.word[3][lane]);
      for (std::size_t n = 0; n < 6; ++n) words[n][lane] = six[n];
    }
    for (std::size_t axis = 0; axis < 3; ++axis) {
      Lanes<float> n1, n2;
      math::normal_pairs(words[axis].data(), words[axis + 3].data(), lanes, n1.data(), n2.data());
      Lanes<double>& h = heading[axis];
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const double x = n1[lane];
        const double v = n2[lane];
        move[axis][lane] = walk.scale * (walk.carry * h[lane] + walk.spread * x);
        h[lane] = walk.keep * h[lane] + walk.heading_x * x + walk.heading_own * v;
        packed[axis][lane] = pack_heading(h[lane]);
      }
    }
  }
};

}  // namespace

PersistentWalk PersistentWalk::make(double diffusivity, double persistence_d, double dt_d) {
  const double a = dt_d / persistence_d;
  const double keep = math::exp(-a);
  const double lost = -math::expm1(-a);  // 1 - E
  // For small a the closed form cancels; its series is 2 a^3 / 3 - a^4 / 2 + 7 a^5 / 30.
  const double variance = a < 1e-2 ? a * a * a * (2.0 / 3.0 - a * (0.5 - a * 7.0 / 30.0))
                                   : 2.0 * a - 3.0 + 4.0 * keep - keep * keep;
  PersistentWalk walk;
  walk.scale = std::sqrt(diffusivity * persistence_d);
  walk.carry = lost;
  walk.spread = std::sqrt(variance);
  walk.keep = keep;
  walk.heading_x = variance > 0.0 ? lost * lost / walk.spread : 0.0;
  const double rest = lost * (1.0 + keep) - walk.heading_x * walk.heading_x;
  walk.heading_own = std::sqrt(std::max(0.0, rest));
  return walk;
}

const Section<MigrationParameters>& migration_section() {
  static const Section<MigrationParameters> section(
      "migration", "Motion of donor and immune cells in tissue",
      {{{"donor_diffusivity_mm2_per_d", "mm2/d", 0.003, non_negative,
         "Diffusivity of donor neural stem cells, along fibres where their direction is known",
         "from 29 um/d spontaneous spread along rat callosum, doi 10.1007/s00429-014-0770-4",
         Grade::derived},
        &MigrationParameters::donor_diffusivity_mm2_per_d},
       {{"donor_persistence_h", "h", 3.0, positive, "Persistence time of the donor walk", "assumed",
         Grade::assumed},
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
       {{"crowding_limit_per_mm3", "cell/mm3", 1e5, positive,
         "Local donor density at which motion stops: a dense graft", "assumed", Grade::assumed},
        &MigrationParameters::crowding_limit_per_mm3},
       {{"chemotaxis_max_mm_per_d", "mm/d", 0.24, non_negative,
         "Largest drift up a gradient of chemoattractant",
         "269 um/d with CXCL12 infusion less 29 um/d without, doi 10.1007/s00429-014-0770-4",
         Grade::derived},
        &MigrationParameters::chemotaxis_max_mm_per_d},
       {{"chemotaxis_half_gradient_per_mm", "1/mm", 1.0, positive,
         "Gradient of C that gives half the largest drift", "assumed", Grade::assumed},
        &MigrationParameters::chemotaxis_half_gradient_per_mm},
       {{"opc_like_factor", "1", 1.0, non_negative,
         "Diffusivity of donor OPC-like cells over that of stem cells",
         "over 5 mm in 3 months, doi 10.1186/s13287-015-0087-0", Grade::assumed},
        &MigrationParameters::opc_like_factor},
       {{"astrocyte_factor", "1", 0.3, non_negative,
         "Diffusivity of donor astrocytes over that of stem cells", "assumed", Grade::assumed},
        &MigrationParameters::astrocyte_factor},
       {{"wall_entry_per_d", "1/d", 0.2, non_negative,
         "Rate at which an attached cell enters the tissue", "assumed", Grade::assumed},
        &MigrationParameters::wall_entry_per_d},
       {{"wall_layer_mm", "mm", 0.5, positive,
         "Depth over which cells attached to the wall count towards a density", "assumed",
         Grade::assumed},
        &MigrationParameters::wall_layer_mm},
       {{"immune_motility_um2_per_min", "um2/min", 10.0, non_negative,
         "Motility coefficient of T and NK cells in brain",
         "assumed, within 5-20 um2/min of intravital reports", Grade::assumed},
        &MigrationParameters::immune_motility_um2_per_min},
       {{"immune_persistence_min", "min", 5.0, positive, "Persistence time of the immune walk",
         "assumed", Grade::assumed},
        &MigrationParameters::immune_persistence_min},
       {{"resident_factor", "1", 0.1, non_negative,
         "Diffusivity of resident T cells over that of searching ones", "assumed", Grade::assumed},
        &MigrationParameters::resident_factor}});
  return section;
}

void Migration::bind(World& world, ReadoutTable&) {
  fields_ = FieldState::bind(world);
  entry_ = world.hazards().declare("entry", Susceptibility::uniform, State::active);
  has_fibres_ = world.maps().contains("fibre_x");
  if (has_fibres_) {
    fibre_ = {world.maps().find("fibre_x"), world.maps().find("fibre_y"),
              world.maps().find("fibre_z")};
  }
}

/// One step over all moving agents.
class Migration::Sweep {
 public:
  Sweep(const Migration& process, World& world, const StepContext& context)
      : parameters_(process.parameters_),
        process_(process),
        world_(world),
        agents_(world.agents()),
        grid_(world.grid()),
        dt_d_(context.dt_d),
        chemoattractant_(world.fields()[process.fields_.chemoattractant]),
        donor_stream_(context.stream(StreamCode::donor_walk)),
        immune_stream_(context.stream(StreamCode::immune_walk)),
        donor_walk_(PersistentWalk::make(parameters_.donor_diffusivity_mm2_per_d,
                                         parameters_.donor_persistence_h / units::hours_per_day,
                                         context.dt_d)),
        immune_walk_(PersistentWalk::make(
            units::mm2_per_d_from_um2_per_min(parameters_.immune_motility_um2_per_min),
            parameters_.immune_persistence_min / units::minutes_per_day, context.dt_d)),
        across_(std::sqrt(1.0 / parameters_.fibre_ratio)) {
    if (process.has_fibres_) {
      for (std::size_t axis = 0; axis < 3; ++axis)
        fibre_[axis] = world.maps()[process.fibre_[axis]];
    }
    const auto& spacing = grid_.geometry().spacing_mm;
    inverse_finest_ = 1.0 / std::min({spacing[0], spacing[1], spacing[2]});
    for (std::size_t axis = 0; axis < 3; ++axis) {
      inverse_spacing_[axis] = static_cast<float>(1.0 / spacing[axis]);
      per_mm_[axis] = {0.0, 1.0 / spacing[axis], 0.5 / spacing[axis]};
    }
    const auto set_pace = [this](State state, double factor) {
      pace_[static_cast<std::size_t>(state)] = std::sqrt(factor);
    };
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
    Batch donors, immune;
    VoxelIndex known = no_voxel;
    LocalMotion local;
    for (std::size_t slot = begin; slot < end; ++slot) {
      const double pace = pace_[static_cast<std::size_t>(agents_.state()[slot])];
      if (pace == 0.0) continue;
      if (agents_.kind()[slot] != Kind::donor) {
        add(immune, slot, pace, {});
        if (immune.count == lanes) move(immune, immune_walk_, immune_stream_);
        continue;
      }
      if (agents_.voxel()[slot] != known) {
        known = agents_.voxel()[slot];
        local = look_at(known);
      }
      add(donors, slot, pace, local);
      if (donors.count == lanes) move(donors, donor_walk_, donor_stream_);
    }
    move(donors, donor_walk_, donor_stream_);
    move(immune, immune_walk_, immune_stream_);
  }

  LocalMotion look_at(VoxelIndex voxel) const {
    LocalMotion local;
    // In a wall voxel the sheet's cells crowd the wall layer, not the whole voxel.
    const double sheet = world_.wall().area_mm2(voxel) * parameters_.wall_layer_mm;
    const double wall_density =
        sheet > 0.0 ? world_.occupancy().of(Crowd::donor_attached)[voxel] / sheet : 0.0;
    const double density =
        wall_density + world_.occupancy().of(Crowd::donor_tissue)[voxel] / grid_.voxel_volume_mm3();
    double factor = std::max(0.0, 1.0 - density / parameters_.crowding_limit_per_mm3);
    const bool white = grid_.label(voxel) == Label::white;
    if (!white) factor *= parameters_.grey_factor;
    local.scale = std::sqrt(factor);
    if (process_.has_fibres_ && white) {
      for (std::size_t axis = 0; axis < 3; ++axis) local.fibre[axis] = fibre_[axis][voxel];
      if (local.fibre != Vector{}) local.across = across_;
    }
    const Vector slope = gradient(grid_, chemoattractant_, voxel, per_mm_);
    const double steepness = length(slope);
    if (steepness > 0.0) {
      const double reach = parameters_.chemotaxis_max_mm_per_d * dt_d_ * factor /
                           (steepness + parameters_.chemotaxis_half_gradient_per_mm);
      for (std::size_t axis = 0; axis < 3; ++axis) local.drift[axis] = reach * slope[axis];
    }
    return local;
  }

  void add(Batch& batch, std::size_t slot, double pace, const LocalMotion& local) const {
    const std::array headings{agents_.heading_x()[slot], agents_.heading_y()[slot],
                              agents_.heading_z()[slot]};
    const std::array position{agents_.x()[slot], agents_.y()[slot], agents_.z()[slot]};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      batch.heading[axis][batch.count] = headings[axis] / double{heading_scale};
      batch.from[axis][batch.count] = position[axis];
    }
    batch.add(slot, agents_.id()[slot], pace, local);
  }

  void move(Batch& batch, const PersistentWalk& walk, const Stream& stream) {
    if (batch.count == 0) return;
    batch.step(walk, stream);
    batch.arrive(inverse_spacing_, inverse_finest_);
    for (std::size_t lane = 0; lane < batch.count; ++lane) settle(batch, lane);
    batch.count = 0;
  }

  // Makes the move if its path stays in tissue; else the cell stays and turns back.
  void settle(const Batch& batch, std::size_t lane) {
    const std::size_t slot = batch.slot[lane];
    std::int32_t sign = 1;
    // Most moves end in the voxel where they began.
    if (batch.leaves[lane] != 0 || batch.longest[lane] >= 1.0) {
      const VoxelIndex end =
          path_end(grid_, {batch.from[0][lane], batch.from[1][lane], batch.from[2][lane]},
                   {batch.move[0][lane], batch.move[1][lane], batch.move[2][lane]},
                   1 + static_cast<int>(batch.longest[lane]));
      if (end == no_voxel) {
        sign = -1;
      } else {
        agents_.voxel()[slot] = end;
      }
    }
    if (sign > 0) {
      agents_.x()[slot] = batch.to[0][lane];
      agents_.y()[slot] = batch.to[1][lane];
      agents_.z()[slot] = batch.to[2][lane];
    }
    agents_.heading_x()[slot] = static_cast<std::int16_t>(sign * batch.packed[0][lane]);
    agents_.heading_y()[slot] = static_cast<std::int16_t>(sign * batch.packed[1][lane]);
    agents_.heading_z()[slot] = static_cast<std::int16_t>(sign * batch.packed[2][lane]);
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
  double across_;
  double inverse_finest_ = 0.0;
  std::array<float, 3> inverse_spacing_{};
  std::array<std::array<double, 3>, 3> per_mm_{};  // of a difference over 0, 1 and 2 voxels
  std::array<double, state_count> pace_{};         // factor on displacements; 0: does not move
};

void Migration::step(World& world, const StepContext& context) {
  world.hazards().add(entry_, State::attached, parameters_.wall_entry_per_d * context.dt_d);
  Sweep(*this, world, context).run(context.threads);
}

}  // namespace neurograft
