#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/core/wide.hpp>
#include <neurograft/model/tissue.hpp>

namespace neurograft {
namespace {

// No amount of the law comes near this: larger is as wrong as not finite.
constexpr double absurd = 1e12;

std::span<const double> find_or_empty(const NamedArrays& arrays, const char* name) {
  return arrays.contains(name) ? arrays[arrays.find(name)] : std::span<const double>{};
}

bool is_chronic(double kind) noexcept {
  return kind == static_cast<double>(LesionKind::chronic_active) ||
         kind == static_cast<double>(LesionKind::inactive);
}

bool is_rim(const World& world, std::span<const double> kinds, VoxelIndex voxel) {
  for (const VoxelIndex other : world.grid().neighbours(voxel)) {
    if (other >= world.grid().parenchyma_size()) continue;
    if (world.grid().label(other) == Label::white && kinds[other] == 0.0) return true;
  }
  return false;
}

// Where the rims of chronic active lesions meet a voxel.
struct Front {
  VoxelIndex from = no_voxel;  // the first neighbour in such a lesion
  double per_mm = 0.0;         // share of the voxel that is passed per advance of the front
};

// A front that is met through one face passes 1 / h of the voxel per mm; through faces of several
// axes it stands askew, and layers of voxels are as much closer as the root of the squares says.
Front front_at(const Grid& grid, std::span<const double> kinds, VoxelIndex voxel) {
  Front front;
  const auto& neighbours = grid.neighbours(voxel);
  double squares = 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    bool met = false;
    for (const VoxelIndex other : {neighbours[2 * axis], neighbours[2 * axis + 1]}) {
      if (other >= grid.parenchyma_size()) continue;
      if (kinds[other] != static_cast<double>(LesionKind::chronic_active)) continue;
      met = true;
      if (front.from == no_voxel) front.from = other;
    }
    const double spacing = grid.geometry().spacing_mm[axis];
    if (met) squares += 1.0 / (spacing * spacing);
  }
  front.per_mm = std::sqrt(squares);
  return front;
}

// Voxels at rest, by the healthy densities of their tissue.
TissueVoxels healthy(const TissueReferences& references) {
  TissueVoxels voxels;
  voxels.opc = references.opc;
  voxels.oligodendrocytes = references.oligodendrocytes;
  voxels.resting = references.microglia;
  return voxels;
}

template <class Values>
TissueLanes lanes_at(const Values& values, std::size_t at) noexcept {
  TissueLanes lanes;
  std::copy_n(values.begin() + at, tissue_lanes, lanes.begin());
  return lanes;
}

}  // namespace

// All arrays of a step, resolved once.
struct Tissue::View {
  std::array<std::span<double>, 12> pools;  // in the order of `TissueVoxel`
  std::span<const double> kind, onset, passed, inflammatory, regulatory, trophic, trophic_csf,
      trophic_perivascular;
  TissueInputs common;
  bool may_rest;  // voxels that nothing acts on exist
  TissueReference white;
  TissueReferences grey;
};

// Consecutive voxels, copied side by side: a step reads and writes many arrays, which together
// would push each other out of the first-level cache before their lines are used up.
struct Tissue::Stretch {
  static constexpr std::size_t size = 64;
  using Values = std::array<double, size>;

  std::size_t first, count;
  std::array<Values, 12> pools;
  Values inflammatory, regulatory, trophic, stem, precursors, oligodendrocytes, danger, passed,
      kind;
  Values from_csf;  // the part of `trophic` that the hypotheses add

  void repeat_last(std::size_t i) noexcept {
    const std::size_t last = count - 1;
    for (Values& pool : pools) pool[i] = pool[last];
    for (Values* input : {&inflammatory, &regulatory, &trophic, &stem, &precursors,
                          &oligodendrocytes, &danger, &passed, &kind, &from_csf}) {
      (*input)[i] = (*input)[last];
    }
  }
};

