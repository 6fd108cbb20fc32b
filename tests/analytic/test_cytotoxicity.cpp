#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <neurograft/core/math.hpp>
#include <neurograft/model/cytotoxicity.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

constexpr StreamCode scatter = StreamCode::run_setup;

// Puts a Poisson number of cells into each given voxel, `mean(voxel)` on average.
template <class Mean>
void strew(World& world, Kind kind, State state, std::uint32_t lane, Mean&& mean) {
  const Stream stream(17, scatter, lane);
  for (VoxelIndex voxel = 0; voxel < world.grid().parenchyma_size(); ++voxel) {
    const auto count = static_cast<std::size_t>(poisson(mean(voxel), stream, voxel));
    if (count == 0) continue;
    const auto centre = world.grid().centre_mm(voxel);
    const std::size_t first = world.agents().size();
    test::add_donors(world, count, state, static_cast<float>(centre[0]),
                     static_cast<float>(centre[1]), static_cast<float>(centre[2]));
    for (std::size_t slot = first; slot < first + count; ++slot) {
      world.agents().kind()[slot] = kind;
    }
  }
  world.refresh({1});
}

// Mean hazard of a donor cell over one day, HLA-I and all modifiers at full.
double mean_hazard(World& world, const CytotoxicityParameters& p) {
  Cytotoxicity process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  world.compartments().scalar(world.compartments().find("help")) = 1.0;
  process.step(world, {.tick = 0, .dt_d = 1.0, .seed = 1, .threads = {1}});
  const auto hazard =
      world.hazards().by_voxel(world.hazards().declare("ctl", Susceptibility::hla1));
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
      strew(world, Kind::donor, State::active, 1, [&](VoxelIndex) { return n * volume; });
      strew(world, Kind::cd8, State::searching, 2, [&](VoxelIndex) { return t * volume; });
      const double noise = noise_of(n, t, volume * side * side * side, std::max(volume, 0.008));
      INFO("h " << h << " n " << n << " T " << t << " noise " << noise);
      CHECK(std::abs(mean_hazard(world, p) / law - 1.0) < noise + scatter_bias);
      if (n * t > 1e6) CHECK(noise < 0.13);
    }
  }
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
      const double layer = std::max(p.wall_layer_mm, h);
      strew(world, Kind::donor, State::attached, 1,
            [&](VoxelIndex v) { return donors * world.wall().area_mm2(v); });
      strew(world, Kind::cd8, State::searching, 2, [&](VoxelIndex v) {
        const double depth = world.grid().centre_mm(v)[0] - wall_x;
        return depth < layer ? killers * h * h * h / layer : 0.0;
      });
      const double area = wide * wide * h * h;
      CHECK(world.wall().total_area_mm2() == doctest::Approx(area));
      // In small voxels the T cells beside the wall stand for those in the whole layer.
      const double seen = killers * std::min(1.0, h / p.wall_layer_mm);
      const double noise = noise_of(donors, seen, area, std::max(h * h, 0.04));
      INFO("h " << h << " donors " << donors << " killers " << killers << " noise " << noise);
      CHECK(std::abs(mean_hazard(world, p) / law - 1.0) < noise + scatter_bias);
      CHECK(noise < 0.13);
    }
  }
}

TEST_CASE("kills per killer saturate at k, and grow by mass action below") {
  const CytotoxicityParameters p = cytotoxicity_section().defaults();
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
