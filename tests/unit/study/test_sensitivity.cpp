#include <cmath>
#include <limits>

#include <neurograft/study/sensitivity.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Row = std::vector<std::string>;

class Files {
 public:
  Files() { folder_.write("base.toml", "[brain]\nsource = \"patch\"\n"); }

  Sensitivity read(const std::string& text) const {
    return read_sensitivity(folder_.write("s.toml", "base = \"base.toml\"\n" + text));
  }
  std::string problems(const std::string& text) const {
    return test::problems_in(folder_, [&] { read(text); });
  }

 private:
  test::Folder folder_{"sensitivity"};
};

const std::string inputs =
    "[[axis]]\nkey = \"host.age_y\"\nlinspace = [20, 60, 3]\n"
    "[[axis]]\nkey = \"graft.viability\"\nlinspace = [0.5, 1.0, 3]\n"
    "[[axis]]\nkey = \"host.adherence\"\nlinspace = [0.5, 0.9, 3]\n";

// Results whose readouts are functions of the points of the unit cube; each point has as many
// replicates, which lie about the value of the point.
struct MadeUp {
  template <class Function>
  MadeUp(const Sensitivity& sensitivity, Function&& function, std::size_t replicates = 1) {
    const UnitPoints points = points_of(sensitivity);
    runs.resize(points.count() * replicates);
    for (std::size_t n = 0; n < runs.size(); ++n) {
      runs[n].point = n / replicates;
      const double off = double(n % replicates) - 0.5 * double(replicates - 1);
      results.rows.push_back({&runs[n], {function(points.row(runs[n].point)) + off}, {}});
    }
    results.readouts = {"x"};
  }

  std::vector<PlannedRun> runs;
  StudyResults results;
};

double linear(std::span<const double> u) {
  return 3.0 * u[0] - 2.0 * u[1] + 7.0;  // nothing of the third
}

doctest::Approx closely(double x, double margin) {
  return doctest::Approx(x).epsilon(margin).scale(1.0);
}

}  // namespace

TEST_CASE("a sensitivity study is read, with defaults") {
  const Files files;
  const Sensitivity morris =
      files.read("seed = 5\n" + inputs + "[sensitivity]\nmethod = \"morris\"\n");
  CHECK(morris.method == SensitivityMethod::morris);
  CHECK(morris.samples == 20);
  CHECK(morris.levels == 8);
  CHECK(morris.bootstrap.seed == 5);
  CHECK(morris.bootstrap.resamples == 1000);
  CHECK(morris.bootstrap.level == 0.95);
  CHECK(points_of(morris).count() == 20 * 4);
  const Sensitivity sobol = files.read(
      inputs + "[sensitivity]\nmethod = \"sobol\"\nsamples = 16\nresamples = 10\nlevel = 0.5\n");
  CHECK(sobol.method == SensitivityMethod::sobol);
  CHECK(sobol.samples == 16);
  CHECK(sobol.bootstrap.resamples == 10);
  CHECK(sobol.bootstrap.level == 0.5);
  CHECK(points_of(sobol).count() == 16 * 5);
}

TEST_CASE("what is wrong with a sensitivity study") {
  const Files files;
  CHECK(files.problems("") ==
        "s.toml: the study has no sensitivity (it is needed)\n"
        "s.toml: no [[axis]] (they are the inputs that are asked about)");
  CHECK(files.problems(inputs + "[sensitivity]\n") ==
        "s.toml:11: [sensitivity] has no method (it is needed); method = \"morris\" or \"sobol\"");
  CHECK(files.problems(inputs + "[sensitivity]\nmethod = \"fast\"\n") ==
        "s.toml:12: method = \"fast\" (must be morris or sobol)");
  CHECK(files.problems(inputs + "[sensitivity]\nmethod = \"morris\"\nlevels = 7\ntrajectories = 1\n"
                                "level = 1\nresamples = 0\n") ==
        "s.toml:14: trajectories = 1 (must be a whole number of 2 or more)\n"
        "s.toml:13: levels = 7 (must be even)\n"
        "s.toml:16: resamples = 0 (must be a whole number of 1 or more)\n"
        "s.toml:15: level = 1 (must be between 0 and 1)");
  // What is of the other method is not understood.
  CHECK(files.problems(inputs + "[sensitivity]\nmethod = \"sobol\"\ntrajectories = 4\n") ==
        "s.toml:13: unknown key \"trajectories\" in [sensitivity]");
  CHECK(files.problems("[[axis]]\nkey = \"host.age_y\"\nvalues = [1]\nafter_branch = true\n"
                       "[sensitivity]\nmethod = \"sobol\"\n") ==
        "s.toml: [[axis]] host.age_y is after a branch (all inputs hold from the start here)");
  CHECK(files.problems(inputs + "[sensitivity]\nmethod = \"sobol\"\n[branch]\nday = 3\n") ==
        "s.toml:13: unknown key \"branch\" in the study");
}

