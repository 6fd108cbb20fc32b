#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

/// Line plots as SVG: bands over time and measured points with error bars. Text in, text out.
namespace neurograft {

/// A line with a band about it. Values that are not finite leave gaps.
struct PlotBand {
  std::string label;
  std::vector<double> x;
  std::vector<double> middle;  ///< as many as x
  std::vector<double> low;     ///< likewise
  std::vector<double> high;    ///< likewise
};

/// A point with error bars. A bar's end that is infinite runs to the edge of the picture, one that
/// is NaN leaves the bar out; without a `y` the point is a span of x over the whole height, and
/// without an `x` it is not drawn.
struct PlotPoint {
  std::size_t band = 0;  ///< whose colour it has
  double x = 0.0;
  double y = std::numeric_limits<double>::quiet_NaN();
  double x_low = 0.0, x_high = 0.0;  ///< equal to x: no bar
  double y_low = 0.0, y_high = 0.0;  ///< equal to y: no bar
};

struct Plot {
  std::string title;
  std::string x_label;
  std::vector<PlotBand> bands;
  std::vector<PlotPoint> points;
  bool is_share = false;  ///< y from 0 to 1
};

/// The plots beside and below each other, at most two in a row, on white. The same plots give the
/// same bytes.
std::string svg_of(std::span<const Plot> plots);

/// Round numbers at which an axis from `low` to `high` is marked, at most `most` + 1 of them; none
/// unless `low` is below `high` and both are finite.
std::vector<double> axis_ticks(double low, double high, int most);

}  // namespace neurograft
