#include <cmath>
#include <limits>
#include <list>
#include <string>
#include <vector>

#include <neurograft/study/validation.hpp>

#include "made_up_validation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;
using test::experiment;
using test::MadeUpValidation;

namespace {

const std::string one_experiment = experiment("a", "replicates = 4\ntargets = \"targets.toml\"\n");

std::string target(const std::string& more, const std::string& readout = "alive") {
  return "[[target]]\nreadout = \"" + readout + "\"\nsource = \"Author 2020\"\n" + more;
}

std::string normal(double value, double error) {
  return target("at_d = 30\nvalue = " + std::to_string(value) +
                "\nerror = " + std::to_string(error) + "\n");
}

const std::string at_least_3 = target("kind = \"bounds\"\nat_d = 30\nat_least = 3\nerror = 1\n");
const std::string below_half =
    target("kind = \"binomial\"\nat_d = 30\nbelow = 0.5\nsuccesses = 9\nn = 13\n");

// The result of one target for these values on day 30.
TargetResult result_for(const std::string& target, const std::vector<double>& values) {
  static std::list<MadeUpValidation> kept;  // a result points into its validation
  MadeUpValidation& made = kept.emplace_back(target, one_experiment);
  made.runs("a", values);
  return made.results().at(0);
}

void check_interval(const Interval& interval, double low, double high) {
  CHECK(interval.low == doctest::Approx(low).epsilon(1e-12));
  CHECK(interval.high == doctest::Approx(high).epsilon(1e-12));
}

}  // namespace

TEST_CASE("Wilson's interval has the values of the literature") {
  const Interval some = wilson_interval(9.0, 13.0);
  CHECK(std::abs(some.low - 0.4237) < 5e-5);
  CHECK(std::abs(some.high - 0.8732) < 5e-5);
  const Interval none = wilson_interval(0.0, 13.0);
  CHECK(none.low == 0.0);
  CHECK(std::abs(none.high - 0.2281) < 5e-5);
  const Interval all = wilson_interval(13.0, 13.0);
  check_interval(all, 1.0 - none.high, 1.0);
  for (double n = 1.0; n <= 100.0; n += 1.0) {
    CHECK(wilson_interval(0.0, n).low == 0.0);
    CHECK(wilson_interval(n, n).high == 1.0);
    CHECK(wilson_interval(0.5 * n, n).low > 0.0);
    CHECK(wilson_interval(0.5 * n, n).high < 1.0);
  }
}

TEST_CASE("what was measured is an interval") {
  Target target;
  target.value = 5.0;
  target.error = 2.0;
  check_interval(measured_interval(target), 5.0 - 3.919927969080108, 5.0 + 3.919927969080108);
  target.kind = TargetKind::binomial;
  target.value = 9.0 / 13.0;
  target.n = 13;
  check_interval(measured_interval(target), wilson_interval(9.0, 13.0).low,
                 wilson_interval(9.0, 13.0).high);
  target.kind = TargetKind::bounds;
  target.at_least = 3.0;
  CHECK(measured_interval(target).low == 3.0);
  CHECK(measured_interval(target).high == std::numeric_limits<double>::infinity());
  target.at_least.reset();
  target.at_most = 4.0;
  CHECK(measured_interval(target).low == -std::numeric_limits<double>::infinity());
  CHECK(measured_interval(target).high == 4.0);
}

TEST_CASE("the model's mean has Student's interval, and runs a range") {
  const TargetResult result = result_for(normal(4.0, 1.0), {1.0, 2.0, 3.0, 6.0});
  CHECK(result.values == std::vector<double>{1.0, 2.0, 3.0, 6.0});
  CHECK(result.failed == 0);
  CHECK(result.mean.mean == 3.0);
  // sd sqrt(14 / 3), t of 3 degrees 3.182446
  const double half = 3.182446305 * std::sqrt(14.0 / 3.0 / 4.0);
  CHECK(result.mean.low == doctest::Approx(3.0 - half).epsilon(1e-8));
  CHECK(result.mean.high == doctest::Approx(3.0 + half).epsilon(1e-8));
  check_interval(result.runs, 1.075, 5.775);
  CHECK(result.verdict == Verdict::pass);  // 3 is within 4 +- 1.96
}

TEST_CASE("pass, open and miss") {
  const std::vector<double> values{1.0, 2.0, 3.0, 6.0};  // mean 3, from -0.44 to 6.44
  CHECK(result_for(normal(4.9, 1.0), values).verdict == Verdict::pass);
  CHECK(result_for(normal(5.0, 1.0), values).verdict == Verdict::open);
  CHECK(result_for(normal(8.3, 1.0), values).verdict == Verdict::open);
  CHECK(result_for(normal(8.5, 1.0), values).verdict == Verdict::miss);
  CHECK(result_for(normal(-2.5, 1.0), values).verdict == Verdict::miss);
  CHECK(result_for(at_least_3, values).verdict == Verdict::pass);  // the bound itself is within
  CHECK(result_for(at_least_3, {2.9, 2.9, 2.9, 2.9}).verdict == Verdict::miss);
}

