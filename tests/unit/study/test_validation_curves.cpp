#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <neurograft/study/validation_curves.hpp>

#include "made_up_validation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;
using test::experiment;
using test::MadeUpValidation;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string target(const std::string& more, const std::string& readout = "alive") {
  return "[[target]]\nreadout = \"" + readout + "\"\nsource = \"Author 2020\"\n" + more;
}

std::string with_targets(const std::string& name, int replicates) {
  return experiment(
      name, "replicates = " + std::to_string(replicates) + "\ntargets = \"targets.toml\"\n");
}

const std::string value = target("at_d = 30\nvalue = 5\nerror = 2\n");

using Values = std::vector<double>;

std::vector<CurvePanel> curves(const MadeUpValidation& made) {
  return curves_of(made.validation, made.results_folder());
}

void check_interval(const Interval& interval, double low, double high) {
  CHECK(interval.low == low);
  CHECK(interval.high == high);
}

}  // namespace

TEST_CASE("the band is mean and 95 % of runs, over the days of records") {
  const MadeUpValidation made(value, with_targets("a", 3));
  made.run("a", 0, {0.0, 30.0}, {10.0, 1.0});
  made.run("a", 1, {0.0, 30.0}, {10.0, 3.0});  // the third is not done
  const std::vector<CurvePanel> panels = curves(made);
  REQUIRE(panels.size() == 1);
  CHECK(panels[0].title == "alive");
  CHECK_FALSE(panels[0].is_share);
  REQUIRE(panels[0].bands.size() == 1);
  const CurveBand& band = panels[0].bands[0];
  CHECK(band.experiment == "a");
  CHECK(band.days == Values{0.0, 30.0});
  CHECK(band.middle == Values{10.0, 2.0});
  CHECK(band.low[0] == 10.0);
  CHECK(band.low[1] == doctest::Approx(1.05).epsilon(1e-12));
  CHECK(band.high[1] == doctest::Approx(2.95).epsilon(1e-12));
  REQUIRE(panels[0].points.size() == 1);
  const CurvePoint& point = panels[0].points[0];
  CHECK(point.experiment == "a");
  CHECK(point.day == 30.0);
  CHECK(point.value == 5.0);
  check_interval(point.days, 30.0, 30.0);
  CHECK(point.values.low == doctest::Approx(5.0 - 3.919927969).epsilon(1e-9));
}

TEST_CASE("a record without a value is a gap, and without runs there is no band but a point") {
  const MadeUpValidation made(value, with_targets("a", 2));
  CHECK(curves(made).at(0).bands.at(0).days.empty());
  CHECK(curves(made).at(0).points.size() == 1);
  made.run("a", 0, {0.0, 30.0}, {NAN, 1.0});
  made.run("a", 1, {0.0, 30.0}, {NAN, NAN});
  const CurveBand band = curves(made).at(0).bands.at(0);
  CHECK(std::isnan(band.middle.at(0)));
  CHECK(std::isnan(band.low.at(0)));
  CHECK(band.middle.at(1) == 1.0);
}

TEST_CASE("targets on one curve share a picture, those on others have their own") {
  const MadeUpValidation made(value + target("at_d = 0\nvalue = 1\nerror = 1\n") +
                                  target("at_d = 30\nper_d = 0\nvalue = 1\nerror = 1\n") +
                                  target("at_d = 30\nminus_d = 0\nvalue = 1\nerror = 1\n"),
                              with_targets("a", 1) + with_targets("b", 1));
  made.run("a", 0, {0.0, 30.0}, {10.0, 4.0});
  made.run("b", 0, {0.0, 30.0}, {10.0, 2.0});
  const std::vector<CurvePanel> panels = curves(made);
  REQUIRE(panels.size() == 3);
  for (const CurvePanel& panel : panels) {
    REQUIRE(panel.bands.size() == 2);
    CHECK(panel.bands[0].experiment == "a");
    CHECK(panel.bands[1].experiment == "b");
  }
  CHECK(panels[0].points.size() == 4);
  CHECK(panels[1].points.size() == 2);
  CHECK(panels[1].title == "alive, relative to day 0");
  CHECK(panels[1].bands[0].middle == Values{1.0, 0.4});
  CHECK(panels[2].title == "alive, less that of day 0");
  CHECK(panels[2].bands[1].middle == Values{0.0, -8.0});
}