TEST_CASE("the runs are at the points of the design, through the law of each input") {
  const Files files;
  const Sensitivity sensitivity =
      files.read("replicates = 2\n" + inputs + "[sensitivity]\nmethod = \"sobol\"\nsamples = 4\n");
  const Plan plan = plan_of(sensitivity);
  const UnitPoints points = points_of(sensitivity);
  CHECK(plan.columns == Row{"host.age_y", "graft.viability", "host.adherence"});
  REQUIRE(plan.points.size() == points.count());
  CHECK(plan.runs.size() == 2 * points.count());
  for (std::size_t n = 0; n < points.count(); ++n) {
    CHECK(std::stod(plan.points[n][0]) == doctest::Approx(20.0 + 40.0 * points.row(n)[0]));
    CHECK(std::stod(plan.points[n][1]) == doctest::Approx(0.5 + 0.5 * points.row(n)[1]));
  }
}

TEST_CASE("effects of a linear function are its slopes, without spread") {
  const Files files;
  const Sensitivity sensitivity = files.read(inputs + "[sensitivity]\nmethod = \"morris\"\n");
  for (const std::size_t replicates : {1, 3}) {
    const MadeUp study(sensitivity, linear, replicates);
    const CsvTable table = sensitivity_table(sensitivity, study.results);
    CHECK(table.header ==
          Row{"readout", "input", "mu", "mu_star", "sigma", "mu_star_low", "mu_star_high"});
    REQUIRE(table.rows.size() == 3);
    const std::vector<double> slopes{3.0, -2.0, 0.0};
    for (std::size_t n = 0; n < 3; ++n) {
      const Row& row = table.rows[n];
      CHECK(row[0] == "x");
      CHECK(row[1] == sensitivity.study.axes[n].name);
      CHECK(std::stod(row[2]) == closely(slopes[n], 1e-9));
      for (const std::size_t column : {3, 5, 6}) {
        CHECK(std::stod(row[column]) == closely(std::abs(slopes[n]), 1e-9));
      }
      CHECK(std::stod(row[4]) == closely(0.0, 1e-9));
    }
  }
}

TEST_CASE("shares of the variance of a linear function are those of its squared slopes") {
  const Files files;
  const Sensitivity sensitivity =
      files.read(inputs + "[sensitivity]\nmethod = \"sobol\"\nsamples = 4096\nresamples = 100\n");
  const MadeUp study(sensitivity, linear);
  const CsvTable table = sensitivity_table(sensitivity, study.results);
  CHECK(table.header == Row{"readout", "input", "first", "first_low", "first_high", "total",
                            "total_low", "total_high"});
  REQUIRE(table.rows.size() == 3);
  const std::vector<double> shares{9.0 / 13.0, 4.0 / 13.0, 0.0};
  for (std::size_t n = 0; n < 3; ++n) {
    const Row& row = table.rows[n];
    CHECK(std::stod(row[2]) == closely(shares[n], 0.02));
    CHECK(std::stod(row[5]) == closely(shares[n], 0.02));
    CHECK(std::stod(row[3]) <= std::stod(row[2]));
    CHECK(std::stod(row[4]) >= std::stod(row[2]));
  }
}

TEST_CASE("an index needs all points, and each of them a number") {
  const Files files;
  const Sensitivity sensitivity =
      files.read(inputs + "[sensitivity]\nmethod = \"morris\"\ntrajectories = 2\n");
  MadeUp study(sensitivity, linear);
  study.results.rows.erase(study.results.rows.begin() + 5);
  CHECK(test::problems_in([&] { sensitivity_table(sensitivity, study.results); }) ==
        "point 5: has no finished run (indices need all points of their design); `neurograft sweep "
        "status` lists failed runs");
  MadeUp other(sensitivity, linear);
  other.results.rows[3].finals[0] = std::numeric_limits<double>::quiet_NaN();
  const std::string found =
      test::problems_in([&] { sensitivity_table(sensitivity, other.results); });
  CHECK(found == "point 3: x = nan (indices need a number at all points of their design)");
}
