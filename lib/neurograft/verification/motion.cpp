#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include <neurograft/core/math.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/migration.hpp>
#include <neurograft/verification/motion.hpp>
#include <neurograft/verification/small_worlds.hpp>

namespace neurograft::verification {
namespace {

constexpr std::size_t count = 4000;
// Near the middle of a box 40 mm across, off the faces of voxels.
constexpr float start = 20.1F;

struct Spread {
  std::array<double, 3> mean{};    // [mm]
  std::array<double, 3> square{};  // [mm2]
  double msd() const { return square[0] + square[1] + square[2]; }
};

Spread spread_of(const World& world) {
  Spread spread;
  const Agents& agents = world.agents();
  const double n = static_cast<double>(agents.size());
  for (std::size_t slot = 0; slot < agents.size(); ++slot) {
    const std::array<double, 3> d{agents.x()[slot] - start, agents.y()[slot] - start,
                                  agents.z()[slot] - start};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      spread.mean[axis] += d[axis] / n;
      spread.square[axis] += d[axis] * d[axis] / n;
    }
  }
  return spread;
}

/// All from one place, headings drawn from the stationary law.
World walkers(double step_h, Kind kind, State state) {
  World world = world_of(box(40, 40, 40, 1.0), 17, step_h);
  add_donors(world, count, state, start, start, start);
  Agents& agents = world.agents();
  const Stream stream(99, StreamCode::run_setup, 0);
  for (std::size_t slot = 0; slot < count; ++slot) {
    agents.kind()[slot] = kind;
    const Block w = stream.block(agents.id()[slot]);
    const auto a = math::normal_pair(w[0], w[1]);
    const auto b = math::normal_pair(w[2], w[3]);
    agents.heading_x()[slot] = static_cast<std::int16_t>(a[0] * heading_scale);
    agents.heading_y()[slot] = static_cast<std::int16_t>(a[1] * heading_scale);
    agents.heading_z()[slot] = static_cast<std::int16_t>(b[0] * heading_scale);
  }
  return world;
}

MigrationParameters free_walk() {
  MigrationParameters p = migration_section().defaults();
  p.donor_diffusivity_mm2_per_d = 0.3;
  p.donor_persistence_h = 12.0;
  p.crowding_limit_per_mm3 = 1e30;
  p.wall_entry_per_d = 0.0;
  return p;
}

Spread walk(World world, const MigrationParameters& p, double days, Threads threads) {
  Simulation simulation(std::move(world), threads);
  simulation.add(std::make_unique<Migration>(p));
  simulation.run_until(days);
  return spread_of(simulation.world());
}

/// Displacements along `axes` axes are Gaussian: the mean of their squares has a standard deviation
/// of itself times sqrt(2 / (axes n)).
Check mean_square(std::string quantity, double expected, double got, double axes) {
  return by_chance(std::move(quantity), "mm2", expected, got,
                   expected * std::sqrt(2.0 / (axes * count)),
                   "of a mean square of normal numbers");
}

void persistent_walk(Checks& checks, Threads threads) {
  const MigrationParameters p = free_walk();
  const double tau = p.donor_persistence_h / units::hours_per_day;
  for (const auto& [step_h, days] :
       {std::pair{1.0, 0.125}, {1.0, 1.0}, {1.0, 4.0}, {6.0, 1.0}, {6.0, 4.0}, {24.0, 4.0}}) {
    const double expected =
        6.0 * p.donor_diffusivity_mm2_per_d * (days - tau * (1.0 - std::exp(-days / tau)));
    const double seen = walk(walkers(step_h, donor, State::active), p, days, threads).msd();
    checks.push_back(mean_square("persistence 12 h: displacement2 after " +
                                     std::to_string(int(days * 24.0)) + " h, steps of " +
                                     std::to_string(int(step_h)) + " h",
                                 expected, seen, 3.0));
  }
  const double motility = units::mm2_per_d_from_um2_per_min(p.immune_motility_um2_per_min);
  const double immune_tau = p.immune_persistence_min / units::minutes_per_day;
  checks.push_back(
      mean_square("T cells: displacement2 after 10 d", 6.0 * motility * (10.0 - immune_tau),
                  walk(walkers(1.0, Kind::cd8, State::searching), p, 10.0, threads).msd(), 3.0));
}

void fibres(Checks& checks, Threads threads) {
  MigrationParameters p = free_walk();
  p.donor_persistence_h = 1.0;
  p.fibre_ratio = 9.0;
  World world = walkers(1.0, donor, State::active);
  const std::size_t voxels = world.grid().parenchyma_size();
  world.maps().add("fibre_x", "1", "", voxels, 0.0);
  world.maps().add("fibre_y", "1", "", voxels, 0.6);
  world.maps().add("fibre_z", "1", "", voxels, 0.8);
  const Spread spread = walk(std::move(world), p, 5.0, threads);
  const double tau = 1.0 / units::hours_per_day;
  const double along = 2.0 * p.donor_diffusivity_mm2_per_d * (5.0 - tau);
  checks.push_back(mean_square("across fibres, ratio 9: displacement2 after 5 d", along / 9.0,
                               spread.square[0], 1.0));
  checks.push_back(mean_square("oblique to fibres, 0.6: displacement2 after 5 d",
                               along * (0.36 + 0.64 / 9.0), spread.square[1], 1.0));
  checks.push_back(mean_square("oblique to fibres, 0.8: displacement2 after 5 d",
                               along * (0.64 + 0.36 / 9.0), spread.square[2], 1.0));
}

void drift(Checks& checks, Threads threads) {
  MigrationParameters p = free_walk();
  p.donor_diffusivity_mm2_per_d = 0.003;
  constexpr double gradient = 3.0, days = 10.0;
  World world = walkers(1.0, donor, State::active);
  const FieldState fields = FieldState::bind(world);
  auto attractant = world.fields()[fields.chemoattractant];
  for (VoxelIndex v = 0; v < attractant.size(); ++v) {
    attractant[v] = gradient * world.grid().centre_mm(v)[1];
  }
  const Spread spread = walk(std::move(world), p, days, threads);
  const double speed =
      p.chemotaxis_max_mm_per_d * gradient / (gradient + p.chemotaxis_half_gradient_per_mm);
  const double deviation = std::sqrt(2.0 * p.donor_diffusivity_mm2_per_d * days / count);
  checks.push_back(by_chance("mean way up a gradient in 10 d", "mm", days * speed, spread.mean[1],
                             deviation, "of a mean displacement"));
  checks.push_back(by_chance("mean way across it", "mm", 0.0, spread.mean[0], deviation,
                             "of a mean displacement"));
}

}  // namespace

Checks motion_checks(Threads threads) {
  Checks checks;
  persistent_walk(checks, threads);
  fibres(checks, threads);
  drift(checks, threads);
  return checks;
}

}  // namespace neurograft::verification
