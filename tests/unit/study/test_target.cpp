#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <neurograft/study/target.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

std::vector<Target> read(const std::string& text) {
  return read_targets(Config::from_string(text, "t.toml"));
}

std::string problems_of(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

const std::string source = "source = \"Author 2020\"\n";

doctest::Approx closely(double x) {
  return doctest::Approx(x).epsilon(1e-14);
}

Target measured(double value, double error) {
  Target target;
  target.value = value;
  target.error = error;
  return target;
}

}  // namespace

TEST_CASE("a file of targets is read") {
  const std::vector<Target> targets =
      read("[[target]]\nreadout = \"donor_alive\"\nat_d = 30\nvalue = 0.45\nerror = 0.05\nn = 6\n" +
           source +
           "[[target]]\nkind = \"binomial\"\nreadout = \"donor_alive\"\nper = \"donor_injected\"\n"
           "below = 0.1\nat_d = 90.0\nsuccesses = 9\nn = 12\n" +
           source);
  REQUIRE(targets.size() == 2);
  CHECK(targets[0].kind == TargetKind::normal);
  CHECK(targets[0].readout == "donor_alive");
  CHECK(targets[0].per.empty());
  CHECK(targets[0].day == 30.0);
  CHECK(targets[0].value == 0.45);
  CHECK(targets[0].error == 0.05);
  CHECK(targets[0].n == 6);
  CHECK(targets[0].source == "Author 2020");
  CHECK_FALSE(targets[0].above.has_value());
  CHECK_FALSE(targets[0].below.has_value());
  CHECK(targets[1].kind == TargetKind::binomial);
  CHECK(targets[1].per == "donor_injected");
  CHECK(targets[1].below == 0.1);
  CHECK(targets[1].value == 0.75);
  CHECK(targets[1].error == binomial_error(9, 12));
  CHECK(targets[1].n == 12);
}

TEST_CASE("everything that a target lacks is told, with its line") {
  CHECK(problems_of("") == "t.toml: no targets; write [[target]] entries");
  CHECK(problems_of("[[target]]\n") ==
        "t.toml:1: [target[0]] (needs \"readout\")\n"
        "t.toml:1: [target[0]] (needs \"source\")\n"
        "t.toml:1: [target[0]] (needs \"at_d\")\n"
        "t.toml:1: [target[0]] (needs \"error\")\n"
        "t.toml:1: [target[0]] (needs \"value\")");
  CHECK(problems_of("[[target]]\nkind = \"binomial\"\nreadout = \"\"\nat_d = 1\nsource = \"\"\n") ==
        "t.toml:1: [target[0]] (needs \"successes\")\n"
        "t.toml:1: [target[0]] (needs \"n\")\n"
        "t.toml:3: target[0].readout = \"\" (must not be empty)\n"
        "t.toml:5: target[0].source = \"\" (must not be empty)");
}

TEST_CASE("what is wrong with values of targets is told at once") {
  CHECK(problems_of("[[target]]\nreadout = \"a\"\nat_d = nan\nvalue = inf\nerror = 0\nn = 0\n"
                    "successes = 3\nabove = 1\nsorce = \"b\"\n" +
                    source) ==
        "t.toml:3: target[0].at_d = nan (must be finite)\n"
        "t.toml:4: target[0].value = inf (must be finite)\n"
        "t.toml:5: target[0].error = 0 (must be > 0)\n"
        "t.toml:6: target[0].n = 0 (must be >= 1)\n"
        "t.toml:7: target[0].successes = 3 (is for a target of kind = \"binomial\")\n"
        "t.toml:8: target[0].above = 1.0 (is for a target of kind = \"binomial\")\n"
        "t.toml:9: unknown key \"sorce\" in [[target]]; did you mean \"source\"?");
  CHECK(problems_of("[[target]]\nkind = \"binomial\"\nreadout = \"a\"\nat_d = 1\nn = 5\n"
                    "successes = 6\nerror = 0.1\nabove = 1\nbelow = 2\n" +
                    source) ==
        "t.toml:6: target[0].successes = 6 (must be <= n = 5)\n"
        "t.toml:7: target[0].error = 0.1 (a binomial target has successes and n instead)\n"
        "t.toml:9: target[0].below = 2.0 (the event is above or below, not both)");
  CHECK(problems_of("[[target]]\nkind = \"poisson\"\n[[targt]]\n")
            .find("t.toml:3: unknown section [[targt]]; did you mean [[target]]?") !=
        std::string::npos);
}

