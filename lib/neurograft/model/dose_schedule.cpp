#include <algorithm>
#include <cmath>
#include <limits>

#include <neurograft/model/dose_schedule.hpp>

namespace neurograft {

DoseSchedule::DoseSchedule(const DrugCourse& course, double body_mass_kg, double start_of_run_d)
    : start_h_((course.start_d - start_of_run_d) * 24.0),
      stop_h_((course.stop_d - start_of_run_d) * 24.0),
      every_h_(course.every_h),
      dose_mg_(course.dose_mg > 0.0 ? course.dose_mg : course.dose_mg_per_kg * body_mass_kg),
      taper_h_(course.taper_d * 24.0),
      taper_to_mg_(course.taper_to_mg),
      table_mg_(course.schedule_mg) {
  if (course.is_constant_effect()) return;
  if (course.schedule_day.empty()) {
    const double doses = std::ceil((stop_h_ - start_h_ - same_time_h) / every_h_);
    size_ = doses > 0.0 ? static_cast<std::size_t>(doses) : 0;
    return;
  }
  for (const double day : course.schedule_day) table_h_.push_back((day - start_of_run_d) * 24.0);
  size_ = table_h_.size();
  start_h_ = table_h_.front();
  stop_h_ = table_h_.back();
}

double DoseSchedule::hours(std::size_t dose) const noexcept {
  if (!table_h_.empty()) return table_h_[dose];
  return start_h_ + static_cast<double>(dose) * every_h_;
}

double DoseSchedule::mg(std::size_t dose) const noexcept {
  if (!table_h_.empty()) return table_mg_[dose];
  const double left_h = stop_h_ - hours(dose);
  if (left_h >= taper_h_) return dose_mg_;
  return taper_to_mg_ + (dose_mg_ - taper_to_mg_) * (left_h / taper_h_);
}

std::size_t DoseSchedule::first_after(double hours_now) const noexcept {
  const double after = hours_now + same_time_h;
  if (!table_h_.empty()) {
    const auto found = std::upper_bound(table_h_.begin(), table_h_.end(), after);
    return static_cast<std::size_t>(found - table_h_.begin());
  }
  if (after < start_h_) return 0;
  const double past = std::floor((after - start_h_) / every_h_) + 1.0;
  return past < static_cast<double>(size_) ? static_cast<std::size_t>(past) : size_;
}

double DoseSchedule::shortest_interval_h() const noexcept {
  double shortest = std::numeric_limits<double>::infinity();
  if (table_h_.empty()) return size_ > 1 ? every_h_ : shortest;
  for (std::size_t dose = 1; dose < size_; ++dose) {
    shortest = std::min(shortest, table_h_[dose] - table_h_[dose - 1]);
  }
  return shortest;
}

}  // namespace neurograft
