#include <algorithm>
#include <array>
#include <map>

#include <neurograft/core/ranges.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/model/field_settings.hpp>

namespace neurograft {
namespace {

constexpr double ln_2 = 0.693147180559945309417;
constexpr std::array<std::string_view, 5> names{"inflammatory", "regulatory", "trophic",
                                                "chemoattractant", "antigen"};

struct Physics {
  double d_um2_per_s;
  const char* d_source;
  Grade d_grade;
  double half_life_h;
  const char* half_life_source;
};

constexpr const char* protein_d =
    "assumed, 30-55 um2/s for proteins of 17-30 kDa; tortuosity 1.6, doi "
    "10.1152/physrev.00027.2007";
constexpr const char* cytokine_half_life = "assumed, 0.5 h as in other models of cytokines";

Physics physics_of(std::string_view name) {
  if (name == "trophic") return {40.0, protein_d, Grade::assumed, 1.0, "assumed"};
  if (name == "antigen") {
    return {10.0, "assumed: particles and large proteins", Grade::assumed, 4.5, "assumed"};
  }
  if (name == "chemoattractant") {
    return {40.0, protein_d, Grade::assumed, 0.6,
            "assumed: range 0.35 mm, as 0.25 mm of one cell, "
            "doi 10.1073/pnas.94.23.12258"};
  }
  return {40.0, protein_d, Grade::assumed, 0.5, cytokine_half_life};
}

Section<FieldParameters> make_section(std::string_view name) {
  const Physics physics = physics_of(name);
  using P = FieldParameters;
  return Section<P>(
      "fields", "A diffusing substance",
      {{{"d_grey_um2_per_s", "um2/s", physics.d_um2_per_s, within(0.01, 2e3),
         "Diffusivity in grey matter", physics.d_source, physics.d_grade},
        &P::d_grey_um2_per_s},
       {{"d_white_um2_per_s", "um2/s", physics.d_um2_per_s, within(0.01, 2e3),
         "Diffusivity in white matter, mean over directions", physics.d_source, physics.d_grade},
        &P::d_white_um2_per_s},
       {{"half_life_h", "h", physics.half_life_h, within(0.0, 1e6),
         "Half-life in tissue by uptake and breakdown; 0 for none", physics.half_life_source,
         Grade::assumed},
        &P::half_life_h},
       {{"mode",
         "",
         std::string("quasi_steady"),
         any_number,
         "In balance at each step, or followed in time",
         "relaxes within hours",
         Grade::setting,
         {"quasi_steady", "transient"}},
        &P::mode},
       {{"exchange_ventricle_mm_per_d", "mm/d", 0.0, within(0.0, 1e3),
         "Transfer velocity through the ventricle wall", "assumed: closed", Grade::assumed},
        &P::exchange_ventricle_mm_per_d},
       {{"exchange_pia_mm_per_d", "mm/d", 0.0, within(0.0, 1e3),
         "Transfer velocity through the pial surface", "assumed: closed", Grade::assumed},
        &P::exchange_pia_mm_per_d},
       {{"ventricle_level", "1", 0.0, ranges::level, "Level in ventricular CSF", "assumed",
         Grade::assumed},
        &P::ventricle_level},
       {{"pia_level", "1", 0.0, ranges::level, "Level in subarachnoid CSF", "assumed",
         Grade::assumed},
        &P::pia_level},
       {{"initial", "1", 0.0, ranges::level, "Level at the start of the run", "assumed",
         Grade::setting},
        &P::initial},
       {{"donor_production_mm3_per_cell_d", "mm3/(cell d)", 0.0, ranges::gain,
         "Level added per day by one live donor cell per mm3", "assumed: none", Grade::assumed},
        &P::donor_production_mm3_per_cell_d}});
}

}  // namespace

double FieldParameters::decay_per_d() const noexcept {
  return half_life_h > 0.0 ? ln_2 / half_life_h * units::hours_per_day : 0.0;
}

std::span<const std::string_view> built_in_fields() noexcept {
  return names;
}

const Section<FieldParameters>& field_section() {
  static const Section<FieldParameters> section = make_section("");
  return section;
}

const Section<FieldParameters>& field_section(std::string_view name) {
  static const std::map<std::string_view, Section<FieldParameters>> sections = [] {
    std::map<std::string_view, Section<FieldParameters>> result;
    for (const std::string_view built_in : names) result.emplace(built_in, make_section(built_in));
    return result;
  }();
  const auto found = sections.find(name);
  return found == sections.end() ? field_section() : found->second;
}

ParameterTable field_table() {
  ParameterTable table = field_section().table();
  table.named = true;
  for (const std::string_view name : names) {
    ParameterTable known = field_section(name).table();
    known.section = name;
    table.known.push_back(std::move(known));
  }
  return table;
}

std::vector<FieldSetting> field_settings(std::span<const SectionValues> sections) {
  std::vector<FieldSetting> settings;
  for (const std::string_view name : names) {
    settings.push_back({std::string(name), field_section(name).defaults()});
  }
  for (const SectionValues& section : sections) {
    const FieldSetting setting{section.name, field_section().read(section)};
    const auto same = std::ranges::find(settings, section.name, &FieldSetting::name);
    if (same == settings.end()) {
      settings.push_back(setting);
    } else {
      *same = setting;
    }
  }
  return settings;
}

}  // namespace neurograft
