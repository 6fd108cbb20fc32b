#include <cmath>

#include <neurograft/model/antigenicity.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

TEST_CASE("HLA follows the exponential, whatever the step") {
  const AntigenicityParameters p = antigenicity_section().defaults();
  constexpr double start = 0.1;
  for (const int per_day : {1, 24}) {
    World world = test::world_of(test::box(1, 1, 1, 1.0));
    test::add_donors(world, 1, State::active, 0.5F, 0.5F, 0.5F);
    Antigenicity process(p);
    ReadoutTable readouts;
    process.bind(world, readouts);
    world.fields()[FieldState::bind(world).inflammatory][0] = 1.0;
    world.agents().hla1()[0] = hla_fixed_point(start);
    const double target =
        p.hla1_resting + (p.hla1_max - p.hla1_resting) / (1.0 + p.hla1_inflammation_half);
    for (int day = 1; day <= 10; ++day) {
      for (int step = 0; step < per_day; ++step) {
        process.step(world, {.dt_d = 1.0 / per_day, .threads = {1}});
      }
      const double exact = target + (start - target) * std::exp(-p.hla1_rate_per_d * day);
      // Rounding, at most half a unit a step, is itself forgotten at the rate of the relaxation.
      const double units = 0.5 / (1.0 - std::exp(-p.hla1_rate_per_d / per_day)) + 1.0;
      CHECK(std::abs(world.agents().hla1()[0] / double{hla_scale} - exact) < units / hla_scale);
    }
  }
}
