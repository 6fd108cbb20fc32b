#include <algorithm>
#include <cmath>
#include <limits>

#include <neurograft/study/trial.hpp>

#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

using Row = std::vector<std::string>;
using Values = std::vector<double>;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// A sample that is as normal as one of its size can be: its quantiles, in an order of its own for
// each `stride`.
Values normal(double mean, double sd, std::size_t stride = 1) {
  constexpr std::size_t count = 2003;  // a prime
  Values values;
  for (std::size_t n = 0; n < count; ++n) {
    const double u = (static_cast<double>((n * stride) % count) + 0.5) / double{count};
    values.push_back(mean + sd * boost::math::quantile(boost::math::normal(), u));
  }
  return values;
}

Trial trial_of(const std::vector<Arm>& arms, std::size_t patients, std::size_t trials = 4000) {
  Trial trial;
  trial.arms = arms;
  trial.patients = patients;
  trial.trials = trials;
  return trial;
}

Arm arm(const std::string& name) {
  return {name, {}};
}

Arm dosed(const std::string& name, double dose, std::size_t allocated) {
  return {name, {}, true, dose, allocated};
}

// Chance of a significant t for this mean of the statistic.
double power(double shift, double degrees, double alpha = 0.05) {
  const double critical =
      boost::math::quantile(boost::math::complement(boost::math::students_t(degrees), alpha / 2));
  if (shift == 0.0) return alpha;
  const boost::math::non_central_t law(degrees, shift);
  return boost::math::cdf(boost::math::complement(law, critical)) +
         boost::math::cdf(law, -critical);
}

// Whether a share of so many trials is what one expects of this chance.
bool is_near(const std::string& share, double chance, std::size_t trials, double bias = 0.004) {
  const double sigma = std::sqrt(chance * (1.0 - chance) / static_cast<double>(trials));
  INFO(share, " of ", chance, " +- ", sigma);
  return std::abs(std::stod(share) - chance) < 4.5 * sigma + bias;
}

}  // namespace

TEST_CASE("values of a trial are means over replicates, none where nothing is done") {
  const Trial trial = trial_of({arm("a"), arm("b")}, 3);
  std::vector<PlannedRun> runs(8);
  StudyResults results;
  results.readouts = {"x", "y"};
  const std::vector<std::size_t> points{0, 0, 1, 2, 3, 3, 3, 5};
  for (std::size_t n = 0; n < runs.size(); ++n) {
    runs[n].point = points[n];
    results.rows.push_back({&runs[n], {double(n), -double(n)}, {}});
  }
  const TrialOutcome outcome = outcome_of(trial, results);
  CHECK(outcome.readouts == Row{"x", "y"});
  REQUIRE(outcome.values.size() == 2);
  CHECK(outcome.values[0][0] == Values{0.5, 2.0, 3.0});
  CHECK(outcome.values[1][0] == Values{-0.5, -2.0, -3.0});
  CHECK(outcome.values[0][1][0] == 5.0);
  CHECK(std::isnan(outcome.values[0][1][1]));
  CHECK(outcome.values[0][1][2] == 7.0);
}

TEST_CASE("replicates sharpen means and leave the spread of single patients") {
  const Trial trial = trial_of({arm("a"), arm("b")}, 2);
  std::vector<PlannedRun> runs(8);
  StudyResults results;
  results.readouts = {"x"};
  for (std::size_t n = 0; n < runs.size(); ++n) {
    runs[n].point = n / 2;  // two runs of each patient, 1 apart from their mean
    results.rows.push_back({&runs[n], {(n < 4 ? 10.0 : 12.0) + (n % 2 == 0 ? -1.0 : 1.0)}, {}});
  }
  const TrialOutcome outcome = outcome_of(trial, results);
  CHECK(outcome.singles[0][0] == Values{9.0, 11.0, 9.0, 11.0});
  const double sd = std::sqrt(4.0 / 3.0);
  CHECK(std::stod(arm_table(trial, outcome).rows[0][4]) == doctest::Approx(sd).epsilon(1e-12));
  CHECK(std::stod(effect_table(trial, outcome).rows[0][7]) ==
        doctest::Approx(2.0 / sd).epsilon(1e-12));
}

