#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/model/lifecycle.hpp>

namespace neurograft {
namespace {

constexpr double natural_log_2 = 0.693147180559945309;

double falling(double x, double half) {
  const double ratio = x / half;
  return 1.0 / (1.0 + ratio * ratio);
}

std::size_t at(State state) {
  return static_cast<std::size_t>(state);
}

}  // namespace

const Section<LifecycleParameters>& lifecycle_section() {
  static const Section<LifecycleParameters> section(
      "lifecycle", "Survival, division and fate of donor cells",
      {{{"early_death_per_d", "1/d", 0.69, non_negative, "Early post-graft death rate at grafting",
         "about 20 % alive at 1 month, doi 10.1371/journal.pone.0014035; 1.2 % at 8 weeks in "
         "another preparation, PMC4357458",
         Grade::calibrated},
        &LifecycleParameters::early_death_per_d},
       {{"early_decay_d", "d", 2.5, positive, "Time constant with which early death fades",
         "assumed 2-3 d: loss within the first 9 d, doi 10.1371/journal.pone.0144262",
         Grade::assumed},
        &LifecycleParameters::early_decay_d},
       {{"early_density_per_mm3", "cell/mm3", 2e5, positive,
         "Local donor density that doubles early death",
         "assumed; more cells grafted do not give more survivors, doi 10.1038/jcbfm.2010.81",
         Grade::assumed},
        &LifecycleParameters::early_density_per_mm3},
       {{"baseline_death_per_d", "1/d", 0.002, non_negative, "Lasting death rate in tissue",
         "assumed, upper bound: grafts alive at 10 years, doi 10.1097/NEN.0b013e31819ca67c",
         Grade::assumed},
        &LifecycleParameters::baseline_death_per_d},
       {{"rest_per_d", "1/d", 0.2, non_negative, "Rate at which an active stem cell goes to rest",
         "assumed: 0.5-0.9 at rest after day 14", Grade::assumed},
        &LifecycleParameters::rest_per_d},
       {{"wake_per_d", "1/d", 0.02, non_negative, "Rate at which a resting stem cell wakes",
         "assumed", Grade::assumed},
        &LifecycleParameters::wake_per_d},
       {{"doubling_time_d", "d", 10.0, positive, "Time in which active stem cells divide once",
         "assumed: slower than the 3-6 d in culture with growth factors", Grade::assumed},
        &LifecycleParameters::doubling_time_d},
       {{"division_cap", "1", std::int64_t{4}, within(0.0, 60.0), "Most divisions after grafting",
         "assumed: no tumours in trials", Grade::assumed},
        &LifecycleParameters::division_cap},
       {{"symmetric_share", "1", 0.1, fraction, "Share of divisions into two stem cells", "assumed",
         Grade::assumed},
        &LifecycleParameters::symmetric_share},
       {{"asymmetric_share", "1", 0.4, fraction,
         "Share of divisions into a stem cell and a committed cell; the rest give two committed "
         "ones",
         "assumed", Grade::assumed},
        &LifecycleParameters::asymmetric_share},
       {{"crowding_per_mm3", "cell/mm3", 1e5, positive,
         "Local donor density at which division stops", "assumed", Grade::assumed},
        &LifecycleParameters::crowding_per_mm3},
       {{"commit_per_d", "1/d", 0.01, non_negative,
         "Rate at which an active stem cell commits without dividing", "assumed", Grade::assumed},
        &LifecycleParameters::commit_per_d},
       {{"oligodendrocyte_share", "1", 0.4, fraction,
         "Committed cells that take the oligodendrocyte line in calm white matter",
         "assumed; line preferred in dysmyelinated hosts, PMC3864816, rare in inflamed ones, "
         "doi 10.1186/s40478-020-00960-3",
         Grade::assumed},
        &LifecycleParameters::oligodendrocyte_share},
       {{"oligodendrocyte_share_grey", "1", 0.2, fraction, "The same in grey matter", "assumed",
         Grade::assumed},
        &LifecycleParameters::oligodendrocyte_share_grey},
       {{"differentiation_per_d", "1/d", 0.05, non_negative,
         "Rate at which OPC-like cells become premyelinating in calm tissue", "assumed",
         Grade::assumed},
        &LifecycleParameters::differentiation_per_d},
       {{"maturation_per_d", "1/d", 0.45, non_negative,
         "Rate at which premyelinating cells mature where all axons lack myelin",
         "2-3 d from division to differentiated cell, doi 10.1242/dev.047951", Grade::derived},
        &LifecycleParameters::maturation_per_d},
       {{"unmatched_death_per_d", "1/d", 0.2, non_negative,
         "Death rate of premyelinating cells where no axon lacks myelin", "assumed",
         Grade::assumed},
        &LifecycleParameters::unmatched_death_per_d},
       {{"inflammation_half", "1", 0.49, positive,
         "Inflammation that halves the oligodendrocyte line",
         "as for host cells: fitted to "
         "cuprizone timing",
         Grade::calibrated},
        &LifecycleParameters::inflammation_half},
       {{"debris_half", "1", 0.11, positive, "Myelin debris that halves differentiation",
         "assumed 0.1-0.3; rule from doi 10.1523/JNEUROSCI.2615-05.2006", Grade::calibrated},
        &LifecycleParameters::debris_half},
       {{"wall_layer_mm", "mm", 0.5, positive,
         "Depth over which cells attached to the wall count towards a density", "assumed",
         Grade::assumed},
        &LifecycleParameters::wall_layer_mm}});
  return section;
}

/// What a cell's hazards depend on besides itself, the same for all cells of a voxel.
struct Lifecycle::Local {
  double wall_density = 0.0;    // [cell/mm3]
  double tissue_density = 0.0;  // [cell/mm3]
  double uniform = 0.0;         // integrated hazards laid on the voxel, by susceptibility
  double hla1 = 0.0;
  double missing_hla1 = 0.0;
  double calm = 1.0;        // f(I)
  double clear = 1.0;       // g(debris)
  double bare_axons = 0.0;  // share of axons that lack myelin
  bool grey = false;
};

/// A cell's possible events as integrated hazards; the order is that of the draw.
struct Lifecycle::Outcome {
  double early = 0.0;
  double baseline = 0.0;
  double laid_state = 0.0;  // by other processes on the state
  double laid_voxel = 0.0;  // by other processes on the voxel
  double rest = 0.0;        // or wake
  double divide = 0.0;
  double commit = 0.0;  // or the next stage of the oligodendrocyte line

