#include <algorithm>
#include <cmath>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/model/donor_readouts.hpp>
#include <neurograft/model/readouts.hpp>
#include <neurograft/model/region_readouts.hpp>
#include <neurograft/model/safety_readouts.hpp>
#include <neurograft/model/spread_readout.hpp>
#include <neurograft/model/tract_readouts.hpp>

namespace neurograft {
namespace {

constexpr double reference_mass_kg = 70.0;

// The tick from which PBVC is measured: day 0, or the start of a run that begins later.
Tick reference_tick(const Clock& clock) {
  return std::max<Tick>(0, static_cast<Tick>(std::llround(-clock.start_d * 24.0 / clock.step_h)));
}

}  // namespace

const Section<ReadoutsParameters>& readouts_section() {
  using P = ReadoutsParameters;
  using enum Grade;
  static const Section<P> section(
      "readouts", "What is recorded, and how imaging and blood would see it",
      {{{"white_axon_share", "1", 0.23, fraction, "Volume share of axons in white matter",
         "imaging axon volume fraction, doi 10.3174/ajnr.A6283", measured},
        &P::white_axon_share},
       {{"white_myelin_share", "1", 0.27, fraction, "Volume share of myelin in white matter",
         "imaging myelin volume fraction, doi 10.3174/ajnr.A6283", measured},
        &P::white_myelin_share},
       {{"grey_axon_share", "1", 0.55, fraction, "Volume share of neurites in grey matter",
         "assumed", assumed},
        &P::grey_axon_share},
       {{"grey_myelin_share", "1", 0.05, fraction, "Volume share of myelin in grey matter",
         "assumed", assumed},
        &P::grey_myelin_share},
       {{"water_swelling", "1", 0.1, fraction, "Swelling of tissue by full oedema", "assumed",
         assumed},
        &P::water_swelling},
       {{"remyelinated_thickness", "1", 0.7, fraction,
         "Thickness of a remyelinated sheath, of the original", "assumed: 0.6-0.75", assumed},
        &P::remyelinated_thickness},
       {{"t2_faint", "1", 0.1, fraction,
         "Myelin lost, with water gained, at which tissue begins to count as T2 lesion", "assumed",
         assumed},
        &P::t2_faint},
       {{"t2_bright", "1", 0.3, fraction, "The same at which it counts in full", "assumed",
         assumed},
        &P::t2_bright},
       {{"nfl_baseline_pg_per_ml", "pg/mL", 10.0, ranges::ng_per_ml,
         "Neurofilament light in blood without loss beyond normal", "assumed", assumed},
        &P::nfl_baseline_pg_per_ml},
       {{"nfl_half_life_d", "d", 30.0, ranges::time_d, "Half-life of neurofilament light in blood",
         "assumed: weeks to months", assumed},
        &P::nfl_half_life_d},
       {{"nfl_yield_pg_per_ml_per_mm3", "pg/mL/mm3", 0.037, ranges::weight,
         "Rise of the level per axon volume lost, at 70 kg",
         "32.1 pg/mL in untreated SPMS (PMC10263182) with -0.58 %/y of 1.2 L", derived},
        &P::nfl_yield_pg_per_ml_per_mm3},
       {{"wall_layer_mm", "mm", 0.5, ranges::length_mm,
         "Thickness of the layer of cells on the wall", "assumed", assumed},
        &P::wall_layer_mm},
       {{"aqueduct_reach_mm", "mm", 3.0, ranges::length_mm,
         "Distance within which donor cells count as near the aqueduct", "assumed", assumed},
        &P::aqueduct_reach_mm},
       {{"depth_edges_mm", "mm", std::vector<double>{0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0},
         within(0.0, 1e3), "Lower edges of the bands of distance from the ventricle wall",
         "assumed", setting},
        &P::depth_edges_mm}});
  return section;
}

VolumeLaw volume_law(const ReadoutsParameters& p) noexcept {
  return {.white_axon_share = p.white_axon_share,
          .white_myelin_share = p.white_myelin_share,
          .grey_axon_share = p.grey_axon_share,
          .grey_myelin_share = p.grey_myelin_share,
          .water_swelling = p.water_swelling,
          .remyelinated_thickness = p.remyelinated_thickness,
          .t2_faint = p.t2_faint,
          .t2_bright = p.t2_bright};
}

Readouts::Readouts(ReadoutsParameters parameters, std::vector<std::string> tracts)
    : parameters_(std::move(parameters)), tracts_(std::move(tracts)) {}

void Readouts::bind(World& world, ReadoutTable& readouts) {
  const auto& edges = parameters_.depth_edges_mm;
  if (edges.empty() || edges.front() != 0.0 ||
      std::adjacent_find(edges.begin(), edges.end(), std::greater_equal<>()) != edges.end()) {
    throw InputError(Problem{"readouts", "depth_edges_mm", "must rise from 0", ""});
  }
  if (edges.size() > most_bins) {
    throw InputError(Problem{"readouts", "depth_edges_mm", "has too many edges",
                             "at most " + std::to_string(most_bins)});
  }
  if (!(parameters_.t2_bright > parameters_.t2_faint)) {
    throw InputError(Problem{"readouts", "t2_bright", "must be above readouts.t2_faint", ""});
  }
  tissue_ = TissueState::bind(world);
  fields_ = FieldState::bind(world);
  host_ = HostState::bind(world);
  reference_volume_ = world.compartments().find_or_add(
      "reference_volume", "mL", "parenchymal volume that PBVC refers to: whole, grey, white", 3,
      0.0);
  neurofilament_ =
      world.compartments().find_or_add("neurofilament", "pg/mL", "neurofilament light in blood", 1,
                                       parameters_.nfl_baseline_pg_per_ml);
  axons_seen_ = world.compartments().find_or_add("axon_volume_seen", "mm3",
                                                 "axon volume at the last readout step", 1, 0.0);
  peak_inflammation_ = world.compartments().find_or_add(
      "peak_graft_inflammation", "1", "highest inflammation at a donor cell so far", 1, 0.0);
  add_donor_readouts(world, readouts, parameters_.depth_edges_mm);
  add_spread_readouts(readouts);
  add_region_readouts(tissue_, readouts);
  add_safety_readouts(world, readouts, parameters_);
  add_tract_readouts(world, readouts, tissue_, tracts_);
  add_volume_readouts(readouts);
}

void Readouts::add_volume_readouts(ReadoutTable& readouts) const {
  const ReadoutDimension tissue{"tissue", {"whole", "grey", "white"}, {}, ""};
  const VolumeLaw law = volume_law(parameters_);
  const auto volumes = [law, t = tissue_, f = fields_](const World& world, Threads threads) {
    return parenchymal_volume_ml(world, t, f, law, threads);
  };
  readouts.add({"parenchymal_volume", "mL", "volume of brain tissue", {tissue}},
               [volumes](const World& world, Threads threads, std::span<double> out) {
                 std::ranges::copy(volumes(world, threads), out.begin());
               });
  readouts.add({"pbvc", "%", "brain volume change since day 0; not a number before it", {tissue}},
               [volumes, handle = reference_volume_](const World& world, Threads threads,
                                                     std::span<double> out) {
                 const auto now = volumes(world, threads);
                 const auto then = world.compartments()[handle];
                 for (std::size_t i = 0; i < now.size(); ++i) {
                   out[i] = then[i] > 0.0 ? 100.0 * (now[i] / then[i] - 1.0) : NAN;
                 }
               });
  readouts.add(
      {"t2_lesion_volume", "mL", "T2-like lesion volume of white matter", {}},
      [law, t = tissue_, f = fields_](const World& world, Threads threads, std::span<double> out) {
        out[0] = t2_lesion_volume_ml(world, t, f, law, threads);
      });
  readouts.add({"nfl", "pg/mL", "neurofilament light in blood", {}},
               [handle = neurofilament_](const World& world, Threads, std::span<double> out) {
                 out[0] = world.compartments().scalar(handle);
               });
  readouts.add({"peak_graft_inflammation", "1", "highest inflammation at a donor cell so far", {}},
               [handle = peak_inflammation_](const World& world, Threads, std::span<double> out) {
                 out[0] = world.compartments().scalar(handle);
               });
}

void Readouts::begin_tick(World& world, const StepContext& context) {
  if (context.tick != reference_tick(world.clock())) return;
  const auto volumes =
      parenchymal_volume_ml(world, tissue_, fields_, volume_law(parameters_), context.threads);
  std::ranges::copy(volumes, world.compartments()[reference_volume_].begin());
}

void Readouts::follow_neurofilament(World& world, const StepContext& context) const {
  auto& compartments = world.compartments();
  const double axons = axon_volume_mm3(world, tissue_, volume_law(parameters_), context.threads);
  double& seen = compartments.scalar(axons_seen_);
  const double lost = seen > 0.0 ? std::max(0.0, seen - axons) : 0.0;
  seen = axons;
  const double rate = 0.6931471805599453 / parameters_.nfl_half_life_d;
  const double yield = parameters_.nfl_yield_pg_per_ml_per_mm3 * reference_mass_kg /
                       compartments.scalar(host_.body_mass_kg);
  const double settled = parameters_.nfl_baseline_pg_per_ml + yield * lost / (context.dt_d * rate);
  double& level = compartments.scalar(neurofilament_);
  level = settled + (level - settled) * math::exp(-rate * context.dt_d);
}

void Readouts::step(World& world, const StepContext& context) {
  follow_neurofilament(world, context);
  const auto inflammatory = world.fields()[fields_.inflammatory];
  double& peak = world.compartments().scalar(peak_inflammation_);
  peak = blocked_max(context.threads, world.grid().parenchyma_size(), voxel_block, peak,
                     [&](std::size_t begin, std::size_t end) {
                       double highest = 0.0;
                       for (std::size_t v = begin; v < end; ++v) {
                         if (world.occupancy().donor(static_cast<VoxelIndex>(v)) == 0) continue;
                         highest = std::max(highest, inflammatory[v]);
                       }
                       return highest;
                     });
}

}  // namespace neurograft
