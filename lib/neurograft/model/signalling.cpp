#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/reduce.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/model/signalling.hpp>
#include <neurograft/model/signalling_sources.hpp>

namespace neurograft {
namespace {

// Transient fields advanced together: each takes a source and two trial solutions besides its
// level.
constexpr std::size_t most_together = 2;

// Diagonal of D over its mean, per axis and voxel; empty without fibres or with a ratio of 1.
std::vector<double> axis_ratios(const World& world, double fibre_ratio) {
  if (fibre_ratio == 1.0 || !world.maps().contains("fibre_x")) return {};
  const std::size_t voxels = world.grid().parenchyma_size();
  std::vector<double> result(3 * voxels, 1.0);
  const std::array<std::span<const double>, 3> fibre{world.maps()[world.maps().find("fibre_x")],
                                                     world.maps()[world.maps().find("fibre_y")],
                                                     world.maps()[world.maps().find("fibre_z")]};
  for (VoxelIndex v = 0; v < voxels; ++v) {
    const double length2 =
        fibre[0][v] * fibre[0][v] + fibre[1][v] * fibre[1][v] + fibre[2][v] * fibre[2][v];
    if (world.grid().label(v) != Label::white || !(length2 > 0.0)) continue;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double along = fibre[axis][v] * fibre[axis][v] / length2;
      result[axis * voxels + v] = 3.0 * (1.0 + (fibre_ratio - 1.0) * along) / (fibre_ratio + 2.0);
    }
  }
  return result;
}

std::string short_number(double x) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2g", x);
  return text.data();
}

double mean_of(std::span<const double> values, Threads threads) {
  return blocked_sum(threads, values.size(), voxel_block,
                     [&](std::size_t begin, std::size_t end) {
                       return sum_of(values.data() + begin, end - begin);
                     }) /
         static_cast<double>(values.size());
}

// Serial: lesions are few voxels, and looking for them is cheaper than handing it out.
std::vector<VoxelIndex> lesion_voxels(std::span<const double> lesion_id) {
  std::vector<VoxelIndex> voxels;
  for (std::size_t v = 0; v < lesion_id.size(); ++v) {
    if (lesion_id[v] > 0.0) voxels.push_back(static_cast<VoxelIndex>(v));
  }
  return voxels;
}

}  // namespace

Signalling::Signalling(const SignallingParameters& parameters, std::vector<FieldSetting> fields)
    : parameters_(parameters), fields_(std::move(fields)) {
  std::vector<Problem> problems;
  const auto position = [&](std::string_view name) {
    return std::ranges::find(fields_, name, &FieldSetting::name);
  };
  for (auto field = fields_.begin(); field != fields_.end(); ++field) {
    const std::string where = "fields." + field->name;
    if (field->name.empty()) problems.push_back({"fields", "a field has no name", "", ""});
    if (position(field->name) != field) {
      problems.push_back({where, "this field is declared twice", "names are unique", ""});
    }
    if (field->parameters.half_life_h > 0.0) continue;
    if (field->parameters.mode == "quasi_steady") {
      problems.push_back({where, "half_life_h = 0", "a quasi-steady field must decay",
                          "use mode = \"transient\""});
    } else if (std::ranges::find(built_in_fields(), field->name) != built_in_fields().end()) {
      problems.push_back({where, "half_life_h = 0", "levels of built-in fields scale with decay",
                          "give a long half-life"});
    }
  }
  for (const std::string_view name : built_in_fields()) {
    if (position(name) != fields_.end()) continue;
    problems.push_back({"signalling", "no field \"" + std::string(name) + "\"",
                        "the built-in fields are always there", "start from field_settings()"});
  }
  if (!problems.empty()) throw InputError(std::move(problems));
}

const DiffusionStencil& Signalling::stencil(const World& world, const FieldParameters& field) {
  const double ratio = field.d_white_um2_per_s / field.d_grey_um2_per_s;
  for (const auto& known : stencils_) {
    if (known->white_to_grey() == ratio) return *known;
  }
  const auto axis_ratio = axis_ratios(world, parameters_.fibre_diffusion_ratio);
  stencils_.push_back(std::make_unique<DiffusionStencil>(world.grid(), ratio, axis_ratio));
  return *stencils_.back();
}

const DiffusionHierarchy* Signalling::hierarchy(const World& world,
                                                const DiffusionOperator& diffusion) {
  if (!QuasiSteadySolver::has_long_range(diffusion)) return nullptr;
  auto& known = hierarchies_[&diffusion.stencil()];
  if (!known) known = std::make_unique<DiffusionHierarchy>(world.grid(), diffusion.stencil());
  return known.get();
}

