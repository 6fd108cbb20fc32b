#include <cmath>
#include <limits>

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
        "t.toml:1: [target[0]] (needs \"at_d\")\n"
        "t.toml:1: [target[0]] (needs \"readout\")\n"
        "t.toml:1: [target[0]] (needs \"source\")\n"
        "t.toml:1: [target[0]] (needs \"value\")\n"
        "t.toml:1: [target[0]] (needs \"error\")");
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

TEST_CASE("a readout becomes a ratio, and a ratio an event") {
  Target target;
  CHECK(simulated_value(target, 3.0, 4.0) == 3.0);
  target.per = "donor_injected";
  CHECK(simulated_value(target, 3.0, 4.0) == 0.75);
  target.below = 0.75;
  CHECK(simulated_value(target, 3.0, 4.0) == 0.0);
  CHECK(simulated_value(target, 2.9, 4.0) == 1.0);
  target.below.reset();
  target.above = 0.75;
  CHECK(simulated_value(target, 3.0, 4.0) == 0.0);
  CHECK(simulated_value(target, 3.1, 4.0) == 1.0);
  CHECK_FALSE(std::isfinite(simulated_value(target, 3.0, 0.0)));
  CHECK_FALSE(std::isfinite(simulated_value(target, NAN, 4.0)));
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
