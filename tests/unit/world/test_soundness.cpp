#include <cmath>
#include <limits>

#include <neurograft/world/soundness.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

World sound_world() {
  World world = test::world_of(test::box(2, 2, 2, 1.0));
  test::add_donors(world, 3, State::active, 0.5F, 0.5F, 0.5F);
  world.tissue().add("amount", "1", "an amount", 8);
  world.compartments().allow_negative(world.compartments().add("balance", "1", "either way", 1));
  const CauseHandle cause = world.hazards().declare("harm");
  world.hazards().prepare(cause);
  return world;
}

}  // namespace

TEST_CASE("a place that the grid takes for its last voxel is sound") {
  // Here 1 / spacing rounds down as a float: the last voxel holds places beyond its nominal face.
  World world = test::world_of(test::box(119, 1, 1, 0.045));
  const double width = 119 * 0.045;
  float x = static_cast<float>(width);
  while (static_cast<double>(x) <= width) x = std::nextafter(x, 100.0F);
  REQUIRE(world.grid().voxel_at(x, 0.02F, 0.02F) == 118);
  test::add_donors(world, 1, State::active, x, 0.02F, 0.02F);
  CHECK(unsound(world).empty());
}

TEST_CASE("what no simulation has is found in agents, hazards and arrays") {
  World world = sound_world();
  CHECK(unsound(world).empty());
  world.compartments().scalar(world.compartments().find("balance")) = -1.0;
  CHECK(unsound(world).empty());
  for (const double value : {-1e-300, std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()}) {
    world = sound_world();
    world.tissue()[world.tissue().find("amount")][7] = value;
    CHECK(unsound(world) == "amount has a value that is not finite, or negative");
    world = sound_world();
    world.hazards().by_voxel(world.hazards().declare("harm"))[3] = value;
    CHECK(unsound(world) == "a hazard of harm is negative or not finite");
  }
  world = sound_world();
  world.agents().voxel()[2] = 100;
  CHECK(unsound(world) == "agent in slot 2 has no voxel of its kind");
}
