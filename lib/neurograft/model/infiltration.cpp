#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/model/infiltration.hpp>

namespace neurograft {
namespace {

// As many agents do not fit; a draw of so many would not end.
constexpr double most_arrivals = 1e9;

// Cells of 10 um side by side: where there are more T and NK cells, no more come.
constexpr double room_per_mm3 = 1e6;

constexpr std::array<Kind, 4> immune_kinds{Kind::cd8, Kind::cd4, Kind::treg, Kind::nk};

// Ordinals that keep arrivals and divisions apart where a voxel and a parent share a number.
constexpr std::uint32_t division_ordinal = 0x80000000U;
constexpr std::uint32_t ordinal_of(Kind kind, std::uint32_t nth) noexcept {
  return (static_cast<std::uint32_t>(kind) << 28) | nth;
}

double saturating(double x, double half) noexcept {
  return x > 0.0 ? x / (x + half) : 0.0;
}

// 53 bits: enough to tell any two voxels of a brain apart.
struct Arrival {
  double target;  // place in the cumulative weights
  std::uint32_t number;
};

// Where in its voxel an arrival was drawn: by tissue, or by a donor cell, the `share`-th of them.
struct Draw {
  bool beside_donor = false;
  double share = 0.0;
};

// An arrival that enters beside a donor cell of its voxel.
struct Beside {
  VoxelIndex voxel;
  double share;                 // picks the cell, in [0, 1)
  std::array<double, 3> aside;  // from it, in units of the reach, in (-1, 1)
  std::size_t newborn;          // index into World::newborns()
};

// T and NK cells of a voxel, but for exhausted ones.
double immune_cells(const Occupancy& occupancy, VoxelIndex voxel) noexcept {
  double cells = 0.0;
  for (const Crowd crowd : {Crowd::cd8, Crowd::cd4, Crowd::treg, Crowd::nk}) {
    cells += occupancy.of(crowd)[voxel];
  }
  return cells;
}

// How many more T and NK cells the tissue has room for.
double room_for(const World& world) {
  const std::size_t voxels = world.grid().parenchyma_size();
  const double room = room_per_mm3 * world.grid().voxel_volume_mm3() * static_cast<double>(voxels);
  double present = 0.0;
  for (VoxelIndex voxel = 0; voxel < voxels; ++voxel) {
    present += immune_cells(world.occupancy(), voxel);
  }
  return std::max(0.0, room - present);
}

// Entry of one cell, uniform in its voxel. Kept a little off the faces, where rounding of the
// position to a float could put it into the neighbour.
Newborn arrival_in(const Grid& grid, VoxelIndex voxel, const Block& words) {
  const auto centre = grid.centre_mm(voxel);
  const auto& spacing = grid.geometry().spacing_mm;
  const auto place = [&](std::size_t axis) {
    const double share = 0.998 * (math::uniform(words[axis]) - 0.5);
    return static_cast<float>(centre[axis] + share * spacing[axis]);
  };
  Newborn cell;
  cell.key = voxel;
  cell.voxel = voxel;
  cell.x = place(0);
  cell.y = place(1);
  cell.z = place(2);
  cell.state = State::searching;
  return cell;
}

// Moves arrivals near donor cells, each by its share among those of its voxel in order of id. One
// that finds none left stays where it was put in the voxel.
void put_beside_donors(World& world, std::vector<Beside>& arrivals, double reach_mm,
                       Threads threads) {
  if (arrivals.empty()) return;
  std::ranges::stable_sort(arrivals, {}, &Beside::voxel);
  struct Host {
    VoxelIndex voxel;
    AgentId id;
    std::uint32_t slot;
  };
  const Agents& agents = world.agents();
  std::vector<std::vector<Host>> found((agents.size() + agent_block - 1) / agent_block);
  parallel_for(threads, agents.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    VoxelIndex known = no_voxel;
    bool wanted = false;
    for (std::size_t slot = begin; slot < end; ++slot) {
      if (agents.kind()[slot] != Kind::donor || !is_in_tissue(agents.state()[slot])) continue;
      if (agents.voxel()[slot] != known) {
        known = agents.voxel()[slot];
        wanted = std::ranges::binary_search(arrivals, known, {}, &Beside::voxel);
      }
      if (!wanted) continue;
      found[begin / agent_block].push_back(
          {known, agents.id()[slot], static_cast<std::uint32_t>(slot)});
    }
  });
  std::vector<Host> hosts;
  for (const auto& part : found) hosts.insert(hosts.end(), part.begin(), part.end());
  std::ranges::sort(hosts, {}, [](const Host& host) { return std::pair(host.voxel, host.id); });
  for (const Beside& arrival : arrivals) {
    const auto here = std::ranges::equal_range(hosts, arrival.voxel, {}, &Host::voxel);
    if (here.empty()) continue;
    const auto count = static_cast<double>(here.size());
    const auto nth = static_cast<std::ptrdiff_t>(std::min(arrival.share * count, count - 1.0));
    const std::uint32_t slot = here[static_cast<std::size_t>(nth)].slot;
    Newborn& cell = world.newborns()[arrival.newborn];
    const std::array host{agents.x()[slot], agents.y()[slot], agents.z()[slot]};
    // Where that is no tissue, on the cell's other side, else at the cell.
    for (const double side : {reach_mm, -reach_mm, 0.0}) {
      std::array<float, 3> at{};
      for (std::size_t axis = 0; axis < 3; ++axis) {
        at[axis] = host[axis] + static_cast<float>(side * arrival.aside[axis]);
      }
      const VoxelIndex voxel = world.grid().voxel_at(at[0], at[1], at[2]);
      if (voxel == no_voxel || voxel >= world.grid().parenchyma_size()) continue;
      cell.voxel = voxel;
      cell.x = at[0];
      cell.y = at[1];
      cell.z = at[2];
      break;
    }
  }
}

}  // namespace

