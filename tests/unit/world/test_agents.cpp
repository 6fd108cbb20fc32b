#include <algorithm>
#include <numeric>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/world/voxel_cache.hpp>
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
  world.agents().hazard_left()[0] = 77;
  world.set_tick(40);
  world.newborns().push_back({.key = 0, .parent_slot = 0, .x = 1.5F, .voxel = 1});
  world.commit({1}, 0);
  CHECK(world.agents().float_column(own)[1] == 2.5F);
  CHECK(world.agents().id()[1] == 1);
  CHECK(world.agents().clone()[1] == 0);
  CHECK(world.agents().birth()[1] == 40);
  CHECK(world.agents().hazard_left()[0] == 77);
  CHECK(world.agents().hazard_left()[1] == 0);  // she draws her own
  CHECK(world.newborns().empty());
}

TEST_CASE("occupancy is the plain count, in whatever order agents lie") {
  World world = test::world_of(test::box_with_ventricle(12, 12, 12, 1.0, 3), 5);
  Agents& agents = world.agents();
  const std::size_t voxels = world.grid().parenchyma_size();
  REQUIRE(voxels > 1000);
  world.append_agents(30000);
  StreamEngine draws = Stream(3, StreamCode::run_setup, 0).engine(0);
  std::vector<std::uint32_t> expected(crowd_count * voxels);
  std::size_t living = 0;
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    // Mostly beside the one before, as when sorted; often anywhere.
    const bool beside = slot > 0 && draws() % 4 != 0;
    agents.voxel()[slot] =
        beside ? agents.voxel()[slot - 1] : static_cast<VoxelIndex>(draws() % voxels);
    agents.kind()[slot] = static_cast<Kind>(draws() % kind_count);
    agents.state()[slot] = static_cast<State>(draws() % state_count);
    living += agents.state()[slot] != State::dead;
    const std::size_t crowd = crowd_of(agents.kind()[slot], agents.state()[slot]);
    if (crowd < crowd_count) ++expected[crowd * voxels + agents.voxel()[slot]];
  }
  for (const int threads : {1, 2, 7}) {
    world.refresh({threads});
    CHECK(world.occupancy().living() == living);
    for (std::size_t crowd = 0; crowd < crowd_count; ++crowd) {
      const auto counts = world.occupancy().of(static_cast<Crowd>(crowd));
      CHECK(std::equal(counts.begin(), counts.end(),
                       expected.begin() + std::ptrdiff_t(crowd * voxels)));
    }
  }
}

TEST_CASE("a voxel cache gives each voxel its own value, kept or not") {
  VoxelCache<int> cache;
  int found = 0;
  const auto find = [&found](VoxelIndex voxel) {
    ++found;
    return static_cast<int>(3 * voxel + 1);
  };
  StreamEngine draws = Stream(4, StreamCode::run_setup, 0).engine(0);
  for (int i = 0; i < 5000; ++i) {
    const VoxelIndex voxel = draws() % 300;
    CHECK(cache.at(voxel, find) == static_cast<int>(3 * voxel + 1));
  }
  CHECK(found < 5000);
  found = 0;
  cache.at(7, find);
  cache.at(7, find);
  CHECK(found <= 1);
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
