#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/core/parameter.hpp>

/// The drugs that are known: kinetics of each and what it acts on.
///
/// Concentrations are those that the clinic measures: whole blood for tacrolimus, cyclosporine and
/// rapamycin, plasma or serum for the others. An EC50 here is on that same axis. Half-effects
/// measured in culture medium (tacrolimus 0.17 ng/mL in mixed lymphocyte reactions) are ten to a
/// hundred times lower because nearly all drug in blood is bound to cells: they are not used, and
/// the EC50s in blood are assumptions, graded so.
namespace neurograft {

/// What a drug can block, in the order of `DrugEffects`.
enum class DrugTarget : std::uint8_t {
  priming,
  expansion,
  traffic,
  cytokine,
  barrier,
  microglia,
  kill,
};
inline constexpr std::size_t drug_target_count = 7;
inline constexpr std::array<std::string_view, drug_target_count> drug_target_names{
    "priming", "expansion", "traffic", "cytokine", "barrier", "microglia", "kill"};

/// Kinetics and effects of one drug, for 70 kg; clearance scales with (mass / 70 kg)^0.75,
/// volumes with mass / 70 kg. Oral volumes and clearances are apparent (V/F, CL/F) unless
/// `bioavailability` is stated.
struct DrugProfile {
  double absorption_per_h;  ///< 0: intravenous
  double lag_h;             ///< from intake to the start of absorption
  double bioavailability;   ///< times the dose: also salt or prodrug to active drug
  double volume_l;          ///< central
  double clearance_l_per_h;
  double peripheral_volume_l;     ///< 0: one compartment
  double exchange_l_per_h;        ///< between central and peripheral
  double cyp3a5_carrier_fold;     ///< of clearance, in carriers of CYP3A5*1
  double steroid_fold;            ///< of clearance, while steroid exceeds the threshold
  double prednisone_equivalent;   ///< mg of prednisone that 1 mg equals; 0: no steroid
  double hill;                    ///< exponent of the effect
  double max_effect;              ///< effect at any high concentration, on each target
  double ec50_priming_ng_per_ml;  ///< 0: no effect on this target; likewise below
  double ec50_expansion_ng_per_ml;
  double ec50_traffic_ng_per_ml;
  double ec50_cytokine_ng_per_ml;
  double ec50_barrier_ng_per_ml;
  double ec50_microglia_ng_per_ml;
  double ec50_kill_ng_per_ml;

  /// EC50 by DrugTarget [ng/mL].
  std::array<double, drug_target_count> ec50() const noexcept {
    return {ec50_priming_ng_per_ml,  ec50_expansion_ng_per_ml, ec50_traffic_ng_per_ml,
            ec50_cytokine_ng_per_ml, ec50_barrier_ng_per_ml,   ec50_microglia_ng_per_ml,
            ec50_kill_ng_per_ml};
  }
};

/// Names of the known drugs; each is also the name of its config section.
std::span<const std::string_view> drug_names();

/// The section of a known drug. Throws InputError, naming the known ones, for another name.
const Section<DrugProfile>& drug_profile_section(std::string_view name);

/// Default profile of a known drug. Throws InputError for another name.
const DrugProfile& drug_profile(std::string_view name);

/// Profiles by drug name.
using DrugProfiles = std::map<std::string, DrugProfile, std::less<>>;

/// The defaults of all known drugs.
DrugProfiles default_drug_profiles();

}  // namespace neurograft