const Section<InfiltrationParameters>& infiltration_section() {
  using P = InfiltrationParameters;
  static const Section<P> section(
      "infiltration", "Entry of T and NK cells into the brain, and their life there",
      {{{"entry_max_per_d", "1/d", 0.5, ranges::rate_per_d,
         "Highest rate at which a cell in blood enters the brain", "assumed", Grade::assumed},
        &P::entry_max_per_d},
       {{"entry_half_mm3_per_kg", "mm3/kg", 400.0, within(1e-6, 1e9),
         "Weighted tissue per body mass that gives half that rate",
         "assumed: as in a mean-field prototype of mouse allografts, doi 10.3727/096368912X636911",
         Grade::assumed},
        &P::entry_half_mm3_per_kg},
       {{"surveillance_weight", "1", 1e-5, ranges::weight, "Weight of healthy tissue", "assumed",
         Grade::assumed},
        &P::surveillance_weight},
       {{"leak_weight", "1", 0.1, ranges::weight, "Weight of tissue with a fully open barrier",
         "assumed; entry is 12.5 times larger in relapse, doi 10.1371/journal.pcbi.1013273",
         Grade::assumed},
        &P::leak_weight},
       {{"inflammation_weight", "1", 0.1, ranges::weight,
         "Weight of tissue inflamed as a reference active lesion", "assumed", Grade::assumed},
        &P::inflammation_weight},
       {{"chemoattractant_weight", "1", 0.1, ranges::weight,
         "Weight of tissue at the reference level of chemoattractant", "assumed", Grade::assumed},
        &P::chemoattractant_weight},
       {{"antigen_weight", "1", 0.1, ranges::weight,
         "Weight of tissue at the reference level of the antigen field", "assumed", Grade::assumed},
        &P::antigen_weight},
       {{"donor_weight_mm3", "mm3", 1e-3, ranges::weight,
         "Weight of one donor cell: 1e-3 makes 1000 cells/mm3 weigh 1", "assumed", Grade::assumed},
        &P::donor_weight_mm3},
       {{"entry_reach_mm", "mm", 0.3, within(0.0, 10.0),
         "How far along each axis from a donor cell one that it draws enters at most",
         "assumed: venules through which cells enter are a few tenths of a millimetre apart",
         Grade::assumed},
        &P::entry_reach_mm},
       {{"death_per_d", "1/d", 0.5, ranges::rate_per_d, "Death of T and NK cells in brain",
         "assumed; 0.35 /d in doi 10.1371/journal.pcbi.1013273", Grade::assumed},
        &P::death_per_d},
       {{"resident_share", "1", 0.03, fraction,
         "Share of those T cells that become resident instead", "assumed", Grade::assumed},
        &P::resident_share},
       {{"resident_death_per_d", "1/d", 0.03, ranges::rate_per_d, "Death of resident T cells",
         "assumed; scattered CD8 at day 35, Barker 2000 J Neurosci 20:3415", Grade::assumed},
        &P::resident_death_per_d},
       {{"exhausted_death_per_d", "1/d", 0.3, ranges::rate_per_d, "Death of exhausted cells",
         "assumed", Grade::assumed},
        &P::exhausted_death_per_d},
       {{"growth_per_d", "1/d", 0.8, ranges::rate_per_d,
         "Division of engaged T cells at full display",
         "assumed: as in a mean-field prototype of mouse allografts, doi 10.3727/096368912X636911",
         Grade::assumed},
        &P::growth_per_d},
       {{"growth_basal", "1", 0.22, fraction, "Display of donor HLA without inflammation",
         "assumed: as antigenicity.hla1_resting", Grade::assumed},
        &P::growth_basal},
       {{"growth_inflammation_half", "1", 0.05, ranges::half_level,
         "Inflammation at which display has half risen", "assumed", Grade::assumed},
        &P::growth_inflammation_half},
       {{"drug_tissue_share", "1", 0.1, fraction,
         "Effect of drugs on expansion in brain tissue, of that in blood and nodes",
         "assumed: 0.01-0.1; P-glycoprotein keeps tacrolimus out (Yokogawa 1999)", Grade::assumed},
        &P::drug_tissue_share},
       {{"regulatory_block", "1", 0.7, fraction, "Highest block of division by regulatory factors",
         "assumed: 0.5-0.8; neural stem cells inhibit T cell division, doi "
         "10.1016/j.mcn.2008.07.007",
         Grade::assumed},
        &P::regulatory_block},
       {{"regulatory_half", "1", 1.0, ranges::half_level, "Regulatory field that gives half of it",
         "assumed", Grade::assumed},
        &P::regulatory_half}});
  return section;
}

