#include <numeric>

#include <neurograft/core/error.hpp>
#include <neurograft/world/world.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

TEST_CASE("an agent takes at most 48 bytes") {
  CHECK(Agents().bytes_per_agent() <= 48);
  CHECK(Agents().bytes_per_agent() == 44);
}

TEST_CASE("reordering drops the dead, keeps every column of the living together") {
  World world = test::world_of(test::box(4, 1, 1, 1.0));
  Agents& agents = world.agents();
  const ColumnHandle own = agents.add_integer_column("own");
  for (int voxel = 3; voxel >= 0; --voxel) {
    test::add_donors(world, 50, State::active, static_cast<float>(voxel) + 0.5F, 0.5F, 0.5F);
  }
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    agents.integer_column(own)[slot] = agents.id()[slot] * 3;
    if (agents.id()[slot] % 5 == 0) agents.state()[slot] = State::dead;
  }
  world.commit({2}, 1);
  CHECK(agents.size() == 160);
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    CHECK(agents.id()[slot] % 5 != 0);
    CHECK(agents.integer_column(own)[slot] == agents.id()[slot] * 3);
    CHECK(static_cast<VoxelIndex>(agents.x()[slot]) == agents.voxel()[slot]);
    if (slot > 0) CHECK(agents.voxel()[slot - 1] <= agents.voxel()[slot]);
  }
}

TEST_CASE("newborns get ids by process, key and ordinal, whatever the order they came in") {
  const auto ids_for = [](std::vector<Newborn> newborns) {
    World world = test::world_of(test::box(4, 1, 1, 1.0));
    test::add_donors(world, 3, State::active, 0.5F, 0.5F, 0.5F);
    world.newborns() = std::move(newborns);
    world.commit({1}, 0);
    std::vector<float> x(3);
    for (std::size_t slot = 3; slot < 6; ++slot) {
      x[world.agents().id()[slot] - 3] = world.agents().x()[slot];
    }
    return x;
  };
  const Newborn a{.process = 1, .key = 2, .ordinal = 0, .x = 1.0F};
  const Newborn b{.process = 1, .key = 2, .ordinal = 1, .x = 2.0F};
  const Newborn c{.process = 0, .key = 9, .ordinal = 0, .x = 3.0F};
  const std::vector<float> expected{3.0F, 1.0F, 2.0F};
  CHECK(ids_for({a, b, c}) == expected);
  CHECK(ids_for({c, b, a}) == expected);
}

TEST_CASE("a daughter inherits its mother's columns, a user's own too, but not her id or age") {
  World world = test::world_of(test::box(4, 1, 1, 1.0));
  const ColumnHandle own = world.agents().add_float_column("own");
  test::add_donors(world, 1, State::active, 0.5F, 0.5F, 0.5F);
  world.agents().float_column(own)[0] = 2.5F;
  world.set_tick(40);
  world.newborns().push_back({.key = 0, .parent_slot = 0, .x = 1.5F, .voxel = 1});
  world.commit({1}, 0);
  CHECK(world.agents().float_column(own)[1] == 2.5F);
  CHECK(world.agents().id()[1] == 1);
  CHECK(world.agents().clone()[1] == 0);
  CHECK(world.agents().birth()[1] == 40);
  CHECK(world.newborns().empty());
}

TEST_CASE("occupancy counts by crowd and voxel for any number of threads") {
  for (const int threads : {1, 2, 7}) {
    World world = test::world_of(test::box_with_ventricle(4, 1, 1, 1.0, 1));
    test::add_donors(world, 20000, State::attached, 1.5F, 0.5F, 0.5F);
    test::add_donors(world, 30000, State::quiescent, 2.5F, 0.5F, 0.5F);
    test::add_donors(world, 10, State::suspended, 0.5F, 0.5F, 0.5F);
    test::add_donors(world, 10, State::dead, 2.5F, 0.5F, 0.5F);
    world.refresh({threads});
    const VoxelIndex wall = world.grid().voxel_at(1.5F, 0.5F, 0.5F);
    const VoxelIndex deep = world.grid().voxel_at(2.5F, 0.5F, 0.5F);
    CHECK(world.occupancy().of(Crowd::donor_attached)[wall] == 20000);
    CHECK(world.occupancy().of(Crowd::donor_tissue)[deep] == 30000);
    CHECK(world.occupancy().donor(deep) == 30000);
    CHECK(world.agents().count(State::suspended) == 10);
    CHECK(world.agents().count(donor) == 50010);
  }
}

TEST_CASE("names of columns, arrays and causes are unique") {
  World world = test::world_of(test::box(2, 1, 1, 1.0));
  CHECK_THROWS_AS(world.agents().add_float_column("hla1"), Error);
  world.tissue().add("opc", "cell/mm3", "", 2);
  CHECK_THROWS_AS(world.tissue().add("opc", "1", "", 2), Error);
  CHECK_THROWS_AS(world.tissue().find("opcs"), Error);
  const CauseHandle ctl = world.hazards().declare("ctl", Susceptibility::hla1);
  CHECK(world.hazards().declare("ctl", Susceptibility::hla1).index == ctl.index);
  CHECK_THROWS_AS(world.hazards().declare("ctl"), Error);
}

TEST_CASE("times are whole ticks or refused") {
  const Clock clock{-90.0, 1.0};
  CHECK(clock.tick_of(0.0, "day") == 2160);
  CHECK(clock.day(2160) == 0.0);
  CHECK(clock.ticks_in(6.0, "period") == 6);
  CHECK_THROWS_AS(clock.tick_of(0.01, "day"), InputError);
  CHECK_THROWS_AS(clock.ticks_in(0.0, "period"), InputError);
}
