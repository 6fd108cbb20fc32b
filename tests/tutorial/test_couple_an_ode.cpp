// Tutorial 4: couple a simulation to a model of your own that lives outside it.
//
// Not everything belongs into a process. A model that exists already, in your own program, is
// coupled step by step: run to a day, read what it needs, advance it, write what it gives back, and
// go on. Any array of the world can be read and written through a span while the simulation stands
// still.
//
// Here the outside model is one equation, an antidote A that the program gives, is cleared, and
// takes toxin away: dA/dt = dose - A / tau. What it gives back is the source of the field `toxin`.

#include <cmath>

#include <neurograft/neurograft.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

constexpr double decay_per_d = 0.6931471805599453 * 24.0;  // half-life of an hour

Simulation patch() {
  return build(Config::from_string(R"(
[simulation]
start_d = 0.0
duration_d = 8.0
[brain]
source = "patch"
patch_size_mm = [0.5, 0.5, 0.5]
patch_voxel_um = 50.0
[host]
degeneration_percent_per_y = 0.0
[signalling]
tolerance = 1e-9
[fields.toxin]
half_life_h = 1.0
)"),
               Threads{1});
}

// The outside model: solved exactly over a step in which its dose is constant.
struct Antidote {
  double level = 0.0;
  double tau_d = 2.0;

  void advance(double dose_per_d, double dt_d) {
    const double balance = dose_per_d * tau_d;
    level = balance + (level - balance) * std::exp(-dt_d / tau_d);
  }
};

double mean(std::span<const double> values) {
  double sum = 0.0;
  for (const double x : values) sum += x;
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("an outside equation and the simulation take turns") {
  Simulation simulation = patch();
  World& world = simulation.world();
  // The process `signalling` adds a tissue array source_NAME to the sources of the field NAME. It
  // must be there before the processes are bound.
  const ArrayHandle source = world.tissue().add("source_toxin", "1/d", "toxin from outside",
                                                world.grid().parenchyma_size());
  simulation.bind();
  const ArrayHandle toxin = world.fields().find("toxin");

  Antidote antidote;
  constexpr double step_d = 0.25;  // a whole number of ticks of an hour
  for (double day = 0.0; day < 8.0; day += step_d) {
    // What the simulation gives: the antidote is made where there is toxin.
    const double level = mean(world.fields()[toxin]);
    antidote.advance(0.1 * level, step_d);
    // What it takes: 10 a day without antidote, less with it, the same everywhere.
    for (double& value : world.tissue()[source]) value = 10.0 / (1.0 + antidote.level);
    REQUIRE(simulation.run_until(day + step_d));
  }

  // In balance: toxin = 10 / (k (1 + A)) and A = 0.1 tau toxin, a quadratic in A.
  const double c = 0.1 * antidote.tau_d * 10.0 / decay_per_d;
  const double balance = 0.5 * (std::sqrt(1.0 + 4.0 * c) - 1.0);
  // After four time constants a fiftieth of the way is left.
  CHECK(antidote.level == doctest::Approx(balance).epsilon(0.03));
  CHECK(mean(world.fields()[toxin]) ==
        doctest::Approx(10.0 / decay_per_d / (1.0 + antidote.level)).epsilon(0.01));
}

TEST_CASE("a run can be watched and ended from outside, and several run at once") {
  Simulation one = patch(), other = patch();
  int hours = 0;
  one.set_observer([&hours](const Simulation& running) {
    ++hours;
    return running.world().day() < 1.0;  // false: stop here
  });
  CHECK_FALSE(one.run_until(8.0));
  CHECK(one.world().day() == doctest::Approx(1.0));
  CHECK(hours == 25);  // hour 0 to hour 24
  CHECK(other.run_until(0.5));
  CHECK(other.world().day() == doctest::Approx(0.5));
}