TEST_CASE("runs that are not done have no value, and without any nothing is decided") {
  const TargetResult two = result_for(at_least_3, {3.0, 5.0});
  CHECK(two.values.size() == 2);
  CHECK(two.failed == 2);
  CHECK(two.mean.mean == 4.0);
  const TargetResult none = result_for(at_least_3, {});
  CHECK(none.values.empty());
  CHECK(none.failed == 4);
  CHECK(none.verdict == Verdict::open);
  CHECK(std::isnan(none.runs.low));
}

TEST_CASE("a share of runs has Wilson's interval") {
  const TargetResult result = result_for(below_half, {0.1, 0.2, 0.3, 0.7});
  CHECK(result.values == std::vector<double>{1.0, 1.0, 1.0, 0.0});
  CHECK(result.mean.mean == 0.75);
  CHECK(result.mean.low == wilson_interval(3.0, 4.0).low);
  CHECK(result.mean.high == wilson_interval(3.0, 4.0).high);
  CHECK(result.verdict == Verdict::pass);
  CHECK(result_for(below_half, {0.1, 0.1, 0.1, 0.1}).verdict == Verdict::open);  // 0.51 to 1
  CHECK(result_for(below_half, {0.6, 0.6, 0.6, 0.6}).verdict == Verdict::open);  // 0 to 0.49
}

TEST_CASE("a share of none passes where none was measured, and all where all were") {
  const auto of_13 = [](int successes) {
    return target("kind = \"binomial\"\nat_d = 30\nbelow = 0.5\nn = 13\nsuccesses = " +
                  std::to_string(successes) + "\n");
  };
  CHECK(result_for(of_13(0), {0.6, 0.6, 0.6, 0.6}).verdict == Verdict::pass);
  CHECK(result_for(of_13(13), {0.1, 0.1, 0.1, 0.1}).verdict == Verdict::pass);
}

TEST_CASE("a standard deviation of runs has that of a normal law") {
  const TargetResult result =
      result_for(normal(2.0, 0.2) + "statistic = \"sd\"\n", {1.0, 2.0, 3.0, 6.0});
  const double sd = std::sqrt(14.0 / 3.0);
  CHECK(result.mean.mean == doctest::Approx(sd).epsilon(1e-12));
  const double half = 1.959963984540054 * sd / std::sqrt(6.0);
  CHECK(result.mean.low == doctest::Approx(sd - half).epsilon(1e-12));
  CHECK(result.mean.high == doctest::Approx(sd + half).epsilon(1e-12));
  const TargetResult one = result_for(normal(2.0, 0.2) + "statistic = \"sd\"\n", {1.0});
  CHECK(one.verdict == Verdict::open);
}

TEST_CASE("a level that a run never passes is later than any day") {
  const std::string late = target(
      "kind = \"bounds\"\nmeasure = \"first_day_above\"\nlevel = 20\nat_least = 8\nerror = 1\n");
  CHECK(result_for(late, {40.0, 40.0, 40.0, 10.0}).verdict == Verdict::pass);
  const TargetResult result = result_for(late + "at_most = 20\n", {40.0, 40.0, 40.0, 10.0});
  CHECK(std::isinf(result.mean.mean));
  CHECK(std::isnan(result.runs.low));
  CHECK(result.verdict == Verdict::miss);
  CHECK(result.values.size() == 4);
  CHECK(result.values[0] == 10.0);  // from 10 to 40 over 30 days
}

TEST_CASE("an experiment is compared with the mean of another") {
  const MadeUpValidation made(
      target("at_d = 30\nper_experiment = \"control\"\nvalue = 0.5\nerror = 0.1\n") +
          target("at_d = 30\nminus_experiment = \"control\"\nvalue = 0\nerror = 0.1\n"),
      experiment("control", "replicates = 2\n") + one_experiment);
  made.runs("a", {1.0, 2.0, 3.0, 4.0});
  const std::vector<TargetResult> before = made.results();
  CHECK(before.at(0).values.empty());  // nothing to compare with yet
  made.runs("control", {3.0, 5.0});
  const std::vector<TargetResult> results = made.results();
  REQUIRE(results.size() == 2);
  CHECK(results[0].experiment->name == "a");
  CHECK(results[0].values == std::vector<double>{0.25, 0.5, 0.75, 1.0});
  CHECK(results[1].values == std::vector<double>{-3.0, -2.0, -1.0, 0.0});
  // The control is 4 with a standard error of 1; its interval by Student's t with one degree of
  // freedom. That of four runs that differ by 1: three degrees, 1.2910 / 2.
  const double control = 12.7062;
  const double own = 3.1824 * 1.2910 / 2.0;
  const auto half = [](const TargetResult& r) { return 0.5 * (r.mean.high - r.mean.low); };
  CHECK(half(results[1]) == doctest::Approx(std::hypot(own, control)).epsilon(1e-4));
  CHECK(half(results[0]) ==
        doctest::Approx(std::hypot(own / 4.0, control * 0.625 / 4.0)).epsilon(1e-4));
}

TEST_CASE("a share has Wilson's interval, whether a run is compared with a level or is 0 or 1") {
  const std::string itself = target("kind = \"binomial\"\nat_d = 30\nsuccesses = 9\nn = 13\n");
  const TargetResult result = result_for(itself, {1.0, 1.0, 1.0, 1.0});
  const Interval all = wilson_interval(4.0, 4.0);
  CHECK(result.mean.mean == 1.0);
  CHECK(result.mean.low == all.low);
  CHECK(result.verdict == Verdict::open);
}