TEST_CASE("arms have the mean, spread and interval of their patients") {
  const Trial trial = trial_of({arm("a"), arm("b"), arm("c")}, 5);
  const CsvTable table =
      arm_table(trial, {{"x"}, {{{1, 2, none, 3, 4}, {7, none, none, none, none}, {none}}}});
  CHECK(table.header == Row{"arm", "readout", "patients", "mean", "sd", "low", "high"});
  REQUIRE(table.rows.size() == 3);
  const Row& row = table.rows[0];
  CHECK(row[0] == "a");
  CHECK(row[2] == "4");
  CHECK(row[3] == "2.5");
  const double sd = std::sqrt(5.0 / 3.0);
  CHECK(std::stod(row[4]) == doctest::Approx(sd).epsilon(1e-12));
  CHECK(std::stod(row[5]) == doctest::Approx(2.5 - 3.182446305 * sd / 2.0).epsilon(1e-8));
  CHECK(std::stod(row[6]) == doctest::Approx(2.5 + 3.182446305 * sd / 2.0).epsilon(1e-8));
  CHECK(table.rows[1] == Row{"b", "x", "1", "7", "", "", ""});
  CHECK(table.rows[2] == Row{"c", "x", "0", "", "", "", ""});
}

TEST_CASE("effects are differences within patients, and standardised between them") {
  const Trial trial = trial_of({arm("control"), arm("a"), arm("b")}, 4);
  const CsvTable table =
      effect_table(trial, {{"x"}, {{{1, 2, 3, 4}, {2, 4, 3, none}, {5, none, none, none}}}});
  CHECK(table.header ==
        Row{"arm", "control", "readout", "pairs", "difference", "low", "high", "cohens_d"});
  REQUIRE(table.rows.size() == 2);
  const Row& row = table.rows[0];
  CHECK(Row(row.begin(), row.begin() + 5) == Row{"a", "control", "x", "3", "1"});
  // Differences 1, 2, 0: standard deviation 1, critical t of 2 degrees 4.302652730.
  CHECK(std::stod(row[6]) == doctest::Approx(1.0 + 4.302652730 / std::sqrt(3.0)).epsilon(1e-8));
  CHECK(std::stod(row[5]) == doctest::Approx(1.0 - 4.302652730 / std::sqrt(3.0)).epsilon(1e-8));
  // Means 3 and 2.5, variances 1 and 5/3.
  CHECK(std::stod(row[7]) == doctest::Approx(0.5 / std::sqrt(4.0 / 3.0)).epsilon(1e-12));
  CHECK(table.rows[1] == Row{"b", "control", "x", "1", "4", "", "", ""});
}

TEST_CASE("the power for normal data is that of the t test") {
  Trial trial = trial_of({arm("control"), arm("half"), arm("whole")}, 2003);
  trial.sizes = {8, 20, 50};
  const CsvTable table = power_table(trial, {{"x"}, {{normal(5, 2), normal(6, 2), normal(3, 2)}}});
  CHECK(table.header == Row{"arm", "control", "readout", "patients_per_arm", "trials", "power"});
  REQUIRE(table.rows.size() == 6);
  for (const Row& row : table.rows) {
    CAPTURE(row[0]);
    CAPTURE(row[3]);
    const double n = std::stod(row[3]);
    const double effect = row[0] == "half" ? 0.5 : 1.0;
    CHECK(row[4] == "4000");
    CHECK(is_near(row[5], power(effect * std::sqrt(n / 2.0), 2.0 * n - 2.0), 4000));
  }
}

TEST_CASE("without an effect the test is significant as often as its level says") {
  Trial trial = trial_of({arm("control"), arm("same")}, 2003);
  trial.sizes = {10, 40};
  for (const double alpha : {0.05, 0.2}) {
    trial.alpha = alpha;
    const CsvTable table = power_table(trial, {{"x"}, {{normal(0, 1), normal(0, 1)}}});
    for (const Row& row : table.rows) CHECK(is_near(row[5], alpha, 4000));
  }
  // The seed of the trial moves it, and nothing else does.
  const auto share = [&] {
    return power_table(trial, {{"x"}, {{normal(0, 1), normal(0, 1)}}}).rows[0][5];
  };
  const std::string first = share();
  CHECK(share() == first);
  trial.study.seed = 2;
  CHECK(share() != first);
}

TEST_CASE("arms with fewer than two patients have no power") {
  Trial trial = trial_of({arm("control"), arm("a"), arm("b")}, 2);
  trial.sizes = {5};
  const CsvTable table = power_table(trial, {{"x"}, {{{1, 2}, {1, none}, {3, 5}}}});
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0][0] == "b");
}

