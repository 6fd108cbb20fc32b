#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/model/drug.hpp>

namespace neurograft {
namespace {

// A default with where it comes from.
struct Fact {
  double value = 0.0;
  const char* source = "no effect known; assumed";
  Grade grade = Grade::assumed;
};

// What one drug's section is made of; what is not named stays without effect.
struct Facts {
  const char* name;
  const char* meaning;
  Fact absorption{0.0, "given intravenously", Grade::setting};
  Fact lag{0.0, "no lag in the fit", Grade::assumed};
  Fact bioavailability{1.0, "volume and clearance are apparent", Grade::derived};
  Fact volume{};
  Fact clearance{};
  Fact peripheral_volume{0.0, "one compartment", Grade::setting};
  Fact exchange{0.0, "one compartment", Grade::setting};
  Fact cyp3a5{1.0, "not a matter of CYP3A5; assumed", Grade::assumed};
  Fact steroid{1.0, "not known; assumed", Grade::assumed};
  Fact equivalent{0.0, "not a steroid", Grade::setting};
  Fact hill{1.0, "assumed", Grade::assumed};
  Fact max_effect{1.0, "assumed", Grade::assumed};
  Fact priming{}, expansion{}, traffic{}, cytokine{}, barrier{}, microglia{}, kill{};
};

Section<DrugProfile> profile_section(const Facts& f) {
  using P = DrugProfile;
  const auto entry = [](const char* key, const char* unit, const Fact& fact, Range range,
                        const char* meaning, double P::*member) {
    return Bound<P>{{key, unit, fact.value, range, meaning, fact.source, fact.grade}, member};
  };
  const auto ec50 = [&](const char* key, const Fact& fact, double P::*member) {
    return entry(key, "ng/mL", fact, ranges::ng_per_ml,
                 "half-effect concentration, as measured in "
                 "blood; 0: no effect on this target",
                 member);
  };
  return {
      f.name,
      f.meaning,
      {entry("absorption_per_h", "1/h", f.absorption, within(0.0, 1e3),
             "absorption rate constant; 0: intravenous", &P::absorption_per_h),
       entry("lag_h", "h", f.lag, within(0.0, 1e3), "from intake to absorption", &P::lag_h),
       entry("bioavailability", "", f.bioavailability, {0.0, 1.0, true},
             "mass of active drug that reaches blood per mass of dose", &P::bioavailability),
       entry("volume_l", "L", f.volume, ranges::some_volume, "central volume at 70 kg",
             &P::volume_l),
       entry("clearance_l_per_h", "L/h", f.clearance, within(1e-6, 1e4),
             "clearance at 70 kg, without CYP3A5*1 or steroid", &P::clearance_l_per_h),
       entry("peripheral_volume_l", "L", f.peripheral_volume, ranges::volume,
             "peripheral volume at 70 kg; 0: one compartment", &P::peripheral_volume_l),
       entry("exchange_l_per_h", "L/h", f.exchange, within(0.0, 1e4),
             "clearance between the compartments at 70 kg", &P::exchange_l_per_h),
       entry("cyp3a5_carrier_fold", "", f.cyp3a5, ranges::fold,
             "clearance of carriers of CYP3A5*1 over that of *3/*3", &P::cyp3a5_carrier_fold),
       entry("steroid_fold", "", f.steroid, ranges::fold,
             "clearance under steroid above the threshold over that without", &P::steroid_fold),
       entry("prednisone_equivalent", "mg/mg", f.equivalent, ranges::gain,
             "prednisone that equals 1 mg; 0: not a steroid", &P::prednisone_equivalent),
       entry("hill", "", f.hill, within(0.1, 20.0), "exponent n of C^n/(C^n + EC50^n)", &P::hill),
       entry("max_effect", "", f.max_effect, fraction, "effect at high concentration",
             &P::max_effect),
       ec50("ec50_priming_ng_per_ml", f.priming, &P::ec50_priming_ng_per_ml),
       ec50("ec50_expansion_ng_per_ml", f.expansion, &P::ec50_expansion_ng_per_ml),
       ec50("ec50_traffic_ng_per_ml", f.traffic, &P::ec50_traffic_ng_per_ml),
       ec50("ec50_cytokine_ng_per_ml", f.cytokine, &P::ec50_cytokine_ng_per_ml),
       ec50("ec50_barrier_ng_per_ml", f.barrier, &P::ec50_barrier_ng_per_ml),
       ec50("ec50_microglia_ng_per_ml", f.microglia, &P::ec50_microglia_ng_per_ml),
       ec50("ec50_kill_ng_per_ml", f.kill, &P::ec50_kill_ng_per_ml)}};
}

constexpr const char* one_fit = "PMC6046506, table 2";
constexpr const char* two_fit = "PMC11447946, table 4";
constexpr const char* antignac = "doi 10.1111/j.1365-2125.2007.02895.x";
constexpr const char* press = "doi 10.1007/s00228-010-0810-9, table 4";
constexpr const char* ferron = "PMID 9129559";
constexpr const char* prednisolone_iv = "doi 10.1111/j.1365-2125.1980.tb01796.x";
constexpr const char* in_blood =
    "assumed for whole blood within the reported 3-8; in medium 0.06-0.7, "
    "doi 10.1097/00007890-198902000-00034";
constexpr const char* trafficking = "T-helper trafficking 12-19, doi 10.1007/BF01062461";
constexpr const char* potency = "1.25 x methylprednisolone's, doi 10.1007/BF01062461";
constexpr const char* steroid_broad = "assumed equal to traffic";
constexpr const char* steroid_expansion =
    "assumed; 3.8 ex vivo, 39 in vitro, doi 10.1046/j.1365-2125.2002.01567.x";
constexpr const char* basiliximab_fit = "PMID 10573065";

constexpr Grade measured = Grade::measured;
constexpr Grade derived = Grade::derived;
constexpr Grade assumed = Grade::assumed;

Facts tacrolimus() {
  return {.name = "tacrolimus",
          .meaning =
              "tacrolimus by mouth, one compartment, whole blood; blocks priming and IL-2 "
              "driven expansion, not killing",
          .absorption = {5.21, one_fit, measured},
          .volume = {411.0, one_fit, measured},
          .clearance = {30.9, one_fit, measured},
          .cyp3a5 = {1.60, one_fit, measured},
          .steroid = {1.60, antignac, measured},
          .hill = {1.5, "assumed, 1-2", assumed},
          .priming = {5.0, in_blood, assumed},
          .expansion = {5.0, in_blood, assumed}};
}

Facts tacrolimus_two_compartment() {
  Facts f = tacrolimus();
  f.name = "tacrolimus_two_compartment";
  f.meaning = "tacrolimus by mouth, two compartments: use where wash-out or troughs matter";
  f.absorption = {2.0, two_fit, measured};
  f.lag = {0.341, two_fit, measured};
  f.volume = {327.0, two_fit, measured};
  f.clearance = {17.65, "26.5 in carriers x 0.666, PMC11447946, table 4", derived};
  f.peripheral_volume = {298.0, two_fit, measured};
  f.exchange = {51.9, two_fit, measured};
  f.cyp3a5 = {1.50, "1 / 0.666, PMC11447946, table 4", derived};
  return f;
}

Facts cyclosporine() {
  return {
      .name = "cyclosporine",
      .meaning = "cyclosporine by mouth, two compartments, whole blood",
      .absorption = {2.0, press, measured},
      .lag = {0.5, "stands for the transit compartment of doi 10.1007/s00228-010-0810-9", derived},
      .bioavailability = {0.5, press, measured},
      .volume = {56.0, press, measured},
      .clearance = {15.0, press, measured},
      .peripheral_volume = {125.0, press, measured},
      .exchange = {14.0, press, measured},
      .priming = {200.0,
                  "assumed for whole blood; 24 in medium, "
                  "doi 10.1097/00007890-198902000-00034",
                  assumed},
      .expansion = {200.0, "assumed equal to priming", assumed}};
}

Facts rapamycin() {
  return {.name = "rapamycin",
          .meaning =
              "rapamycin (sirolimus) by mouth, one compartment, whole blood; blocks the "
              "cell cycle, little of priming",
          .absorption = {2.77, ferron, measured},
          .lag = {0.27, ferron, measured},
          .volume = {809.0, "half-life 63 h and clearance 8.9 L/h, PMID 9129559", derived},
          .clearance = {8.9, ferron, measured},
          .priming = {30.0, "assumed", assumed},
          .expansion = {8.0, "assumed, middle of the usual window 4-12", assumed}};
}

Facts prednisone() {
  return {.name = "prednisone",
          .meaning = "prednisone by mouth, followed as prednisolone in plasma",
          .absorption = {1.5, "assumed, conversion included", assumed},
          .bioavailability = {0.845, "doi 10.1038/ki.1982.69", measured},
          .volume = {41.2, prednisolone_iv, measured},
          .clearance = {7.28, prednisolone_iv, measured},
          .equivalent = {1.0, "by definition", derived},
          .max_effect = {0.8, "assumed", assumed},
          .expansion = {150.0, steroid_expansion, assumed},
          .traffic = {19.0, potency, derived},
          .cytokine = {19.0, steroid_broad, assumed},
          .barrier = {19.0, steroid_broad, assumed},
          .microglia = {60.0, "assumed", assumed}};
}

Facts methylprednisolone() {
  return {
      .name = "methylprednisolone",
      .meaning = "methylprednisolone intravenously, plasma",
      .volume = {85.0, "half-life 2.8 h and clearance, doi 10.1002/bdd.2510100504", derived},
      .clearance = {21.0, "doi 10.1002/bdd.2510100504", measured},
      .equivalent = {1.25, "usual anti-inflammatory equivalence 4 mg to 5 mg; assumed", assumed},
      .max_effect = {0.8, "assumed", assumed},
      .expansion = {120.0, steroid_expansion, assumed},
      .traffic = {15.0, trafficking, measured},
      .cytokine = {15.0, steroid_broad, assumed},
      .barrier = {15.0, steroid_broad, assumed},
      .microglia = {48.0, "assumed", assumed}};
}

Facts mycophenolate() {
  return {.name = "mycophenolate",
          .meaning =
              "mycophenolate mofetil by mouth, followed as mycophenolic acid in plasma; "
              "blocks division",
          .absorption = {2.0, "assumed; peak within 1 h", assumed},
          .bioavailability = {0.70, "0.739 by mass x 0.94; assumed", assumed},
          .volume = {142.0, "half-life 5.8 h, PMID 11269567, and clearance", derived},
          .clearance = {17.0, "at 6 months, doi 10.1111/j.1365-2125.2006.02841.x", measured},
          .expansion = {1500.0, "assumed for total drug; in medium 100-1000, PMC2810388", assumed}};
}

Facts basiliximab() {
  return {.name = "basiliximab",
          .meaning = "basiliximab intravenously, serum; saturates the IL-2 receptor",
          .volume = {8.3, basiliximab_fit, measured},
          .clearance = {0.0328,
                        "half-life 7.3 d and volume, PMID 10573065; 0.039 by itself ends too soon",
                        derived},
          .hill = {2.0, "assumed", assumed},
          .expansion = {50.0, "94 % at 200 ng/mL, where saturation ends, PMID 10573065", derived}};
}

struct KnownDrug {
  std::string_view name;
  Section<DrugProfile> section;
  DrugProfile defaults;