void Tissue::bind(World& world, ReadoutTable& /*readouts*/) {
  const std::size_t voxels = world.grid().parenchyma_size();
  tissue_ = TissueState::bind(world);
  fields_ = FieldState::bind(world);
  drugs_ = DrugEffects::bind(world);
  graft_ = GraftState::bind(world);
  host_ = HostState::bind(world);
  deaths_seen_ =
      world.tissue().find_or_add("donor_deaths_seen_by_tissue", "cell",
                                 "donor cells that died here before the last tissue step", voxels);
  toxin_ = world.compartments().find_or_add(
      "insult_cuprizone", "1", "hazard of death of oligodendrocytes so far, by a toxin", 1);
  toxin_seen_ = world.compartments().find_or_add("insult_cuprizone_seen", "1",
                                                 "the part of it that tissue has applied", 1);
  blocks_ = SearchBlocks(world, parameters_.density_mm);
  ledger_ = world.compartments().find_or_add(
      "myelin_ledger", "mm3", "myelin formed, lost and cleared, in volumes of healthy tissue", 3);
  const TissueReference white = law_.white();
  const TissueReference grey = law_.grey();
  const ArrayHandle microglia = world.compartments().find_or_add(
      "healthy_microglia", "cell/mm3", "microglia of healthy grey and white matter", 2);
  world.compartments()[microglia][0] = grey.microglia;
  world.compartments()[microglia][1] = white.microglia;
  auto& arrays = world.tissue();
  for (std::size_t v = 0; v < voxels; ++v) {
    const double cells =
        arrays[tissue_.opc][v] + arrays[tissue_.premyelinating][v] +
        arrays[tissue_.oligodendrocytes][v] + arrays[tissue_.microglia_resting][v] +
        arrays[tissue_.microglia_inflammatory][v] + arrays[tissue_.microglia_reparative][v];
    if (cells != 0.0) continue;
    const bool is_white = world.grid().label(static_cast<VoxelIndex>(v)) == Label::white;
    const TissueReference& reference = is_white ? white : grey;
    arrays[tissue_.opc][v] = reference.opc;
    arrays[tissue_.oligodendrocytes][v] = reference.oligodendrocytes;
    arrays[tissue_.microglia_resting][v] = reference.microglia;
  }
}

void Tissue::count_donors(const World& world, Threads threads) {
  const Agents& agents = world.agents();
  for (auto* counts : {&stem_, &precursors_, &oligodendrocytes_}) {
    counts->assign(world.grid().parenchyma_size(), 0.0);
  }
  parallel_for(threads, agents.size(), agent_block, [&](std::size_t begin, std::size_t end) {
    for (std::size_t slot = begin; slot < end; ++slot) {
      const State state = agents.state()[slot];
      if (agents.kind()[slot] != Kind::donor || !is_in_tissue(state)) continue;
      if (state == State::astrocyte) continue;
      auto& counts = state == State::oligodendrocyte ? oligodendrocytes_
                     : state == State::opc_like || state == State::premyelinating ? precursors_
                                                                                  : stem_;
      std::atomic_ref(counts[agents.voxel()[slot]]).fetch_add(1.0, std::memory_order_relaxed);
    }
  });
}

void Tissue::count_deaths(World& world, Threads threads) {
  const std::span<const double> deaths = world.tissue()[graft_.deaths_in_tissue];
  const std::span<double> seen = world.tissue()[deaths_seen_];
  dead_.resize(deaths.size());
  parallel_for(threads, deaths.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
    for (std::size_t voxel = begin; voxel < end; ++voxel) {
      dead_[voxel] = deaths[voxel] - seen[voxel];
      seen[voxel] = deaths[voxel];
    }
  });
}