TEST_CASE("the standard error of a share is that of its law and never 0") {
  CHECK(binomial_error(5, 10) == closely(std::sqrt(0.25 / 10.0)));
  CHECK(binomial_error(0, 10) == closely(std::sqrt(0.5 / 11.0 * 10.5 / 11.0 / 10.0)));
  CHECK(binomial_error(10, 10) == closely(binomial_error(0, 10)));
  CHECK(binomial_error(0, 1) > 0.0);
}

TEST_CASE("bounds, measures and references are read") {
  const std::vector<Target> targets = read(
      "[[target]]\nname = \"peak\"\nkind = \"bounds\"\nmeasure = \"day_of_largest\"\n"
      "readout = \"t_cells\"\nfrom_d = 2\nto_d = 60\nat_least = 8\nat_most = 14\nerror = 2\n" +
      source +
      "[[target]]\nkind = \"bounds\"\nreadout = \"a\"\nper = \"b\"\nper_d = 1.5\nat_d = 3.5\n"
      "at_most = -4\nerror = 1\nper_experiment = \"x\"\nstatistic = \"sd\"\n" +
      source +
      "[[target]]\nreadout = \"a\"\nmeasure = \"first_day_below\"\nlevel = 0.5\nminus_d = 0\n"
      "minus_experiment = \"y\"\nvalue = 9\nerror = 1\n" +
      source);
  REQUIRE(targets.size() == 3);
  CHECK(targets[0].name == "peak");
  CHECK(targets[0].kind == TargetKind::bounds);
  CHECK(targets[0].measure == Measure::day_of_largest);
  CHECK(targets[0].from_d == 2.0);
  CHECK(targets[0].to_d == 60.0);
  CHECK(targets[0].at_least == 8.0);
  CHECK(targets[0].at_most == 14.0);
  CHECK(targets[0].statistic == Statistic::mean);
  CHECK(targets[0].reference().empty());
  CHECK(targets[1].name == "a per b, day 3.5");
  CHECK(targets[1].per_d == 1.5);
  CHECK_FALSE(targets[1].minus_d.has_value());
  CHECK_FALSE(targets[1].at_least.has_value());
  CHECK(targets[1].value == -4.0);
  CHECK(targets[1].reference() == "x");
  CHECK(targets[1].statistic == Statistic::standard_deviation);
  CHECK(targets[2].name == "a, first_day_below");
  CHECK(targets[2].level == 0.5);
  CHECK(targets[2].minus_d == 0.0);
  CHECK(targets[2].reference() == "y");
  CHECK_FALSE(targets[2].is_event());
}

TEST_CASE("keys that contradict each other are told, each with its line") {
  const std::string start = "[[target]]\nreadout = \"a\"\n" + source;
  CHECK(problems_of(start + "measure = \"largest\"\nat_d = 1\nfrom_d = 5\nto_d = 4\nlevel = 1\n"
                            "value = 1\nerror = 1\n") ==
        "t.toml:5: target[0].at_d = 1.0 (is for measure = \"value\"; others take from_d and to_d)\n"
        "t.toml:7: target[0].to_d = 4.0 (must be >= from_d)\n"
        "t.toml:8: target[0].level = 1.0 (is for a first day above or below it)");
  CHECK(problems_of(start + "measure = \"first_day_above\"\nvalue = 1\nerror = 1\n") ==
        "t.toml:1: [target[0]] (needs \"level\")");
  CHECK(
      problems_of(start + "at_d = 1\nfrom_d = 0\nper_d = 0\nminus_d = 0\nat_least = 1\n"
                          "per_experiment = \"x\"\nminus_experiment = \"y\"\nvalue = 1\n"
                          "error = 1\n") ==
      "t.toml:5: target[0].from_d = 0.0 (a value is that of the day at_d)\n"
      "t.toml:7: target[0].minus_d = 0.0 (is given with per_d: one of them)\n"
      "t.toml:8: target[0].at_least = 1.0 (is for a target of kind = \"bounds\")\n"
      "t.toml:10: target[0].minus_experiment = \"y\" (is given with per_experiment: one of them)");
  CHECK(problems_of(start + "kind = \"bounds\"\nat_d = 1\nvalue = 1\nerror = 1\n") ==
        "t.toml:1: [target[0]] (needs \"at_least\" or \"at_most\")\n"
        "t.toml:6: target[0].value = 1.0 (a target of bounds has at_least and at_most instead)");
  CHECK(
      problems_of(start + "kind = \"bounds\"\nat_d = 1\nat_least = 2\nat_most = 1\nerror = 1\n") ==
      "t.toml:7: target[0].at_most = 1.0 (must be >= at_least)");
  CHECK(problems_of(start + "kind = \"binomial\"\nat_d = 1\nsuccesses = 1\nn = 2\n"
                            "statistic = \"sd\"\n") ==
        "t.toml:8: target[0].statistic = \"sd\" (of events the share is taken)");
}

