#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include <neurograft/core/parameter.hpp>
#include <neurograft/model/drug.hpp>

/// How one course of a drug is described, and by which host it is taken.
namespace neurograft {

/// One [[drug]] entry. Zero (or an empty list) means not given, where noted.
struct DrugCourse {
  std::string name;       ///< label of the course, unique
  std::string profile;    ///< drug it follows; empty: the one called `name`
  std::string kind;       ///< "pharmacokinetic" or "constant_effect"
  double dose_mg;         ///< 0: not given
  double dose_mg_per_kg;  ///< 0: not given
  double every_h;         ///< between doses
  double start_d;         ///< first dose
  double stop_d;          ///< no dose at or after this day
  double taper_d;         ///< the dose falls linearly over these last days before stop; 0: none
  double taper_to_mg;     ///< reached at stop
  std::vector<double> schedule_day;  ///< single doses instead of a regular course
  std::vector<double> schedule_mg;
  double target_trough_ng_per_ml;  ///< the dose is adjusted towards it; 0: fixed dose
  double window_low_ng_per_ml;     ///< of the trough; 0: no lower limit
  double window_high_ng_per_ml;    ///< 0: no upper limit
  double effect_priming;           ///< of a constant effect, in [0, 1]; likewise below
  double effect_expansion;
  double effect_traffic;
  double effect_cytokine;
  double effect_barrier;
  double effect_microglia;
  double effect_kill;

  std::array<double, drug_target_count> constant_effects() const noexcept {
    return {effect_priming, effect_expansion, effect_traffic, effect_cytokine,
            effect_barrier, effect_microglia, effect_kill};
  }
  bool is_constant_effect() const noexcept { return kind == "constant_effect"; }
  const std::string& profile_name() const noexcept { return profile.empty() ? name : profile; }
};

/// Section of [[drug]] entries; the layer that reads them marks it repeated.
const Section<DrugCourse>& drug_section();

/// What of the host matters to drugs.
struct HostPharmacology {
  double body_mass_kg = 70.0;
  bool cyp3a5_carrier = false;  ///< has a CYP3A5*1 allele; false: *3/*3
  double adherence = 1.0;       ///< share of doses by mouth that are taken
};

/// Throws InputError with all that is wrong in the courses or the host.
void check_courses(std::span<const DrugCourse> courses, const HostPharmacology& host,
                   const DrugProfiles& profiles);

}  // namespace neurograft
