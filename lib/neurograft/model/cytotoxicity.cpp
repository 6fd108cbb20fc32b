#include <algorithm>
#include <limits>
#include <span>

#include <neurograft/core/math.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/model/cytotoxicity.hpp>

namespace neurograft {
namespace {

constexpr double pi = 3.14159265358979324;
// What keeps a killer that never kills from 0 / 0.
constexpr double least_positive = std::numeric_limits<double>::min();
// Block of the immune_fate draws; `infiltration` has block 0.
constexpr std::uint32_t state_block = 1;
constexpr std::size_t group_block = 256;

double saturating(double x, double half) noexcept {
  return x > 0.0 ? x / (x + half) : 0.0;
}

// Share left when one of `count` is set apart.
double others(double count) noexcept {
  return count > 1.0 ? (count - 1.0) / count : 0.0;
}

}  // namespace

const Section<CytotoxicityParameters>& cytotoxicity_section() {
  using P = CytotoxicityParameters;
  static const Section<P> section(
      "cytotoxicity", "Killing of donor cells by T cells, NK cells, macrophages and antibody",
      {{{"kill_per_d", "1/d", 5.6, ranges::rate_per_d,
         "Targets that a CD8 cell kills a day at most",
         "2-16, Halle 2016 Immunity 44:233; value within it assumed, as in a prototype of mouse "
         "allografts, doi "
         "10.3727/096368912X636911",
         Grade::assumed},
        &P::kill_per_d},
       {{"reach_um", "um", 10.0, within(0.1, 1e3), "Radius within which a T cell meets a target",
         "assumed: sum of two cell radii", Grade::assumed},
        &P::reach_um},
       {{"speed_um_per_min", "um/min", 10.0, within(1e-3, 1e4), "Speed of a searching T cell",
         "Boissonnas 2007, doi 10.1084/jem.20061890, as the tumor-tcell model uses it",
         Grade::measured},
        &P::speed_um_per_min},
       {{"wall_layer_mm", "mm", 0.5, ranges::length_mm,
         "Depth over which cells on the wall and T cells that come for them are spread", "assumed",
         Grade::assumed},
        &P::wall_layer_mm},
       {{"search_mm", "mm", 0.2, ranges::length_mm,
         "Least width of the volumes in which T and NK cells and targets meet",
         "assumed: about twice the way sqrt(6 M / k) of a T cell in the time of one kill, for M "
         "10 um2/min and k 5.6 /d",
         Grade::assumed},
        &P::search_mm},
       {{"helpless_killing", "1", 0.4, fraction, "Killing without CD4 help, of that with full help",
         "assumed", Grade::assumed},
        &P::helpless_killing},
       {{"regulatory_block", "1", 0.5, fraction, "Highest block of killing by regulatory factors",
         "assumed", Grade::assumed},
        &P::regulatory_block},
       {{"regulatory_half", "1", 1.0, ranges::half_level, "Regulatory field that gives half of it",
         "assumed", Grade::assumed},
        &P::regulatory_half},
       {{"treg_half_per_mm3", "cell/mm3", 200.0, ranges::some_per_mm3,
         "Treg in tissue that halve killing", "assumed", Grade::assumed},
        &P::treg_half_per_mm3},
       {{"exhaustion_per_d", "1/d", 0.05, ranges::rate_per_d,
         "Rate at which engaged T cells become exhausted", "assumed", Grade::assumed},
        &P::exhaustion_per_d},
       {{"nk_kill_per_d", "1/d", 2.0, ranges::rate_per_d,
         "Targets without HLA-I an NK cell kills a day",
         "assumed; NK cells kill neural precursors, doi 10.1002/stem.1422", Grade::assumed},
        &P::nk_kill_per_d},
       {{"xenogeneic", "1", 0.0, fraction,
         "How foreign the donor's species is to the host's macrophages: 0 same, 1 human in mouse",
         "by definition", Grade::setting},
        &P::xenogeneic},
       {{"macrophage_kill_per_d", "1/d", 2.0, ranges::rate_per_d,
         "Hazard of a xenogeneic cell under licensed macrophages",
         "fitted to human grafts in mice (V7): below 1 % by day 7, doi 10.1002/ctm2.1046",
         Grade::calibrated},
        &P::macrophage_kill_per_d},
       {{"macrophage_basal_share", "1", 0.02, fraction, "Share of it without CD4 help",
         "fitted to human grafts in mice (V7): alive beyond 7 weeks, doi 10.1002/ctm2.1046",
         Grade::calibrated},
        &P::macrophage_basal_share},
       {{"antibody_kill_per_d", "1/d", 0.0, ranges::rate_per_d,
         "Hazard at high titre, half at the positive threshold, times leak and HLA-I; 0: off",
         "assumed", Grade::hypothesis},
        &P::antibody_kill_per_d}});
  return section;
}

double half_target_density(double kill_per_d, double reach_um, double speed_um_per_min) noexcept {
  const double reach_mm = reach_um / units::um_per_mm;
  const double speed_mm_per_d = speed_um_per_min / units::um_per_mm * units::minutes_per_day;
  return std::max(kill_per_d / (pi * reach_mm * reach_mm * speed_mm_per_d), least_positive);
}

void Cytotoxicity::bind(World& world, ReadoutTable& /*readouts*/) {
  effectors_ = EffectorState::bind(world);
  drugs_ = DrugEffects::bind(world);
  fields_ = FieldState::bind(world);
  tissue_ = TissueState::bind(world);
  ctl_ = world.hazards().declare("ctl", Susceptibility::hla1);
  nk_ = world.hazards().declare("nk", Susceptibility::missing_hla1);
  macrophage_ = world.hazards().declare("macrophage");
  blocks_ = SearchBlocks(world, parameters_.search_mm);
  antibody_ = world.hazards().declare("antibody", Susceptibility::hla1);
}

void Cytotoxicity::step(World& world, const StepContext& context) {
  encounters_.count(world, blocks_, context.threads);
  lay_hazards(world, context);
  lay_innate(world, context);
  change_states(world, context);
}

void Cytotoxicity::lay_hazards(World& world, const StepContext& context) const {
  const CytotoxicityParameters& p = parameters_;
  const double allowed = 1.0 - world.compartments().scalar(drugs_.kill);
  const double help = world.compartments().scalar(effectors_.help);
  const double ability = allowed * (p.helpless_killing + (1.0 - p.helpless_killing) * help);
  const double half = half_target_density(p.kill_per_d, p.reach_um, p.speed_um_per_min);
  const double nk_half = half_target_density(p.nk_kill_per_d, p.reach_um, p.speed_um_per_min);

  const std::span<const double> regulatory = world.fields()[fields_.regulatory];
  Hazards& hazards = world.hazards();
  hazards.prepare(ctl_);
  hazards.prepare(nk_);

  struct Killing {
    double ctl = 0.0;
    double nk = 0.0;
  };
  // Kills per day in the blocks of a group, shared by all its donor cells.
  const auto killing_in = [&](const Encounters::Group& group) {
    Killing kills;
    for (std::uint32_t index = group.first; index < group.last; ++index) {
      const Meeting& meeting = encounters_.meetings()[index];
      const double donors = meeting.donors();
      if (donors == 0.0) continue;
      const double each = meeting.per_killer(p.wall_layer_mm);
      const double targets = meeting.targets(p.wall_layer_mm) * others(donors);
      const double treg = meeting.count(Crowd::treg) * each;
      const double targeted = donors / (1.0 + treg / p.treg_half_per_mm3);
      const double cd8 = meeting.count(Crowd::cd8);
      const double nk = meeting.count(Crowd::nk);
      kills.ctl += targeted * killing_hazard(p.kill_per_d, half, targets, cd8 * each,
                                             cd8 * each * others(cd8));
      kills.nk += targeted * killing_hazard(p.nk_kill_per_d, nk_half, targets, nk * each,
                                            nk * each * others(nk));
    }
    const double share = context.dt_d / std::max(1U, group.donors);
    return Killing{kills.ctl * ability * share, kills.nk * allowed * share};
  };
  const auto lay = [&](VoxelIndex voxel, const Killing& killing) {
    const double calm = 1.0 - p.regulatory_block * saturating(regulatory[voxel], p.regulatory_half);
    if (killing.ctl > 0.0) hazards.add(ctl_, voxel, killing.ctl * calm);
    if (killing.nk > 0.0) hazards.add(nk_, voxel, killing.nk * calm);
  };
  if (!blocks_.joins()) {
    const auto groups = encounters_.groups();
    parallel_for(context.threads, groups.size(), group_block,
                 [&](std::size_t begin, std::size_t end) {
                   for (std::size_t at = begin; at < end; ++at) {
                     lay(groups[at].group, killing_in(groups[at]));
                   }
                 });
    return;
  }
  parallel_for(context.threads, world.grid().parenchyma_size(), voxel_block,
               [&](std::size_t begin, std::size_t end) {
                 for (std::size_t index = begin; index < end; ++index) {
                   const auto voxel = static_cast<VoxelIndex>(index);
                   const auto* group = encounters_.group_at(blocks_.group_of(voxel));
                   if (group != nullptr && group->donors > 0) lay(voxel, killing_in(*group));
                 }
               });
}

void Cytotoxicity::lay_innate(World& world, const StepContext& context) const {
  const CytotoxicityParameters& p = parameters_;
  const NamedArrays& c = world.compartments();
  const double licence =
      p.macrophage_basal_share + (1.0 - p.macrophage_basal_share) * c.scalar(effectors_.help);
  const double macrophage = p.macrophage_kill_per_d * p.xenogeneic * licence *
                            (1.0 - c.scalar(drugs_.microglia)) * context.dt_d;
  const double antibody =
      p.antibody_kill_per_d * saturating(c.scalar(effectors_.antibody), 1.0) * context.dt_d;
  const auto lay = [&](CauseHandle cause, auto&& hazard_at) {
    world.hazards().prepare(cause);
    parallel_for(context.threads, world.grid().parenchyma_size(), voxel_block,
                 [&](std::size_t begin, std::size_t end) {
                   for (std::size_t index = begin; index < end; ++index) {
                     const auto voxel = static_cast<VoxelIndex>(index);
                     if (world.occupancy().donor(voxel) == 0) continue;
                     world.hazards().add(cause, voxel, hazard_at(voxel));
                   }
                 });
  };
  if (macrophage > 0.0) lay(macrophage_, [&](VoxelIndex) { return macrophage; });
  if (antibody > 0.0) {
    const std::span<const double> leak = world.tissue()[tissue_.barrier_leak];
    lay(antibody_, [&](VoxelIndex voxel) { return antibody * leak[voxel]; });
  }
}

void Cytotoxicity::change_states(World& world, const StepContext& context) const {
  const CytotoxicityParameters& p = parameters_;
  Agents& agents = world.agents();
  const auto kind = agents.kind();
  const auto state = agents.state();
  struct Law {
    double kill_per_d, half;
    Crowd rivals;
  };
  const auto law_of = [&](double kill_per_d, Crowd rivals) {
    return Law{kill_per_d, half_target_density(kill_per_d, p.reach_um, p.speed_um_per_min), rivals};
  };
  const Law t_cells = law_of(p.kill_per_d, Crowd::cd8);
  const Law nk_cells = law_of(p.nk_kill_per_d, Crowd::nk);
  const std::uint64_t exhausts =
      math::bernoulli_threshold(math::probability(p.exhaustion_per_d * context.dt_d));
  const Stream fate = context.stream(StreamCode::immune_fate);

  // Chance to be engaged at the end of the step: exact for two states with constant rates.
  const auto engaged_chance = [&](const Meeting& meeting, Kind its, bool engaged) {
    const Law& law = its == Kind::nk ? nk_cells : t_cells;
    if (meeting.donors() == 0.0) {
      return engaged ? 1.0 - math::probability(law.kill_per_d * context.dt_d) : 0.0;
    }
    // CD4 cells and Treg do not stand in their own way.
    const double own = its == Kind::cd8 || its == Kind::nk ? 1.0 : 0.0;
    const double rivals = (meeting.count(law.rivals) - own) * meeting.per_killer(p.wall_layer_mm);
    const double engage = law.kill_per_d * meeting.met(p.wall_layer_mm) / (law.half + rivals);
    const double share = engage / std::max(engage + law.kill_per_d, least_positive);
    const double moved = math::probability((engage + law.kill_per_d) * context.dt_d);
    return engaged ? 1.0 - (1.0 - share) * moved : share * moved;
  };
  const auto searchers = encounters_.searchers();
  parallel_for(
      context.threads, searchers.size(), agent_block, [&](std::size_t begin, std::size_t end) {
        for (std::size_t at = begin; at < end; ++at) {
          const std::size_t slot = searchers[at].slot;
          const bool engaged = state[slot] == State::engaged;
          if (!engaged && state[slot] != State::searching) continue;
          const Block words = fate.block(agents.id()[slot], state_block);
          const Meeting& meeting = encounters_.meetings()[searchers[at].meeting];
          const double chance = engaged_chance(meeting, kind[slot], engaged);
          const bool holds = words[0] < math::bernoulli_threshold(chance);
          const bool spent = engaged && kind[slot] != Kind::nk && words[1] < exhausts;
          state[slot] = spent ? State::exhausted : holds ? State::engaged : State::searching;
        }
      });
}

}  // namespace neurograft