/// The entry weight of voxels [mm3], and the sums that an inversion needs.
class Infiltration::Weights {
 public:
  Weights(const Infiltration& process, const World& world)
      : p_(process.parameters_),
        occupancy_(world.occupancy()),
        volume_(world.grid().voxel_volume_mm3()),
        leak_(world.tissue()[process.tissue_.barrier_leak]),
        inflammatory_(world.fields()[process.fields_.inflammatory]),
        chemoattractant_(world.fields()[process.fields_.chemoattractant]),
        antigen_(world.fields()[process.fields_.antigen]) {
    if (!process.has_vessels_) return;
    vessels_ = world.maps()[process.vessels_];
    inverse_mean_ = 1.0 / process.mean_vessel_density_;
  }

  double of(std::size_t voxel) const noexcept { return of_tissue(voxel) + of_donors(voxel); }

  double of_tissue(std::size_t voxel) const noexcept {
    const double vessels = vessels_.empty() ? 1.0 : vessels_[voxel] * inverse_mean_;
    const double tissue = p_.surveillance_weight + p_.leak_weight * leak_[voxel] +
                          p_.inflammation_weight * inflammatory_[voxel] +
                          p_.chemoattractant_weight * chemoattractant_[voxel] +
                          p_.antigen_weight * antigen_[voxel];
    return volume_ * vessels * std::max(tissue, 0.0);
  }

  double of_donors(std::size_t voxel) const noexcept {
    return p_.donor_weight_mm3 * occupancy_.donor(static_cast<VoxelIndex>(voxel));
  }

  /// Sums up all voxels; the total [mm3].
  double sum(Threads threads) {
    const std::size_t voxels = leak_.size();
    blocks_.assign((voxels + voxel_block - 1) / voxel_block, 0.0);
    parallel_for(threads, voxels, voxel_block, [&](std::size_t begin, std::size_t end) {
      double total = 0.0;
      for (std::size_t voxel = begin; voxel < end; ++voxel) total += of(voxel);
      blocks_[begin / voxel_block] = total;
    });
    double total = 0.0;
    for (const double block : blocks_) total += block;
    return total;
  }