  double total() const {
    return early + baseline + laid_state + laid_voxel + rest + divide + commit;
  }
};

/// One step over all donor cells; what a thread's block finds is kept apart and joined in order.
class Lifecycle::Sweep {
 public:
  Sweep(const Lifecycle& process, World& world, const StepContext& context)
      : process_(process),
        world_(world),
        context_(context),
        stream_(context.stream(StreamCode::lifecycle_outcome)),
        blocks_((world.agents().size() + agent_block - 1) / agent_block),
        deaths_here_(world.tissue()[process.graft_.deaths_in_tissue]) {
    for (const Hazards::Cause& cause : world.hazards().causes()) {
      for (std::size_t s = 0; s < state_count; ++s) laid_by_state_[s] += cause.by_state[s];
    }
    suspended_probability_ = math::probability(laid_by_state_[at(State::suspended)]);
  }

  void run() {
    parallel_for(context_.threads, world_.agents().size(), agent_block,
                 [this](std::size_t begin, std::size_t end) { run_block(begin, end); });
    join();
  }

 private:
  struct Found {
    std::vector<Newborn> newborns;
    std::vector<std::uint64_t> taken;
    std::uint64_t born = 0;
  };

  void run_block(std::size_t begin, std::size_t end) {
    Found& found = blocks_[begin / agent_block];
    found.taken.resize(world_.hazards().causes().size());
    Agents& agents = world_.agents();
    VoxelIndex known = no_voxel;
    Local local;
    for (std::size_t slot = begin; slot < end; ++slot) {
      const State state = agents.state()[slot];
      if (agents.kind()[slot] != Kind::donor || state == State::dead || state == State::attaching) {
        continue;
      }
      if (is_in_tissue(state) && agents.voxel()[slot] != known) {
        known = agents.voxel()[slot];
        local = look_at(known);
      }
      if (state == State::suspended) {
        if (const Block words = stream_.block(agents.id()[slot]);
            math::uniform(words[0]) < suspended_probability_) {
          apply(slot, state, local, hazards_of(slot, state, local), words, found);
        }
        continue;
      }
      const Outcome outcome = hazards_of(slot, state, local);
      const double total = outcome.total();
      const Block words = stream_.block(agents.id()[slot]);
      const double u = math::uniform(words[0]);
      // 1 - exp(-H) <= H: most cells are done here without an exponential.
      if (u >= total || u >= math::probability(total)) continue;
      apply(slot, state, local, outcome, words, found);
    }
  }

