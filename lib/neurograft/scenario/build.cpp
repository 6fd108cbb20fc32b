#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <span>
#include <utility>

#include <neurograft/brain/lesions.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/processor.hpp>
#include <neurograft/io/field_recorder.hpp>
#include <neurograft/model/field_settings.hpp>
#include <neurograft/model/readouts.hpp>
#include <neurograft/scenario/brain_map.hpp>
#include <neurograft/scenario/build.hpp>
#include <neurograft/scenario/host.hpp>
#include <neurograft/scenario/input_files.hpp>
#include <neurograft/scenario/plan.hpp>
#include <neurograft/scenario/processes.hpp>
#include <neurograft/scenario/setting_checks.hpp>
#include <neurograft/scenario/settings.hpp>
#include <neurograft/scenario/terrain.hpp>

#include <fmt/format.h>

namespace neurograft {

struct Scenario::Parts {
  ResolvedConfig config;
  SimulationSettings simulation{};
  OutputSettings output{};
  HostSettings host{};
  std::vector<std::filesystem::path> files;
  LabelMap brain;
  ProcessInputs inputs;
  World world;  ///< with maps and host factors set, before any process is bound
};

namespace {

// Adds what `part` throws as bad input to the problems of the config; what needs its result is
// then skipped by the caller. `about` is the key they concern if they do not say.
template <class Part>
bool attempt(ResolvedConfig& config, std::string_view about, Part part) {
  try {
    part();
    return true;
  } catch (const InputError& error) {
    for (const Problem& problem : error.problems()) config.add_problem(problem, about);
    return false;
  }
}

ResolvedConfig with_checked_values(const Config& config, std::vector<ParameterTable> further) {
  std::vector<ParameterTable> tables = parameter_tables();
  std::ranges::move(further, std::back_inserter(tables));
  ResolvedConfig resolved = check(config, tables);
  check_settings(resolved);
  check_files(resolved, config.directory());
  return resolved;
}

// The simulation of all enabled processes. Their constructors and `bind` check what only they can.
Simulation assemble(const ResolvedConfig& config, const ProcessInputs& inputs, World world,
                    Threads threads, Tick sort_every) {
  const Clock clock = world.clock();
  Simulation simulation(std::move(world), threads, sort_every);
  for (const ProcessEntry& entry : process_entries()) {
    const SectionValues& section = config.section(entry.table.section);
    if (!std::get<bool>(section.at("enabled"))) continue;
    const double every_h = std::get<double>(section.at("every_h"));
    simulation.add(entry.make(config, inputs),
                   clock.ticks_in(every_h, entry.table.section + ".every_h"));
  }
  return simulation;
}

// A default stands in for a value that was wrong: what follows from it would mislead.
bool has_usable_brain(const ResolvedConfig& config) {
  const auto& parameters = brain_section().table().parameters;
  return std::ranges::all_of(
      parameters, [&](const ParameterInfo& info) { return config.usable("brain", info.key); });
}

// One line on a course: what is given, and when.
std::string describe(const DrugCourse& drug) {
  if (drug.is_constant_effect()) {
    return fmt::format("constant effect, day {:g} to {:g}", drug.start_d, drug.stop_d);
  }
  if (!drug.schedule_day.empty()) {
    return fmt::format("{} doses, day {:g} to {:g}", drug.schedule_day.size(),
                       drug.schedule_day.front(), drug.schedule_day.back());
  }
  std::string text = drug.dose_mg > 0.0 ? fmt::format("{:g} mg", drug.dose_mg)
                                        : fmt::format("{:g} mg/kg", drug.dose_mg_per_kg);
  text += fmt::format(" every {:g} h", drug.every_h);
  if (drug.target_trough_ng_per_ml > 0.0) {
    text += fmt::format(", adjusted to a trough of {:g} ng/mL", drug.target_trough_ng_per_ml);
  }
  return text + fmt::format(", day {:g} to {:g}", drug.start_d, drug.stop_d);
}

// Measured: 44 bytes a cell and 21 more while cells are put in order; about 60 arrays of doubles
// and a neighbour table a voxel; 40 MB of program and libraries.
constexpr double bytes_per_cell = 65.0;
constexpr double bytes_per_voxel = 560.0;
constexpr double bytes_per_image_voxel = 8.0;
// Of a field beyond the built-in ones: its levels and, with exchange, its losses. Of all that are
// followed in time: solutions of two step lengths, and steps without splitting.
constexpr double bytes_per_further_field = 16.0;
constexpr double bytes_of_transient_fields = 130.0;
constexpr double program_bytes = 40e6;

double bytes_of_fields_per_voxel(const ResolvedConfig& config) {
  if (!std::get<bool>(config.section("signalling").at("enabled"))) return 0.0;
  const std::vector<SectionValues>& fields = config.entries("fields");
  const bool any_transient = std::ranges::any_of(fields, [](const SectionValues& field) {
    return std::get<std::string>(field.at("mode")) == "transient";
  });
  const auto further = static_cast<double>(fields.size() - built_in_fields().size());
  return further * bytes_per_further_field + (any_transient ? bytes_of_transient_fields : 0.0);
}

// What the voxels alone take: where that is more than is free, already looking for faults would end
// the program.
void check_brain_memory(const LabelMap& brain, const ResolvedConfig& config) {
  const auto tissue = static_cast<double>(std::ranges::count_if(brain.labels, is_parenchyma));
  const double per_voxel = bytes_per_voxel + bytes_of_fields_per_voxel(config);
  const double needed = tissue * per_voxel +
                        static_cast<double>(brain.geometry.voxels()) * bytes_per_image_voxel +
                        program_bytes;
  const auto available = static_cast<double>(available_memory_bytes());
  if (!(available > 0.0) || needed <= available) return;
  constexpr double per_gb = 1e-9;
  throw InputError(
      Problem{"brain", fmt::format("its voxels need about {:.3g} GB of memory", needed * per_gb),
              fmt::format("{:.3g} GB are free", available * per_gb),
              "larger ones by resolution_mm, or by patch_voxel_um for a patch"});
}

void check_output_fields(ResolvedConfig& config, std::span<const std::string> names,
                         const World& world) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) {
      config.reject("output", "fields", fmt::format("\"{}\" is there twice", name));
    }
  }
  for (const std::string& name : missing_fields(world, names)) {
    config.reject("output", "fields", fmt::format("no array \"{}\" over the brain's voxels", name),
                  "there are: " + recordable_fields(world));
  }
}

}  // namespace

