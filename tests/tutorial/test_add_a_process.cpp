// Tutorial 2: a process of your own.
//
// The example is a safety switch. Donor cells carry the gene of an enzyme that turns a harmless
// prodrug into a poison. The prodrug is given once and decays; the poison passes to neighbouring
// cells, so what counts in a voxel is the share of its donor cells that express the gene; and cells
// silence the gene for good, each at random:
//
//     prodrug   L(t) = exp(-k t) from the day of the dose, k = ln 2 / half-life
//     hazard    h    = kill x L x (share of the voxel's donor cells that express the gene)
//     silencing p    = 1 - exp(-s dt) per step and cell
//
// It uses all that a process may need: a section of the config, a column of the agents, a
// compartment, random draws, a cause of death and readouts.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <vector>

#include <neurograft/io/compare.hpp>
#include <neurograft/neurograft.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace neurograft;

namespace {

// 1. Parameters: a plain struct, and its only declaration, with unit, default, bounds, meaning and
// source. Defaults live in the declaration alone.
struct SafetySwitchParameters {
  double prodrug_d;
  double prodrug_half_life_h;
  double kill_per_d;
  double silencing_per_d;
};

const Section<SafetySwitchParameters>& safety_switch_section() {
  using P = SafetySwitchParameters;
  static const Section<P> section(
      "safety_switch", "A gene that makes donor cells sensitive to a prodrug",
      {{{"prodrug_d", "d", 1.0, any_number, "Day of the dose", "a choice", Grade::setting},
        &P::prodrug_d},
       {{"prodrug_half_life_h", "h", 12.0, positive, "Half-life", "assumed", Grade::assumed},
        &P::prodrug_half_life_h},
       {{"kill_per_d", "1/d", 2.0, non_negative, "Death rate at full level, all cells expressing",
         "assumed", Grade::assumed},
        &P::kill_per_d},
       {{"silencing_per_d", "1/d", 0.0, non_negative, "Rate at which a cell silences the gene",
         "assumed", Grade::assumed},
        &P::silencing_per_d}});
  return section;
}

// 2. The process. It is stateless after `bind`: whatever changes lives in the world, under a name.
// That is why it resumes exactly without any code of its own. Functions such as log come from
// `math`, the same to the last bit on every machine.
class SafetySwitch final : public Process {
 public:
  explicit SafetySwitch(const SafetySwitchParameters& parameters)
      : parameters_(parameters),
        decay_per_d_(math::log(2.0) / parameters.prodrug_half_life_h * units::hours_per_day) {}

  std::string_view name() const noexcept override { return "safety_switch"; }

  void bind(World& world, ReadoutTable& readouts) override {
    // A column is zero for new agents and handed to daughters: 0 expresses the gene, 1 does not.
    silenced_ = world.agents().add_integer_column("gene_silenced");
    level_ = world.compartments().add("prodrug", "1", "prodrug level, 1 at the dose", 1);
    cause_ = world.hazards().declare("safety_switch");
    dose_tick_ = world.clock().tick_of(parameters_.prodrug_d, "safety_switch.prodrug_d");

    readouts.add({"prodrug", "1", "prodrug level, 1 at the dose", {}},
                 [level = level_](const World& w, Threads, std::span<double> out) {
                   out[0] = w.compartments().scalar(level);
                 });
    readouts.add({"gene_expressing", "cell", "donor cells that express the gene", {}},
                 [column = silenced_](const World& w, Threads, std::span<double> out) {
                   const Agents& agents = w.agents();
                   const auto silenced = agents.integer_column(column);
                   out[0] = 0.0;
                   for (std::size_t slot = 0; slot < agents.size(); ++slot) {
                     if (agents.kind()[slot] != donor || agents.state()[slot] == State::dead) {
                       continue;
                     }
                     out[0] +=
                         silenced[slot] == 0 ? 1.0 : 0.0;  // whole numbers: order is no matter
                   }
                 });
  }

  // Timed events, at the start of a tick. A resumed run does not open the tick of its checkpoint a
  // second time, so nothing is given twice.
  void begin_tick(World& world, const StepContext& context) override {
    if (context.tick != dose_tick_) return;
    world.compartments().scalar(level_) = 1.0;
    world.events().push_back({context.day, "drug", "prodrug of the safety switch", 1.0, "1"});
  }

  void step(World& world, const StepContext& context) override {
    silence(world, context);
    poison(world, context);
  }