  Local look_at(VoxelIndex voxel) const {
    const World& world = world_;
    const LifecycleParameters& parameters = process_.products_.front();
    Local local;
    const double sheet = world.wall().area_mm2(voxel) * parameters.wall_layer_mm;
    local.tissue_density =
        world.occupancy().of(Crowd::donor_tissue)[voxel] / world.grid().voxel_volume_mm3();
    if (sheet > 0.0) {
      local.wall_density = world.occupancy().of(Crowd::donor_attached)[voxel] / sheet;
    }
    for (const Hazards::Cause& cause : world.hazards().causes()) {
      if (cause.by_voxel.empty()) continue;
      const double hazard = cause.by_voxel[voxel];
      switch (cause.susceptibility) {
        case Susceptibility::uniform:
          local.uniform += hazard;
          break;
        case Susceptibility::hla1:
          local.hla1 += hazard;
          break;
        case Susceptibility::missing_hla1:
          local.missing_hla1 += hazard;
          break;
      }
    }
    const double inflammation = world.fields()[process_.fields_.inflammatory][voxel];
    const double debris = world.tissue()[process_.tissue_.debris][voxel];
    const double axons = world.tissue()[process_.tissue_.axon_fraction][voxel];
    const double myelin = world.tissue()[process_.tissue_.myelin_original][voxel] +
                          world.tissue()[process_.tissue_.myelin_remyelinated][voxel];
    local.calm = falling(inflammation, parameters.inflammation_half);
    local.clear = falling(debris, parameters.debris_half);
    local.bare_axons = std::max(0.0, axons - myelin);
    local.grey = world.grid().label(voxel) == Label::grey;
    return local;
  }

  // HLA-I expression of a cell scales what T and NK cells did to its voxel.
  double voxel_hazard(std::size_t slot, const Local& local) const {
    const double hla1 = world_.agents().hla1()[slot] / double{hla_scale};
    return local.uniform + hla1 * local.hla1 + (1.0 - hla1) * local.missing_hla1;
  }

  Outcome hazards_of(std::size_t slot, State state, const Local& local) const {
    Outcome outcome;
    outcome.laid_state = laid_by_state_[at(state)];
    if (!is_in_tissue(state)) return outcome;

    Agents& agents = world_.agents();
    const std::size_t product = agents.product()[slot];
    const LifecycleParameters& p = process_.products_[product];
    const double density =
        state == State::attached ? local.wall_density + local.tissue_density : local.tissue_density;
    outcome.early = early_hazard(slot, product, density);
    outcome.baseline = p.baseline_death_per_d * context_.dt_d;
    outcome.laid_voxel = voxel_hazard(slot, local);
    const double dt = context_.dt_d;
    switch (state) {
      case State::active:
        outcome.rest = p.rest_per_d * dt;
        outcome.commit = p.commit_per_d * dt;
        if (agents.divisions()[slot] < p.division_cap) {
          outcome.divide = natural_log_2 / p.doubling_time_d * dt *
                           std::max(0.0, 1.0 - density / p.crowding_per_mm3);
        }
        break;
      case State::quiescent:
        outcome.rest = p.wake_per_d * dt;
        break;
      case State::opc_like:
        outcome.commit = p.differentiation_per_d * dt * local.calm * local.clear;
        break;
      case State::premyelinating:
        outcome.commit = p.maturation_per_d * dt * local.bare_axons;
        outcome.baseline += p.unmatched_death_per_d * dt * (1.0 - local.bare_axons);
        break;
      default:
        break;
    }
    return outcome;
  }

