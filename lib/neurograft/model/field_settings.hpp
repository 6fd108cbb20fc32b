#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/core/parameter.hpp>

/// Physical settings of one diffusing substance, `[fields.NAME]`. The five built-in fields have
/// defaults of their own; any other name adds a field.
///
/// The range L = sqrt(D / k) with k = ln 2 / half-life: 40 um2/s, what proteins of 17-30 kDa have
/// in brain extracellular space, gives 0.32 mm at 0.5 h and 0.46 mm at 1 h.
namespace neurograft {

struct FieldParameters {
  double d_grey_um2_per_s;
  double d_white_um2_per_s;
  double half_life_h;  ///< 0: does not decay
  std::string mode;    ///< "quasi_steady" or "transient"
  double exchange_ventricle_mm_per_d;
  double exchange_pia_mm_per_d;
  double ventricle_level;
  double pia_level;
  double initial;
  double donor_production_mm3_per_cell_d;

  double decay_per_d() const noexcept;
};

/// A field by its name, which is also the name of its array in `World::fields()`.
struct FieldSetting {
  std::string name;
  FieldParameters parameters;
};

/// Names of the built-in fields, as in `FieldState`.
std::span<const std::string_view> built_in_fields() noexcept;

/// `[fields.NAME]` for a field of a user's own.
const Section<FieldParameters>& field_section();

/// The same keys with the defaults of a built-in field; `field_section()` for any other name.
const Section<FieldParameters>& field_section(std::string_view name);

/// What a config's [fields.NAME] are checked against; the built-in fields are its known names.
ParameterTable field_table();

/// All fields of a run: the built-in ones, at their defaults unless `sections` has them, then those
/// that `sections` add. Every section is complete: it has a value for each key.
std::vector<FieldSetting> field_settings(std::span<const SectionValues> sections = {});

}  // namespace neurograft
