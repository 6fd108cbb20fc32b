#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <neurograft/engine/readout.hpp>
#include <neurograft/model/spread_readout.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

using Place = std::array<float, 3>;

World empty_world() {
  return test::world_of(test::box(4, 4, 4, 100.0));
}

void add(World& world, const Place& place, State state = State::active, Kind kind = Kind::donor) {
  const std::size_t slot = world.append_agents(1);
  Agents& agents = world.agents();
  agents.x()[slot] = place[0];
  agents.y()[slot] = place[1];
  agents.z()[slot] = place[2];
  agents.state()[slot] = state;
  agents.kind()[slot] = kind;
}

std::vector<double> evaluate(const World& world, const std::string& name, int threads = 1) {
  ReadoutTable table;
  add_spread_readouts(table);
  for (std::size_t index = 0; index < table.readouts().size(); ++index) {
    if (table.readouts()[index].name != name) continue;
    std::vector<double> out(table.readouts()[index].size());
    table.evaluate(index, world, Threads{threads}, out);
    return out;
  }
  FAIL("no readout " << name);
  return {};
}

void check(const std::vector<double>& values, const std::array<double, 3>& expected) {
  REQUIRE(values.size() == 3);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    CAPTURE(axis);
    CHECK(values[axis] == doctest::Approx(expected[axis]).epsilon(1e-12));
  }
}

}  // namespace

TEST_CASE("centre and spread are mean and standard deviation of places, axis by axis") {
  ReadoutTable table;
  add_spread_readouts(table);
  REQUIRE(table.readouts().size() == 2);
  CHECK(table.readouts()[0].dimensions.at(0).labels == std::vector<std::string>{"x", "y", "z"});
  World world = empty_world();
  for (const Place& place :
       {Place{1.0F, 10.0F, 2.5F}, {3.0F, 10.0F, 2.0F}, {5.0F, 10.0F, 3.0F}, {7.0F, 10.0F, 2.5F}}) {
    add(world, place);
  }
  check(evaluate(world, "donor_centre"), {4.0, 10.0, 2.5});
  check(evaluate(world, "donor_spread"), {std::sqrt(5.0), 0.0, std::sqrt(0.125)});
}

TEST_CASE("one cell, or several in one place, have no spread") {
  World world = empty_world();
  for (int n = 0; n < 3; ++n) {
    add(world, {3.141F, 299.123F, 0.007F});
    const std::vector<double> spread = evaluate(world, "donor_spread");
    for (const double s : spread) {
      CHECK(s == 0.0);
      CHECK_FALSE(std::signbit(s));
    }
  }
  check(evaluate(world, "donor_centre"), {3.141, 299.123, 0.007});
}

TEST_CASE("only living donor cells in tissue count") {
  World world = empty_world();
  for (const char* name : {"donor_centre", "donor_spread"}) {
    for (const double value : evaluate(world, name)) CHECK(std::isnan(value));
  }
  add(world, {1.0F, 1.0F, 1.0F}, State::dead);
  add(world, {2.0F, 2.0F, 2.0F}, State::suspended);
  add(world, {3.0F, 3.0F, 3.0F}, State::attaching);
  add(world, {4.0F, 4.0F, 4.0F}, State::resident, Kind::cd8);
  for (const char* name : {"donor_centre", "donor_spread"}) {
    for (const double value : evaluate(world, name)) CHECK(std::isnan(value));
  }
  add(world, {5.0F, 6.0F, 7.0F}, State::attached);
  add(world, {7.0F, 6.0F, 5.0F}, State::astrocyte);
  check(evaluate(world, "donor_centre"), {6.0, 6.0, 6.0});
  check(evaluate(world, "donor_spread"), {1.0, 0.0, 1.0});
}

TEST_CASE("many cells over several blocks, for any number of threads and order of slots") {
  // As many at each whole number of millimetres from 0 to n - 1: variance (n^2 - 1) / 12.
  constexpr int each = 150;
  World world = empty_world();
  World mixed = empty_world();
  for (int n = 0; n < 200 * each; ++n) {
    const int other = 7 * n % (200 * each);  // the same cells
    const auto place = [](int m) {
      return Place{static_cast<float>(m % 200), static_cast<float>(m % 100), 300.0F};
    };
    add(world, place(n));
    add(mixed, place(other));
  }
  REQUIRE(world.agents().size() > 3 * agent_block);
  check(evaluate(world, "donor_centre"), {99.5, 49.5, 300.0});
  check(evaluate(world, "donor_spread"),
        {std::sqrt((200.0 * 200.0 - 1.0) / 12.0), std::sqrt((100.0 * 100.0 - 1.0) / 12.0), 0.0});
  for (const char* name : {"donor_centre", "donor_spread"}) {
    const std::vector<double> expected = evaluate(world, name);
    for (const int threads : {2, 7}) CHECK(evaluate(world, name, threads) == expected);
    CHECK(evaluate(mixed, name, 2) == expected);
  }
}