  // Daughters are spared: the death follows grafting itself.
  double early_hazard(std::size_t slot, std::size_t product, double density) const {
    const Agents& agents = world_.agents();
    if (agents.clone()[slot] != agents.id()[slot]) return 0.0;
    const auto& by_age = process_.early_by_age_[product];
    const auto age = static_cast<std::size_t>(context_.tick) - agents.birth()[slot];
    double hazard = 0.0;
    for (std::size_t t = age; t < age + static_cast<std::size_t>(context_.period); ++t) {
      if (t < by_age.size()) hazard += by_age[t];
    }
    return hazard * (1.0 + density / process_.products_[product].early_density_per_mm3);
  }

  void apply(std::size_t slot, State state, const Local& local, const Outcome& outcome,
             const Block& words, Found& found) {
    double pick = math::uniform(words[1]) * outcome.total();
    const auto falls_in = [&pick](double hazard) {
      if (pick < hazard) return true;
      pick -= hazard;
      return false;
    };
    if (falls_in(outcome.early)) return die(slot, process_.early_, found);
    if (falls_in(outcome.baseline)) return die(slot, process_.baseline_, found);
    if (falls_in(outcome.rest)) return rest_or_wake(slot, state);
    if (falls_in(outcome.divide)) return divide(slot, local, words, found);
    if (falls_in(outcome.commit)) return commit(slot, state, local, words[2]);
    if (falls_in(outcome.laid_state)) return take_from_state(slot, state, pick, found);
    // Rounding may leave a last sliver beyond the sum: it belongs to the last entry.
    if (outcome.laid_voxel > 0.0) return take_from_voxel(slot, pick, found);
    take_from_state(slot, state, pick, found);
  }

  void die(std::size_t slot, CauseHandle cause, Found& found) {
    ++found.taken[cause.index];
    State& state = world_.agents().state()[slot];
    if (is_in_tissue(state)) {
      // Whole numbers in a double add up exactly in any order.
      std::atomic_ref(deaths_here_[world_.agents().voxel()[slot]])
          .fetch_add(1.0, std::memory_order_relaxed);
    }
    state = State::dead;
  }

  void rest_or_wake(std::size_t slot, State state) {
    world_.agents().state()[slot] = state == State::active ? State::quiescent : State::active;
  }

  State committed_fate(std::size_t product, const Local& local, double u) const {
    const LifecycleParameters& p = process_.products_[product];
    const double share =
        (local.grey ? p.oligodendrocyte_share_grey : p.oligodendrocyte_share) * local.calm;
    return u < share ? State::opc_like : State::astrocyte;
  }

  void divide(std::size_t slot, const Local& local, const Block& words, Found& found) {
    Agents& agents = world_.agents();
    const std::size_t product = agents.product()[slot];
    const LifecycleParameters& p = process_.products_[product];
    const double u = math::uniform(words[2]);
    State own = State::active;
    State daughter = State::active;
    const Block fates = context_.stream(StreamCode::lifecycle_fate).block(agents.id()[slot]);
    if (u >= p.symmetric_share) {
      daughter = committed_fate(product, local, math::uniform(fates[0]));
      if (u >= p.symmetric_share + p.asymmetric_share) {
        own = committed_fate(product, local, math::uniform(fates[1]));
      }
    }
    agents.state()[slot] = own;
    ++agents.divisions()[slot];
    ++found.born;
    found.newborns.push_back({.process = context_.order,
                              .key = agents.id()[slot],
                              .ordinal = 0,
                              .parent_slot = static_cast<std::uint32_t>(slot),
                              .x = agents.x()[slot],
                              .y = agents.y()[slot],
                              .z = agents.z()[slot],
                              .voxel = agents.voxel()[slot],
                              .kind = Kind::donor,
                              .state = daughter,
                              .product = agents.product()[slot],
                              .divisions = agents.divisions()[slot],
                              .hla1 = agents.hla1()[slot],
                              .hla2 = agents.hla2()[slot]});
  }

