#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include <neurograft/core/math.hpp>
#include <neurograft/model/infiltration.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

constexpr double hour = 1.0 / 24.0;

struct Brain {
  World world;
  Infiltration process;
  ReadoutTable readouts;

  explicit Brain(const LabelMap& map, InfiltrationParameters p = infiltration_section().defaults(),
                 std::uint64_t seed = 1)
      : world(test::world_of(map, seed)), process(p) {
    process.bind(world, readouts);
    at("body_mass_kg") = 0.025;
  }
  double& at(std::string_view name) {
    return world.compartments().scalar(world.compartments().find(name));
  }
  std::span<double> field(std::string_view name) {
    return world.fields()[world.fields().find(name)];
  }
  void step(Tick tick, double dt_d = hour, int threads = 1) {
    world.set_tick(tick);
    process.step(
        world,
        {.tick = tick, .dt_d = dt_d, .seed = world.seed(), .order = 3, .threads = {threads}});
    world.commit({threads}, 0);
  }
  void add(Kind kind, State state, std::size_t count) {
    const std::size_t first = world.agents().size();
    test::add_donors(world, count, state, 0.5F, 0.5F, 0.5F);
    for (std::size_t slot = first; slot < first + count; ++slot) {
      world.agents().kind()[slot] = kind;
    }
  }
  std::size_t count(Kind kind, State state) const {
    std::size_t n = 0;
    for (std::size_t slot = 0; slot < world.agents().size(); ++slot) {
      n += world.agents().kind()[slot] == kind && world.agents().state()[slot] == state;
    }
    return n;
  }
};

// All there is to know of an agent, by id.
using Row = std::tuple<AgentId, Kind, State, float, float, float, VoxelIndex>;
std::vector<Row> rows(const World& world) {
  const Agents& a = world.agents();
  std::vector<Row> result;
  for (std::size_t s = 0; s < a.size(); ++s) {
    result.emplace_back(a.id()[s], a.kind()[s], a.state()[s], a.x()[s], a.y()[s], a.z()[s],
                        a.voxel()[s]);
  }
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

TEST_CASE("what enters the brain leaves the blood, and never more than there is") {
  InfiltrationParameters p = infiltration_section().defaults();
  p.death_per_d = 0.0;
  Brain brain(test::box(4, 4, 4, 1.0), p);
  for (double& level : brain.field("chemoattractant")) level = 100.0;
  brain.at("effector_cd8") = 2000.25;
  brain.at("nk") = 3.5;
  brain.at("treg") = 0.9;
  for (Tick tick = 0; tick < 200; ++tick) brain.step(tick);
  const auto cd8 = static_cast<double>(brain.world.agents().count(Kind::cd8));
  const auto nk = static_cast<double>(brain.world.agents().count(Kind::nk));
  CHECK(cd8 > 1500.0);
  CHECK(brain.at("effector_cd8") + cd8 == 2000.25);
  CHECK(brain.at("nk") + nk == 3.5);
  CHECK(nk > 0.0);
  CHECK(brain.world.agents().count(Kind::treg) == 0);
  const Agents& agents = brain.world.agents();
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    CHECK(brain.world.grid().voxel_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]) ==
          agents.voxel()[slot]);
    CHECK(agents.state()[slot] == State::searching);
  }
}

TEST_CASE("arrivals follow the weights: donor cells, chemoattractant, vessels") {
  InfiltrationParameters p = infiltration_section().defaults();
  p.surveillance_weight = 0.0;
  p.death_per_d = 0.0;
  LabelMap map = test::box(4, 1, 1, 1.0);
  Brain brain(map, p);
  const ArrayHandle vessels =
      brain.world.maps().add("vessel_density", "1", "relative vessel density", 4, 1.0);
  // Weights 0 : 0.1 : 0.2 : 0.1, from chemoattractant twice and donor cells once.
  brain.world.maps()[vessels][2] = 2.0;
  brain.world.maps()[vessels][0] = 0.0;
  brain.field("chemoattractant")[0] = 1.0;
  brain.field("chemoattractant")[1] = 1.0;
  brain.field("chemoattractant")[2] = 1.0;
  test::add_donors(brain.world, 100, State::active, 3.5F, 0.5F, 0.5F);
  brain.world.refresh({1});
  Infiltration again(p);
  ReadoutTable readouts;
  again.bind(brain.world, readouts);
  brain.at("effector_cd8") = 1e6;
  again.step(brain.world, {.tick = 0, .dt_d = 2.0, .seed = 5, .threads = {1}});
  brain.world.commit({1}, 0);
  const auto cd8 = brain.world.occupancy().of(Crowd::cd8);
  const double total = static_cast<double>(cd8[1] + cd8[2] + cd8[3]);
  const double w = 0.4 / 0.025;
  const double rate = p.entry_max_per_d * w / (w + p.entry_half_mm3_per_kg);
  const double expected = 1e6 * (1.0 - std::exp(-rate * 2.0));
  CHECK(cd8[0] == 0);
  CHECK(std::abs(total - expected) < 5.0 * std::sqrt(expected));
  const std::array<double, 3> share{0.25, 0.5, 0.25};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(std::abs(cd8[i + 1] - total * share[i]) <
          5.0 * std::sqrt(total * share[i] * (1.0 - share[i])));
  }
}

