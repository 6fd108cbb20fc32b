#include <algorithm>
#include <array>
#include <cmath>

#include <neurograft/report/svg_plot.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr double panel_width = 440.0;
constexpr double panel_height = 290.0;
constexpr double left = 58.0, right = 14.0, top = 34.0, bottom = 40.0;  // about the axes

// Told apart also by those who do not see all colours (Okabe and Ito 2008).
constexpr std::array colours{"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                             "#E69F00", "#56B4E9", "#000000"};

const char* colour(std::size_t band) {
  return colours[band % colours.size()];
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '&') {
      safe += "&amp;";
    } else {
      safe += c;
    }
  }
  return safe;
}

struct Span {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void take(double x) {
    if (!std::isfinite(x)) return;
    low = std::min(low, x);
    high = std::max(high, x);
  }
};

// An axis has a length, whatever is on it.
Span widened(const Span& span) {
  if (!(span.low <= span.high)) return {0.0, 1.0};
  return span.low < span.high ? span : Span{span.low - 0.5, span.high + 0.5};
}

Span x_span(const Plot& plot) {
  Span span;
  for (const PlotBand& band : plot.bands)
    std::ranges::for_each(band.x, [&](double x) { span.take(x); });
  for (const PlotPoint& point : plot.points) {
    for (const double x : {point.x, point.x_low, point.x_high}) span.take(x);
  }
  return widened(span);
}

Span y_span(const Plot& plot) {
  if (plot.is_share) return {0.0, 1.0};
  Span span;
  for (const PlotBand& band : plot.bands) {
    for (const auto* values : {&band.middle, &band.low, &band.high}) {
      std::ranges::for_each(*values, [&](double y) { span.take(y); });
    }
  }
  for (const PlotPoint& point : plot.points) {
    for (const double y : {point.y, point.y_low, point.y_high}) span.take(y);
  }
  if (span.high > 0.0) span.low = std::min(span.low, 0.0);
  span = widened(span);
  span.high += 0.05 * (span.high - span.low);
  return span;
}

/// One plot at its place in the picture.
class Panel {
 public:
  Panel(const Plot& plot, double x0, double y0)
      : plot_(plot), x0_(x0 + left), y0_(y0 + top), x_(x_span(plot)), y_(y_span(plot)) {}

  std::string draw() {
    draw_axes();
    for (std::size_t n = 0; n < plot_.bands.size(); ++n) draw_band(n);
    for (const PlotPoint& point : plot_.points) draw_point(point);
    draw_legend();
    return std::move(text_);
  }

 private:
  static constexpr double width = panel_width - left - right;
  static constexpr double height = panel_height - top - bottom;

  double at_x(double x) const {
    const double share = std::clamp((x - x_.low) / (x_.high - x_.low), 0.0, 1.0);
    return x0_ + width * share;
  }
  double at_y(double y) const {
    const double share = std::clamp((y - y_.low) / (y_.high - y_.low), 0.0, 1.0);
    return y0_ + height * (1.0 - share);
  }

