#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include <neurograft/core/math.hpp>
#include <neurograft/model/cytotoxicity.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

constexpr StreamCode scatter = StreamCode::run_setup;

// Puts a Poisson number of cells into each given voxel, `mean(voxel)` on average, at a place that
// `place(voxel, u)` makes of three uniform numbers.
template <class Mean, class Place>
void strew(World& world, Kind kind, State state, std::uint32_t lane, Mean&& mean, Place&& place) {
  const Stream stream(17, scatter, lane);
  std::uint32_t cell = 0;
  for (VoxelIndex voxel = 0; voxel < world.grid().parenchyma_size(); ++voxel) {
    const auto count = static_cast<std::size_t>(poisson(mean(voxel), stream, voxel));
    if (count == 0) continue;
    const std::size_t first = world.append_agents(count);
    Agents& agents = world.agents();
    for (std::size_t slot = first; slot < first + count; ++slot) {
      const Block words = stream.block(0x80000000U + cell++);
      const std::array<float, 3> at =
          place(voxel, {math::uniform(words[0]), math::uniform(words[1]), math::uniform(words[2])});
      agents.kind()[slot] = kind;
      agents.state()[slot] = state;
      agents.x()[slot] = at[0];
      agents.y()[slot] = at[1];
      agents.z()[slot] = at[2];
      agents.voxel()[slot] = voxel;
    }
  }
  world.refresh({1});
}

// Anywhere in the voxel, a little off its faces.
auto anywhere(const World& world) {
  return [&world](VoxelIndex voxel, const std::array<double, 3>& u) {
    const auto centre = world.grid().centre_mm(voxel);
    std::array<float, 3> at{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double spacing = world.grid().geometry().spacing_mm[axis];
      at[axis] = static_cast<float>(centre[axis] + 0.999 * (u[axis] - 0.5) * spacing);
    }
    return at;
  };
}

// Mean hazard of a donor cell over one day under one cause, all modifiers at full.
double mean_hazard(World& world, const CytotoxicityParameters& p, const char* cause = "ctl") {
  Cytotoxicity process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  world.compartments().scalar(world.compartments().find("help")) = 1.0;
  process.step(world, {.tick = 0, .dt_d = 1.0, .seed = 1, .threads = {1}});
  const bool ctl = std::string_view(cause) == "ctl";
  const auto hazard = world.hazards().by_voxel(
      world.hazards().declare(cause, ctl ? Susceptibility::hla1 : Susceptibility::missing_hla1));
  double kills = 0.0;
  double cells = 0.0;
  for (VoxelIndex voxel = 0; voxel < hazard.size(); ++voxel) {
    kills += hazard[voxel] * world.occupancy().donor(voxel);
    cells += world.occupancy().donor(voxel);
  }
  return kills / cells;
}

}  // namespace

// Scatter of counts in blocks of 0.2 mm: 1 / (4 n_half V), and as much again for the sheet, whose
// blocks are cut in half by the wall.
constexpr double scatter_bias = 0.05;

// 5 sigma of the mean hazard over `all` mm3 in blocks of `block` mm3.
double noise_of(double n, double t, double all, double block) {
  return 5.0 * std::sqrt(1.0 / (t * all) + 1.0 / (n * all) + 1.0 / (n * t * block * all));
}

TEST_CASE("killing law in bulk: the same at 0.02, 0.1, 1 and 2 mm") {
  const CytotoxicityParameters p = cytotoxicity_section().defaults();
  const double half = half_target_density(p.kill_per_d, p.reach_um, p.speed_um_per_min);
  constexpr std::array<std::array<double, 2>, 3> densities{
      {{500.0, 300.0}, {3000.0, 300.0}, {2000.0, 2000.0}}};
  constexpr std::array<std::array<double, 2>, 4> grids{{{0.02, 60}, {0.1, 30}, {1.0, 4}, {2.0, 2}}};
  for (const auto& [n, t] : densities) {
    const double law = p.kill_per_d * t / (half + n + t);
    for (const auto& [h, width] : grids) {
      const int side = static_cast<int>(width);
      World world = test::world_of(test::box(side, side, side, h));
      const double volume = h * h * h;
      strew(
          world, Kind::donor, State::active, 1, [&](VoxelIndex) { return n * volume; },
          anywhere(world));
      strew(
          world, Kind::cd8, State::searching, 2, [&](VoxelIndex) { return t * volume; },
          anywhere(world));
      const double noise = noise_of(n, t, volume * side * side * side, 0.008);
      INFO("h " << h << " n " << n << " T " << t << " noise " << noise);
      CHECK(std::abs(mean_hazard(world, p) / law - 1.0) < noise + scatter_bias);
      if (n * t > 1e6) CHECK(noise < 0.13);
    }
  }
}