TEST_CASE("what targets need collected, and read") {
  std::vector<Target> targets(3);
  targets[0].readout = "alive";
  targets[0].per = "injected";
  targets[0].day = 30.0;
  targets[0].per_d = 0.5;
  targets[1].readout = "t_cells";
  targets[1].measure = Measure::largest;
  targets[1].minus_d = 2.0;
  targets[2] = targets[0];
  using Names = std::vector<std::string>;
  CHECK(readouts_of(targets) ==
        Names{"alive@30", "injected@30", "alive@0.5", "injected@0.5", "t_cells", "t_cells@2"});
  CHECK(columns_of(targets) == Names{"alive", "injected", "t_cells"});
}

TEST_CASE("the curve is a readout, per another, relative to its own on a day") {
  const SeriesTable series{.days = {0.0, 1.0, 2.0},
                           .columns = {{"a", "", "", {2.0, 6.0, 12.0}},
                                       {"b", "", "", {1.0, 2.0, 3.0}},
                                       {"c.grey", "", "", {1.0, 1.0, 1.0}}},
                           .complete = true};
  Target target;
  target.readout = "a";
  using Values = std::vector<double>;
  CHECK(curve_of(target, series) == Values{2.0, 6.0, 12.0});
  target.per = "b";
  CHECK(curve_of(target, series) == Values{2.0, 3.0, 4.0});
  target.per_d = 2.0;
  CHECK(curve_of(target, series) == Values{0.5, 0.75, 1.0});
  target.per_d.reset();
  target.minus_d = 1.0;
  CHECK(curve_of(target, series) == Values{-1.0, 0.0, 1.0});
  target.minus_d = 1.5;  // no record
  CHECK(std::isnan(curve_of(target, series).at(2)));
  target.readout = "c";
  CHECK_THROWS_WITH_AS(curve_of(target, series),
                       "target: readout \"c\" has parts; name one of them, as in c.grey",
                       InputError);
}

TEST_CASE("each measure is what it says") {
  const std::vector<double> days{0.0, 1.0, 2.0, 4.0, 5.0};
  const std::vector<double> curve{3.0, 1.0, 5.0, 9.0, 9.0};
  const auto measured_as = [&](Measure measure, std::optional<double> from = {},
                               std::optional<double> to = {}, double level = 0.0) {
    Target target;
    target.measure = measure;
    target.from_d = from;
    target.to_d = to;
    target.level = level;
    return measure_of(target, days, curve);
  };
  CHECK(measured_as(Measure::largest) == 9.0);
  CHECK(measured_as(Measure::largest, 0.0, 2.0) == 5.0);
  CHECK(measured_as(Measure::smallest) == 1.0);
  CHECK(measured_as(Measure::smallest, 2.0) == 5.0);
  CHECK(measured_as(Measure::mean) == 5.4);
  CHECK(measured_as(Measure::mean, 1.0, 2.0) == 3.0);
  CHECK(measured_as(Measure::day_of_largest) == 4.0);  // the first of two
  CHECK(measured_as(Measure::day_of_largest, {}, 1.5) == 0.0);
  CHECK(measured_as(Measure::first_day_above, {}, {}, 2.0) == 0.0);
  CHECK(measured_as(Measure::first_day_above, {}, {}, 7.0) == 3.0);
  CHECK(measured_as(Measure::first_day_above, 1.0, {}, 2.0) == 1.25);
  CHECK(measured_as(Measure::first_day_below, {}, {}, 2.0) == 0.5);
  CHECK(measured_as(Measure::first_day_below, 1.5, {}, 6.0) == 2.0);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(measured_as(Measure::first_day_above, {}, {}, 9.0) == infinity);
  CHECK(measured_as(Measure::first_day_above, {}, 2.0, 7.0) == infinity);
  CHECK(measured_as(Measure::first_day_below, {}, {}, 1.0) == infinity);
  CHECK(std::isnan(measured_as(Measure::largest, 2.5, 3.5)));
  CHECK(std::isnan(measured_as(Measure::first_day_above, 6.0)));
  Target target;
  target.day = 4.0;
  CHECK(measure_of(target, days, curve) == 9.0);
  target.day = 3.0;
  CHECK(std::isnan(measure_of(target, days, curve)));
}

