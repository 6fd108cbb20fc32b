#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/parallel.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/model/hazard_bound.hpp>
#include <neurograft/model/lifecycle.hpp>
#include <neurograft/world/voxel_cache.hpp>

namespace neurograft {
namespace {

double falling(double x, double half) {
  const double ratio = x / half;
  return 1.0 / (1.0 + ratio * ratio);
}

std::size_t at(State state) {
  return static_cast<std::size_t>(state);
}

}  // namespace

/// What a cell's hazards depend on besides itself, the same for all cells of a voxel.
struct Lifecycle::Local {
  DonorDensity donors;
  double uniform = 0.0;  // integrated hazards laid on the voxel, by susceptibility
  double hla1 = 0.0;
  double missing_hla1 = 0.0;
  double inflammation = 0.0;
  double debris = 0.0;
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
        bound_(world, process.densities_, process.products_, process.youngest_early(world, context),
               context.dt_d),
        blocks_((world.agents().size() + agent_block - 1) / agent_block),
        deaths_here_(world.tissue()[process.graft_.deaths_in_tissue]) {
    for (const Hazards::Cause& cause : world.hazards().causes()) {
      for (std::size_t s = 0; s < state_count; ++s) laid_by_state_[s] += cause.by_state[s];
    }
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

  // Cells of a block whose trial has come, and the hazard that they were counted down by.
  struct Batch {
    std::size_t count = 0;
    std::array<std::size_t, stream_lanes> slot{};
    LaneWords id{};
    std::array<std::uint32_t, stream_lanes> units{};
  };

  void run_block(std::size_t begin, std::size_t end) {
    Found& found = blocks_[begin / agent_block];
    found.taken.resize(world_.hazards().causes().size());
    Agents& agents = world_.agents();
    const State* const states = agents.state().data();
    const VoxelIndex* const voxels = agents.voxel().data();
    std::uint16_t* const hazard_left = agents.hazard_left().data();
    VoxelCache<std::uint32_t> units_of_voxel;
    Batch batch;
    for (std::size_t slot = begin; slot < end; ++slot) {
      const State state = states[slot];
      std::uint32_t units = bound_.of_state(state);
      if (units == 0) continue;
      if (is_in_tissue(state)) {
        units += units_of_voxel.at(voxels[slot],
                                   [this](VoxelIndex voxel) { return bound_.of_voxel(voxel); });
      }
      std::uint16_t& left = hazard_left[slot];
      if (left == 0) left = draw_hazard_left(stream_.word(agents.id()[slot], 1));
      if (left > units) {
        left = static_cast<std::uint16_t>(left - units);
        continue;
      }
      batch.slot[batch.count] = slot;
      batch.id[batch.count] = agents.id()[slot];
      batch.units[batch.count] = units;
      if (++batch.count == stream_lanes) try_all(batch, found);
    }
    try_all(batch, found);
  }

  void try_all(Batch& batch, Found& found) {
    LaneBlocks words;
    stream_.blocks(batch.id, 0, words);
    for (std::size_t lane = 0; lane < batch.count; ++lane) {
      const Block own{words.word[0][lane], words.word[1][lane], words.word[2][lane],
                      words.word[3][lane]};
      world_.agents().hazard_left()[batch.slot[lane]] = draw_hazard_left(own[3]);
      decide(batch.slot[lane], batch.units[lane], own, found);
    }
    batch.count = 0;
  }

  // A trial comes more often than an event by the ratio of their chances over the step.
  void decide(std::size_t slot, std::uint32_t units, const Block& words, Found& found) {
    const State state = world_.agents().state()[slot];
    const Local local = is_in_tissue(state) ? look_at(world_.agents().voxel()[slot]) : Local{};
    const Outcome outcome = hazards_of(slot, state, local);
    const double bound = units * hazard_unit;
    const double trial = math::probability(bound);
    if (!(outcome.total() >= 0.0)) {
      throw NumericalError("lifecycle", "hazards of donor cells", world_.agents().voxel()[slot],
                           context_.tick, "are " + shown(outcome.total()));
    }
    if (outcome.total() > bound * (1.0 + 1e-9) && trial < 1.0) {
      throw Error("lifecycle: the hazards of a cell exceed the bound on them");
    }
    if (math::uniform(words[0]) * trial >= math::probability(outcome.total())) return;
    apply(slot, state, local, outcome, words, found);
  }

  Local look_at(VoxelIndex voxel) const {
    const World& world = world_;
    Local local;
    local.donors = process_.densities_.at(world, voxel);
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
    local.inflammation = world.fields()[process_.fields_.inflammatory][voxel];
    local.debris = world.tissue()[process_.tissue_.debris][voxel];
    const double axons = world.tissue()[process_.tissue_.axon_fraction][voxel];
    const double myelin = world.tissue()[process_.tissue_.myelin_original][voxel] +
                          world.tissue()[process_.tissue_.myelin_remyelinated][voxel];
    local.bare_axons = std::max(0.0, axons - myelin);
    local.grey = world.grid().label(voxel) == Label::grey;
    return local;
  }

  // HLA-I expression of a cell scales what T and NK cells did to its voxel.
  double voxel_hazard(std::size_t slot, const Local& local) const {
    const double hla1 = world_.agents().hla1()[slot] / double{hla_scale};
    return local.uniform + hla1 * local.hla1 + (1.0 - hla1) * local.missing_hla1;
  }

  static double calm(const LifecycleParameters& p, const Local& local) {
    return falling(local.inflammation, p.inflammation_half);
  }

  Outcome hazards_of(std::size_t slot, State state, const Local& local) const {
    Outcome outcome;
    outcome.laid_state = laid_by_state_[at(state)];
    if (!is_in_tissue(state)) return outcome;

    Agents& agents = world_.agents();
    const std::size_t product = agents.product()[slot];
    if (product >= process_.products_.size()) {
      throw NumericalError("lifecycle", "product of a donor cell", agents.voxel()[slot],
                           context_.tick, "is " + std::to_string(product) + ", unknown here");
    }
    const LifecycleParameters& p = process_.products_[product];
    const double wall_density =
        state == State::attached ? local.donors.attached_per_mm2 / p.wall_layer_mm : 0.0;
    const double density = wall_density + local.donors.tissue_per_mm3;
    outcome.early = early_hazard(slot, product, density);
    outcome.baseline = p.baseline_death_per_d * context_.dt_d;
    outcome.laid_voxel = voxel_hazard(slot, local);
    const double dt = context_.dt_d;
    switch (state) {
      case State::active:
        outcome.rest = p.rest_per_d * dt;
        outcome.commit = p.commit_per_d * dt;
        if (agents.divisions()[slot] < p.division_cap) {
          outcome.divide =
              p.division_per_d() * dt * std::max(0.0, 1.0 - density / p.crowding_per_mm3);
        }
        break;
      case State::quiescent:
        outcome.rest = p.wake_per_d * dt;
        break;
      case State::opc_like:
        outcome.commit =
            p.differentiation_per_d * dt * calm(p, local) * falling(local.debris, p.debris_half);
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
    const auto age = static_cast<std::size_t>(context_.tick) - agents.birth()[slot];
    return process_.early_at_age(product, age, context_.period) *
           (1.0 + density / process_.products_[product].early_density_per_mm3);
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
    // Rounding may leave a last sliver beyond the sum: it belongs to the last entry, if any.
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
        (local.grey ? p.oligodendrocyte_share_grey : p.oligodendrocyte_share) * calm(p, local);
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
  HazardBound bound_;
  std::vector<Found> blocks_;
  std::span<double> deaths_here_;
  std::array<double, state_count> laid_by_state_{};
};

Lifecycle::Lifecycle(std::vector<LifecycleParameters> products) : products_(std::move(products)) {
  if (products_.empty() || products_.size() > 256) {
    throw InputError(Problem{"lifecycle", std::to_string(products_.size()) + " cell products",
                             "1 to 256 are possible", ""});
  }
  for (const LifecycleParameters& product : products_) {
    if (product.density_mm != products_.front().density_mm) {
      throw InputError(Problem{"product", "density_mm",
                               "differs between products: all of them crowd each other", ""});
    }
  }
}

void Lifecycle::bind(World& world, ReadoutTable&) {
  tissue_ = TissueState::bind(world);
  fields_ = FieldState::bind(world);
  graft_ = GraftState::bind(world);
  born_ = world.compartments().add("donor_born", "cell", "donor cells born by division", 1);
  early_ = world.hazards().declare("early");
  baseline_ = world.hazards().declare("baseline");
  densities_.bind(world, products_.front().density_mm);
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

double Lifecycle::early_at_age(std::size_t product, std::size_t age, Tick period) const {
  const auto& by_age = early_by_age_[product];
  double hazard = 0.0;
  for (std::size_t t = age; t < age + static_cast<std::size_t>(period); ++t) {
    if (t < by_age.size()) hazard += by_age[t];
  }
  return hazard;
}

std::vector<double> Lifecycle::youngest_early(const World& world,
                                              const StepContext& context) const {
  const auto age = static_cast<std::size_t>(context.tick - world.last_graft());
  std::vector<double> result;
  for (std::size_t product = 0; product < products_.size(); ++product) {
    result.push_back(early_at_age(product, age, context.period));
  }
  return result;
}

void Lifecycle::step(World& world, const StepContext& context) {
  densities_.count(world);
  Sweep(*this, world, context).run();
  world.hazards().clear();
}

}  // namespace neurograft
