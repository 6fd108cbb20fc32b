#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/pharmacokinetics.hpp>
#include <neurograft/model/pharmacology.hpp>
#include <neurograft/verification/pharmacokinetics.hpp>
#include <neurograft/verification/small_worlds.hpp>

namespace neurograft::verification {
namespace {

const char* const closed_form = "rounding";

DrugRates oral(double absorption_per_h, double elimination_per_h) {
  DrugRates rates;
  rates.absorption_per_h = absorption_per_h;
  rates.elimination_per_h = elimination_per_h;
  return rates;
}

void single_doses(Checks& checks) {
  const double ka = 5.21, k = 30.9 / 411.0;
  for (const double t : {0.5, 24.0}) {
    const double bateman = 3.5 * ka / (ka - k) * (std::exp(-k * t) - std::exp(-ka * t));
    checks.push_back(relative(
        "one oral dose, amount in blood after " + std::to_string(int(t * 60)) + " min", "mg",
        bateman, propagate(oral(ka, k), {3.5, 0.0, 0.0}, t).central, 1e-12, closed_form));
  }
  for (const double offset : {0.0, 1e-9}) {
    checks.push_back(relative(offset > 0.0 ? "absorption as fast as elimination, to 1e-9"
                                           : "absorption as fast as elimination",
                              "mg", 1.2 * std::exp(-1.2),
                              propagate(oral(0.3 + offset, 0.3), {1.0, 0.0, 0.0}, 4.0).central,
                              1e-8, "the difference of the rates"));
  }
}

void two_compartments(Checks& checks) {
  DrugRates rates = oral(2.0, 17.65 / 327.0);
  rates.to_tissue_per_h = 51.9 / 327.0;
  rates.from_tissue_per_h = 51.9 / 298.0;
  const double k10 = rates.elimination_per_h, k12 = rates.to_tissue_per_h,
               k21 = rates.from_tissue_per_h;
  const double root = std::sqrt(std::pow(k10 + k12 + k21, 2) - 4.0 * k10 * k21);
  const double alpha = 0.5 * (k10 + k12 + k21 + root), beta = 0.5 * (k10 + k12 + k21 - root);
  for (const int t : {2, 80}) {
    const DrugAmounts after = propagate(rates, {0.0, 1.0, 0.0}, t);
    const std::string when = " " + std::to_string(t) + " h after an intravenous dose";
    checks.push_back(
        relative("two compartments, blood" + when, "mg",
                 ((alpha - k21) * std::exp(-alpha * t) + (k21 - beta) * std::exp(-beta * t)) /
                     (alpha - beta),
                 after.central, 1e-11, closed_form));
    checks.push_back(relative("two compartments, tissue" + when, "mg",
                              k12 * (std::exp(-beta * t) - std::exp(-alpha * t)) / (alpha - beta),
                              after.peripheral, 1e-11, closed_form));
  }
}

Check accumulation() {
  DrugAmounts state;
  for (int dose = 0; dose < 200; ++dose) {
    if (dose > 0) state = propagate(oral(0.0, 0.1), state, 8.0);
    state.central += 1.0;
  }
  return relative("accumulation in a regular intravenous course", "1", 1.0 / (1.0 - std::exp(-0.8)),
                  state.central, 1e-12, closed_form);
}

DrugCourse course_of(const char* name, double dose_mg, double every_h) {
  DrugCourse course = drug_section().defaults();
  course.name = name;
  course.dose_mg = dose_mg;
  course.every_h = every_h;
  return course;
}

/// One person of 70 kg without CYP3A5*1 on one drug.
Simulation on(const DrugCourse& course, double step_h) {
  Simulation simulation(world_of(box(1, 1, 1, 1.0), 5, step_h), Threads{1});
  simulation.add(std::make_unique<Pharmacology>(
      std::vector{course}, pharmacology_section().defaults(), HostPharmacology{}));
  return simulation;
}

/// Tacrolimus 3.5 mg twice daily on its tenth day, of the steady state of which exp(-k 240
/// h), 1.5e-8, is missing.
void steady_course(Checks& checks) {
  const double ka = 5.21, k = 30.9 / 411.0, tau = 12.0;
  Simulation simulation = on(course_of("tacrolimus", 3.5, tau), 0.25);
  double peak = 0.0;
  simulation.set_observer([&](const Simulation& s) {
    const auto& c = s.world().compartments();
    if (s.world().day() > 9.5) {
      peak = std::max(peak, 1000.0 * c.scalar(c.find("drug_central")) / 411.0);
    }
    return true;
  });
  simulation.run_until(10.0);
  const auto& c = simulation.world().compartments();
  const double scale = 3500.0 / 411.0 * ka / (ka - k);
  const auto level = [&](double since_dose_h) {
    return scale * (std::exp(-k * since_dose_h) / (1.0 - std::exp(-k * tau)) -
                    std::exp(-ka * since_dose_h) / (1.0 - std::exp(-ka * tau)));
  };
  const double peak_h =
      std::log(ka * (1.0 - std::exp(-k * tau)) / (k * (1.0 - std::exp(-ka * tau)))) / (ka - k);
  const std::string drug = "tacrolimus 3.5 mg twice daily, ";
  checks.push_back(relative(drug + "trough", "ng/mL", level(tau),
                            c.scalar(c.find("drug_last_trough")), 1e-6,
                            "what is missing of the steady state"));
  checks.push_back(relative(drug + "mean", "ng/mL", 3500.0 / 30.9 / tau,
                            c.scalar(c.find("drug_day_mean")), 1e-6,
                            "what is missing of the steady state"));
  checks.push_back(
      relative(drug + "peak", "ng/mL", level(peak_h), peak, 3e-3, "seen every 15 min only"));
}

/// An intravenous drug of one compartment, C_0 four times its half-effect level at the start.
Check mean_effect() {
  const DrugProfile& drug = drug_profile("methylprednisolone");
  const double half = drug.ec50_traffic_ng_per_ml;
  const double first = 4.0 * half;
  const double hours = 12.0;
  const double k = drug.clearance_l_per_h / drug.volume_l;
  const double dose = first * drug.volume_l / 1000.0 / drug.bioavailability;
  DrugCourse course = course_of("methylprednisolone", dose, 24.0);
  course.stop_d = 0.5;
  Simulation simulation = on(course, hours);
  simulation.run_until(hours / 24.0);
  const auto& c = simulation.world().compartments();
  const double n = drug.hill;
  const double last = first * std::exp(-k * hours);
  const double mean =
      drug.max_effect *
      std::log((std::pow(first, n) + std::pow(half, n)) / (std::pow(last, n) + std::pow(half, n))) /
      (n * k * hours);
  return relative("mean effect over 12 h of a falling level", "1", mean,
                  c.scalar(c.find("effect_traffic")), 1e-6, "the stated error of its quadrature");
}

}  // namespace

Checks pharmacokinetics_checks(Threads) {
  Checks checks;
  single_doses(checks);
  two_compartments(checks);
  checks.push_back(accumulation());
  steady_course(checks);
  checks.push_back(mean_effect());
  return checks;
}

}  // namespace neurograft::verification