 private:
  // Each cell draws for itself: the draw is a function of seed, tick, purpose and the cell's id, so
  // neither threads nor the order in memory can change it. The purpose is a name of our own.
  void silence(World& world, const StepContext& context) const {
    Agents& agents = world.agents();
    const auto silenced = agents.integer_column(silenced_);
    const Stream draws = context.stream(user_stream("safety_switch.silencing"));
    const std::uint64_t threshold =
        math::bernoulli_threshold(math::probability(parameters_.silencing_per_d * context.dt_d));
    parallel_for(context.threads, agents.size(), agent_block,
                 [&](std::size_t begin, std::size_t end) {
                   for (std::size_t slot = begin; slot < end; ++slot) {
                     if (draws.word(agents.id()[slot]) < threshold) silenced[slot] = 1;
                   }
                 });
  }

  // Adds to the hazard of each voxel. `lifecycle`, which comes later, adds up the hazards of all
  // causes and makes one draw per cell: a cell dies once, of one cause.
  void poison(World& world, const StepContext& context) const {
    double& level = world.compartments().scalar(level_);
    if (!(level > 0.0)) return;
    const Agents& agents = world.agents();
    const auto silenced = agents.integer_column(silenced_);
    std::vector<std::uint32_t> cells(world.grid().parenchyma_size());
    std::vector<std::uint32_t> expressing(cells.size());
    for (std::size_t slot = 0; slot < agents.size(); ++slot) {
      if (agents.kind()[slot] != donor || !is_in_tissue(agents.state()[slot])) continue;
      ++cells[agents.voxel()[slot]];
      if (silenced[slot] == 0) ++expressing[agents.voxel()[slot]];
    }
    // A hazard is a rate integrated over the step: kill x the integral of L.
    const double lost_share = math::probability(decay_per_d_ * context.dt_d);
    const double at_full_share = parameters_.kill_per_d * level * lost_share / decay_per_d_;
    const std::span<double> hazard = world.hazards().by_voxel(cause_);
    for (std::size_t v = 0; v < cells.size(); ++v) {
      if (cells[v] > 0) hazard[v] += at_full_share * expressing[v] / cells[v];
    }
    level *= 1.0 - lost_share;
  }

  SafetySwitchParameters parameters_;
  double decay_per_d_;
  Tick dose_tick_ = 0;
  ColumnHandle silenced_{};
  ArrayHandle level_{};
  CauseHandle cause_{};
};

// 3. Into a simulation: the section is checked together with all others, and the process stands
// before the one that draws on hazards.
Scenario prepared(const Config& config) {
  return prepare(config, {safety_switch_section().table()});
}

Simulation with_switch(const Scenario& scenario, Threads threads) {
  const auto& values = scenario.resolved().section("safety_switch");
  Simulation simulation = build(scenario, threads);
  simulation.add(std::make_unique<SafetySwitch>(safety_switch_section().read(values)), 1,
                 "lifecycle");
  return simulation;
}

// 4000 cells in a small block of tissue, and all else that happens to donor cells.
constexpr const char* grafted_patch = R"(
[simulation]
start_d = 0.0
duration_d = 6.0
seed = 11
[brain]
source = "patch"
patch_size_mm = [0.6, 0.6, 0.6]
patch_voxel_um = 100.0
[graft]
cells = 4000
route = "parenchymal"
radius_mm = 0.25
viability = 1.0
)";

// The same with nothing but the switch that could kill, so that closed forms hold.
Config quiet() {
  return Config::from_string(grafted_patch)
      .set("cytotoxicity.enabled", false)
      .set("lifecycle.early_death_per_d", 0.0)
      .set("lifecycle.baseline_death_per_d", 0.0)
      .set("lifecycle.commit_per_d", 0.0)
      .set("lifecycle.division_cap", std::int64_t{0});
}

// Within 5 standard deviations of a binomial count; the seed is fixed, so the outcome is, too.
void check_binomial(double count, double n, double p) {
  INFO("count ", count, ", expected ", n * p);
  CHECK(std::abs(count - n * p) < 5.0 * std::sqrt(n * p * (1.0 - p)));
}

}  // namespace

TEST_CASE("the section of a process is checked like any other") {
  const Config misspelt = quiet().set("safety_switch.kill_per_day", 1.0);
  CHECK_THROWS_WITH_AS(prepared(misspelt), doctest::Contains("did you mean \"kill_per_d\"?"),
                       InputError);
  // Without its table the section is unknown.
  CHECK_THROWS_AS(prepare(quiet().set("safety_switch.kill_per_d", 1.0)), InputError);
}

