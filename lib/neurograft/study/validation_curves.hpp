#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <neurograft/study/validation.hpp>

/// Curves of a validation, as they are drawn: the model's band, and what was measured.
namespace neurograft {

/// Mean and 95 % of runs over time, or of an event the share of runs in which it is so, with
/// Wilson's interval.
struct CurveBand {
  std::string experiment;
  std::vector<double> days;
  std::vector<double> middle;
  std::vector<double> low;
  std::vector<double> high;
};

/// What was measured: a value with error bars on a day; or, of a day, a level with error bars along
/// time. An end of a bar that is not finite is open.
struct CurvePoint {
  std::string experiment;
  double day = 0.0;
  double value = 0.0;
  Interval days{};    ///< error bar along time; equal to the day if there is none
  Interval values{};  ///< error bar along values; equal to the value if there is none
};

/// One picture: all experiments that have a target read off the same curve.
struct CurvePanel {
  std::string title;  ///< what the curve is
  bool is_share = false;
  std::vector<CurveBand> bands;
  std::vector<CurvePoint> points;
};

/// The pictures of a validation, from the runs that are done. Left out are targets that are no
/// point of a curve: standard deviations, and events or ratios of what is read off a span of days.
std::vector<CurvePanel> curves_of(const Validation& validation,
                                  const std::filesystem::path& folder);

}  // namespace neurograft