std::vector<ParameterTable> parameter_tables() {
  std::vector<ParameterTable> tables{simulation_section().table(), brain_section().table(),
                                     host_section().table(), lesion_section().table(),
                                     graft_section().table()};
  ParameterTable extra = extra_graft_section().table();
  extra.repeated = true;
  tables.push_back(std::move(extra));
  for (ParameterTable& table : process_tables()) tables.push_back(std::move(table));
  tables.push_back(output_section().table());
  return tables;
}

Scenario prepare(const Config& config, std::vector<ParameterTable> further) {
  auto parts = std::make_shared<Scenario::Parts>();
  parts->config = with_checked_values(config, std::move(further));
  ResolvedConfig& resolved = parts->config;
  parts->simulation = simulation_section().read(resolved.section("simulation"));
  parts->output = output_section().read(resolved.section("output"));
  parts->host = host_section().read(resolved.section("host"));

  // The brain is read for a config with other faults too, so that all are reported at once. What
  // binds all processes is not done then: it would complain of defaults that stand in for a fault.
  const BrainSettings brain = brain_section().read(resolved.section("brain"));
  const bool has_brain = has_usable_brain(resolved) && attempt(resolved, "brain.source", [&] {
                           parts->brain = brain_map(brain, config.directory(), parts->files);
                           check_brain_memory(parts->brain, parts->config);
                         });
  if (has_brain) {
    attempt(resolved, "brain.tracts", [&] {
      const Clock clock{parts->simulation.start_d, parts->simulation.step_h};
      parts->world =
          World(Grid(parts->brain), clock, static_cast<std::uint64_t>(parts->simulation.seed));
      parts->inputs.tract_names =
          add_terrain(parts->world, brain, config.directory(), parts->files);
      set_host(parts->world, parts->host,
               volume_law(readouts_section().read(resolved.section("readouts"))));
    });
    attempt(resolved, "lesions", [&] {
      plan_events(resolved, parts->world, config.directory(), parts->files, parts->inputs);
      if (parts->inputs.lesions_left_out_ml > 0.0) {
        parts->world.events().push_back({parts->world.clock().start_d, "lesion",
                                         "part of the mask outside white matter, left out",
                                         parts->inputs.lesions_left_out_ml, "mL"});
      }
      if (parts->inputs.lesions_missed > 0) {
        parts->world.events().push_back(
            {parts->world.clock().start_d, "lesion",
             fmt::format("{} lesions of the mask between the middles of voxels, left out",
                         parts->inputs.lesions_missed),
             parts->inputs.lesions_missed_ml, "mL"});
      }
    });
  }
  if (resolved.problems().empty()) {
    attempt(resolved, "simulation", [&] {
      // Everything is bound once here, so that whatever a process refuses is known before a run
      // makes its files.
      Simulation trial = assemble(resolved, parts->inputs, parts->world, {1}, 0);
      trial.bind();
      check_output_fields(resolved, parts->output.fields, trial.world());
    });
  }
  resolved.throw_if_problems();
  Scenario scenario;
  scenario.parts_ = std::move(parts);
  return scenario;
}

