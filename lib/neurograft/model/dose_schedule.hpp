#pragma once

#include <cstddef>
#include <vector>

#include <neurograft/model/drug_course.hpp>

namespace neurograft {

/// Times closer than this are one time [h]: rounding of sums of hours over a century stays below.
inline constexpr double same_time_h = 1e-6;

/// When doses of one course fall and how large they are as prescribed: a pure function of the dose
/// number, so that only the number of the next dose is state. Times are hours since tick 0.
///
/// A regular course has doses at start + n every_h, up to but not including stop; over the last
/// `taper_d` days before stop they fall linearly in time to `taper_to_mg`.
class DoseSchedule {
 public:
  DoseSchedule() = default;

  /// `start_of_run_d` is the day of tick 0. The course is taken as valid.
  DoseSchedule(const DrugCourse& course, double body_mass_kg, double start_of_run_d);

  std::size_t size() const noexcept { return size_; }
  double hours(std::size_t dose) const noexcept;  ///< [h] since tick 0
  double mg(std::size_t dose) const noexcept;     ///< as prescribed [mg]

  /// The first dose later than `hours` by more than rounding; `size()` if none is.
  std::size_t first_after(double hours) const noexcept;

  double start_h() const noexcept { return start_h_; }  ///< first dose, or start of the effect
  double stop_h() const noexcept { return stop_h_; }    ///< end of the course

  /// Shortest time between two doses [h]; infinite for a single one.
  double shortest_interval_h() const noexcept;

 private:
  double start_h_ = 0.0;
  double stop_h_ = 0.0;
  double every_h_ = 24.0;
  double dose_mg_ = 0.0;
  double taper_h_ = 0.0;
  double taper_to_mg_ = 0.0;
  std::size_t size_ = 0;
  std::vector<double> table_h_, table_mg_;
};

}  // namespace neurograft
