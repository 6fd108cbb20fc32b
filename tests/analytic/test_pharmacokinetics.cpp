#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <memory>
#include <vector>

#include <neurograft/core/math.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/pharmacokinetics.hpp>
#include <neurograft/model/pharmacology.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

const DrugRates tacrolimus_rates{.absorption_per_h = 5.21, .elimination_per_h = 30.9 / 411.0};
const DrugRates two_compartments{.absorption_per_h = 2.0,
                                 .elimination_per_h = 17.65 / 327.0,
                                 .to_tissue_per_h = 51.9 / 327.0,
                                 .from_tissue_per_h = 51.9 / 298.0};

World small_world(double start_d, double step_h) {
  LabelMap map;
  map.geometry.size = {1, 1, 1};
  map.labels = {Label::white};
  return World(Grid(map), Clock{start_d, step_h}, 5);
}

DrugCourse tacrolimus_course() {
  DrugCourse course = drug_section().defaults();
  course.name = "tacrolimus";
  course.dose_mg = 3.5;
  course.every_h = 12.0;
  return course;
}

struct Levels {
  double trough, mean, peak, effect;
};

// Levels on the last of `days` of a course, in a simulation of 70 kg, *3/*3.
Levels late_levels(const DrugCourse& course, double days, double step_h) {
  Simulation simulation(small_world(0.0, step_h), Threads{1});
  simulation.add(std::make_unique<Pharmacology>(
      std::vector{course}, pharmacology_section().defaults(), HostPharmacology{}));
  Levels levels{};
  double effect_sum = 0.0;
  int steps = 0;
  simulation.set_observer([&](const Simulation& s) {
    const auto& c = s.world().compartments();
    if (s.world().day() <= days - 0.5) return true;
    levels.peak = std::max(levels.peak, 1000.0 * c.scalar(c.find("drug_central")) / 411.0);
    effect_sum += c.scalar(c.find("effect_priming"));
    ++steps;
    return true;
  });
  simulation.run_until(days);
  const auto& c = simulation.world().compartments();
  levels.trough = c.scalar(c.find("drug_last_trough"));
  levels.mean = c.scalar(c.find("drug_day_mean"));
  levels.effect = effect_sum / steps;
  return levels;
}

}  // namespace

TEST_CASE("the closed form solves the equations: small Runge-Kutta steps agree") {
  const DrugRates& r = two_compartments;
  const auto slope = [&](const DrugAmounts& s) {
    return DrugAmounts{-r.absorption_per_h * s.depot,
                       r.absorption_per_h * s.depot + r.from_tissue_per_h * s.peripheral -
                           (r.elimination_per_h + r.to_tissue_per_h) * s.central,
                       r.to_tissue_per_h * s.central - r.from_tissue_per_h * s.peripheral};
  };
  const auto plus = [](const DrugAmounts& a, double f, const DrugAmounts& b) {
    return DrugAmounts{a.depot + f * b.depot, a.central + f * b.central,
                       a.peripheral + f * b.peripheral};
  };
  DrugAmounts s{3.5, 0.7, 0.2};
  const DrugAmounts exact = propagate(r, s, 6.0);
  const double h = 0.005;
  for (int i = 0; i < 1200; ++i) {
    const auto k1 = slope(s), k2 = slope(plus(s, h / 2, k1)), k3 = slope(plus(s, h / 2, k2)),
               k4 = slope(plus(s, h, k3));
    s = plus(plus(plus(plus(s, h / 6, k1), h / 3, k2), h / 3, k3), h / 6, k4);
  }
  CHECK(exact.depot == doctest::Approx(s.depot).epsilon(1e-7));
  CHECK(exact.central == doctest::Approx(s.central).epsilon(1e-9));
  CHECK(exact.peripheral == doctest::Approx(s.peripheral).epsilon(1e-9));
}

