// Tutorial 1: a substance of your own.
//
// A diffusing substance needs no C++: a section [fields.NAME] in the config makes one. It spreads
// and decays as du/dt = div(D grad u) - k u + s, with k = ln 2 / half-life. What is left to say is
// where it comes from: from live donor cells (a key of the section, first test) or from anything
// else, by a small process (second and third test).

#include <algorithm>
#include <memory>
#include <numeric>

#include <neurograft/neurograft.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

// A block of white matter, 0.5 mm wide, with closed surfaces. Cells neither move, die nor divide,
// so that a pencil is enough to say what must come out.
constexpr const char* patch = R"(
[simulation]
start_d = 0.0
duration_d = 2.0
[brain]
source = "patch"
patch_size_mm = [0.5, 0.5, 0.5]
patch_voxel_um = 50.0
[host]
degeneration_percent_per_y = 0.0
[migration]
enabled = false
[lifecycle]
enabled = false
[signalling]
tolerance = 1e-9
[fields.lactate]
half_life_h = 0.5
)";

constexpr double decay_per_d = 0.6931471805599453 / 0.5 * 24.0;

std::span<const double> lactate(const World& world) {
  return world.fields()[world.fields().find("lactate")];
}

// The process: oligodendrocytes release lactate. The process `signalling` looks for a tissue array
// called source_NAME and adds it to the sources of the field NAME; its unit is level per day.
class LactateRelease final : public Process {
 public:
  explicit LactateRelease(double release_mm3_per_cell_d) : release_(release_mm3_per_cell_d) {}

  std::string_view name() const noexcept override { return "lactate_release"; }

  // `bind` is called once, before the first tick: arrays are found or added here, by name, and
  // reached through handles ever after.
  void bind(World& world, ReadoutTable& /*readouts*/) override {
    tissue_ = TissueState::bind(world);
    source_ = world.tissue().add("source_lactate", "1/d", "lactate released by oligodendrocytes",
                                 world.grid().parenchyma_size());
  }

  void step(World& world, const StepContext& /*context*/) override {
    const std::span<const double> cells = world.tissue()[tissue_.oligodendrocytes];  // [cell/mm3]
    const std::span<double> source = world.tissue()[source_];
    for (std::size_t v = 0; v < source.size(); ++v) source[v] = release_ * cells[v];
  }

 private:
  double release_;
  TissueState tissue_{};
  ArrayHandle source_{};
};

// Every 6 ticks like `signalling` itself, and before it, so that it reads this step's source.
Simulation with_release(const Config& config) {
  Simulation simulation = build(config, Threads{1});
  simulation.add(std::make_unique<LactateRelease>(0.001), 6, "signalling");
  return simulation;
}

// Healthy tissue is uniform, so diffusion carries nothing: the source alone decides.
double uniform_source_per_d(const World& world) {
  const NamedArrays& tissue = world.tissue();
  return 0.001 * tissue[tissue.find("oligodendrocytes")][0];
}

}  // namespace

TEST_CASE("a section of the config makes a field, and donor cells can feed it") {
  const Config config = Config::from_string(patch)
                            .set("graft.cells", 1000.0)
                            .set("graft.route", "parenchymal")
                            .set("graft.radius_mm", 0.05)
                            .set("graft.viability", 1.0)
                            .set("fields.lactate.donor_production_mm3_per_cell_d", 0.01);
  Simulation simulation = build(config, Threads{1});
  simulation.run_until(2.0);

  // In balance and with closed surfaces, what is produced decays, wherever it has diffused to:
  // k * integral(u dV) = production * N.
  const World& world = simulation.world();
  const auto levels = lactate(world);
  const double total =
      std::accumulate(levels.begin(), levels.end(), 0.0) * world.grid().voxel_volume_mm3();
  CHECK(world.agents().count(donor) == 1000);
  CHECK(total == doctest::Approx(0.01 * 1000 / decay_per_d).epsilon(1e-6));
  // Nearer to the cells there is more of it.
  CHECK(std::ranges::max(levels) > 1.1 * std::ranges::min(levels));
}

TEST_CASE("a process feeds the field: source / decay, in balance") {
  Simulation simulation = with_release(Config::from_string(patch));
  simulation.run_until(1.0);
  const double expected = uniform_source_per_d(simulation.world()) / decay_per_d;
  CHECK(expected > 0.0);
  for (const double level : lactate(simulation.world())) {
    CHECK(level == doctest::Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("a field followed in time fills up: source / decay (1 - exp(-decay t))") {
  // Steps shorter than some half-lives: else the field would be in balance at the end of each.
  Simulation simulation = with_release(Config::from_string(patch)
                                           .set("fields.lactate.mode", "transient")
                                           .set("signalling.every_h", 1.0));
  for (const double day : {0.25, 0.5, 2.0}) {
    simulation.run_until(day);
    const double expected = uniform_source_per_d(simulation.world()) / decay_per_d *
                            math::probability(decay_per_d * day);  // 1 - exp(-x)
    CHECK(lactate(simulation.world())[0] == doctest::Approx(expected).epsilon(1e-9));
  }
}
