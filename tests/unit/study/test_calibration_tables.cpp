#include <neurograft/study/calibration.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Row = std::vector<std::string>;

Target measured(const std::string& readout, double value, double error) {
  Target target;
  target.readout = readout;
  target.day = 30.0;
  target.value = value;
  target.error = error;
  target.n = 6;
  target.source = "Author, 2020";
  return target;
}

// Two parameters, two experiments with three targets, four particles of unequal weight.
struct MadeUp {
  MadeUp() {
    calibration.parameters = {{"a", "graft.a", {}, Distribution::uniform(0.0, 4.0), false},
                              {"b", "host.b", {}, Distribution::log_uniform(1.0, 100.0), false}};
    calibration.experiments = {{"one", {}, {measured("x", 2.0, 0.25), measured("y", 10.0, 1.0)}},
                               {"two", {}, {measured("z", -5.0, 0.1)}}};
    calibration.experiments[1].targets[0].per = "w";
    result.population.parameters = {{1, 10}, {2, 20}, {3, 10}, {4, 40}};
    result.population.weights = {1, 2, 3, 4};
    result.population.distances = {0.1, 0.2, 0.3, 0.4};
    result.simulated = {{1, 12.5, -5}, {2, 13, -6}, {3, 12.25, -7}, {1.5, 14, -8}};
  }

  Calibration calibration;
  CalibrationResult result;
};

double number(const std::string& text) {
  return std::stod(text);
}

}  // namespace

TEST_CASE("the posterior is a table of particles, with weights of sum 1") {
  const MadeUp made_up;
  const CsvTable table = posterior_table(made_up.calibration, made_up.result.population);
  CHECK(table.header == Row{"graft.a", "host.b", "weight", "distance"});
  REQUIRE(table.rows.size() == 4);
  CHECK(table.rows[1] == Row{"2", "20", "0.2", "0.2"});
  double sum = 0.0;
  for (const Row& row : table.rows) sum += number(row[2]);
  CHECK(sum == doctest::Approx(1.0).epsilon(1e-14));
}

TEST_CASE("a posterior is a design for a sweep") {
  const test::Folder folder("posterior");
  const MadeUp made_up;
  const auto path = folder.write(
      "posterior.csv", to_csv(posterior_table(made_up.calibration, made_up.result.population)));
  const Design design = design_of_table(path);
  REQUIRE(design.points.size() == 4);
  CHECK(design.points[2].settings == Row{"graft.a=3", "host.b=10"});
}

TEST_CASE("the summary has weighted moments and quantiles, beside those of the prior") {
  const MadeUp made_up;
  const CsvTable table = posterior_summary(made_up.calibration, made_up.result.population);
  CHECK(table.header == Row{"parameter", "mean", "sd", "q2.5", "q25", "q50", "q75", "q97.5",
                            "prior_q2.5", "prior_q25", "prior_q50", "prior_q75", "prior_q97.5"});
  REQUIRE(table.rows.size() == 2);
  const Row& a = table.rows[0];
  CHECK(a[0] == "graft.a");
  CHECK(number(a[1]) == doctest::Approx(3.0));
  CHECK(number(a[2]) == doctest::Approx(1.0));
  // Weights up to 1, 2, 3, 4: 0.1, 0.3, 0.6, 1.
  CHECK(Row(a.begin() + 3, a.begin() + 8) == Row{"1", "2", "3", "4", "4"});
  CHECK(number(a[8]) == doctest::Approx(0.1));
  CHECK(number(a[10]) == doctest::Approx(2.0));
  CHECK(number(a[12]) == doctest::Approx(3.9));
  const Row& b = table.rows[1];
  CHECK(number(b[1]) == doctest::Approx(1.0 + 4.0 + 3.0 + 16.0));
  CHECK(number(b[10]) == doctest::Approx(10.0));
}

TEST_CASE("the fit tells of each target what was simulated, and whether it comes near") {
  const MadeUp made_up;
  const CsvTable table = fit_table(made_up.calibration, made_up.result);
  CHECK(table.header == Row{"experiment", "readout", "per", "day", "value", "error", "n",
                            "simulated", "low", "high", "reached", "source"});
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[0] ==
        Row{"one", "x", "", "30", "2", "0.25", "6", "2", "1", "3", "true", "Author, 2020"});
  // 12.25 at the least: more than two errors above 10.
  CHECK(table.rows[1][8] == "12.25");
  CHECK(table.rows[1][10] == "false");
  CHECK(table.rows[2][0] == "two");
  CHECK(table.rows[2][2] == "w");
  CHECK(number(table.rows[2][7]) == doctest::Approx(-0.5 - 1.2 - 2.1 - 3.2));
  CHECK(table.rows[2][10] == "true");
}

TEST_CASE("two errors off still counts as reached") {
  MadeUp made_up;
  made_up.calibration.experiments[0].targets[1].error = 1.125;
  CHECK(fit_table(made_up.calibration, made_up.result).rows[1][10] == "true");
  made_up.calibration.experiments[0].targets[1].value = 16.25;
  CHECK(fit_table(made_up.calibration, made_up.result).rows[1][10] == "true");
  made_up.calibration.experiments[0].targets[1].value = 16.3;
  CHECK(fit_table(made_up.calibration, made_up.result).rows[1][10] == "false");
}

TEST_CASE("all tables are written and can be read") {
  const test::Folder folder("calibration_tables");
  const MadeUp made_up;
  Row names;
  for (const auto& path :
       write_calibration_tables(made_up.calibration, made_up.result, folder.path())) {
    names.push_back(path.filename().string());
    CHECK_NOTHROW(read_csv(path));
  }
  CHECK(names == Row{"posterior.csv", "posterior_summary.csv", "fit.csv"});
  CHECK(read_csv(folder / "fit.csv").rows[0].back() == "Author, 2020");
}
