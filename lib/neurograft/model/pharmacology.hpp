#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/engine/process.hpp>
#include <neurograft/model/dose_schedule.hpp>
#include <neurograft/model/drug_course.hpp>
#include <neurograft/model/pharmacokinetics.hpp>
#include <neurograft/model/state.hpp>

/// Drugs: from doses to what they block.
///
/// Rule. Each course gives doses; amounts follow linear kinetics in closed form
/// (pharmacokinetics.hpp), so that concentrations do not depend on the step. A drug at
/// concentration C blocks a target by
///   E = E_max C^n / (C^n + EC50^n),
/// drugs on one target act independently (Bliss), 1 - prod(1 - E), and the mean over the step is
/// what other processes read from `DrugEffects`: sampling would alias with 12-h dosing. The mean is
/// taken by five-point Gauss-Legendre quadrature between doses, on pieces of 1/16 h after a dose
/// that grow to 1 h; the error of a daily mean is below 1e-6 for all known drugs.
///
/// Clearance is (mass / 70 kg)^0.75 x the carrier factor of CYP3A5*1 x the steroid factor while the
/// steroid taken in the last 24 h exceeds the threshold, in prednisone equivalents.
///
/// A target trough is approached as in the clinic: once a week, at a dose, the dose is multiplied
/// by target / trough if that is off by more than the tolerance, within bounds for one change and
/// for all of them together. The trough is the concentration just before a dose.
///
/// Doses by mouth are taken with probability `adherence`, each by its own keyed draw; intravenous
/// ones are given in the clinic and not missed. Doses may fall between ticks. A dose on a tick is
/// taken after that tick is recorded, so what is recorded then is the trough.
///
/// Tacrolimus, cyclosporine: priming and expansion, not killing by mature effectors nor natural
/// killer cells. Steroids: traffic, cytokines, barrier, microglia, some expansion. Rapamycin,
/// mycophenolate, basiliximab: expansion.
///
/// Limits. The EC50s in blood are assumed (drug.hpp). No drug-drug interaction but steroid on
/// clearance, no drift of clearance over months, no effect in brain parenchyma apart from that in
/// blood, no delay between concentration and effect.
namespace neurograft {

struct PharmacologyParameters {
  double steroid_threshold_mg_per_d;
  double adjust_every_d;
  double adjust_tolerance;
  double adjust_max_step_fold;
  double adjust_lowest_fold;
  double adjust_highest_fold;
};

const Section<PharmacologyParameters>& pharmacology_section();

/// Process `pharmacology`. Writes `DrugEffects`; keeps amounts, next doses, adjusted doses, troughs
/// and sums in compartments named drug_*, one value per course.
///
/// Readouts: drug_concentration [ng/mL], drug_trough [ng/mL] (before the last dose), drug_mean
/// [ng/mL] (over the last whole day), drug_dose_given [mg] (cumulative), by `drug`;
/// days_out_of_window [d] by `drug` and `window` (below, above); drug_effect [1] by `target`.
/// Those by `drug` are there only if a course is followed through its concentration.
class Pharmacology final : public Process {
 public:
  /// Throws InputError with all that is wrong in the courses, the host or the profiles.
  Pharmacology(std::vector<DrugCourse> courses, PharmacologyParameters parameters,
               HostPharmacology host, DrugProfiles profiles = default_drug_profiles());

  std::string_view name() const noexcept override { return "pharmacology"; }
  /// Throws InputError if a course starts before tick 0.
  void bind(World& world, ReadoutTable& readouts) override;
  void begin_tick(World& world, const StepContext& context) override;
  void step(World& world, const StepContext& context) override;

 private:
  struct Drug {
    DrugCourse course;
    DrugProfile profile{};
    DoseSchedule schedule{};
    DrugRates rates{};      ///< without steroid
    double volume_l = 0.0;  ///< of this host
    std::array<double, drug_target_count> ec50{};
    std::uint32_t number = 0;  ///< place among all courses, for draws

    double ng_per_ml(double mg) const noexcept { return 1000.0 * mg / volume_l; }
  };

  struct Handles {
    ArrayHandle depot, central, peripheral, pending, next_dose, dose_fold, next_adjustment, trough,
        auc_today, mean, days_below, days_above, given, days_done;
  };

  /// The amounts of all drugs at one moment, with the rates that hold until the next event.
  struct Moment {
    std::vector<DrugAmounts> amounts;
    std::vector<DrugRates> rates;
  };

  Drug prepare(const DrugCourse& course, std::uint32_t number, double start_of_run_d) const;
  void add_compartments(World& world);
  void add_readouts(ReadoutTable& readouts) const;

  bool is_taken(const Drug& drug, std::size_t dose, std::uint64_t seed) const noexcept;
  void require_in_schedule(const World& world) const;
  double steroid_mg_per_d(const World& world, double now_h) const;
  double next_event_h(const World& world, double now_h) const;
  void apply_events(World& world, double now_h, double day) const;
  void take_dose(World& world, std::size_t index, double now_h, double day) const;
  void adjust_dose(World& world, std::size_t index, double now_h, double day) const;
  Moment moment(const World& world, double now_h) const;
  void add_effects(const Moment& from, double now_h, double hours,
                   std::array<double, drug_target_count>& integral) const;
  void close_day(World& world, double now_h) const;
  void advance(World& world, const Moment& from, double hours) const;

  std::vector<DrugCourse> courses_;
  PharmacologyParameters parameters_;
  HostPharmacology host_;
  DrugProfiles profiles_;
  std::vector<Drug> drugs_;      ///< those with a concentration
  std::vector<Drug> constants_;  ///< those with a constant effect
  DrugEffects effects_{};
  Handles handles_{};
};

}  // namespace neurograft
