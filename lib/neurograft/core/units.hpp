#pragma once

/// Inside the library: mm, day, cell; drugs in ng/mL. Whatever arrives in other units is converted
/// once, on reading, with these factors.
namespace neurograft::units {

///@{
/// How many of the first unit make one of the second.
inline constexpr double hours_per_day = 24.0;
inline constexpr double minutes_per_day = 1440.0;
inline constexpr double seconds_per_day = 86400.0;
inline constexpr double days_per_year = 365.25;
inline constexpr double mm3_per_ml = 1000.0;
inline constexpr double ml_per_l = 1000.0;
inline constexpr double um_per_mm = 1000.0;
///@}

/// [um2/s] to [mm2/d].
constexpr double mm2_per_d(double um2_per_s) {
  return um2_per_s * seconds_per_day * 1e-6;
}

/// [um2/min] to [mm2/d].
constexpr double mm2_per_d_from_um2_per_min(double um2_per_min) {
  return um2_per_min * minutes_per_day * 1e-6;
}

}  // namespace neurograft::units