ResolvedConfig check_values(const Config& config, std::vector<ParameterTable> further) {
  ResolvedConfig resolved = with_checked_values(config, std::move(further));
  resolved.throw_if_problems();
  return resolved;
}

Simulation build(const Scenario& scenario, Threads threads) {
  const Scenario::Parts& parts = *scenario.parts_;
  const Tick sort_every =
      parts.world.clock().ticks_in(parts.simulation.sort_every_h, "simulation.sort_every_h");
  return assemble(parts.config, parts.inputs, parts.world, threads, sort_every);
}

Simulation build(const Config& config, Threads threads) {
  return build(prepare(config), threads);
}

const ResolvedConfig& Scenario::resolved() const noexcept {
  return parts_->config;
}
const LabelMap& Scenario::brain() const noexcept {
  return parts_->brain;
}
double Scenario::start_day() const noexcept {
  return parts_->simulation.start_d;
}
double Scenario::end_day() const noexcept {
  return parts_->simulation.duration_d;
}
const std::string& Scenario::title() const noexcept {
  return parts_->simulation.title;
}
const std::vector<std::filesystem::path>& Scenario::inputs() const noexcept {
  return parts_->files;
}

Estimate Scenario::estimate() const {
  double cells = 0.0;
  for (const Injection& injection : parts_->inputs.injections) cells += injection.cells;
  const auto voxels = static_cast<double>(parts_->world.grid().parenchyma_size());
  const auto image = static_cast<double>(parts_->brain.geometry.voxels());
  const double days = parts_->simulation.duration_d - parts_->simulation.start_d;
  const double records = days / parts_->output.every_d;
  const auto frames = static_cast<double>(parts_->output.snapshots_d.size());
  const auto fields = static_cast<double>(parts_->output.fields.size());

  Estimate estimate;
  const double per_voxel = bytes_per_voxel + bytes_of_fields_per_voxel(parts_->config);
  estimate.memory_bytes =
      cells * bytes_per_cell + voxels * per_voxel + image * bytes_per_image_voxel + program_bytes;
  constexpr double empty_file_bytes = 6e5;
  estimate.disk_bytes = empty_file_bytes + cells * 44.0 + voxels * 200.0 + records * 2000.0 +
                        frames * fields * voxels;
  const double steps = days * 24.0 / parts_->simulation.step_h;
  // A suspended cell lives for a few hours, an attached one (5 %) for weeks.
  estimate.seconds = 2.0 + cells * 2.5e-6 + steps * voxels * 6e-9 + cells * 0.004 * steps * 6e-8;
  return estimate;
}

std::string Scenario::summary_text() const {
  std::string text;
  if (!title().empty()) text += title() + "\n";
  text += describe_brain(parts_->brain);
  text += fmt::format("{:<20}day {:g} to {:g} in steps of {:g} h, seed {}\n", "span", start_day(),
                      end_day(), parts_->simulation.step_h, parts_->simulation.seed);
  text += fmt::format("{:<20}{:g} y, {:g} kg, {} of 6 HLA mismatches, CYP3A5 {}\n", "host",
                      parts_->host.age_y, parts_->host.body_mass_kg, parts_->host.hla_mismatches,
                      parts_->host.cyp3a5);
  for (const Injection& injection : parts_->inputs.injections) {
    text += fmt::format("{:<20}{:.0f} cells, {:g} viable, {}, day {:g}\n", "graft", injection.cells,
                        injection.viability, injection.route, injection.day);
  }
  for (const DrugCourse& drug : parts_->inputs.drug_courses) {
    text += fmt::format("{:<20}{}, {}\n", "drug", drug.name, describe(drug));
  }
  double lesion_voxels = 0.0;
  for (const LesionOnset& lesion : parts_->inputs.lesions) {
    lesion_voxels += static_cast<double>(lesion.voxels.size());
  }
  text += fmt::format("{:<20}{} of {:.3g} mL in all\n", "lesions", parts_->inputs.lesions.size(),
                      lesion_voxels * parts_->world.grid().voxel_volume_mm3() / 1000.0);
  if (parts_->inputs.lesions_left_out_ml > 0.0) {
    text += fmt::format("{:<20}{:.3g} mL of the mask are not in white matter and are left out\n",
                        "", parts_->inputs.lesions_left_out_ml);
  }
  if (parts_->inputs.lesions_missed > 0) {
    text += fmt::format(
        "{:<20}{} lesions of the mask, {:.3g} mL, fall between the middles of voxels and are left "
        "out; finer voxels would keep them\n",
        "", parts_->inputs.lesions_missed, parts_->inputs.lesions_missed_ml);
  }
  return text;
}

}  // namespace neurograft
