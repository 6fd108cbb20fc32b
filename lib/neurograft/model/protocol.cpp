#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/model/antigenicity.hpp>
#include <neurograft/model/placement.hpp>
#include <neurograft/model/protocol.hpp>

namespace neurograft {
namespace {

std::optional<Point> point_of(const std::vector<double>& site) {
  if (site.size() != 3) return std::nullopt;
  return Point{site[0], site[1], site[2]};
}

// Collects problems of all events, so that they are reported together.
class Checks {
 public:
  explicit Checks(const World& world) : world_(world) {}

  void require(bool holds, const std::string& where, std::string what, std::string why,
               std::string hint = "") {
    if (!holds) problems_.push_back({where, std::move(what), std::move(why), std::move(hint)});
  }

  Tick tick(double day, const std::string& where, const std::string& key = "day") {
    const std::string what = key + " " + std::to_string(day);
    try {
      const Tick tick = world_.clock().tick_of(day, what);
      require(tick >= 0, where, what + " is before the run",
              "the run starts on day " + std::to_string(world_.clock().start_d));
      return tick;
    } catch (const InputError& error) {
      for (Problem problem : error.problems()) {
        problem.where = where;
        problems_.push_back(std::move(problem));
      }
      return -1;
    }
  }

  void site(const std::vector<double>& site_mm, const std::string& where) {
    const auto point = point_of(site_mm);
    require(point.has_value(), where, "site_mm does not have three numbers", "x, y, z in mm");
    if (!point) return;
    const VoxelIndex voxel = voxel_at(world_.grid(), *point);
    require(voxel < world_.grid().parenchyma_size(), where,
            "site_mm is not in grey or white matter", "cells and lesions need brain tissue",
            "x, y, z count from the low corner of the grid");
  }

  void finish() {
    if (!problems_.empty()) throw InputError(std::move(problems_));
  }

