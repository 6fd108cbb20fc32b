#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <neurograft/report/svg_plot.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

// A line from (0, 0) to (10, 100), with a band of 5 to either side.
Plot slope() {
  Plot plot;
  plot.title = "cells";
  plot.x_label = "days";
  PlotBand& band = plot.bands.emplace_back();
  band.label = "control";
  for (int n = 0; n <= 10; ++n) {
    band.x.push_back(n);
    band.middle.push_back(10.0 * n);
    band.low.push_back(10.0 * n - 5.0);
    band.high.push_back(10.0 * n + 5.0);
  }
  return plot;
}

std::string drawn(const Plot& plot) {
  return svg_of(std::vector{plot});
}

// Elements are closed, and no coordinate is missing.
void check_text(const std::string& svg) {
  CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count(svg, "<text") == count(svg, "</text>"));
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);
}

void check_ticks(double low, double high, int most, const std::vector<double>& expected) {
  const std::vector<double> ticks = axis_ticks(low, high, most);
  REQUIRE(ticks.size() == expected.size());
  for (std::size_t n = 0; n < ticks.size(); ++n) {
    CHECK(ticks[n] == doctest::Approx(expected[n]).epsilon(1e-12));
  }
}

}  // namespace

TEST_CASE("axes are marked at round numbers") {
  check_ticks(0.0, 100.0, 5, {0, 20, 40, 60, 80, 100});
  check_ticks(0.0, 90.0, 7, {0, 20, 40, 60, 80});
  check_ticks(0.0, 1.0, 6, {0, 0.2, 0.4, 0.6, 0.8, 1.0});
  check_ticks(-30.0, 120.0, 4, {0, 50, 100});
  check_ticks(-3.0, 3.0, 6, {-3, -2, -1, 0, 1, 2, 3});
  check_ticks(0.3, 0.72, 4, {0.4, 0.6});
  check_ticks(0.0, 3e-7, 3, {0, 1e-7, 2e-7, 3e-7});
  check_ticks(1.2e6, 9.9e6, 2, {5e6});
  CHECK_FALSE(std::signbit(axis_ticks(-1.0, 1.0, 4).at(2)));
}

TEST_CASE("there are never more marks than asked for, and none without an axis") {
  for (const double low : {0.0, -7.3, 1e9}) {
    for (double length = 1e-3; length < 1e7; length *= 1.37) {
      const std::vector<double> ticks = axis_ticks(low, low + length, 6);
      CHECK(ticks.size() <= 7);
      CHECK(ticks.size() >= 2);
    }
  }
  CHECK(axis_ticks(1.0, 1.0, 5).empty());
  CHECK(axis_ticks(2.0, 1.0, 5).empty());
  CHECK(axis_ticks(NAN, 1.0, 5).empty());
  CHECK(axis_ticks(0.0, infinity, 5).empty());
  CHECK(axis_ticks(1e17, 1e17 + 32.0, 5).size() <= 6);  // steps below what a double can tell
}

TEST_CASE("a line and its band are drawn to scale") {
  const std::string svg = drawn(slope());
  check_text(svg);
  CHECK(count(svg, "<polyline") == 1);
  CHECK(count(svg, "<polygon") == 1);
  CHECK(svg.find(">cells</text>") != std::string::npos);
  CHECK(svg.find(">days</text>") != std::string::npos);
  CHECK(svg.find(">control</text>") != std::string::npos);
  // Axes from x = 58 to 426 and from y = 34 to 250. y is from -5 to 105 and a twentieth more: 0 is
  // at 250 - 216 * 5 / 115.5, 100 at 250 - 216 * 105 / 115.5.
  CHECK(svg.find("<polyline points=\"58.0,240.6 ") != std::string::npos);
  CHECK(svg.find("426.0,53.6 \"") != std::string::npos);
}

TEST_CASE("values that are not finite leave gaps") {
  Plot plot = slope();
  plot.bands[0].middle[4] = NAN;
  plot.bands[0].high[7] = infinity;
  const std::string svg = drawn(plot);
  check_text(svg);
  CHECK(count(svg, "<polyline") == 3);
  CHECK(count(svg, "<polygon") == 3);
  for (double& y : plot.bands[0].low) y = NAN;
  CHECK(count(drawn(plot), "<polyline") == 0);
  check_text(drawn(plot));
}