void Tissue::move_rims(World& world, const StepContext& context) const {
  const double advance_mm = parameters_.rim_speed_mm_per_y / units::days_per_year * context.dt_d *
                            (1.0 - world.compartments().scalar(drugs_.microglia));
  if (!(advance_mm > 0.0)) return;
  auto& arrays = world.tissue();
  const auto kinds = arrays[tissue_.lesion_kind];
  const auto progress = arrays[tissue_.rim_progress];
  const std::size_t voxels = world.grid().parenchyma_size();
  std::vector<std::pair<VoxelIndex, VoxelIndex>> joined;  // a voxel, and whose lesion it joins
  double lost = 0.0;
  for (VoxelIndex v = 0; v < voxels; ++v) {
    if (kinds[v] != static_cast<double>(LesionKind::chronic_active)) continue;
    for (const VoxelIndex next : world.grid().neighbours(v)) {
      if (next >= voxels || kinds[next] != 0.0 || world.grid().label(next) != Label::white) {
        continue;
      }
      const Front front = front_at(world.grid(), kinds, next);
      if (front.from != v) continue;  // has its turn with the first of its lesion neighbours
      const double before = progress[next];
      progress[next] = std::min(1.0, before + advance_mm * front.per_mm);
      lost += pass_rim(world, next, before);
      if (progress[next] == 1.0) joined.emplace_back(next, v);
    }
  }
  // The front of this step is that of its start: who joins does so afterwards.
  for (const auto& [voxel, from] : joined) {
    arrays[tissue_.lesion_kind][voxel] = arrays[tissue_.lesion_kind][from];
    arrays[tissue_.lesion_id][voxel] = arrays[tissue_.lesion_id][from];
    arrays[tissue_.lesion_onset_d][voxel] = context.day;
  }
  world.compartments()[ledger_][1] += lost * world.grid().voxel_volume_mm3();
}

double Tissue::pass_rim(World& world, VoxelIndex voxel, double before) const {
  auto& arrays = world.tissue();
  const double after = arrays[tissue_.rim_progress][voxel];
  // What is left of an amount of which a share `spared` outlives the front.
  const auto left = [before, after](double spared) {
    const double damage = 1.0 - spared;
    return damage == 0.0 ? 1.0 : (1.0 - after * damage) / (1.0 - before * damage);
  };
  double lost = 0.0;
  for (const ArrayHandle myelin : {tissue_.myelin_original, tissue_.myelin_remyelinated}) {
    const double kept = arrays[myelin][voxel] * left(0.0);
    lost += arrays[myelin][voxel] - kept;
    arrays[myelin][voxel] = kept;
  }
  arrays[tissue_.debris][voxel] += lost;
  const double cells = left(parameters_.rim_oligodendrocyte_survival);
  arrays[tissue_.oligodendrocytes][voxel] *= cells;
  arrays[tissue_.opc][voxel] *= cells;
  arrays[tissue_.opc_capacity][voxel] *= left(parameters_.rim_renewal_left);
  return lost;
}

double Tissue::lesion_drive(const World& world, VoxelIndex voxel, double kind, double onset_d,
                            double day) const {
  if (kind == static_cast<double>(LesionKind::active)) {
    const double age = (day - onset_d) / parameters_.active_lesion_duration_d;
    return age < 0.0 ? 0.0 : parameters_.active_lesion_drive / (1.0 + age * age);
  }
  if (kind == static_cast<double>(LesionKind::chronic_active) &&
      is_rim(world, world.tissue()[tissue_.lesion_kind], voxel)) {
    return parameters_.rim_drive;
  }
  return 0.0;
}

void Tissue::take(Stretch& stretch, const View& view, const World& world,
                  const StepContext& context) const {
  const auto copy = [&stretch](const auto& from, Stretch::Values& to, double scale) {
    const auto* const values = from.data() + stretch.first;
    for (std::size_t i = 0; i < stretch.count; ++i) {
      to[i] = static_cast<double>(values[i]) * scale;
    }
  };
  const double per_mm3 = 1.0 / world.grid().voxel_volume_mm3();
  for (std::size_t pool = 0; pool < view.pools.size(); ++pool) {
    copy(view.pools[pool], stretch.pools[pool], 1.0);
  }
  copy(view.inflammatory, stretch.inflammatory, 1.0);
  copy(view.regulatory, stretch.regulatory, 1.0);
  copy(view.trophic, stretch.trophic, 1.0);
  copy(view.passed, stretch.passed, 1.0);
  copy(view.kind, stretch.kind, 1.0);
  copy(stem_, stretch.stem, per_mm3);
  copy(precursors_, stretch.precursors, per_mm3);
  copy(oligodendrocytes_, stretch.oligodendrocytes, per_mm3);
  copy(dead_, stretch.danger, per_mm3 / context.dt_d);
  std::fill_n(stretch.from_csf.begin(), stretch.count, 0.0);
  for (const std::span<const double> further : {view.trophic_csf, view.trophic_perivascular}) {
    if (further.empty()) continue;
    for (std::size_t i = 0; i < stretch.count; ++i) {
      stretch.from_csf[i] += further[stretch.first + i];
    }
  }
  for (std::size_t i = 0; i < stretch.count; ++i) stretch.trophic[i] += stretch.from_csf[i];
  // Lanes beyond the last voxel repeat it, and are dropped.
  for (std::size_t i = stretch.count; i % tissue_lanes != 0; ++i) stretch.repeat_last(i);
}