void Signalling::bind(World& world, ReadoutTable& readouts) {
  const std::size_t voxels = world.grid().parenchyma_size();
  tissue_ = TissueState::bind(world);
  built_in_ = FieldState::bind(world);
  drugs_ = DrugEffects::bind(world);
  graft_ = GraftState::bind(world);
  deaths_seen_ = world.tissue().add("signalling_deaths_seen", "cell",
                                    "donor deaths that signalling has taken into account", voxels);
  iterations_ = world.compartments().add("signalling_iterations", "1",
                                         "iterations or sub-steps of the last solve, by field",
                                         fields_.size());
  for (std::size_t index = 0; index < fields_.size(); ++index) {
    const auto& [name, field] = fields_[index];
    if (!world.fields().contains(name)) {
      world.fields().add(name, "1", "level of " + name, voxels);
    }
    const ArrayHandle level = world.fields().find(name);
    if (field.initial > 0.0) std::ranges::fill(world.fields()[level], field.initial);
    const ArrayHandle ledger = world.compartments().add(
        "ledger_" + name, "mm3",
        "cumulative: produced, decayed, lost to ventricle, lost to subarachnoid CSF", 4);
    world.compartments().allow_negative(ledger);  // what enters from CSF is a loss below zero
    const DiffusionOperator diffusion(stencil(world, field),
                                      units::mm2_per_d(field.d_grey_um2_per_s), field.decay_per_d(),
                                      {.ventricle_mm_per_d = field.exchange_ventricle_mm_per_d,
                                       .pia_mm_per_d = field.exchange_pia_mm_per_d,
                                       .ventricle_level = field.ventricle_level,
                                       .pia_level = field.pia_level});
    const bool transient = field.mode == "transient";
    std::optional<QuasiSteadySolver> solver;
    if (!transient) solver.emplace(diffusion, hierarchy(world, diffusion));
    order_.push_back({index, level, ledger, diffusion, std::move(solver)});
    if (transient && !transient_) {
      transient_ = std::make_unique<TransientSolver>(world.grid());
    }
  }
  const auto others = std::ranges::stable_partition(
      order_, [&](const Field& field) { return fields_[field.setting].name == "regulatory"; });
  for (auto rest = others.begin(); rest != others.end();) {
    const Field& leader = *rest;
    rest = std::stable_partition(rest + 1, others.end(), [&leader](const Field& field) {
      return go_together(field, leader);
    });
  }
  source_.assign(voxels, 0.0);
  declare(readouts);
}

void Signalling::declare(ReadoutTable& readouts) const {
  ReadoutDimension by_field{.name = "field", .labels = {}, .values = {}, .unit = ""};
  std::vector<ArrayHandle> levels(fields_.size());
  for (const FieldSetting& setting : fields_) by_field.labels.push_back(setting.name);
  for (const Field& field : order_) levels[field.setting] = field.level;

  readouts.add({"field_mean", "1", "mean level of each field over brain tissue", {by_field}},
               [levels](const World& world, Threads threads, std::span<double> out) {
                 for (std::size_t i = 0; i < levels.size(); ++i) {
                   out[i] = mean_of(world.fields()[levels[i]], threads);
                 }
               });
  readouts.add(
      {"field_mean_lesion",
       "1",
       "mean level of each field over lesions; 0 without lesions",
       {by_field}},
      [levels, lesion = tissue_.lesion_id](const World& world, Threads, std::span<double> out) {
        const std::vector<VoxelIndex> voxels = lesion_voxels(world.tissue()[lesion]);
        for (std::size_t i = 0; i < levels.size(); ++i) {
          const auto level = world.fields()[levels[i]];
          double sum = 0.0;
          for (const VoxelIndex v : voxels) sum += level[v];
          out[i] = voxels.empty() ? 0.0 : sum / static_cast<double>(voxels.size());
        }
      });
  readouts.add({"field_max", "1", "largest level of each field", {by_field}},
               [levels](const World& world, Threads threads, std::span<double> out) {
                 for (std::size_t i = 0; i < levels.size(); ++i) {
                   out[i] = largest_of(world.fields()[levels[i]], threads);
                 }
               });
  readouts.add({"solver_iterations",
                "1",
                "iterations or sub-steps of the last solve of each field",
                {by_field}},
               [handle = iterations_](const World& world, Threads, std::span<double> out) {
                 std::ranges::copy(world.compartments()[handle], out.begin());
               });
}