TEST_CASE("a healthy brain takes up next to nothing, steroids on traffic stop entry") {
  Brain healthy(test::box(8, 8, 8, 1.0));
  healthy.at("effector_cd8") = 1e4;
  healthy.step(0, 1.0);
  CHECK(healthy.world.agents().size() < 20);
  Brain blocked(test::box(4, 4, 4, 1.0));
  for (double& level : blocked.field("inflammatory")) level = 1.0;
  blocked.at("effector_cd8") = 1e4;
  blocked.at("effect_traffic") = 1.0;
  blocked.step(0, 1.0);
  CHECK(blocked.world.agents().size() == 0);
}

TEST_CASE("the number that enters does not depend on voxel size") {
  std::vector<double> entered;
  for (const double h : {0.1, 1.0, 2.0}) {
    const int n = static_cast<int>(4.0 / h + 0.5);
    Brain brain(test::box(n, n, n, h));
    // A field that varies, with the same integral: x in [0, 4) mm.
    const auto level = brain.field("chemoattractant");
    for (VoxelIndex v = 0; v < level.size(); ++v) level[v] = brain.world.grid().centre_mm(v)[0];
    for (int i = 0; i < 64; ++i) test::add_donors(brain.world, 50, State::active, 1.F, 1.F, 1.F);
    brain.world.refresh({1});
    brain.at("effector_cd8") = 1e5;
    brain.step(0, 0.5);
    entered.push_back(static_cast<double>(brain.world.agents().count(Kind::cd8)));
  }
  for (const double n : entered) CHECK(std::abs(n - entered[1]) < 4.5 * std::sqrt(2.0 * n));
  CHECK(entered[1] > 1000.0);
}

TEST_CASE("T cells in brain die, a share stays resident, exhausted ones fade") {
  InfiltrationParameters p = infiltration_section().defaults();
  Brain brain(test::box(2, 2, 2, 1.0), p);
  constexpr double n = 40000;
  brain.add(Kind::cd8, State::searching, 40000);
  brain.add(Kind::nk, State::searching, 40000);
  brain.add(Kind::cd4, State::exhausted, 40000);
  brain.add(Kind::cd4, State::resident, 40000);
  brain.step(0, 1.0);
  const auto near = [&](std::size_t count, double share) {
    return std::abs(static_cast<double>(count) - n * share) <
           5.0 * std::sqrt(n * share * (1.0 - share));
  };
  const double left = std::exp(-p.death_per_d);
  CHECK(near(brain.count(Kind::cd8, State::searching), left));
  CHECK(near(brain.count(Kind::cd8, State::resident), (1.0 - left) * p.resident_share));
  CHECK(near(brain.count(Kind::nk, State::searching), left));
  CHECK(brain.count(Kind::nk, State::resident) == 0);
  CHECK(near(brain.count(Kind::cd4, State::exhausted), std::exp(-p.exhausted_death_per_d)));
  CHECK(near(brain.count(Kind::cd4, State::resident), std::exp(-p.resident_death_per_d)));
}