TEST_CASE("a point has its bars, and open ends run to the edge") {
  Plot plot = slope();
  const std::size_t lines = count(drawn(plot), "<line");
  plot.points = {{0, 5.0, 50.0, 5.0, 5.0, 50.0, 50.0}};
  CHECK(count(drawn(plot), "<circle") == 1);
  CHECK(count(drawn(plot), "<line") == lines);  // no bar
  plot.points = {{0, 5.0, 50.0, 4.0, 6.0, 40.0, 60.0}};
  CHECK(count(drawn(plot), "<line") == lines + 2);
  plot.points = {{0, 5.0, 50.0, 5.0, infinity, 50.0, infinity}};
  const std::string svg = drawn(plot);
  check_text(svg);
  CHECK(count(svg, "<line") == lines + 2);
  // At x = 242, y = 250 - 216 * 55 / 115.5 = 147.1.
  CHECK(svg.find("<line x1=\"242.0\" y1=\"147.1\" x2=\"426.0\" y2=\"147.1\" ") !=
        std::string::npos);
  CHECK(svg.find("<line x1=\"242.0\" y1=\"147.1\" x2=\"242.0\" y2=\"34.0\" ") != std::string::npos);
}

TEST_CASE("a point without a value is a span of days") {
  Plot plot = slope();
  const std::size_t rects = count(drawn(plot), "<rect");
  plot.points = {{0, 3.0, NAN, 2.0, 4.0, NAN, NAN}, {0, 3.0, NAN, -infinity, 4.0, NAN, NAN}};
  const std::string svg = drawn(plot);
  check_text(svg);
  CHECK(count(svg, "<rect") == rects + 2);
  CHECK(count(svg, "<circle") == 0);
  CHECK(svg.find("<rect x=\"131.6\" y=\"34.0\" width=\"73.6\" height=\"216.0\"") !=
        std::string::npos);
  CHECK(svg.find("<rect x=\"58.0\" y=\"34.0\" width=\"147.2\"") != std::string::npos);
}

TEST_CASE("what cannot be placed is left out, and never becomes text") {
  Plot plot = slope();
  plot.points = {{0, NAN, 50.0, NAN, NAN, 40.0, 60.0}};
  check_text(drawn(plot));
  CHECK(count(drawn(plot), "<circle") == 0);
  plot.points = {{0, 5.0, 50.0, NAN, 6.0, 40.0, NAN}};
  check_text(drawn(plot));
  CHECK(count(drawn(plot), "<circle") == 1);
  plot.points = {{0, 5.0, NAN, NAN, NAN, NAN, NAN}};
  check_text(drawn(plot));
  check_text(drawn(Plot{}));
  check_text(svg_of({}));
}

TEST_CASE("an axis has a length whatever is on it") {
  Plot plot;
  plot.points = {{0, 30.0, 0.0, 30.0, 30.0, 0.0, 0.0}};
  const std::string svg = drawn(plot);
  check_text(svg);
  CHECK(svg.find("cx=\"242.0\"") != std::string::npos);  // in the middle
  CHECK(svg.find(">30</text>") != std::string::npos);
  plot.is_share = true;
  CHECK(drawn(plot).find("cy=\"250.0\"") != std::string::npos);
  plot.points[0].y = 1.0;
  CHECK(drawn(plot).find("cy=\"34.0\"") != std::string::npos);
}

TEST_CASE("text cannot become markup") {
  Plot plot = slope();
  plot.title = "cells < 0.1 & \"t\" > 2";
  plot.bands[0].label = "</text><script>";
  const std::string svg = drawn(plot);
  check_text(svg);
  CHECK(svg.find(">cells &lt; 0.1 &amp; \"t\" &gt; 2</text>") != std::string::npos);
  CHECK(svg.find("<script") == std::string::npos);
}

TEST_CASE("the same plots give the same bytes; each has its place") {
  const std::vector<Plot> three(3, slope());
  const std::string svg = svg_of(three);
  CHECK(svg == svg_of(three));
  check_text(svg);
  CHECK(svg.find("width=\"880\" height=\"580\"") != std::string::npos);
  CHECK(drawn(slope()).find("width=\"440\" height=\"290\"") != std::string::npos);
  CHECK(count(svg, "<polyline points=\"58.0,240.6 ") == 1);
  CHECK(count(svg, "<polyline points=\"498.0,240.6 ") == 1);
  CHECK(count(svg, "<polyline points=\"58.0,530.6 ") == 1);
}
