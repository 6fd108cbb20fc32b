#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <neurograft/brain/lesions.hpp>
#include <neurograft/scenario/processes.hpp>
#include <neurograft/scenario/setting_checks.hpp>
#include <neurograft/scenario/settings.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr double cell_diameter_um = 20.0;

bool is_whole(double x) {
  return std::abs(x - std::round(x)) < 1e-6;
}

void check_times(ResolvedConfig& config, const SimulationSettings& run) {
  if (!is_whole(24.0 / run.step_h)) {
    config.reject("simulation", "step_h", "must divide 24 h");
    return;
  }
  const auto whole_ticks = [&](double hours) { return is_whole(hours / run.step_h); };
  const std::string rule =
      fmt::format("must be a whole number of steps, simulation.step_h = {:g}", run.step_h);
  const auto check_period = [&](const std::string& address, const char* key, double hours) {
    if (hours / run.step_h < 0.5) {
      config.reject(address, key,
                    fmt::format("must be at least one step, simulation.step_h = {:g}", run.step_h));
    } else if (!whole_ticks(hours)) {
      config.reject(address, key, rule);
    }
  };
  for (const char* key : {"start_d", "duration_d"}) {
    const double day = std::get<double>(config.section("simulation").at(key));
    if (!whole_ticks(day * 24.0)) config.reject("simulation", key, rule);
  }
  check_period("simulation", "sort_every_h", run.sort_every_h);
  const OutputSettings output = output_section().read(config.section("output"));
  check_period("output", "every_d", output.every_d * 24.0);
  for (const auto& [key, days] :
       {std::pair("snapshots_d", output.snapshots_d), std::pair("agents_d", output.agents_d)}) {
    std::string inside;
    for (const double day : days) {
      if (!whole_ticks(day * 24.0)) config.reject("output", key, rule);
      if (day < run.start_d || day > run.duration_d) continue;
      inside += fmt::format("{}{:g}", inside.empty() ? "" : ", ", day);
    }
    const auto outside = std::ranges::find_if(
        days, [&](double day) { return day < run.start_d || day > run.duration_d; });
    if (outside == days.end()) continue;
    config.reject("output", key,
                  fmt::format("day {:g} is outside the run, {:g} to {:g}", *outside, run.start_d,
                              run.duration_d),
                  fmt::format("for instance --set 'output.{}=[{}]'", key, inside));
  }
  for (const ProcessEntry& entry : process_entries()) {
    const std::string& section = entry.table.section;
    check_period(section, "every_h", std::get<double>(config.section(section).at("every_h")));
  }
}

void check_injection(ResolvedConfig& config, const std::string& address, const GraftSettings& graft,
                     const SimulationSettings& run) {
  if (!is_whole(graft.cells)) config.reject(address, "cells", "must be a whole number");
  if (graft.cells > 0.0 && (graft.day < run.start_d || graft.day > run.duration_d)) {
    config.reject(address, "day",
                  fmt::format("is outside the run, day {:g} to {:g}", run.start_d, run.duration_d));
  }
  if (!is_whole(graft.day * 24.0 / run.step_h)) {
    config.reject(address, "day",
                  fmt::format("must be a whole number of steps of {:g} h", run.step_h));
  }
  if (!graft.site_mm.empty() && graft.site_mm.size() != 3) {
    config.reject(address, "site_mm", "needs x, y and z");
  }
  if (!graft.site_mm.empty() && graft.route == "icv") {
    config.reject(address, "site_mm", "an icv injection fills the ventricles and has no site",
                  "set route = \"parenchymal\"");
  }
  if (!graft.product.empty()) {
    for (const SectionValues& product : config.entries("product")) {
      if (product.name == graft.product) return;
    }
    config.reject(address, "product", "no such product",
                  fmt::format("add a section [product.{}]", graft.product));
  }
}

// A course is followed through its doses or has a constant effect: keys of the other kind would do
// nothing, unless they say what goes without saying, as a resolved config does.
void check_kind(ResolvedConfig& config, const std::string& address, const SectionValues& given,
                const DrugCourse& drug) {
  static const std::set<std::string> of_doses{"dose_mg",
                                              "dose_mg_per_kg",
                                              "every_h",
                                              "taper_d",
                                              "taper_to_mg",
                                              "schedule_day",
                                              "schedule_mg",
                                              "target_trough_ng_per_ml",
                                              "profile",
                                              "window_low_ng_per_ml",
                                              "window_high_ng_per_ml"};
  const bool constant = drug.is_constant_effect();
  bool has_effect = false;
  for (const auto& [key, value] : given.values) {
    const bool is_effect = key.starts_with("effect_");
    has_effect = has_effect || (is_effect && std::get<double>(value) > 0.0);
    if (!given.is_given(key) || !(constant ? of_doses.contains(key) : is_effect)) continue;
    if (value == drug_section().table().find(key)->fallback) continue;
    config.reject(
        address, key,
        constant ? "means nothing for a constant effect" : "means nothing for a course of doses",
        constant ? "drop it, or drop kind = \"constant_effect\""
                 : "drop it, or set kind = \"constant_effect\"");
  }
  const bool readable = std::ranges::all_of(given.values, [&](const auto& entry) {
    return !entry.first.starts_with("effect_") || config.usable(address, entry.first);
  });
  if (constant && !has_effect && readable)
    config.reject(address, "kind", "no effect_... above 0 is given");
}