TEST_CASE("engaged T cells divide by display, expansion drugs and regulation hold them back") {
  InfiltrationParameters p = infiltration_section().defaults();
  p.death_per_d = 0.0;
  constexpr double n = 40000;
  const auto born = [&](double inflammation, double regulatory, double expansion, Kind kind) {
    Brain brain(test::box(1, 1, 1, 1.0), p);
    brain.field("inflammatory")[0] = inflammation;
    brain.field("regulatory")[0] = regulatory;
    brain.at("effect_expansion") = expansion;
    brain.add(kind, State::engaged, 40000);
    brain.step(0, 0.25);
    CHECK(brain.count(kind, State::engaged) == 40000);
    return static_cast<double>(brain.count(kind, State::searching));
  };
  const auto near = [&](double count, double rate) {
    const double share = 1.0 - std::exp(-rate * 0.25);
    return std::abs(count - n * share) < 5.0 * std::sqrt(n * share);
  };
  const double half = p.growth_inflammation_half;
  CHECK(near(born(0.0, 0.0, 0.0, Kind::cd8), p.growth_per_d * p.growth_basal));
  CHECK(near(born(half, 0.0, 0.0, Kind::cd8), p.growth_per_d * (1.0 + p.growth_basal) / 2.0));
  CHECK(near(born(0.0, p.regulatory_half, 0.5, Kind::cd4), p.growth_per_d * p.growth_basal *
                                                               (1.0 - p.regulatory_block / 2.0) *
                                                               (1.0 - 0.5 * p.drug_tissue_share)));
  p.drug_tissue_share = 1.0;
  CHECK(born(1.0, 0.0, 1.0, Kind::cd8) == 0.0);
  CHECK(born(1.0, 0.0, 0.0, Kind::nk) == 0.0);
}

TEST_CASE("the same to the bit for any number of threads and order of slots") {
  const auto run = [](int threads, bool shuffle) {
    Brain brain(test::box(9, 9, 9, 1.0));
    for (double& level : brain.field("chemoattractant")) level = 3.0;
    for (double& level : brain.field("inflammatory")) level = 1.0;
    brain.at("effector_cd8") = 30000;
    brain.at("effector_cd4") = 9000;
    brain.add(Kind::cd8, State::engaged, 20000);
    for (std::uint32_t cell = 0; cell < 600; ++cell) {
      const auto along = static_cast<float>(cell % 150) / 17.0F;
      test::add_donors(brain.world, 1, State::active, along, 4.5F, static_cast<float>(cell % 3));
    }
    brain.world.refresh({1});
    for (Tick tick = 0; tick < 20; ++tick) {
      if (shuffle) {
        std::vector<std::uint32_t> keys;
        for (const AgentId id : brain.world.agents().id()) keys.push_back((id * 2654435761U) % 997);
        brain.world.agents().reorder(keys, 997, {1});
      }
      brain.step(tick, hour, threads);
    }
    std::vector<std::uint32_t> none(brain.world.agents().size(), 0);
    brain.world.agents().reorder(none, 1, {1});
    return rows(brain.world);
  };
  const auto one = run(1, false);
  CHECK(one.size() > 10000);
  CHECK(one == run(3, false));
  CHECK(one == run(2, true));
}

TEST_CASE("cells that donor cells draw enter near them in tissue, whatever the voxels") {
  InfiltrationParameters p = infiltration_section().defaults();
  p.death_per_d = 0.0;
  p.surveillance_weight = 0.0;
  for (const double h : {0.25, 1.0, 2.0}) {
    const int n = static_cast<int>(8.0 / h + 0.5);
    Brain brain(test::box_with_ventricle(n, n, n, h, n / 2), p);
    // Two places, the first of them on the wall at 4 mm and with three of four cells.
    test::add_donors(brain.world, 300, State::attached, 4.0F, 4.0F, 4.0F);
    test::add_donors(brain.world, 100, State::active, 5.1F, 6.3F, 4.2F);
    brain.world.refresh({1});
    brain.at("effector_cd8") = 1e6;
    brain.step(0, 1.0, 2);
    std::size_t first = 0;
    std::size_t all = 0;
    double off = 0.0;
    const Agents& agents = brain.world.agents();
    for (std::size_t slot = 0; slot < agents.size(); ++slot) {
      if (agents.kind()[slot] != Kind::cd8) continue;
      ++all;
      const double y = agents.y()[slot];
      const bool at_first = y < 5.0;
      first += at_first;
      CHECK(std::abs(agents.x()[slot] - (at_first ? 4.0 : 5.1)) <= p.entry_reach_mm + 1e-5);
      CHECK(std::abs(y - (at_first ? 4.0 : 6.3)) <= p.entry_reach_mm + 1e-5);
      CHECK(agents.x()[slot] >= 4.0F);
      CHECK(agents.voxel()[slot] ==
            brain.world.grid().voxel_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]));
      off += std::abs(y - (at_first ? 4.0 : 6.3));
    }
    INFO("h " << h << ", " << all << " entered");
    REQUIRE(all > 1000);
    const auto total = static_cast<double>(all);
    CHECK(std::abs(static_cast<double>(first) / total - 0.75) < 5.0 * std::sqrt(0.1875 / total));
    // Mean of a uniform distance up to the reach; its standard deviation is reach / sqrt(12).
    CHECK(std::abs(off / total - p.entry_reach_mm / 2) <
          5.0 * p.entry_reach_mm / std::sqrt(12.0 * total));
  }
}