 private:
  const World& world_;
  std::vector<Problem> problems_;
};

std::int16_t fixed_heading(float normal) {
  return static_cast<std::int16_t>(std::floor(normal * heading_scale + 0.5F));
}

std::string numbered(const char* what, std::size_t index) {
  return std::string(what) + "[" + std::to_string(index) + "]";
}

std::vector<Tick> check_injections(Checks& checks, const std::vector<Injection>& injections,
                                   bool has_ventricle) {
  std::vector<Tick> ticks;
  for (std::size_t i = 0; i < injections.size(); ++i) {
    const Injection& injection = injections[i];
    const std::string where =
        injections[i].name.empty() ? numbered("graft", i) : injections[i].name;
    ticks.push_back(checks.tick(injection.day, where));
    checks.require(injection.cells >= 0.0 && injection.cells < 4294967295.0 &&
                       injection.cells == std::floor(injection.cells),
                   where, "cells is not a whole number below 2^32", "cells are counted");
    checks.require(
        fraction.contains(injection.viability) && fraction.contains(injection.hla1) &&
            fraction.contains(injection.hla2) && fraction.contains(injection.shared_mismatches),
        where, "viability, hla1, hla2 or shared_mismatches is out of range", "must be in [0, 1]");
    checks.require(injection.product >= 0 && injection.product < 256, where,
                   "product is out of range", "at most 256 donor cell products");
    if (injection.route == "parenchymal") {
      checks.site(injection.site_mm, where);
      continue;
    }
    checks.require(injection.route == "icv", where, "route \"" + injection.route + "\" is unknown",
                   "icv or parenchymal");
    checks.require(has_ventricle, where, "the brain has no ventricle voxel", "route icv needs one",
                   "use route = \"parenchymal\", or brain.patch_ventricle for a patch");
  }
  return ticks;
}

std::vector<Tick> check_lesions(Checks& checks, const std::vector<LesionOnset>& lesions,
                                std::size_t parenchyma) {
  std::vector<Tick> ticks;
  for (std::size_t i = 0; i < lesions.size(); ++i) {
    const std::string where = numbered("lesion", i);
    ticks.push_back(checks.tick(lesions[i].day, where));
    checks.require(lesions[i].id > 0 && lesions[i].kind != LesionKind::none, where,
                   "id or kind is 0", "0 stands for tissue outside lesions");
    checks.require(lesions[i].kind <= LesionKind::remyelinated, where, "is of kind toxic",
                   "an insult makes such, with shares of its own");
    checks.require(
        std::ranges::all_of(lesions[i].voxels, [&](VoxelIndex v) { return v < parenchyma; }), where,
        "a voxel is not in grey or white matter", "lesions need brain tissue");
  }
  return ticks;
}

std::vector<Tick> check_insults(Checks& checks, const std::vector<Insult>& insults,
                                const Geometry& geometry) {
  std::vector<Tick> ticks;
  const auto& h = geometry.spacing_mm;
  for (std::size_t i = 0; i < insults.size(); ++i) {
    const Insult& insult = insults[i];
    const std::string where = numbered("insult", i);
    ticks.push_back(checks.tick(insult.start_d, where, "start_d"));
    if (insult.kind == "lpc") {
      checks.site(insult.site_mm, where);
      checks.require(insult.radius_mm >= 0.5 * std::max({h[0], h[1], h[2]}), where,
                     "radius_mm is less than half a voxel", "the lesion would fall between voxels",
                     "use smaller voxels");
    } else if (insult.kind == "cuprizone") {
      checks.tick(insult.stop_d, where, "stop_d");
      checks.require(insult.stop_d > insult.start_d, where, "stop_d <= start_d", "must be later");
    } else {
      checks.require(insult.kind == "sensitising", where, "kind \"" + insult.kind + "\" is unknown",
                     "cuprizone, lpc or sensitising");
    }
  }
  return ticks;
}

void check_lists(Checks& checks, const ProtocolParameters& p) {
  for (const auto* list : {&p.axon_loss, &p.demyelination, &p.remyelinated_share, &p.debris_share,
                           &p.oligodendrocyte_loss, &p.opc_loss, &p.capacity_loss,
                           &p.inflammatory_fold, &p.reparative_fold, &p.barrier_leak}) {
    checks.require(list->size() == 4, "protocol", "a list by lesion kind does not have four values",
                   "active, chronic active, inactive, remyelinated");
  }
}

}  // namespace

Protocol::Protocol(ProtocolParameters parameters, std::vector<Injection> injections,
                   std::vector<LesionOnset> lesions, std::vector<Insult> insults)
    : parameters_(std::move(parameters)),
      injections_(std::move(injections)),
      lesions_(std::move(lesions)),
      insults_(std::move(insults)) {}

void Protocol::bind(World& world, ReadoutTable& /*readouts*/) {
  const Grid& grid = world.grid();
  ventricle_.clear();
  for (std::size_t v = grid.parenchyma_size(); v < grid.size(); ++v) {
    const auto voxel = static_cast<VoxelIndex>(v);
    if (grid.label(voxel) == Label::ventricle) ventricle_.push_back(voxel);
  }
  Checks checks(world);
  injection_ticks_ = check_injections(checks, injections_, !ventricle_.empty());
  lesion_ticks_ = check_lesions(checks, lesions_, grid.parenchyma_size());
  insult_ticks_ = check_insults(checks, insults_, grid.geometry());
  check_lists(checks, parameters_);
  checks.finish();
  tissue_ = TissueState::bind(world);
  graft_ = GraftState::bind(world);
  non_viable_ = world.hazards().declare("non_viable");
  donor_injected_ =
      world.compartments().find_or_add("donor_injected", "cell", "donor cells injected so far", 1);
  cuprizone_ = world.compartments().find_or_add(
      "insult_cuprizone", "1", "hazard of death of oligodendrocytes so far, by a toxin", 1);
  antigen_ = world.compartments().find_or_add("sensitising_antigen", "cell",
                                              "donor antigen on its way to the nodes", 1);
  lost_ = world.compartments().find_or_add(
      "alloresponse_lost", "1", "share of the alloresponse that a new donor does not meet", 1);
}

void Protocol::begin_tick(World& world, const StepContext& context) {
  for (std::size_t i = 0; i < lesions_.size(); ++i) {
    if (lesion_ticks_[i] == context.tick) start_lesion(world, context, lesions_[i]);
  }
  for (std::size_t i = 0; i < insults_.size(); ++i) {
    if (insult_ticks_[i] == context.tick) start_insult(world, context, insults_[i]);
  }
  for (std::size_t i = 0; i < injections_.size(); ++i) {
    if (injection_ticks_[i] == context.tick) inject(world, context, injections_[i]);
  }
  world.compartments().scalar(cuprizone_) = cuprizone_until(context.day);
}

bool Protocol::place_cell(World& world, const StepContext& context, const Injection& injection,
                          bool suspended, std::size_t slot) const {
  const Grid& grid = world.grid();
  Agents& agents = world.agents();
  const AgentId id = agents.id()[slot];
  Place place{};
  if (suspended) {
    const Block words = context.stream(StreamCode::injection_position).block(id);
    const auto pick = static_cast<std::size_t>(std::uint64_t{words[0]} * ventricle_.size() >> 32);
    place = place_in_voxel(grid, ventricle_[pick], words);
  } else {
    const Stream draws = context.stream(StreamCode::protocol_site);
    const auto& site = injection.site_mm;
    place = place_in_ball(grid, {site[0], site[1], site[2]}, injection.radius_mm, draws, id);
    const Block words = draws.block(id, 0);
    const auto xy = math::normal_pair(words[0], words[1]);
    agents.heading_x()[slot] = fixed_heading(xy[0]);
    agents.heading_y()[slot] = fixed_heading(xy[1]);
    agents.heading_z()[slot] = fixed_heading(math::normal_pair(words[2], words[3])[0]);
  }
  agents.x()[slot] = place.x;
  agents.y()[slot] = place.y;
  agents.z()[slot] = place.z;
  agents.voxel()[slot] = place.voxel;
  agents.kind()[slot] = Kind::donor;
  agents.product()[slot] = static_cast<std::uint8_t>(injection.product);
  agents.hla1()[slot] = hla_fixed_point(injection.hla1);
  agents.hla2()[slot] = hla_fixed_point(injection.hla2);
  const bool alive = context.stream(StreamCode::injection_viability).word(id) <
                     math::bernoulli_threshold(injection.viability);
  agents.state()[slot] = !alive ? State::dead : suspended ? State::suspended : State::active;
  return alive;
}

void Protocol::inject(World& world, const StepContext& context, const Injection& injection) const {
  const auto count = static_cast<std::size_t>(injection.cells);
  const bool suspended = injection.route == "icv";
  const std::size_t first = world.append_agents(count);
  // A sum of whole numbers below 2^53: exact in any order.
  const double dead =
      blocked_sum(context.threads, count, agent_block, [&](std::size_t begin, std::size_t end) {
        std::size_t found = 0;
        for (std::size_t i = begin; i < end; ++i) {
          found += !place_cell(world, context, injection, suspended, first + i);
        }
        return static_cast<double>(found);
      });
  world.hazards().causes()[non_viable_.index].taken += static_cast<std::uint64_t>(dead);
  if (!suspended) {
    const Agents& agents = world.agents();
    const auto deaths = world.tissue()[graft_.deaths_in_tissue];
    for (std::size_t slot = first; slot < first + count; ++slot) {
      if (agents.state()[slot] == State::dead) deaths[agents.voxel()[slot]] += 1.0;
    }
  }
  world.compartments().scalar(donor_injected_) += injection.cells;
  double& lost = world.compartments().scalar(lost_);
  lost = 1.0 - (1.0 - lost) * injection.shared_mismatches;
  world.events().push_back(
      {context.day, "injection", "donor cells, " + injection.route, injection.cells, "cell"});
}

void Protocol::start_lesion(World& world, const StepContext& context,
                            const LesionOnset& lesion) const {
  const ProtocolParameters& p = parameters_;
  const auto kind = static_cast<std::size_t>(lesion.kind) - 1;
  NamedArrays& tissue = world.tissue();
  const auto at = [&](ArrayHandle handle, VoxelIndex v) -> double& { return tissue[handle][v]; };
  for (const VoxelIndex v : lesion.voxels) {
    const double before = at(tissue_.myelin_original, v) + at(tissue_.myelin_remyelinated, v);
    double& axons = at(tissue_.axon_fraction, v);
    axons *= 1.0 - p.axon_loss[kind];
    double& original = at(tissue_.myelin_original, v);
    original *= (1.0 - p.axon_loss[kind]) * (1.0 - p.demyelination[kind]);
    double& renewed = at(tissue_.myelin_remyelinated, v);
    renewed = p.remyelinated_share[kind] * std::max(0.0, axons - original);
    at(tissue_.debris, v) += p.debris_share[kind] * std::max(0.0, before - original - renewed);
    at(tissue_.oligodendrocytes, v) *= 1.0 - p.oligodendrocyte_loss[kind];
    at(tissue_.premyelinating, v) *= 1.0 - p.oligodendrocyte_loss[kind];
    at(tissue_.opc, v) *= 1.0 - p.opc_loss[kind];
    at(tissue_.opc_capacity, v) *= 1.0 - p.capacity_loss[kind];
    const double resting = at(tissue_.microglia_resting, v);
    at(tissue_.microglia_inflammatory, v) += p.inflammatory_fold[kind] * resting;
    at(tissue_.microglia_reparative, v) += p.reparative_fold[kind] * resting;
    at(tissue_.microglia_resting, v) =
        resting * std::max(0.0, 1.0 - p.inflammatory_fold[kind] - p.reparative_fold[kind]);
    double& leak = at(tissue_.barrier_leak, v);
    leak = std::max(leak, p.barrier_leak[kind]);
    at(tissue_.lesion_id, v) = lesion.id;
    at(tissue_.lesion_kind, v) = static_cast<double>(lesion.kind);
    at(tissue_.lesion_onset_d, v) = lesion.onset_d;
  }
  constexpr std::array<const char*, 5> names{"", "active", "chronic active", "inactive",
                                             "remyelinated"};
  world.events().push_back(
      {context.day, "lesion",
       "lesion " + std::to_string(lesion.id) + ", " + names[static_cast<std::size_t>(lesion.kind)],
       static_cast<double>(lesion.voxels.size()) * world.grid().voxel_volume_mm3(), "mm3"});
}

void Protocol::start_insult(World& world, const StepContext& context, const Insult& insult) const {
  if (insult.kind == "lpc") {
    apply_lpc(world, context, insult);
    return;
  }
  if (insult.kind == "sensitising") {
    world.compartments().scalar(antigen_) += insult.antigen_cells;
    world.events().push_back(
        {context.day, "insult", "sensitising exposure", insult.antigen_cells, "cell"});
    return;
  }
  world.events().push_back({context.day, "insult", "cuprizone", insult.kill_per_d, "1/d"});
}

void Protocol::apply_lpc(World& world, const StepContext& context, const Insult& insult) const {
  const Grid& grid = world.grid();
  const Point site = *point_of(insult.site_mm);
  NamedArrays& tissue = world.tissue();
  const auto ids = tissue[tissue_.lesion_id];
  const double id = 1.0 + *std::max_element(ids.begin(), ids.end());
  double volume = 0.0;
  for (std::size_t index = 0; index < grid.parenchyma_size(); ++index) {
    const auto v = static_cast<VoxelIndex>(index);
    const double share = share_inside(grid, v, site, insult.radius_mm);
    if (!(share > 0.0)) continue;
    volume += share * grid.voxel_volume_mm3();
    const auto hit = [&](ArrayHandle handle, double loss) {
      double& value = tissue[handle][v];
      const double lost = value * share * loss;
      value -= lost;
      return lost;
    };
    hit(tissue_.axon_fraction, insult.axon_loss);
    // What keeps its myelin must keep its axon.
    const double myelin_loss = std::max(insult.demyelination, insult.axon_loss);
    tissue[tissue_.debris][v] +=
        hit(tissue_.myelin_original, myelin_loss) + hit(tissue_.myelin_remyelinated, myelin_loss);
    hit(tissue_.oligodendrocytes, insult.oligodendrocyte_kill);
    hit(tissue_.premyelinating, insult.oligodendrocyte_kill);
    hit(tissue_.opc, insult.opc_kill);
    if (share < 0.5) continue;
    tissue[tissue_.lesion_id][v] = id;
    tissue[tissue_.lesion_kind][v] = static_cast<double>(LesionKind::toxic);
    tissue[tissue_.lesion_onset_d][v] = context.day;
  }
  world.events().push_back({context.day, "insult", "lpc", volume, "mm3"});
}

double Protocol::cuprizone_until(double day) const noexcept {
  double hazard = 0.0;
  for (const Insult& insult : insults_) {
    if (insult.kind != "cuprizone") continue;
    const double begin = insult.start_d + insult.lag_d;
    const double end = std::min(day, insult.stop_d + insult.persist_d);
    hazard += insult.kill_per_d * std::max(0.0, end - begin);
  }
  return hazard;
}

}  // namespace neurograft