// What the process itself would refuse, found with the other faults and by the key at fault.
void check_course(ResolvedConfig& config, const std::string& address, const SectionValues& given,
                  const DrugCourse& drug, const DrugProfiles& profiles) {
  const auto key_of = [&](const std::string& what) -> std::string {
    if (what.starts_with("drug ")) return given.is_given("profile") ? "profile" : "name";
    const std::string first = what.substr(0, what.find(' '));
    return given.values.contains(first) ? first : "name";
  };
  try {
    check_courses(std::span(&drug, 1), {}, profiles);
  } catch (const InputError& error) {
    for (const Problem& problem : error.problems()) {
      const std::string why = problem.why.empty() ? "" : ": " + problem.why;
      config.reject(address, key_of(problem.what), problem.what + why, problem.hint);
    }
  }
}

void check_drugs(ResolvedConfig& config, const SimulationSettings& run) {
  const DrugProfiles profiles = drug_profiles(config);
  std::set<std::string> names;
  const auto& drugs = config.entries("drug");
  for (std::size_t n = 0; n < drugs.size(); ++n) {
    const std::string address = fmt::format("drug[{}]", n);
    const DrugCourse drug = drug_section().read(drugs[n]);
    if (drug.name.empty()) {
      config.reject(address, "name", "is needed");
    } else if (!names.insert(drug.name).second) {
      config.reject(address, "name", "is used twice", "names address a course in --set");
    }
    check_kind(config, address, drugs[n], drug);
    const bool usable = std::ranges::all_of(
        drugs[n].values, [&](const auto& entry) { return config.usable(address, entry.first); });
    if (usable && !drug.name.empty()) check_course(config, address, drugs[n], drug, profiles);
    if (drug.schedule_day.empty() && !(drug.stop_d > drug.start_d)) {
      config.reject(address, "stop_d", fmt::format("must be after start_d = {:g}", drug.start_d));
    }
    if (drug.start_d > run.duration_d) {
      config.reject(address, "start_d",
                    fmt::format("is after the end of the run, day {:g}", run.duration_d));
    }
    for (const double day : drug.schedule_day) {
      if (day > run.duration_d) {
        config.reject(
            address, "schedule_day",
            fmt::format("day {:g} is after the end of the run, day {:g}", day, run.duration_d));
        break;
      }
    }
  }
}

// Effects are means over a step of pharmacology: a process with a longer one would sample them.
void check_drug_readers(ResolvedConfig& config) {
  const auto every_h = [&](const char* section) {
    return std::get<double>(config.section(section).at("every_h"));
  };
  const auto runs = [&](const char* section) {
    return std::get<bool>(config.section(section).at("enabled"));
  };
  if (config.entries("drug").empty() || !runs("pharmacology")) return;
  const double drugs_h = every_h("pharmacology");
  for (const char* section :
       {"periphery", "infiltration", "cytotoxicity", "signalling", "tissue"}) {
    if (!runs(section) || every_h(section) <= drugs_h) continue;
    config.reject(section, "every_h",
                  fmt::format("is longer than pharmacology.every_h = {:g}", drugs_h),
                  "it would see a part of the drugs' daily course only");
  }
}

// 0 stands for "none": what is hardly more would be none by another name, with rates beyond all
// numbers.
void check_small(ResolvedConfig& config, const std::string& address, const SectionValues& section,
                 const char* key, double least) {
  const double value = std::get<double>(section.at(key));
  if (value == 0.0 || value >= least || !config.usable(address, key)) return;
  config.reject(address, key, fmt::format("must be 0, for none, or at least {:g}", least));
}

void check_small_amounts(ResolvedConfig& config) {
  for (const SectionValues& field : config.entries("fields")) {
    check_small(config, "fields." + field.name, field, "half_life_h", 1e-3);
  }
  for (const std::string_view drug : drug_names()) {
    const std::string address(drug);
    check_small(config, address, config.section(address), "peripheral_volume_l", 1e-3);
  }
}

// A substance that decays within a step is in balance at its end: following it there would take
// very many sub-steps near its sources, for the same result. One that stays for months is in
// balance at no time.
void check_modes(ResolvedConfig& config) {
  constexpr double longest_balanced_h = 1000.0;
  const double step_h = std::get<double>(config.section("signalling").at("every_h"));
  for (const SectionValues& field : config.entries("fields")) {
    const double half_life_h = std::get<double>(field.at("half_life_h"));
    if (std::get<std::string>(field.at("mode")) != "transient") {
      if (half_life_h <= longest_balanced_h) continue;
      config.reject("fields." + field.name, "half_life_h",
                    "is too long for a balance to come about at each step",
                    "set mode = \"transient\"");
      continue;
    }
    if (half_life_h == 0.0 || step_h < 5.0 * half_life_h) continue;
    config.reject("fields." + field.name, "mode",
                  fmt::format("a half-life of {:g} h is short against signalling.every_h = {:g}",
                              half_life_h, step_h),
                  "use quasi_steady, or shorter steps");
  }
}