  void line(double x1, double y1, double x2, double y2, const std::string& style) {
    text_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1,
                         y1, x2, y2, style);
  }
  void label(double x, double y, const std::string& what, const std::string& style) {
    text_ +=
        fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, style, escaped(what));
  }

  void draw_axes() {
    const std::string grid = "stroke=\"#e5e5e5\"";
    for (const double x : axis_ticks(x_.low, x_.high, 7)) {
      line(at_x(x), y0_, at_x(x), y0_ + height, grid);
      label(at_x(x), y0_ + height + 15.0, fmt::format("{:.6g}", x), "text-anchor=\"middle\"");
    }
    for (const double y : axis_ticks(y_.low, y_.high, 6)) {
      line(x0_, at_y(y), x0_ + width, at_y(y), grid);
      label(x0_ - 6.0, at_y(y) + 4.0, fmt::format("{:.6g}", y), "text-anchor=\"end\"");
    }
    line(x0_, y0_ + height, x0_ + width, y0_ + height, "stroke=\"#333\"");
    line(x0_, y0_, x0_, y0_ + height, "stroke=\"#333\"");
    label(x0_ + 0.5 * width, y0_ + height + 32.0, plot_.x_label, "text-anchor=\"middle\"");
    label(x0_ - 40.0, y0_ - 14.0, plot_.title, "font-weight=\"bold\"");
  }

  // Stretches without gaps are drawn each.
  void draw_band(std::size_t number) {
    const PlotBand& band = plot_.bands[number];
    const auto is_there = [&](std::size_t n) {
      return std::isfinite(band.middle[n]) && std::isfinite(band.low[n]) &&
             std::isfinite(band.high[n]);
    };
    std::size_t n = 0;
    while (n < band.x.size()) {
      while (n < band.x.size() && !is_there(n)) ++n;
      const std::size_t first = n;
      while (n < band.x.size() && is_there(n)) ++n;
      if (n > first) draw_stretch(band, first, n, colour(number));
    }
  }

  void draw_stretch(const PlotBand& band, std::size_t first, std::size_t last, const char* ink) {
    std::string outline;
    std::string middle;
    for (std::size_t n = first; n < last; ++n) {
      outline += fmt::format("{:.1f},{:.1f} ", at_x(band.x[n]), at_y(band.high[n]));
      middle += fmt::format("{:.1f},{:.1f} ", at_x(band.x[n]), at_y(band.middle[n]));
    }
    for (std::size_t n = last; n-- > first;) {
      outline += fmt::format("{:.1f},{:.1f} ", at_x(band.x[n]), at_y(band.low[n]));
    }
    text_ +=
        fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"0.18\"/>\n", outline, ink);
    text_ +=
        fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"/>\n",
                    middle, ink);
  }

  void draw_point(const PlotPoint& point) {
    if (std::isnan(point.x)) return;
    const char* ink = colour(point.band);
    const std::string style = fmt::format("stroke=\"{}\" stroke-width=\"2\"", ink);
    if (std::isnan(point.y)) {
      const double from = at_x(std::isnan(point.x_low) ? point.x : point.x_low);
      const double to = at_x(std::isnan(point.x_high) ? point.x : point.x_high);
      text_ += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" "
          "fill-opacity=\"0.12\" stroke=\"{}\" stroke-dasharray=\"3 2\"/>\n",
          from, y0_, to - from, height, ink, ink);
      return;
    }
    if (is_bar(point.x_low, point.x_high)) {
      line(at_x(point.x_low), at_y(point.y), at_x(point.x_high), at_y(point.y), style);
    }
    if (is_bar(point.y_low, point.y_high)) {
      line(at_x(point.x), at_y(point.y_low), at_x(point.x), at_y(point.y_high), style);
    }
    text_ += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"white\" stroke=\"{}\" "
        "stroke-width=\"2\"/>\n",
        at_x(point.x), at_y(point.y), ink);
  }

  static bool is_bar(double low, double high) {
    return !std::isnan(low) && !std::isnan(high) && low != high;
  }

  void draw_legend() {
    double y = y0_ + 12.0;
    for (std::size_t n = 0; n < plot_.bands.size(); ++n, y += 14.0) {
      line(x0_ + width - 18.0, y - 4.0, x0_ + width - 4.0, y - 4.0,
           fmt::format("stroke=\"{}\" stroke-width=\"3\"", colour(n)));
      label(x0_ + width - 23.0, y, plot_.bands[n].label, "text-anchor=\"end\"");
    }
  }

  const Plot& plot_;
  double x0_, y0_;
  Span x_, y_;
  std::string text_;
};

}  // namespace

std::vector<double> axis_ticks(double low, double high, int most) {
  if (!(low < high) || !std::isfinite(low) || !std::isfinite(high)) return {};
  const double rough = (high - low) / most;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10.0 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * (1.0 - 1e-9)) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (int n = 0; n <= most && (first + n) * step <= high + 1e-9 * step; ++n) {
    ticks.push_back(first + n == 0.0 ? 0.0 : (first + n) * step);  // 0, not -0
  }
  return ticks;
}

std::string svg_of(std::span<const Plot> plots) {
  const std::size_t columns = std::min<std::size_t>(2, std::max<std::size_t>(1, plots.size()));
  const std::size_t rows = (plots.size() + columns - 1) / columns;
  const double width = panel_width * static_cast<double>(columns);
  const double height = panel_height * static_cast<double>(rows);
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 "
      "0 "
      "{0:.0f} {1:.0f}\" font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, height);
  for (std::size_t n = 0; n < plots.size(); ++n) {
    const std::size_t row = n / columns;
    const std::size_t column = n % columns;
    text += Panel(plots[n], panel_width * static_cast<double>(column),
                  panel_height * static_cast<double>(row))
                .draw();
  }
  return text + "</svg>\n";
}

}  // namespace neurograft