TEST_CASE("a curve is compared with another experiment day by day, and becomes a share") {
  const std::string event = target(
      "kind = \"binomial\"\nat_d = 30\nper_experiment = \"control\"\nbelow = 0.5\nsuccesses = 9\n"
      "n = 13\n");
  const MadeUpValidation made(event,
                              experiment("control", "replicates = 2\n") + with_targets("a", 4));
  made.runs("control", {5.0, 7.0});
  made.runs("a", {1.0, 2.0, 2.9, 3.0});
  const std::vector<CurvePanel> panels = curves(made);
  REQUIRE(panels.size() == 1);
  CHECK(panels[0].is_share);
  CHECK(panels[0].title == "share of runs with alive, relative to control < 0.5");
  const CurveBand& band = panels[0].bands.at(0);
  CHECK(band.middle == Values{0.0, 0.75});
  CHECK(band.high[0] == wilson_interval(0.0, 4.0).high);
  CHECK(band.low[1] == wilson_interval(3.0, 4.0).low);
  CHECK(panels[0].points.at(0).value == 9.0 / 13.0);
}

TEST_CASE("a day that was measured is a bar along time") {
  const MadeUpValidation made(
      target("kind = \"bounds\"\nmeasure = \"day_of_largest\"\nat_least = 8\nat_most = 14\n"
             "error = 1\n") +
          target("measure = \"first_day_above\"\nlevel = 3\nvalue = 20\nerror = 1\n") +
          target("kind = \"bounds\"\nmeasure = \"first_day_below\"\nlevel = 3\nat_least = 8\n"
                 "error = 1\n"),
      with_targets("a", 1));
  made.run("a", 0, {0.0, 30.0}, {10.0, 4.0});
  const std::vector<CurvePoint> points = curves(made).at(0).points;
  REQUIRE(points.size() == 3);
  CHECK(points[0].day == 11.0);
  CHECK(std::isnan(points[0].value));
  check_interval(points[0].days, 8.0, 14.0);
  CHECK(points[1].day == 20.0);
  CHECK(points[1].value == 3.0);
  CHECK(points[1].days.high > 21.9);
  check_interval(points[1].values, 3.0, 3.0);
  CHECK(points[2].day == 8.0);
  check_interval(points[2].days, 8.0, infinity);
}

TEST_CASE("what is read off a span of days is a bar along it, to the ends of the records") {
  const MadeUpValidation made(
      target("measure = \"mean\"\nvalue = 5\nerror = 1\n") +
          target("measure = \"largest\"\nfrom_d = 10\nto_d = 20\nvalue = 6\nerror = 1\n"),
      with_targets("a", 1));
  made.run("a", 0, {-10.0, 0.0, 30.0}, {10.0, 10.0, 4.0});
  const std::vector<CurvePoint> points = curves(made).at(0).points;
  REQUIRE(points.size() == 2);
  check_interval(points[0].days, -10.0, 30.0);
  CHECK(points[0].day == 10.0);
  CHECK(points[0].value == 5.0);
  check_interval(points[1].days, 10.0, 20.0);
  CHECK(points[1].day == 15.0);
}

TEST_CASE("what is no point of a curve is not drawn") {
  const MadeUpValidation made(
      target("at_d = 30\nvalue = 5\nerror = 1\nstatistic = \"sd\"\n") +
          target("kind = \"binomial\"\nmeasure = \"first_day_above\"\nlevel = 3\nbelow = 20\n"
                 "successes = 1\nn = 2\n") +
          target("measure = \"largest\"\nper_experiment = \"a\"\nvalue = 5\nerror = 1\n"),
      with_targets("a", 1));
  made.run("a", 0, {0.0, 30.0}, {10.0, 4.0});
  CHECK(curves(made).empty());
}