TissueInputs Tissue::inputs_of(const View& view, const World& world, const StepContext& context,
                               const Stretch& stretch, std::size_t at) const {
  TissueInputs in = view.common;
  in.inflammatory = lanes_at(stretch.inflammatory, at);
  in.regulatory = lanes_at(stretch.regulatory, at);
  in.trophic = lanes_at(stretch.trophic, at);
  in.donor_stem = lanes_at(stretch.stem, at);
  in.donor_precursors = lanes_at(stretch.precursors, at);
  in.donor_oligodendrocytes = lanes_at(stretch.oligodendrocytes, at);
  in.danger = lanes_at(stretch.danger, at);
  in.passed_by_rim = lanes_at(stretch.passed, at);
  for (std::size_t lane = 0; lane < tissue_lanes; ++lane) {
    const double from_csf = stretch.from_csf[at + lane];
    if (from_csf > 0.0) {
      in.degeneration_per_d[lane] /=
          1.0 + parameters_.degeneration_trophic_gain * from_csf / (1.0 + from_csf);
    }
    const double kind = stretch.kind[at + lane];
    if (kind == 0.0) continue;
    const std::size_t v = stretch.first + std::min(at + lane, stretch.count - 1);
    in.degeneration_per_d[lane] = 0.0;
    in.passed_by_rim[lane] = 0.0;
    if (is_chronic(kind)) in.differentiation_share[lane] = parameters_.chronic_differentiation;
    in.lesion_drive[lane] =
        lesion_drive(world, static_cast<VoxelIndex>(v), kind, view.onset[v], context.day);
  }
  return in;
}

void Tissue::check(const World& world, const StepContext& context, std::size_t voxel,
                   const std::array<TissueLanes, 12>& values) const {
  WideMask sound{-1, -1, -1, -1};
  for (const TissueLanes& pool : values) {
    const Wide x = load(pool.data());
    sound = sound & (x >= 0.0) & (x < absurd);
  }
  if (sound[0] != 0 && sound[1] != 0 && sound[2] != 0 && sound[3] != 0) return;
  for (std::size_t lane = 0; lane < tissue_lanes; ++lane) {
    for (std::size_t pool = 0; pool < values.size(); ++pool) {
      const double x = values[pool][lane];
      if (x >= 0.0 && x < absurd) continue;
      throw NumericalError("tissue", world.tissue().entries()[pool_handle(pool).index].name,
                           static_cast<std::int64_t>(voxel + lane), context.tick, "is " + shown(x));
    }
  }
}

std::array<double, 3> Tissue::step_block(const View& view, const World& world,
                                         const StepContext& context, std::size_t begin,
                                         std::size_t end) const {
  using Pools = std::array<TissueLanes, 12>;
  std::array<double, 3> ledger{};
  const Label* const labels = world.grid().labels().data();
  Stretch stretch;
  for (std::size_t first = begin; first < end; first += Stretch::size) {
    stretch.first = first;
    stretch.count = std::min(Stretch::size, end - first);
    take(stretch, view, world, context);
    bool moved_any = false;
    for (std::size_t at = 0; at < stretch.count; at += tissue_lanes) {
      const std::size_t count = std::min(tissue_lanes, stretch.count - at);
      TissueReferences references = view.grey;
      for (std::size_t lane = 0; lane < tissue_lanes; ++lane) {
        const std::size_t v = first + at + std::min(lane, count - 1);
        if (labels[v] == Label::white) set_lane(references, lane, view.white);
      }
      Pools pools;
      for (std::size_t pool = 0; pool < pools.size(); ++pool) {
        pools[pool] = lanes_at(stretch.pools[pool], at);
      }
      auto voxels = std::bit_cast<TissueVoxels>(pools);
      const TissueInputs inputs = inputs_of(view, world, context, stretch, at);
      if (view.may_rest && inputs == view.common && voxels == healthy(references)) continue;
      moved_any = true;
      const auto moved = law_.advance(voxels, inputs, references, context.dt_d);
      pools = std::bit_cast<Pools>(voxels);
      check(world, context, first + at, pools);
      for (std::size_t pool = 0; pool < pools.size(); ++pool) {
        std::ranges::copy(pools[pool], stretch.pools[pool].begin() + at);
      }
      for (std::size_t lane = 0; lane < count; ++lane) {
        ledger[0] += moved[lane].formed;
        ledger[1] += moved[lane].lost;
        ledger[2] += moved[lane].cleared;
      }
    }
    if (!moved_any) continue;
    for (std::size_t pool = 0; pool < view.pools.size(); ++pool) {
      std::copy_n(stretch.pools[pool].begin(), stretch.count, view.pools[pool].begin() + first);
    }
  }
  return ledger;
}