  /// Calls `visit(voxel, arrival, draw)` for arrivals sorted by target, in one sweep over the
  /// voxels.
  template <class Visit>
  void place(const std::vector<Arrival>& arrivals, Visit&& visit) const {
    std::size_t next = 0;
    double before = 0.0;
    for (std::size_t block = 0; block < blocks_.size() && next < arrivals.size(); ++block) {
      const bool last_block = block + 1 == blocks_.size();
      const double after = before + blocks_[block];
      if (arrivals[next].target >= after && !last_block) {
        before = after;
        continue;
      }
      const std::size_t begin = block * voxel_block;
      const std::size_t end = std::min(begin + voxel_block, leak_.size());
      double reached = before;
      std::size_t last_weighted = begin;
      for (std::size_t voxel = begin; voxel < end; ++voxel) {
        const double weight = of(voxel);
        if (!(weight > 0.0)) continue;
        last_weighted = voxel;
        reached += weight;
        while (next < arrivals.size() && arrivals[next].target < reached) {
          const Arrival& arrival = arrivals[next++];
          // The last part of a voxel's weight is that of its donor cells.
          const double donors = of_donors(voxel);
          const double left = reached - arrival.target;
          visit(static_cast<VoxelIndex>(voxel), arrival,
                left < donors ? Draw{true, 1.0 - left / donors} : Draw{});
        }
      }
      // What rounding leaves between the two sums belongs to the block's last voxel.
      while (next < arrivals.size() && (arrivals[next].target < after || last_block)) {
        visit(static_cast<VoxelIndex>(last_weighted), arrivals[next++], Draw{});
      }
      before = after;
    }
  }

 private:
  const InfiltrationParameters& p_;
  const Occupancy& occupancy_;
  double volume_;
  std::span<const double> leak_, inflammatory_, chemoattractant_, antigen_, vessels_;
  double inverse_mean_ = 1.0;
  std::vector<double> blocks_;
};

void Infiltration::bind(World& world, ReadoutTable& /*readouts*/) {
  effectors_ = EffectorState::bind(world);
  drugs_ = DrugEffects::bind(world);
  host_ = HostState::bind(world);
  fields_ = FieldState::bind(world);
  tissue_ = TissueState::bind(world);
  has_vessels_ = world.maps().contains("vessel_density");
  if (has_vessels_) {
    vessels_ = world.maps().find("vessel_density");
    const std::span<const double> density = world.maps()[vessels_];
    double sum = 0.0;
    for (const double value : density) sum += value;
    has_vessels_ = sum > 0.0;
    mean_vessel_density_ = sum / static_cast<double>(density.size());
  }
}

ArrayHandle Infiltration::blood_of(Kind kind) const noexcept {
  switch (kind) {
    case Kind::cd8:
      return effectors_.effector_cd8;
    case Kind::cd4:
      return effectors_.effector_cd4;
    case Kind::treg:
      return effectors_.treg;
    default:
      return effectors_.nk;
  }
}

void Infiltration::step(World& world, const StepContext& context) {
  enter(world, context);
  live(world, context);
}

void Infiltration::enter(World& world, const StepContext& context) const {
  NamedArrays& compartments = world.compartments();
  const auto can_enter = [&](Kind kind) { return compartments.scalar(blood_of(kind)) >= 1.0; };
  if (std::none_of(immune_kinds.begin(), immune_kinds.end(), can_enter)) return;

  Weights weights(*this, world);
  const double total = weights.sum(context.threads);
  const double per_kg = total / compartments.scalar(host_.body_mass_kg);
  const double rate = parameters_.entry_max_per_d * (1.0 - compartments.scalar(drugs_.traffic)) *
                      saturating(per_kg, parameters_.entry_half_mm3_per_kg);
  const double share = math::probability(rate * context.dt_d);
  const Stream counts = context.stream(StreamCode::infiltration_count);
  const Stream positions = context.stream(StreamCode::infiltration_position);
  std::vector<Beside> beside;
  double room = room_for(world);

  for (const Kind kind : immune_kinds) {
    const auto lane = static_cast<std::uint32_t>(kind);
    double& blood = compartments.scalar(blood_of(kind));
    const double most = std::floor(std::min(blood, room));
    const double expected = share * blood;
    if (!(std::min(expected, room) <= most_arrivals)) {
      throw NumericalError("infiltration", std::string(kind_names[lane]), -1, context.tick,
                           "more than 1e9 cells would enter the brain in one step");
    }
    const double drawn =
        expected < room ? static_cast<double>(poisson(expected, counts, lane)) : most;
    const auto count = static_cast<std::uint32_t>(std::min(drawn, most));
    if (count == 0) continue;
    blood -= count;
    room -= count;

    std::vector<Arrival> arrivals(count);
    for (std::uint32_t number = 0; number < count; ++number) {
      const Block words = positions.block(number, 2 * lane);
      arrivals[number] = {total * math::fine_uniform(words[0], words[1]), number};
    }
    std::sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) {
      return a.target != b.target ? a.target < b.target : a.number < b.number;
    });
    weights.place(arrivals, [&](VoxelIndex voxel, const Arrival& arrival, const Draw& draw) {
      const Block words = positions.block(arrival.number, 2 * lane + 1);
      if (draw.beside_donor) {
        const auto aside = [&](std::size_t axis) { return 2.0 * math::uniform(words[axis]) - 1.0; };
        beside.push_back(
            {voxel, draw.share, {aside(0), aside(1), aside(2)}, world.newborns().size()});
      }
      Newborn cell = arrival_in(world.grid(), voxel, words);
      cell.process = context.order;
      cell.ordinal = ordinal_of(kind, arrival.number);
      cell.kind = kind;
      world.newborns().push_back(cell);
    });
  }
  put_beside_donors(world, beside, parameters_.entry_reach_mm, context.threads);
}