// Places a cell at a depth below a wall at `wall_x` that `depth(u)` gives.
template <class Depth>
auto below_wall(const World& world, double wall_x, Depth depth) {
  return [&world, wall_x, depth](VoxelIndex voxel, const std::array<double, 3>& u) {
    auto at = anywhere(world)(voxel, u);
    at[0] = static_cast<float>(wall_x + depth(u[0]));
    return at;
  };
}

TEST_CASE("killing law for a sheet on the wall: the same at 0.1, 1 and 2 mm") {
  const CytotoxicityParameters p = cytotoxicity_section().defaults();
  const double half = half_target_density(p.kill_per_d, p.reach_um, p.speed_um_per_min);
  // Cells per mm2 of wall: donor cells on it, T cells spread over the layer behind it.
  constexpr std::array<std::array<double, 2>, 2> sheets{{{400.0, 400.0}, {1500.0, 800.0}}};
  for (const auto& [donors, killers] : sheets) {
    const double n = donors / p.wall_layer_mm;
    const double t = killers / p.wall_layer_mm;
    const double law = p.kill_per_d * t / (half + n + t);
    for (const double h : {0.1, 1.0, 2.0}) {
      const int deep = h < 0.5 ? 10 : 4;
      const int wide = h < 0.5 ? 60 : h < 1.5 ? 8 : 4;
      World world = test::world_of(test::box_with_ventricle(deep, wide, wide, h, deep / 2));
      const double wall_x = h * (deep / 2);
      strew(
          world, Kind::donor, State::attached, 1,
          [&](VoxelIndex v) { return donors * world.wall().area_mm2(v); },
          below_wall(world, wall_x, [](double) { return 1e-4; }));
      // The slices of the layer that lie in a voxel.
      const auto first_voxel = std::min(h, p.wall_layer_mm);
      strew(
          world, Kind::cd8, State::searching, 2,
          [&](VoxelIndex v) {
            const double depth = world.grid().centre_mm(v)[0] - wall_x;
            return depth < std::max(p.wall_layer_mm, h)
                       ? killers * h * h * first_voxel / p.wall_layer_mm
                       : 0.0;
          },
          [&](VoxelIndex v, const std::array<double, 3>& u) {
            auto at = anywhere(world)(v, u);
            const double low = world.grid().centre_mm(v)[0] - h / 2;
            at[0] = static_cast<float>(low + 0.999 * u[0] * first_voxel);
            return at;
          });
      const double area = wide * wide * h * h;
      CHECK(world.wall().total_area_mm2() == doctest::Approx(area));
      // The T cells in the blocks beside the wall stand for those in the whole layer.
      const double seen = killers * 0.2 / p.wall_layer_mm;
      const double noise = noise_of(donors, seen, area, 0.04);
      INFO("h " << h << " donors " << donors << " killers " << killers << " noise " << noise);
      CHECK(std::abs(mean_hazard(world, p) / law - 1.0) < noise + scatter_bias);
      CHECK(noise < 0.16);
    }
  }
}

