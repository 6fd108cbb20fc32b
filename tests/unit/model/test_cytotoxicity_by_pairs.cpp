#include <array>
#include <cmath>
#include <vector>

#include <neurograft/core/math.hpp>
#include <neurograft/model/cytotoxicity.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

// Killing beside a search over all pairs of cells: no blocks, groups or counts, only who lies in
// which cube of 0.2 mm, by its place.

namespace {

constexpr double cube_mm = 0.2;

/// 3,000 cells in cubes drawn at random from x_from on, off the faces of cubes.
World crowd(const LabelMap& map, double x_from) {
  World world = test::world_of(map, 3);
  const auto& geometry = map.geometry;
  constexpr std::array kinds{Kind::donor, Kind::donor, Kind::donor,
                             Kind::cd8,   Kind::nk,    Kind::treg};
  const Stream stream(6, StreamCode::run_setup, 0);
  for (std::uint32_t cell = 0; cell < 3000; ++cell) {
    const Block where = stream.block(cell, 0);
    const Block which = stream.block(cell, 1);
    std::array<float, 3> at{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double from = axis == 0 ? x_from : 0.0;
      const double cubes = (geometry.size[axis] * geometry.spacing_mm[axis] - from) / cube_mm;
      // Squared, so that some cubes are crowded and others nearly empty.
      const double u = math::uniform(where[axis]);
      const double cube = std::floor(std::round(cubes) * u * u);
      at[axis] =
          static_cast<float>(from + cube_mm * (cube + 0.05 + 0.9 * math::uniform(which[axis])));
    }
    const Kind kind = kinds[which[3] % kinds.size()];
    const bool on_wall = x_from > 0.0 && at[0] < x_from + cube_mm && where[3] % 2 == 0;
    const State donor_state = on_wall ? State::attached : State::active;
    test::add_donors(world, 1, kind == Kind::donor ? donor_state : State::searching, at[0], at[1],
                     at[2]);
    world.agents().kind()[cell] = kind;
  }
  world.refresh({1});
  return world;
}

using Cube = std::array<int, 3>;

Cube cube_of(const Agents& agents, std::size_t slot) {
  return {static_cast<int>(agents.x()[slot] / cube_mm),
          static_cast<int>(agents.y()[slot] / cube_mm),
          static_cast<int>(agents.z()[slot] / cube_mm)};
}

/// Who lies in the cube of a donor cell, herself included.
struct Company {
  double on_wall = 0.0, in_tissue = 0.0, cd8 = 0.0, nk = 0.0, treg = 0.0;
};

Company company_of(const Agents& agents, std::size_t slot) {
  Company company;
  const Cube own = cube_of(agents, slot);
  for (std::size_t other = 0; other < agents.size(); ++other) {
    if (cube_of(agents, other) != own) continue;
    const bool on_wall = agents.state()[other] == State::attached;
    company.on_wall += on_wall;
    company.in_tissue += !on_wall && agents.kind()[other] == Kind::donor;
    company.cd8 += agents.kind()[other] == Kind::cd8;
    company.nk += agents.kind()[other] == Kind::nk;
    company.treg += agents.kind()[other] == Kind::treg;
  }
  return company;
}

/// What a donor cell faces from `killers` of one kind [1/d]; `wall_mm2` of wall in her cube.
double faced(const Company& c, double killers, double kill_per_d, double wall_mm2,
             const CytotoxicityParameters& p) {
  if (killers == 0.0) return 0.0;
  const double volume = cube_mm * cube_mm * cube_mm;
  const double sheet = wall_mm2 > 0.0 ? wall_mm2 * p.wall_layer_mm : volume;
  const double donors = c.on_wall + c.in_tissue;
  const double others = (donors - 1.0) / donors * (c.in_tissue / volume + c.on_wall / sheet);
  // One immune cell as a donor cell of the cube sees it, on average.
  const double one = (c.in_tissue / volume + c.on_wall / std::min(sheet, volume)) / donors;
  const double half = half_target_density(kill_per_d, p.reach_um, p.speed_um_per_min);
  const double free = kill_per_d * killers * one / (half + others + (killers - 1.0) * one);
  return free / (1.0 + c.treg * one / p.treg_half_per_mm3);
}

void compare(const LabelMap& map, double x_from) {
  World world = crowd(map, x_from);
  const CytotoxicityParameters p = cytotoxicity_section().defaults();
  Cytotoxicity process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  world.compartments().scalar(world.compartments().find("help")) = 1.0;

  // Donor cells of a voxel, or of the cube if voxels are smaller, share what they face.
  const bool large = map.geometry.spacing_mm[0] > cube_mm;
  const std::size_t voxels = world.grid().parenchyma_size();
  std::vector<double> cells(voxels), by_ctl(voxels), by_nk(voxels);
  const Agents& agents = world.agents();
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    if (agents.kind()[slot] != Kind::donor) continue;
    const Company company = company_of(agents, slot);
    const bool beside_wall = x_from > 0.0 && agents.x()[slot] < x_from + cube_mm;
    const double wall = beside_wall ? cube_mm * cube_mm : 0.0;
    const double ctl = faced(company, company.cd8, p.kill_per_d, wall, p);
    const double nk = faced(company, company.nk, p.nk_kill_per_d, wall, p);
    for (VoxelIndex voxel = 0; voxel < voxels; ++voxel) {
      const auto centre = world.grid().centre_mm(voxel);
      const Cube cube{int(centre[0] / cube_mm), int(centre[1] / cube_mm), int(centre[2] / cube_mm)};
      if (large ? voxel != agents.voxel()[slot] : cube != cube_of(agents, slot)) continue;
      cells[voxel] += 1.0;
      by_ctl[voxel] += ctl;
      by_nk[voxel] += nk;
    }
  }

  for (const int threads : {1, 3}) {
    world.hazards().clear();
    process.step(world, {.tick = 0, .dt_d = 0.5, .seed = 1, .threads = {threads}});
    const auto ctl = world.hazards().by_voxel(world.hazards().declare("ctl", Susceptibility::hla1));
    const auto nk =
        world.hazards().by_voxel(world.hazards().declare("nk", Susceptibility::missing_hla1));
    double felt = 0.0;
    for (VoxelIndex voxel = 0; voxel < voxels; ++voxel) {
      if (world.occupancy().donor(voxel) == 0) continue;
      CAPTURE(voxel);
      REQUIRE(std::abs(ctl[voxel] - 0.5 * by_ctl[voxel] / cells[voxel]) < 1e-9);
      REQUIRE(std::abs(nk[voxel] - 0.5 * by_nk[voxel] / cells[voxel]) < 1e-9);
      felt += ctl[voxel] + nk[voxel];
    }
    CHECK(felt > 1.0);
  }
}

}  // namespace

TEST_CASE("killing is that of a search over all pairs: large voxels, in tissue and by a wall") {
  compare(test::box(3, 2, 2, 1.0), 0.0);
  compare(test::box_with_ventricle(4, 2, 2, 1.0, 2), 2.0);
}

TEST_CASE("killing is that of a search over all pairs: voxels smaller than cubes") {
  compare(test::box(8, 8, 8, 0.1), 0.0);
  compare(test::box_with_ventricle(10, 8, 8, 0.1, 2), 0.2);
}
