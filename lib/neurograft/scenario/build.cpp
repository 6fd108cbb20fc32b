#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include <neurograft/brain/lesions.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/io/field_recorder.hpp>
#include <neurograft/model/readouts.hpp>
#include <neurograft/scenario/brain_map.hpp>
#include <neurograft/scenario/build.hpp>
#include <neurograft/scenario/host.hpp>
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
// then skipped by the caller.
template <class Part>
bool attempt(ResolvedConfig& config, Part part) {
  try {
    part();
    return true;
  } catch (const InputError& error) {
    for (const Problem& problem : error.problems()) config.add_problem(problem);
    return false;
  }
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

void check_output_fields(ResolvedConfig& config, std::span<const std::string> names,
                         const World& world) {
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
  std::vector<ParameterTable> tables = parameter_tables();
  for (ParameterTable& table : further) tables.push_back(std::move(table));

  auto parts = std::make_shared<Scenario::Parts>();
  parts->config = check(config, tables);
  ResolvedConfig& resolved = parts->config;
  check_settings(resolved);
  parts->simulation = simulation_section().read(resolved.section("simulation"));
  parts->output = output_section().read(resolved.section("output"));
  parts->host = host_section().read(resolved.section("host"));

  // What follows reads files and takes time: not for a config that is wrong already.
  const bool sound = resolved.problems().empty();
  const BrainSettings brain = brain_section().read(resolved.section("brain"));
  const bool has_brain = has_usable_brain(resolved) && attempt(resolved, [&] {
                           parts->brain = brain_map(brain, config.directory(), parts->files);
                         });
  if (sound && has_brain) {
    attempt(resolved, [&] {
      const Clock clock{parts->simulation.start_d, parts->simulation.step_h};
      parts->world =
          World(Grid(parts->brain), clock, static_cast<std::uint64_t>(parts->simulation.seed));
      parts->inputs.tract_names =
          add_terrain(parts->world, brain, config.directory(), parts->files);
      set_host(parts->world, parts->host,
               volume_law(readouts_section().read(resolved.section("readouts"))));
      plan_events(resolved, parts->world, config.directory(), parts->files, parts->inputs);
      if (!resolved.problems().empty()) return;
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

  // Measured: 42 bytes a cell and 12 more while cells are put in order; about 60 arrays of doubles
  // and a neighbour table a voxel; 40 MB of program and libraries.
  Estimate estimate;
  estimate.memory_bytes = cells * 56.0 + voxels * 560.0 + image * 8.0 + 40e6;
  estimate.disk_bytes = cells * 42.0 + voxels * 200.0 + records * 2000.0 + frames * fields * voxels;
  const double steps = days * 24.0 / parts_->simulation.step_h;
  // A suspended cell lives for a few hours, an attached one (5 %) for weeks.
  estimate.seconds =
      2.0 + cells * 2.5e-6 * 24.0 / 24.0 + steps * voxels * 6e-9 + cells * 0.004 * steps * 6e-8;
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
    text += fmt::format("{:<20}{:.0f} cells, {}, day {:g}\n", "graft", injection.cells,
                        injection.route, injection.day);
  }
  for (const DrugCourse& drug : parts_->inputs.drug_courses) {
    text +=
        fmt::format("{:<20}{}, day {:g} to {:g}\n", "drug", drug.name, drug.start_d, drug.stop_d);
  }
  double lesion_voxels = 0.0;
  for (const LesionOnset& lesion : parts_->inputs.lesions) {
    lesion_voxels += static_cast<double>(lesion.voxels.size());
  }
  text += fmt::format("{:<20}{} of {:.3g} mL in all\n", "lesions", parts_->inputs.lesions.size(),
                      lesion_voxels * parts_->world.grid().voxel_volume_mm3() / 1000.0);
  return text;
}

}  // namespace neurograft