TEST_CASE("a dose effect is found as often as the test of a slope finds it") {
  // Doses in no order, one arm without patients, one without a dose.
  const Trial trial = trial_of({arm("control"), dosed("d2", 2, 5), dosed("d0", 0, 5),
                                dosed("d1", 1, 5), dosed("empty", 9, 0)},
                               2003);
  const double slope = 0.6;
  const TrialOutcome outcome{
      {"x"},
      {{normal(50, 1), normal(2 * slope, 1), normal(0, 1), normal(slope, 1), normal(99, 1)}}};
  const CsvTable table = dose_effect_table(trial, outcome);
  CHECK(table.header ==
        Row{"effect", "readout", "patients", "trials", "significant_slope", "monotone_means"});
  REQUIRE(table.rows.size() == 2);
  CHECK(Row(table.rows[0].begin(), table.rows[0].begin() + 4) ==
        Row{"as simulated", "x", "15", "4000"});
  CHECK(is_near(table.rows[0][4], power(slope * std::sqrt(10.0), 13.0), 4000));
  CHECK(std::stod(table.rows[0][5]) > 0.5);
  CHECK(table.rows[1][0] == "none");
  CHECK(is_near(table.rows[1][4], 0.05, 4000, 0.006));
  // Three means in random order rise or fall throughout in 2 of 6 cases.
  CHECK(is_near(table.rows[1][5], 1.0 / 3.0, 4000));
}

TEST_CASE("four doses without an effect are in order in 2 of 24 cases") {
  const Trial trial =
      trial_of({dosed("a", 0, 4), dosed("b", 1, 4), dosed("c", 2, 4), dosed("d", 3, 4)}, 2003);
  const Values same = normal(0, 1);
  const CsvTable table = dose_effect_table(trial, {{"x"}, {{same, same, same, same}}});
  for (const Row& row : table.rows) {
    CHECK(is_near(row[4], 0.05, 4000, 0.006));
    CHECK(is_near(row[5], 1.0 / 12.0, 4000));
  }
}

TEST_CASE("any of several readouts: more chances if they are independent, none more if not") {
  const Trial trial = trial_of({dosed("a", 0, 5), dosed("b", 1, 5), dosed("c", 2, 5)}, 2003);
  const std::vector<Values> x(3, normal(0, 1));
  const std::vector<Values> y(3, normal(0, 1, 1009));
  const auto rows = [&](const std::vector<Values>& second) {
    return dose_effect_table(trial, {{"x", "y"}, {x, second}}).rows;
  };
  const std::vector<Row> same = rows(x);
  REQUIRE(same.size() == 6);
  CHECK(same[2][1] == "any");
  CHECK(same[5][1] == "any");
  CHECK(same[5][0] == "none");
  CHECK(Row(same[5].begin() + 2, same[5].end()) == Row(same[3].begin() + 2, same[3].end()));
  const std::vector<Row> other = rows(y);
  CHECK(is_near(other[5][4], 1.0 - 0.95 * 0.95, 4000, 0.01));
  CHECK(is_near(other[5][5], 1.0 - 4.0 / 9.0, 4000, 0.01));
}

TEST_CASE("what does not vary shows no dose effect") {
  const Trial trial = trial_of({dosed("a", 0, 3), dosed("b", 1, 4), dosed("c", 2, 7)}, 5, 50);
  for (const double value : {0.0, 0.1, 0.3, 1e9 / 3.0}) {
    const std::vector<Values> constant(3, Values(5, value));
    for (const Row& row : dose_effect_table(trial, {{"x"}, {constant}}).rows) {
      CAPTURE(value);
      CHECK(row[4] == "0");
      CHECK(row[5] == "0");
    }
  }
}

TEST_CASE("a dose effect needs two doses and values in each") {
  const TrialOutcome outcome{{"x"}, {{{1, 2}, {3, 4}}}};
  CHECK(dose_effect_table(trial_of({dosed("a", 0, 3), arm("b")}, 2), outcome).rows.empty());
  const Trial two = trial_of({dosed("a", 0, 3), dosed("b", 1, 3)}, 2, 10);
  CHECK(dose_effect_table(two, outcome).rows.size() == 2);
  CHECK(dose_effect_table(two, {{"x"}, {{{1, 2}, {none, none}}}}).rows.empty());
}