void Tissue::step(World& world, const StepContext& context) {
  count_donors(world, context.threads);
  count_deaths(world, context.threads);
  for (auto* counts : {&stem_, &precursors_, &oligodendrocytes_, &dead_}) {
    average_joined(blocks_, *counts);
  }
  move_rims(world, context);
  auto& arrays = world.tissue();
  auto& compartments = world.compartments();
  View view{};
  for (std::size_t pool = 0; pool < view.pools.size(); ++pool) {
    view.pools[pool] = arrays[pool_handle(pool)];
  }
  view.kind = arrays[tissue_.lesion_kind];
  view.onset = arrays[tissue_.lesion_onset_d];
  view.passed = arrays[tissue_.rim_progress];
  view.inflammatory = world.fields()[fields_.inflammatory];
  view.regulatory = world.fields()[fields_.regulatory];
  view.trophic = world.fields()[fields_.trophic];
  view.trophic_csf = find_or_empty(arrays, "trophic_csf");
  view.trophic_perivascular = find_or_empty(arrays, "trophic_perivascular");
  const auto everywhere_in = [](double value) { return everywhere<TissueLanes>(value); };
  const double toxin_per_d =
      (compartments.scalar(toxin_) - compartments.scalar(toxin_seen_)) / context.dt_d;
  const double degeneration_per_d =
      compartments.scalar(host_.degeneration_per_y) / units::days_per_year;
  compartments.scalar(toxin_seen_) = compartments.scalar(toxin_);
  view.common.toxin_per_d = everywhere_in(toxin_per_d);
  view.common.microglia_block = everywhere_in(compartments.scalar(drugs_.microglia));
  view.common.barrier_block = everywhere_in(compartments.scalar(drugs_.barrier));
  view.common.age_factor = everywhere_in(compartments.scalar(host_.age_factor));
  view.common.degeneration_per_d = everywhere_in(degeneration_per_d);
  view.may_rest = toxin_per_d == 0.0 && degeneration_per_d == 0.0;
  view.white = law_.white();
  for (std::size_t lane = 0; lane < tissue_lanes; ++lane) {
    set_lane(view.grey, lane, law_.grey());
  }

  const std::size_t voxels = world.grid().parenchyma_size();
  std::vector<std::array<double, 3>> ledgers((voxels + voxel_block - 1) / voxel_block);
  parallel_for(context.threads, voxels, voxel_block, [&](std::size_t begin, std::size_t end) {
    ledgers[begin / voxel_block] = step_block(view, world, context, begin, end);
  });
  const auto total = compartments[ledger_];
  for (const auto& block : ledgers) {
    for (std::size_t i = 0; i < 3; ++i) total[i] += block[i] * world.grid().voxel_volume_mm3();
  }
}

ArrayHandle Tissue::pool_handle(std::size_t pool) const {
  const std::array<ArrayHandle, 12> handles{tissue_.axon_fraction,
                                            tissue_.myelin_original,
                                            tissue_.myelin_remyelinated,
                                            tissue_.debris,
                                            tissue_.opc,
                                            tissue_.premyelinating,
                                            tissue_.oligodendrocytes,
                                            tissue_.opc_capacity,
                                            tissue_.microglia_resting,
                                            tissue_.microglia_inflammatory,
                                            tissue_.microglia_reparative,
                                            tissue_.barrier_leak};
  return handles[pool];
}

}  // namespace neurograft
