#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include <neurograft/core/math.hpp>
#include <neurograft/model/cytotoxicity.hpp>
#include <neurograft/verification/killing.hpp>
#include <neurograft/verification/small_worlds.hpp>

#include <fmt/format.h>

namespace neurograft::verification {
namespace {

constexpr double block_mm3 = 0.008;  // a search block of 0.2 mm

/// Scatter of counts in blocks of 0.2 mm makes killing faster by 1 / (4 n_half V) at most, and by
/// as much again for a sheet, whose blocks are cut in half by the wall.
constexpr double scatter_bias = 0.05;

/// 5 standard deviations of the mean hazard, over it, of n and t cells per mm3 in `all` mm3 that
/// are counted in blocks of `block` mm3.
double noise_of(double n, double t, double all, double block) {
  return 5.0 * std::sqrt(1.0 / (t * all) + 1.0 / (n * all) + 1.0 / (n * t * block * all));
}

/// Puts a Poisson number of cells into each voxel of tissue, `mean(voxel)` on average, at a place
/// that `place(voxel, u)` makes of three uniform numbers.
template <class Mean, class Place>
void strew(World& world, Kind kind, State state, Mean&& mean, Place&& place) {
  const Stream stream(17, StreamCode::run_setup, kind == Kind::donor ? 1 : 2);
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
}

/// Anywhere in the voxel, a little off its faces.
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

/// At a depth below a wall at `wall_x` that `depth(u)` gives.
template <class Depth>
auto below_wall(const World& world, double wall_x, Depth depth) {
  return [&world, wall_x, depth](VoxelIndex voxel, const std::array<double, 3>& u) {
    auto at = anywhere(world)(voxel, u);
    at[0] = static_cast<float>(wall_x + depth(u[0]));
    return at;
  };
}

/// Mean hazard of a donor cell over one day under one cause, all modifiers at full [1/d].
double mean_hazard(World& world, const CytotoxicityParameters& p, Threads threads,
                   std::string_view cause = "ctl") {
  world.refresh(threads);
  Cytotoxicity process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  world.compartments().scalar(world.compartments().find("help")) = 1.0;
  process.step(world, {.tick = 0, .dt_d = 1.0, .seed = 1, .threads = threads});
  const auto hazard = world.hazards().by_voxel(world.hazards().declare(
      std::string(cause), cause == "ctl" ? Susceptibility::hla1 : Susceptibility::missing_hla1));
  double kills = 0.0;
  double cells = 0.0;
  for (VoxelIndex voxel = 0; voxel < hazard.size(); ++voxel) {
    kills += hazard[voxel] * world.occupancy().donor(voxel);
    cells += world.occupancy().donor(voxel);
  }
  return kills / cells;
}

double half_of(const CytotoxicityParameters& p) {
  return half_target_density(p.kill_per_d, p.reach_um, p.speed_um_per_min);
}

void in_bulk(Checks& checks, Threads threads) {
  const CytotoxicityParameters p = cytotoxicity_section().defaults();
  for (const auto& [n, t] : {std::pair{500.0, 300.0}, {3000.0, 300.0}, {2000.0, 2000.0}}) {
    for (const auto& [h, side] : {std::pair{0.02, 60}, {0.1, 30}, {1.0, 4}, {2.0, 2}}) {
      World world = world_of(box(side, side, side, h));
      const double volume = h * h * h;
      const auto each = [volume](double per_mm3) {
        return [mean = per_mm3 * volume](VoxelIndex) { return mean; };
      };
      strew(world, Kind::donor, State::active, each(n), anywhere(world));
      strew(world, Kind::cd8, State::searching, each(t), anywhere(world));
      const double noise = noise_of(n, t, volume * side * side * side, block_mm3);
      checks.push_back(relative(
          fmt::format("{:g} donor and {:g} T cells per mm3, voxels of {:g} mm", n, t, h), "1/d",
          killing_hazard(p.kill_per_d, half_of(p), n, t, t), mean_hazard(world, p, threads),
          noise + scatter_bias, "5 standard deviations of Poisson counts, and 0.05 for scatter"));
    }
  }
}

/// Donor cells on the wall, T cells spread over the layer behind it; both per mm2 of wall.
Check sheet(double donors, double killers, double h, Threads threads) {
  const CytotoxicityParameters p = cytotoxicity_section().defaults();
  const double layer = p.wall_layer_mm;
  const int deep = h < 0.5 ? 10 : 4;
  const int wide = h < 0.5 ? 60 : h < 1.5 ? 8 : 4;
  const int ventricle = deep / 2;
  World world = world_of(box_with_ventricle(deep, wide, wide, h, ventricle));
  const double wall_x = h * ventricle;
  strew(
      world, Kind::donor, State::attached,
      [&](VoxelIndex v) { return donors * world.wall().area_mm2(v); },
      below_wall(world, wall_x, [](double) { return 1e-4; }));
  // The slices of the layer that lie in a voxel.
  const double slice = std::min(h, layer);
  strew(
      world, Kind::cd8, State::searching,
      [&](VoxelIndex v) {
        const double depth = world.grid().centre_mm(v)[0] - wall_x;
        return depth < std::max(layer, h) ? killers * h * h * slice / layer : 0.0;
      },
      [&](VoxelIndex v, const std::array<double, 3>& u) {
        auto at = anywhere(world)(v, u);
        at[0] = static_cast<float>(world.grid().centre_mm(v)[0] - h / 2 + 0.999 * u[0] * slice);
        return at;
      });
  const double n = donors / layer;
  const double t = killers / layer;
  // The T cells in the blocks beside the wall stand for those in the whole layer.
  const double noise = noise_of(donors, 0.2 * t, wide * wide * h * h, 0.04);
  return relative(fmt::format("{:g} donor and {:g} T cells per mm2 of wall, voxels of {:g} mm",
                              donors, killers, h),
                  "1/d", killing_hazard(p.kill_per_d, half_of(p), n, t, t),
                  mean_hazard(world, p, threads), noise + scatter_bias,
                  "5 standard deviations of Poisson counts, and 0.05 for scatter");
}

/// Natural killer cells among donor cells whose densities fall linearly from the wall to 0 at the
/// edge of a layer of half a millimetre.
Check layer(double h, Threads threads) {
  const CytotoxicityParameters p = cytotoxicity_section().defaults();
  const double half = half_target_density(p.nk_kill_per_d, p.reach_um, p.speed_um_per_min);
  constexpr double edge = 0.5, n = 60.0, t = 900.0;
  const auto triangle = [](double u) { return edge * (1.0 - std::sqrt(1.0 - 0.999 * u)); };
  // The law averaged over depth, weighted by donor cells.
  double law = 0.0;
  double weight = 0.0;
  for (int slice = 0; slice < 1000; ++slice) {
    const double share = 1.0 - (slice + 0.5) / 1000.0;
    law += share * killing_hazard(p.nk_kill_per_d, half, n * share, t * share, t * share);
    weight += share;
  }
  const int deep = h < 0.2 ? 12 : 4;
  const int ventricle = h < 0.2 ? 6 : 2;
  const auto wide = static_cast<int>(std::lround((h < 0.2 ? 20.0 : 40.0) / h));
  World world = world_of(box_with_ventricle(deep, wide, wide, h, ventricle));
  // All cells over a face of the wall are drawn for the voxel behind it, then put where their depth
  // says.
  const auto over_face = [&world](double per_mm3) {
    return
        [&world, per_mm3](VoxelIndex v) { return 0.5 * per_mm3 * edge * world.wall().area_mm2(v); };
  };
  const auto place = below_wall(world, h * ventricle, triangle);
  strew(world, Kind::donor, State::active, over_face(n), place);
  strew(world, Kind::nk, State::searching, over_face(t), place);
  Agents& agents = world.agents();
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    agents.voxel()[slot] =
        world.grid().voxel_at(agents.x()[slot], agents.y()[slot], agents.z()[slot]);
  }
  const double noise =
      noise_of(0.5 * n * edge, 0.5 * t * edge, world.wall().total_area_mm2(), block_mm3 / edge);
  return relative(fmt::format("NK cells in a layer below the wall, voxels of {:g} mm", h), "1/d",
                  law / weight, mean_hazard(world, p, threads, "nk"),
                  noise + 1.0 / (4.0 * half * block_mm3),
                  "5 standard deviations of Poisson counts, and 1 / (4 n_half V) for scatter");
}

Check kills_per_killer(const char* quantity, std::size_t targets, double expected, double bound,
                       const char* why, Threads threads) {
  CytotoxicityParameters p = cytotoxicity_section().defaults();
  p.search_mm = 1.0;
  World world = world_of(box(1, 1, 1, 1.0));
  add_donors(world, targets, State::active, 0.5F, 0.5F, 0.5F);
  add_donors(world, 1, State::searching, 0.5F, 0.5F, 0.5F);
  world.agents().kind()[targets] = Kind::cd8;
  return relative(quantity, "1/d", expected,
                  mean_hazard(world, p, threads) * static_cast<double>(targets), bound, why);
}

Check engaged_share(double dt_d, Threads threads) {
  CytotoxicityParameters p = cytotoxicity_section().defaults();
  p.exhaustion_per_d = 0.0;
  p.search_mm = 2.0;
  constexpr std::size_t targets = 16000, killers = 4000;
  World world = world_of(box(1, 1, 1, 2.0));
  add_donors(world, targets, State::active, 1.F, 1.F, 1.F);
  add_donors(world, killers, State::searching, 1.F, 1.F, 1.F);
  std::ranges::fill(world.agents().kind().subspan(targets), Kind::cd8);
  world.refresh(threads);
  Cytotoxicity process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  for (Tick tick = 0; tick < 40; ++tick) {
    process.step(world, {.tick = tick, .dt_d = dt_d, .seed = 3, .threads = threads});
  }
  const double n = targets / 8.0;
  return share_by_chance(fmt::format("T cells engaged at rest, steps of {:g} h", 24.0 * dt_d),
                         n / (n + half_of(p) + (killers - 1.0) / 8.0),
                         static_cast<double>(world.agents().count(State::engaged)), killers);
}

}  // namespace

Checks killing_checks(Threads threads) {
  Checks checks;
  in_bulk(checks, threads);
  for (const auto& [donors, killers] : {std::pair{400.0, 400.0}, {1500.0, 800.0}}) {
    for (const double h : {0.1, 1.0, 2.0}) {
      checks.push_back(sheet(donors, killers, h, threads));
    }
  }
  for (const double h : {0.1, 0.5, 1.0, 2.0}) checks.push_back(layer(h, threads));
  const CytotoxicityParameters p = cytotoxicity_section().defaults();
  checks.push_back(kills_per_killer("one killer among 200,000 per mm3", 200000, p.kill_per_d, 0.02,
                                    "n_half / n, 1.2 %, short of saturation", threads));
  checks.push_back(kills_per_killer("one killer among 10 per mm3", 10,
                                    p.kill_per_d * 10.0 / half_of(p), 0.01,
                                    "n / n_half, 0.5 %, short of mass action", threads));
  for (const double dt_d : {1.0 / 24.0, 0.5}) checks.push_back(engaged_share(dt_d, threads));
  return checks;
}

}  // namespace neurograft::verification