void Signalling::begin_tick(World& world, const StepContext& context) {
  if (context.tick != 0) return;
  const auto& spacing = world.grid().geometry().spacing_mm;
  const double voxel = *std::ranges::max_element(spacing);
  for (const auto& [name, field] : fields_) {
    if (!(field.half_life_h > 0.0)) continue;
    const double d = units::mm2_per_d(std::min(field.d_grey_um2_per_s, field.d_white_um2_per_s));
    const double range = std::sqrt(d / field.decay_per_d());
    if (range >= voxel) continue;
    world.events().push_back({.day = context.day,
                              .kind = "signalling",
                              .what = name + " range " + short_number(range) +
                                      " mm is below the voxel " + short_number(voxel) +
                                      " mm: gradients are not resolved",
                              .amount = range,
                              .unit = "mm"});
  }
}

std::size_t Signalling::end_of_group(std::size_t first) const {
  const bool regulates = fields_[order_[first].setting].name == "regulatory";
  std::size_t end = first + 1;
  while (!regulates && end < order_.size() && end - first < most_together &&
         go_together(order_[end], order_[first])) {
    ++end;
  }
  return end;
}

bool Signalling::go_together(const Field& a, const Field& b) noexcept {
  return !a.solver && !b.solver && diffuse_alike(a.diffusion, b.diffusion);
}

void Signalling::fill_source(World& world, const SignallingSources& sources, const Field& field,
                             std::span<double> source) const {
  const auto& [name, parameters] = fields_[field.setting];
  sources.fill(name, parameters.decay_per_d(), parameters.donor_production_mm3_per_cell_d, source);
  const std::string external = "source_" + name;
  if (!world.tissue().contains(external)) return;
  const std::span<const double> extra = world.tissue()[world.tissue().find(external)];
  for (std::size_t v = 0; v < source.size(); ++v) source[v] += extra[v];
}

void Signalling::solve(World& world, std::span<const Field> group, const StepContext& context) {
  const std::size_t voxels = world.grid().parenchyma_size();
  const Field& leader = group.front();
  const SolverContext solver_context{
      .field = fields_[leader.setting].name, .tick = context.tick, .threads = context.threads};
  if (leader.solver) {
    const std::span<double> level = world.fields()[leader.level];
    const QuasiSteadyResult result = leader.solver->solve(
        std::span(source_).first(voxels), level,
        {.tolerance = parameters_.tolerance, .max_iterations = parameters_.max_iterations},
        solver_context, workspace_);
    return book(world, leader, result.iterations,
                steady_ledger(leader.diffusion, result.sums, level, context.dt_d));
  }
  std::vector<TransientField> fields;
  for (const Field& field : group) {
    const auto [coarse, is_new] = over_a_step_.try_emplace(field.setting);
    if (is_new) coarse->second = hierarchy(world, field.diffusion.with_decay(1.0 / context.dt_d));
    fields.push_back({fields_[field.setting].name, &field.diffusion,
                      std::span(source_).subspan(fields.size() * voxels, voxels),
                      world.fields()[field.level], coarse->second});
  }
  const std::vector<TransientResult> results = transient_->advance(
      fields, context.dt_d,
      {.tolerance = parameters_.transient_tolerance, .max_substeps = parameters_.max_substeps},
      solver_context, workspace_);
  for (std::size_t f = 0; f < group.size(); ++f) {
    book(world, group[f], results[f].substeps, results[f].ledger);
  }
}

void Signalling::book(World& world, const Field& field, std::int64_t iterations,
                      const FieldLedger& ledger) {
  world.compartments()[iterations_][field.setting] = static_cast<double>(iterations);
  const std::span<double> total = world.compartments()[field.ledger];
  total[0] += ledger.produced;
  total[1] += ledger.decayed;
  total[2] += ledger.lost_to_ventricle;
  total[3] += ledger.lost_to_pia;
}

void Signalling::step(World& world, const StepContext& context) {
  const SignallingSources sources(*this, world, context);
  const std::size_t voxels = world.grid().parenchyma_size();
  for (std::size_t first = 0, end = 0; first < order_.size(); first = end) {
    end = end_of_group(first);
    source_.resize((end - first) * voxels);
    for (std::size_t f = first; f < end; ++f) {
      fill_source(world, sources, order_[f],
                  std::span(source_).subspan((f - first) * voxels, voxels));
    }
    solve(world, std::span(order_).subspan(first, end - first), context);
  }
  const std::span<const double> deaths = world.tissue()[graft_.deaths_in_tissue];
  const std::span<double> seen = world.tissue()[deaths_seen_];
  parallel_for(context.threads, seen.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
    for (std::size_t v = begin; v < end; ++v) seen[v] = deaths[v];
  });
}

}  // namespace neurograft
