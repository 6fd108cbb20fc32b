#pragma once

/// Linear pharmacokinetics in closed form.
///
/// Rule. A dose waits in a depot (the gut), passes into a central compartment (blood), from there
/// to and from a peripheral one (tissue), and is cleared from the central one:
///   dg/dt = -ka g,   dc/dt = ka g - (k10 + k12) c + k21 p,   dp/dt = k12 c - k21 p.
/// The solution is a sum of the modes alpha, beta and ka, evaluated directly: exact over any time,
/// so a step's length does not matter. One compartment: k12 = 0. Intravenous: the dose goes into c.
///
/// Limits. Linear: no saturable binding or clearance. An infusion counts as a bolus.
namespace neurograft {

/// Rate constants of one drug in one host.
struct DrugRates {
  double absorption_per_h = 0.0;   ///< ka
  double elimination_per_h = 0.0;  ///< k10 = clearance / central volume
  double to_tissue_per_h = 0.0;    ///< k12; 0: one compartment
  double from_tissue_per_h = 0.0;  ///< k21
};

/// Amounts in the compartments, any unit of mass.
struct DrugAmounts {
  double depot = 0.0;
  double central = 0.0;
  double peripheral = 0.0;

  double total() const noexcept { return depot + central + peripheral; }
};

/// The amounts `hours` >= 0 later, with no dose in between. Exact to rounding, also where two rate
/// constants meet.
DrugAmounts propagate(const DrugRates& rates, const DrugAmounts& amounts, double hours) noexcept;

}  // namespace neurograft