TEST_CASE("NK cells among donor cells that lie within half a millimetre of a wall: 0.1 to 2 mm") {
  CytotoxicityParameters p = cytotoxicity_section().defaults();
  const double half = half_target_density(p.nk_kill_per_d, p.reach_um, p.speed_um_per_min);
  // Per mm3 at the wall, falling linearly to 0 at the edge of the layer.
  constexpr double edge = 0.5;
  constexpr double n = 60.0;
  constexpr double t = 900.0;
  // Of counts in blocks of 0.2 mm: 1 / (4 n_half V) with the n_half of NK cells.
  const double bias = 1.0 / (4.0 * half * 0.008);
  const auto triangle = [](double u) { return edge * (1.0 - std::sqrt(1.0 - 0.999 * u)); };
  // Kills per donor cell [1/d]: the law averaged over depth, weighted by donor cells.
  double law = 0.0;
  double weight = 0.0;
  for (int slice = 0; slice < 1000; ++slice) {
    const double share = 1.0 - (slice + 0.5) / 1000.0;
    law += share * killing_hazard(p.nk_kill_per_d, half, n * share, t * share, t * share);
    weight += share;
  }
  law /= weight;
  for (const double h : {0.1, 0.5, 1.0, 2.0}) {
    const int deep = h < 0.2 ? 12 : 4;
    const int ventricle = h < 0.2 ? 6 : 2;
    const int wide = static_cast<int>((h < 0.2 ? 20.0 : 40.0) / h + 0.5);
    World world = test::world_of(test::box_with_ventricle(deep, wide, wide, h, ventricle));
    const double wall_x = h * ventricle;
    // All cells over a face of the wall are drawn for the voxel behind it, then put where their
    // depth says.
    const auto over_face = [&](double per_mm3) {
      return [&world, per_mm3](VoxelIndex v) {
        return 0.5 * per_mm3 * edge * world.wall().area_mm2(v);
      };
    };
    strew(world, Kind::donor, State::active, 1, over_face(n), below_wall(world, wall_x, triangle));
    strew(world, Kind::nk, State::searching, 2, over_face(t), below_wall(world, wall_x, triangle));
    Agents& agents = world.agents();
    for (std::size_t slot = 0; slot < agents.size(); ++slot) {
      agents.voxel()[slot] =
          world.grid().voxel_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]);
    }
    world.refresh({1});
    const double area = world.wall().total_area_mm2();
    const double noise = noise_of(0.5 * n * edge, 0.5 * t * edge, area, 0.008 / edge);
    INFO("h " << h << " noise " << noise << " law " << law);
    CHECK(std::abs(mean_hazard(world, p, "nk") / law - 1.0) < noise + bias);
    CHECK(noise < 0.08);
  }
}

TEST_CASE("kills per killer saturate at k, and grow by mass action below") {
  CytotoxicityParameters p = cytotoxicity_section().defaults();
  p.search_mm = 1.0;
  const double half = half_target_density(p.kill_per_d, p.reach_um, p.speed_um_per_min);
  const auto kills_per_killer = [&](double n) {
    World world = test::world_of(test::box(1, 1, 1, 1.0));
    test::add_donors(world, static_cast<std::size_t>(n), State::active, 0.5F, 0.5F, 0.5F);
    test::add_donors(world, 1, State::searching, 0.5F, 0.5F, 0.5F);
    world.agents().kind()[world.agents().size() - 1] = Kind::cd8;
    world.refresh({1});
    return mean_hazard(world, p) * n;
  };
  CHECK(kills_per_killer(200000.0) == doctest::Approx(p.kill_per_d).epsilon(0.01));
  CHECK(kills_per_killer(10.0) == doctest::Approx(p.kill_per_d * 10.0 / half).epsilon(0.01));
}

TEST_CASE("the engaged share settles at n / (n + n_half + T), whatever the step") {
  CytotoxicityParameters p = cytotoxicity_section().defaults();
  p.exhaustion_per_d = 0.0;
  p.search_mm = 2.0;
  const double half = half_target_density(p.kill_per_d, p.reach_um, p.speed_um_per_min);
  constexpr double killers = 4000.0;
  for (const double dt_d : {1.0 / 24.0, 0.5}) {
    World world = test::world_of(test::box(1, 1, 1, 2.0));
    test::add_donors(world, 16000, State::active, 1.F, 1.F, 1.F);
    test::add_donors(world, 4000, State::searching, 1.F, 1.F, 1.F);
    for (std::size_t slot = 16000; slot < 20000; ++slot) world.agents().kind()[slot] = Kind::cd8;
    world.refresh({1});
    Cytotoxicity process(p);
    ReadoutTable readouts;
    process.bind(world, readouts);
    for (Tick tick = 0; tick < 40; ++tick) {
      process.step(world, {.tick = tick, .dt_d = dt_d, .seed = 3, .threads = {1}});
    }
    const double n = 16000.0 / 8.0;
    const double share = n / (n + half + (killers - 1.0) / 8.0);
    const auto engaged = static_cast<double>(world.agents().count(State::engaged));
    CHECK(std::abs(engaged - killers * share) < 5.0 * std::sqrt(killers * share * (1.0 - share)));
  }
}