void Infiltration::live(World& world, const StepContext& context) const {
  const InfiltrationParameters& p = parameters_;
  Agents& agents = world.agents();
  const auto kind = agents.kind();
  const auto state = agents.state();
  const auto voxel = agents.voxel();
  const std::span<const double> inflammatory = world.fields()[fields_.inflammatory];
  const std::span<const double> regulatory = world.fields()[fields_.regulatory];
  const double growth =
      p.growth_per_d * (1.0 - p.drug_tissue_share * world.compartments().scalar(drugs_.expansion)) *
      context.dt_d;
  const auto threshold = [&](double per_d) {
    return math::bernoulli_threshold(math::probability(per_d * context.dt_d));
  };
  const std::uint64_t leaves = threshold(p.death_per_d);
  const std::uint64_t resident_dies = threshold(p.resident_death_per_d);
  const std::uint64_t exhausted_dies = threshold(p.exhausted_death_per_d);
  const std::uint64_t stays = math::bernoulli_threshold(p.resident_share);
  const Stream fate = context.stream(StreamCode::immune_fate);
  const double room = room_per_mm3 * world.grid().voxel_volume_mm3();

  const auto divides = [&](std::size_t slot, std::uint32_t word) {
    if (state[slot] != State::engaged || kind[slot] == Kind::nk) return false;
    if (immune_cells(world.occupancy(), voxel[slot]) >= room) return false;
    const double display =
        p.growth_basal +
        (1.0 - p.growth_basal) * saturating(inflammatory[voxel[slot]], p.growth_inflammation_half);
    const double blocked =
        1.0 - p.regulatory_block * saturating(regulatory[voxel[slot]], p.regulatory_half);
    return word < math::bernoulli_threshold(math::probability(growth * display * blocked));
  };
  const auto daughter_of = [&](std::size_t slot) {
    Newborn cell;
    cell.process = context.order;
    cell.key = agents.id()[slot];
    cell.ordinal = division_ordinal;
    cell.parent_slot = static_cast<std::uint32_t>(slot);
    cell.x = agents.x()[slot];
    cell.y = agents.y()[slot];
    cell.z = agents.z()[slot];
    cell.voxel = voxel[slot];
    cell.kind = kind[slot];
    cell.state = State::searching;
    cell.product = agents.product()[slot];
    cell.divisions = static_cast<std::uint8_t>(std::min(255, agents.divisions()[slot] + 1));
    return cell;
  };

  std::vector<std::vector<Newborn>> born((agents.size() + agent_block - 1) / agent_block);
  parallel_for(context.threads, agents.size(), agent_block,
               [&](std::size_t begin, std::size_t end) {
                 for (std::size_t slot = begin; slot < end; ++slot) {
                   if (kind[slot] == Kind::donor || state[slot] == State::dead) continue;
                   const Block words = fate.block(agents.id()[slot]);
                   if (state[slot] == State::resident) {
                     if (words[0] < resident_dies) state[slot] = State::dead;
                   } else if (state[slot] == State::exhausted) {
                     if (words[0] < exhausted_dies) state[slot] = State::dead;
                   } else if (words[0] < leaves) {
                     const bool resides = kind[slot] != Kind::nk && words[1] < stays;
                     state[slot] = resides ? State::resident : State::dead;
                   } else if (divides(slot, words[2])) {
                     born[begin / agent_block].push_back(daughter_of(slot));
                   }
                 }
               });
  for (const auto& part : born) {
    world.newborns().insert(world.newborns().end(), part.begin(), part.end());
  }
}

}  // namespace neurograft