  explicit KnownDrug(const Facts& facts)
      : name(facts.name), section(profile_section(facts)), defaults(section.defaults()) {}
};

const std::array<KnownDrug, 8>& known_drugs() {
  static const std::array<KnownDrug, 8> drugs{
      KnownDrug(tacrolimus()),    KnownDrug(tacrolimus_two_compartment()),
      KnownDrug(cyclosporine()),  KnownDrug(rapamycin()),
      KnownDrug(prednisone()),    KnownDrug(methylprednisolone()),
      KnownDrug(mycophenolate()), KnownDrug(basiliximab())};
  return drugs;
}

const KnownDrug& known_drug(std::string_view name) {
  std::string known;
  for (const KnownDrug& drug : known_drugs()) {
    if (drug.name == name) return drug;
    known += (known.empty() ? "" : ", ") + std::string(drug.name);
  }
  throw InputError(Problem{"", "drug \"" + std::string(name) + "\" is not known",
                           "known are " + known,
                           "use kind = \"constant_effect\" for anything else"});
}

}  // namespace

std::span<const std::string_view> drug_names() {
  static const auto names = [] {
    std::array<std::string_view, 8> list;
    for (std::size_t i = 0; i < list.size(); ++i) list[i] = known_drugs()[i].name;
    return list;
  }();
  return names;
}

const Section<DrugProfile>& drug_profile_section(std::string_view name) {
  return known_drug(name).section;
}

const DrugProfile& drug_profile(std::string_view name) {
  return known_drug(name).defaults;
}

DrugProfiles default_drug_profiles() {
  DrugProfiles profiles;
  for (const KnownDrug& drug : known_drugs()) {
    profiles.emplace(std::string(drug.name), drug.defaults);
  }
  return profiles;
}

}  // namespace neurograft
