#pragma once

#include <neurograft/core/parameter.hpp>

/// Ranges by kind of quantity: what the unit can stand for in a brain and an experiment, with
/// orders of magnitude to spare. Values beyond them are slips of the unit or of the exponent, and
/// several together would take equations out of the range of numbers. A closer range is given with
/// the parameter.
namespace neurograft::ranges {

inline constexpr double century_d = 36525.0;

/// Time from the first injection [d]: within a century.
inline constexpr Range day{-century_d, century_d};
/// A span, which may be none [d].
inline constexpr Range span_d{0.0, century_d};
/// A mean time or time constant of cells [d]: from a quarter of an hour.
inline constexpr Range time_d{0.01, century_d};
/// A period of steps or events [h]; what it is to be a multiple of is checked apart.
inline constexpr Range period_h{0.0, century_d * 24.0, true};

/// Rate of something that may not happen at all [1/d]: at most, over in a quarter of an hour.
inline constexpr Range rate_per_d{0.0, 100.0};
/// Rate of something that does happen [1/d].
inline constexpr Range some_rate_per_d{1e-6, 100.0};
/// Rate of slow change [1/y].
inline constexpr Range rate_per_y{0.0, 100.0};

/// Cells per volume at which something is half of full [cell/mm3]; far above what tissue holds:
/// never.
inline constexpr Range some_per_mm3{1e-3, 1e12};
/// Cells per volume of healthy tissue [cell/mm3]: cells of 5 um side by side at most.
inline constexpr Range healthy_per_mm3{1.0, 1e7};
/// Cells that come or go per volume and time [cell/(mm3 d)].
inline constexpr Range turnover_per_mm3_d{1e-3, 1e9};
/// Lymphocytes per body mass [cell/kg]: at most all of a body, some 5e11 in an adult.
inline constexpr Range per_kg{0.0, 1e10};
/// Cells per body mass at which something is half of full.
inline constexpr Range some_per_kg{1e-3, 1e12};
/// Cells per volume of fluid [cell/mL].
inline constexpr Range per_ml{1e-3, 1e12};

/// Level of a substance or state over its reference.
inline constexpr Range level{0.0, 1e6};
/// Such a level at which something is half of full.
inline constexpr Range half_level{1e-6, 1e6};
/// How much something may raise a rate, relatively; a factor that may be nothing.
inline constexpr Range gain{0.0, 1e3};
/// Weight against others of its kind.
inline constexpr Range weight{0.0, 1e6};
/// A ratio, either way.
inline constexpr Range fold{1e-3, 1e3};
/// Cells that come of one.
inline constexpr Range offspring{0.0, 1e4};

/// A length in a brain [mm]: from a micrometre to a metre.
inline constexpr Range length_mm{1e-3, 1e3};
/// A volume in a body, in mL or L.
inline constexpr Range some_volume{1e-6, 1e6};
inline constexpr Range volume{0.0, 1e6};

/// A dose [mg]: at most a kilogram.
inline constexpr Range dose_mg{0.0, 1e6};
/// Mass per volume of fluid [ng/mL]: at most that of water.
inline constexpr Range ng_per_ml{0.0, 1e9};

}  // namespace neurograft::ranges