void check_insults(ResolvedConfig& config, const SimulationSettings& run) {
  const auto& insults = config.entries("insult");
  for (std::size_t n = 0; n < insults.size(); ++n) {
    const Insult insult = insult_section().read(insults[n]);
    const std::string address = fmt::format("insult[{}]", n);
    if (insult.start_d > run.duration_d) {
      config.reject(address, "start_d",
                    fmt::format("is after the end of the run, day {:g}", run.duration_d));
    }
    if (insult.kind == "lpc" && insult.site_mm.empty()) {
      config.reject(address, "site_mm", "kind = \"lpc\" needs a place: x, y and z");
    }
  }
}

void check_brain(ResolvedConfig& config) {
  const BrainSettings brain = brain_section().read(config.section("brain"));
  const bool synthetic = brain.source == "phantom" || brain.source == "patch";
  if (!brain.labels.empty() && (synthetic || brain.source == "colin27")) {
    config.reject("brain", "labels", fmt::format("{} has labels of its own", brain.source),
                  "set brain.source to the path of the segmentation that it describes");
  }
  if (!brain.labels.empty() && !brain.segmentation.empty()) {
    config.reject("brain", "labels", "brain.segmentation is given too",
                  "drop one: a T1 is segmented, a segmentation has labels");
  }
  if (synthetic && !brain.segmentation.empty()) {
    config.reject("brain", "segmentation", fmt::format("{} is no T1", brain.source), "drop it");
  }
  if (synthetic && brain.tracts == "jhu") {
    config.reject("brain", "tracts", fmt::format("a {} has no such tracts", brain.source),
                  "drop it, or name a label image");
  }
  if (!brain.aqueduct_mm.empty() && brain.aqueduct_mm.size() != 3) {
    config.reject("brain", "aqueduct_mm", "needs x, y and z");
  }
  if (brain.patch_voxel_um < cell_diameter_um) {
    config.reject("brain", "patch_voxel_um",
                  fmt::format("a voxel must hold a cell, {:g} um", cell_diameter_um));
  }
  if (brain.source == "patch" && brain.patch_size_mm.size() != 3) {
    config.reject("brain", "patch_size_mm", "needs x, y and z");
  }
  const std::vector<double>& fibres = brain.patch_fibres;
  if (fibres.empty()) return;
  const bool has_tracts = brain.tracts != "auto" && brain.tracts != "none";
  if (brain.source != "patch" || has_tracts) {
    config.reject("brain", "patch_fibres", "is for brain.source = \"patch\" without brain.tracts");
  }
  if (fibres.size() != 3 || std::ranges::all_of(fibres, [](double x) { return x == 0.0; })) {
    config.reject("brain", "patch_fibres", "needs x, y and z, not all 0");
  }
}

void check_lesions(ResolvedConfig& config) {
  const LesionParameters lesions = lesion_section().read(config.section("lesions"));
  if (lesions.mix.size() != 4) config.reject("lesions", "mix", "needs four shares");
  if (lesions.longest_age_d.size() != 4) {
    config.reject("lesions", "longest_age_d",
                  "needs four times: active, chronic active, inactive, remyelinated");
  }
  const BrainSettings brain = brain_section().read(config.section("brain"));
  if (brain.source == "patch" && brain.patch_tissue == "grey" &&
      (lesions.count > 0 || lesions.volume_ml > 0.0)) {
    config.reject("lesions", lesions.count > 0 ? "count" : "volume_ml",
                  "lesions are modelled in white matter", "set brain.patch_tissue = \"white\"");
  }
  if (!lesions.mask.empty() && (lesions.count > 0 || lesions.volume_ml > 0.0)) {
    config.reject("lesions", "mask", "count and volume_ml are for generated lesions",
                  "drop one or the other");
  } else if (lesions.count > 0 && lesions.volume_ml > 0.0) {
    config.reject("lesions", "count", "volume_ml is given too", "drop one or the other");
  }
}

}  // namespace

void check_settings(ResolvedConfig& config) {
  const SimulationSettings run = simulation_section().read(config.section("simulation"));
  if (!(run.duration_d > run.start_d)) {
    config.reject("simulation", "duration_d",
                  fmt::format("must be after simulation.start_d = {:g}", run.start_d));
    check_brain(config);
    return;  // no other time could be right
  }
  check_times(config, run);
  check_injection(config, "graft", graft_section().read(config.section("graft")), run);
  const auto& extra = config.entries("graft.extra");
  for (std::size_t n = 0; n < extra.size(); ++n) {
    check_injection(config, fmt::format("graft.extra[{}]", n), extra_graft_section().read(extra[n]),
                    run);
  }
  check_drugs(config, run);
  check_drug_readers(config);
  check_small_amounts(config);
  check_modes(config);
  check_insults(config, run);
  check_lesions(config);
  check_brain(config);
}

}  // namespace neurograft