TEST_CASE("survivors of the switch: exp(-kill (1 - exp(-k t)) / k)") {
  Simulation simulation = with_switch(prepared(quiet()), Threads{2});
  simulation.run_until(1.0);
  CHECK(simulation.readout("donor_alive") == 4000.0);
  CHECK(simulation.readout("prodrug") == 1.0);

  simulation.run_until(3.0);
  const double k = std::log(2.0) / 0.5;
  const double decayed = std::exp(-2.0 * k);
  CHECK(simulation.readout("prodrug") == doctest::Approx(decayed).epsilon(1e-12));
  check_binomial(simulation.readout("donor_alive"), 4000.0, std::exp(-2.0 * (1.0 - decayed) / k));
}

TEST_CASE("cells that still express the gene: exp(-s t)") {
  const Config config =
      quiet().set("safety_switch.kill_per_d", 0.0).set("safety_switch.silencing_per_d", 0.3);
  Simulation simulation = with_switch(prepared(config), Threads{2});
  simulation.run_until(3.0);
  CHECK(simulation.readout("donor_alive") == 4000.0);
  check_binomial(simulation.readout("gene_expressing"), 4000.0, std::exp(-0.3 * 3.0));
}

// 4. A results file, stopping and going on.
namespace {

OutputOptions what_to_write(const Clock& clock) {
  OutputOptions options;
  options.series = RecordTimes::every(clock, 0.25, 6.0);
  options.agents = true;
  options.agent_frames = RecordTimes::on(clock, {2.0, 6.0});
  return options;
}

// What makes this run this run: a checkpoint of another config or seed is refused.
Provenance where_from(const Scenario& scenario, const World& world) {
  Provenance provenance;
  provenance.title = "Safety switch";
  provenance.config_resolved = scenario.resolved().resolved_toml();
  provenance.config_sha256 = std::to_string(scenario.resolved().hash());
  provenance.seed = world.seed();
  provenance.build = build_info();
  return provenance;
}

// Runs from the start, or on from the checkpoint, until `day`; with its checkpoint if that is not
// the end.
void run_part(const Scenario& scenario, const std::filesystem::path& path, double day,
              Threads threads) {
  Simulation simulation = with_switch(scenario, threads);
  const OutputOptions options = what_to_write(simulation.world().clock());
  const Provenance provenance = where_from(scenario, simulation.world());
  const bool resumed = OutputFile::look(path) == Resumable::yes;
  OutputFile output = resumed ? OutputFile::resume(path, options, provenance)
                              : OutputFile::create(path, options, provenance);
  for (auto& recorder : output.recorders()) simulation.add(std::move(recorder));
  if (resumed) output.restore(simulation);
  simulation.run_until(day);
  if (day < scenario.end_day()) {
    output.save(simulation);
  } else {
    output.finish(simulation);
  }
}

}  // namespace

TEST_CASE("a run with the switch stops and resumes exactly, whatever threads and memory order") {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::temp_directory_path() / ("neurograft_tutorial_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const Config config =
      Config::from_string(grafted_patch).set("safety_switch.silencing_per_d", 0.1);
  const Scenario scenario = prepared(config);

  run_part(scenario, folder / "whole.h5", 6.0, Threads{1});
  // Stopped twice: at the very hour of the dose, and while the prodrug decays.
  run_part(scenario, folder / "parts.h5", 1.0, Threads{2});
  run_part(scenario, folder / "parts.h5", 1.5, Threads{1});
  run_part(scenario, folder / "parts.h5", 6.0, Threads{3});
  // Every readout, our column in /agents and the log of events, bit by bit.
  CHECK(!compare(folder / "whole.h5", folder / "parts.h5").has_value());

  // Nor does the order of agents in memory matter.
  run_part(prepared(Config(config).set("simulation.sort_every_h", 1.0)), folder / "sorted.h5", 6.0,
           Threads{1});
  CHECK(!compare(folder / "whole.h5", folder / "sorted.h5").has_value());

  // A comparison that finds no difference is worth something only if it could.
  run_part(prepared(Config(config).set("safety_switch.silencing_per_d", 0.2)), folder / "other.h5",
           6.0, Threads{1});
  CHECK(compare(folder / "whole.h5", folder / "other.h5").has_value());
  fs::remove_all(folder);
}