TEST_CASE("records without a value are passed over, wherever they are") {
  const std::vector<double> days{0.0, 1.0, 2.0, 3.0};
  for (const std::vector<double>& curve :
       {std::vector<double>{NAN, 4.0, 1.0, 2.0}, {4.0, NAN, 1.0, 2.0}, {4.0, 1.0, 2.0, NAN}}) {
    Target target;
    target.measure = Measure::largest;
    CHECK(measure_of(target, days, curve) == 4.0);
    target.measure = Measure::smallest;
    CHECK(measure_of(target, days, curve) == 1.0);
    target.measure = Measure::mean;
    CHECK(measure_of(target, days, curve) == closely(7.0 / 3.0));
    target.measure = Measure::day_of_largest;
    CHECK(measure_of(target, days, curve) == (std::isnan(curve[0]) ? 1.0 : 0.0));
  }
  Target above;
  above.measure = Measure::first_day_above;
  above.level = 3.0;
  CHECK(measure_of(above, days, std::vector<double>{NAN, 4.0, 5.0, 6.0}) == 1.0);
  CHECK(measure_of(above, days, std::vector<double>{2.0, NAN, 4.0, 5.0}) == 1.0);
  CHECK(std::isnan(measure_of(above, days, std::vector<double>(4, NAN))));
}

TEST_CASE("a day off by rounding alone is the day") {
  const double day = 0.1 + 0.2;
  REQUIRE(day != 0.3);
  const std::vector<double> days{0.0, day, 0.6};
  const std::vector<double> curve{1.0, 2.0, 3.0};
  Target target;
  target.day = 0.3;
  CHECK(measure_of(target, days, curve) == 2.0);
  target.measure = Measure::largest;
  target.to_d = 0.3;
  CHECK(measure_of(target, days, curve) == 2.0);
}

TEST_CASE("a measure is compared with another experiment, and becomes an event") {
  Target target;
  CHECK(simulated_value(target, 3.0) == 3.0);
  CHECK(simulated_value(target, 3.0, 4.0) == 3.0);
  target.minus_experiment = "other";
  CHECK(simulated_value(target, 3.0, 4.0) == -1.0);
  target.minus_experiment.clear();
  target.per_experiment = "other";
  CHECK(simulated_value(target, 3.0, 4.0) == 0.75);
  CHECK_FALSE(std::isfinite(simulated_value(target, 3.0, 0.0)));
  target.below = 0.75;
  CHECK(simulated_value(target, 3.0, 4.0) == 0.0);
  CHECK(simulated_value(target, 2.9, 4.0) == 1.0);
  target.below.reset();
  target.above = 0.75;
  CHECK(simulated_value(target, 3.0, 4.0) == 0.0);
  CHECK(simulated_value(target, 3.1, 4.0) == 1.0);
  // What failed is no event that did not occur.
  CHECK(std::isnan(simulated_value(target, NAN, 4.0)));
  CHECK(std::isnan(simulated_value(target, 3.0, NAN)));
  // A level that is never passed is passed later than any day.
  CHECK(simulated_value(target, std::numeric_limits<double>::infinity(), 4.0) == 1.0);
}

TEST_CASE("within bounds there is no distance, beyond them it counts in errors") {
  Target target = measured(0.0, 2.0);
  target.kind = TargetKind::bounds;
  target.at_least = 8.0;
  target.at_most = 14.0;
  CHECK(distance_to(target, 8.0) == 0.0);
  CHECK(distance_to(target, 14.0) == 0.0);
  CHECK(distance_to(target, 5.0) == -1.5);
  CHECK(distance_to(target, 18.0) == 2.0);
  CHECK(std::isnan(distance_to(target, NAN)));
  target.at_least.reset();
  CHECK(distance_to(target, -1e9) == 0.0);
  target.at_most.reset();
  target.at_least = 8.0;
  CHECK(distance_to(target, std::numeric_limits<double>::infinity()) == 0.0);
}

TEST_CASE("the distance is the root mean square of differences in standard errors") {
  const std::vector<Target> targets{measured(1.0, 0.5), measured(10.0, 2.0)};
  CHECK(distance(targets, std::vector<double>{1.0, 10.0}) == 0.0);
  CHECK(distance(targets, std::vector<double>{1.5, 8.0}) == 1.0);
  CHECK(distance(targets, std::vector<double>{2.5, 2.0}) == closely(std::sqrt((9.0 + 16.0) / 2.0)));
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(distance(targets, std::vector<double>{std::nan(""), 10.0}) == infinity);
  CHECK(distance(targets, std::vector<double>{1.0, -infinity}) == infinity);
  CHECK_THROWS_AS(distance(targets, std::vector<double>{1.0}), Error);
  CHECK_THROWS_AS(distance({}, {}), Error);
}