TEST_CASE("two half steps equal one whole step") {
  for (const DrugRates& rates : {tacrolimus_rates, two_compartments}) {
    const DrugAmounts start{3.5, 2.0, 1.0};
    const DrugAmounts once = propagate(rates, start, 7.0);
    const DrugAmounts twice = propagate(rates, propagate(rates, start, 2.5), 4.5);
    CHECK(twice.central == doctest::Approx(once.central).epsilon(1e-12));
    CHECK(twice.total() == doctest::Approx(once.total()).epsilon(1e-12));
  }
}

TEST_CASE("tacrolimus 3.5 mg twice daily has the levels reported for it (V9)") {
  const Levels levels = late_levels(tacrolimus_course(), 10.0, 0.25);
  CHECK(std::abs(levels.trough / 5.9 - 1.0) < 0.01);
  CHECK(std::abs(levels.mean / 9.4 - 1.0) < 0.01);
  CHECK(std::abs(levels.peak / 13.6 - 1.0) < 0.01);
}

TEST_CASE("interval-mean effect of each known drug against fine quadrature") {
  for (const std::string_view name : drug_names()) {
    const DrugProfile& p = drug_profile(name);
    DrugCourse course = drug_section().defaults();
    course.name = name;
    // Two doses, so sized that the expansion effect passes its half-way point.
    course.dose_mg = 3.0 * p.ec50_expansion_ng_per_ml * p.volume_l / 1000.0 / p.bioavailability;
    course.every_h = 12.0;
    course.stop_d = 1.0;
    Simulation simulation(small_world(0.0, 3.0), Threads{1});
    simulation.add(std::make_unique<Pharmacology>(
        std::vector{course}, pharmacology_section().defaults(), HostPharmacology{}));
    double mean = 0.0;
    simulation.set_observer([&](const Simulation& s) {
      const auto& c = s.world().compartments();
      mean += c.scalar(c.find("effect_expansion")) / 8.0;
      return true;
    });
    simulation.run_until(1.0);

    DrugRates rates{.absorption_per_h = p.absorption_per_h,
                    .elimination_per_h = p.clearance_l_per_h / p.volume_l};
    if (p.peripheral_volume_l > 0.0) {
      rates.to_tissue_per_h = p.exchange_l_per_h / p.volume_l;
      rates.from_tissue_per_h = p.exchange_l_per_h / p.peripheral_volume_l;
    }
    // The rule of rectangles' middles on pieces of 0.18 s, doses by superposition.
    const double mg = course.dose_mg * p.bioavailability;
    const DrugAmounts dose =
        p.absorption_per_h > 0.0 ? DrugAmounts{mg, 0, 0} : DrugAmounts{0, mg, 0};
    // A steroid raises no clearance of its own: steroid_fold is 1.
    const int pieces = 480000;
    double reference = 0.0;
    for (int i = 0; i < pieces; ++i) {
      const double t = 24.0 * (i + 0.5) / pieces;
      double amount = 0.0;
      for (const double since : {t - p.lag_h, t - p.lag_h - 12.0}) {
        if (since > 0.0) amount += propagate(rates, dose, since).central;
      }
      reference += p.max_effect *
                   math::hill(1000.0 * amount / p.volume_l, p.ec50_expansion_ng_per_ml, p.hill) /
                   pieces;
    }
    INFO(name, " mean ", mean, " reference ", reference);
    CHECK(std::abs(mean - reference) < 1e-6);
    CHECK(reference > 0.1);
  }
}

TEST_CASE("levels and mean effects do not depend on the step") {
  const Levels fine = late_levels(tacrolimus_course(), 5.0, 1.0);
  const Levels coarse = late_levels(tacrolimus_course(), 5.0, 6.0);
  CHECK(coarse.trough == doctest::Approx(fine.trough).epsilon(1e-12));
  CHECK(coarse.mean == doctest::Approx(fine.mean).epsilon(1e-12));
  CHECK(coarse.effect == doctest::Approx(fine.effect).epsilon(1e-9));
}