  void commit(std::size_t slot, State state, const Local& local, std::uint32_t word) {
    Agents& agents = world_.agents();
    State& own = agents.state()[slot];
    if (state == State::active)
      own = committed_fate(agents.product()[slot], local, math::uniform(word));
    if (state == State::opc_like) own = State::premyelinating;
    if (state == State::premyelinating) own = State::oligodendrocyte;
  }

  void take_from_state(std::size_t slot, State state, double pick, Found& found) {
    const auto& causes = world_.hazards().causes();
    std::size_t last = causes.size();
    for (std::size_t c = 0; c < causes.size(); ++c) {
      const double hazard = causes[c].by_state[at(state)];
      if (hazard <= 0.0) continue;
      last = c;
      if (pick < hazard) break;
      pick -= hazard;
    }
    take(slot, last, found);
  }

  void take_from_voxel(std::size_t slot, double pick, Found& found) {
    const auto& causes = world_.hazards().causes();
    const VoxelIndex voxel = world_.agents().voxel()[slot];
    const double hla1 = world_.agents().hla1()[slot] / double{hla_scale};
    std::size_t last = causes.size();
    for (std::size_t c = 0; c < causes.size(); ++c) {
      if (causes[c].by_voxel.empty()) continue;
      double hazard = causes[c].by_voxel[voxel];
      if (causes[c].susceptibility == Susceptibility::hla1) hazard *= hla1;
      if (causes[c].susceptibility == Susceptibility::missing_hla1) hazard *= 1.0 - hla1;
      if (hazard <= 0.0) continue;
      last = c;
      if (pick < hazard) break;
      pick -= hazard;
    }
    take(slot, last, found);
  }

  void take(std::size_t slot, std::size_t cause, Found& found) {
    if (cause == world_.hazards().causes().size()) return;
    const Hazards::Cause& taken = world_.hazards().causes()[cause];
    if (taken.deadly) return die(slot, {static_cast<std::uint32_t>(cause)}, found);
    ++found.taken[cause];
    world_.agents().state()[slot] = taken.becomes;
  }

  void join() {
    double born = 0.0;
    for (const Found& found : blocks_) {
      for (std::size_t c = 0; c < found.taken.size(); ++c) {
        world_.hazards().causes()[c].taken += found.taken[c];
      }
      born += static_cast<double>(found.born);
      world_.newborns().insert(world_.newborns().end(), found.newborns.begin(),
                               found.newborns.end());
    }
    world_.compartments().scalar(process_.born_) += born;
  }

  const Lifecycle& process_;
  World& world_;
  const StepContext& context_;
  Stream stream_;
  std::vector<Found> blocks_;
  std::span<double> deaths_here_;
  std::array<double, state_count> laid_by_state_{};
  double suspended_probability_ = 0.0;  // the same for all of them
};

Lifecycle::Lifecycle(std::vector<LifecycleParameters> products) : products_(std::move(products)) {
  if (products_.empty() || products_.size() > 256) {
    throw InputError(Problem{"lifecycle", std::to_string(products_.size()) + " cell products",
                             "1 to 256 are possible", ""});
  }
}

void Lifecycle::bind(World& world, ReadoutTable&) {
  tissue_ = TissueState::bind(world);
  fields_ = FieldState::bind(world);
  graft_ = GraftState::bind(world);
  born_ = world.compartments().add("donor_born", "cell", "donor cells born by division", 1);
  early_ = world.hazards().declare("early");
  baseline_ = world.hazards().declare("baseline");
  const double tick_d = world.clock().step_d();
  early_by_age_.clear();
  for (const LifecycleParameters& p : products_) {
    // 40 time constants on, less than 1e-17 of the hazard is left.
    std::vector<double> by_age(static_cast<std::size_t>(40.0 * p.early_decay_d / tick_d) + 1);
    const double first =
        p.early_death_per_d * p.early_decay_d * -math::expm1(-tick_d / p.early_decay_d);
    for (std::size_t age = 0; age < by_age.size(); ++age) {
      by_age[age] = first * math::exp(-static_cast<double>(age) * tick_d / p.early_decay_d);
    }
    early_by_age_.push_back(std::move(by_age));
  }
}

void Lifecycle::step(World& world, const StepContext& context) {
  Sweep(*this, world, context).run();
  world.hazards().clear();
}

}  // namespace neurograft
