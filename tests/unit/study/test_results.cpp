#include <cmath>

#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/study/results.hpp>
#include <neurograft/study/statistics.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Row = std::vector<std::string>;

// Two points of two replicates, all runs done: donor_alive falls by 1 a day from 10 (point 0) and
// 20 (point 1), plus the replicate; myelin has two parts.
class MadeUp {
 public:
  MadeUp() {
    plan.study = "s.toml";
    plan.columns = {"graft.cells", "arm"};
    plan.points = {{"10", "a"}, {"20", "b"}};
    for (std::size_t n = 0; n < 4; ++n) {
      PlannedRun run;
      run.key = "key" + std::to_string(n);
      run.point = n / 2;
      run.replicate = n % 2;
      run.seed = static_cast<std::int64_t>(100 + n);
      plan.runs.push_back(run);
      write(n, {0.0, 1.0, 2.0});
    }
  }

  void write(std::size_t n, const std::vector<double>& days) {
    std::vector<double> alive, parts;
    for (const double day : days) {
      alive.push_back(10.0 * double(n / 2 + 1) + double(n % 2) - day);
      parts.insert(parts.end(), {0.25, 0.5 + day});
    }
    test::write_run(store.results(plan.runs[n]), days,
                    {{"donor_alive", alive}, {"myelin", parts, {"grey", "white"}}});
  }

  StudyResults read(const Row& collect) {
    plan.collect = collect;
    return read_results(plan, store);
  }

  test::Folder folder{"results"};
  RunStore store{folder.path()};
  Plan plan;
};

}  // namespace

TEST_CASE("what is wanted of a run, with or without a day") {
  CHECK_FALSE(wanted_readout("donor_alive").at_day);
  const WantedReadout wanted = wanted_readout("myelin.grey@30.5");
  CHECK(wanted.name == "myelin.grey");
  CHECK(wanted.column == "myelin.grey@30.5");
  CHECK(wanted.at_day);
  CHECK(wanted.day == 30.5);
  for (const char* bad : {"a@", "a@x", "a@3d"}) {
    CHECK(test::problems_in([&] { wanted_readout(bad); }).find(bad) != std::string::npos);
  }
}

TEST_CASE("without a wish all that is one number is collected, at the last record") {
  MadeUp study;
  const StudyResults results = study.read({});
  CHECK(results.readouts == Row{"donor_alive"});
  CHECK(results.days == std::vector<double>{0, 1, 2});
  CHECK(results.series_units == Row{"unit of donor_alive"});
  REQUIRE(results.rows.size() == 4);
  CHECK(results.rows[3].finals == std::vector<double>{19.0});
  CHECK(results.rows[3].series == std::vector<std::vector<double>>{{21, 20, 19}});
}

TEST_CASE("parts and days are collected in the order asked for, each once") {
  MadeUp study;
  const StudyResults results =
      study.read({"myelin", "donor_alive@1", "donor_alive", "myelin.white", "donor_alive@7"});
  CHECK(results.readouts ==
        Row{"myelin.grey", "myelin.white", "donor_alive@1", "donor_alive", "donor_alive@7"});
  CHECK(results.series_readouts == Row{"myelin.grey", "myelin.white", "donor_alive"});
  const std::vector<double>& finals = results.rows[2].finals;
  REQUIRE(finals.size() == 5);
  CHECK(finals[0] == 0.25);
  CHECK(finals[1] == 2.5);
  CHECK(finals[2] == 19.0);
  CHECK(finals[3] == 18.0);
  CHECK(std::isnan(finals[4]));
  CHECK(test::problems_in([&] {
          study.read({"donor_alve"});
        }).find("did you mean \"donor_alive\"?") != std::string::npos);
}

TEST_CASE("only runs that are done are in the tables") {
  MadeUp study;
  std::filesystem::remove(study.store.results(study.plan.runs[1]));
  test::write_run(study.store.results(study.plan.runs[2]), {0.0}, {{"donor_alive", {1}}}, false);
  const StudyResults results = study.read({"donor_alive"});
  REQUIRE(results.rows.size() == 2);
  CHECK(results.rows[0].run->key == "key0");
  CHECK(results.rows[1].run->key == "key3");
  const CsvTable points = table_of_points(study.plan, results);
  CHECK(points.rows[0] == Row{"0", "10", "a", "1", "8", "", "", ""});
}

TEST_CASE("tables of runs, series and points") {
  MadeUp study;
  const StudyResults results = study.read({"donor_alive", "myelin.grey"});
  const CsvTable runs = table_of_runs(study.plan, results);
  CHECK(runs.header == Row{"run", "point", "replicate", "seed", "graft.cells", "arm", "donor_alive",
                           "myelin.grey"});
  CHECK(runs.rows.at(3) == Row{"key3", "1", "1", "103", "20", "b", "19", "0.25"});
  const CsvTable series = table_of_series(study.plan, results);
  CHECK(series.header == Row{"run", "point", "replicate", "graft.cells", "arm", "time",
                             "donor_alive", "myelin.grey"});
  CHECK(series.rows.size() == 12);
  CHECK(series.rows[4] == Row{"key1", "0", "1", "10", "a", "1", "10", "0.25"});
  const CsvTable points = table_of_points(study.plan, results);
  REQUIRE(points.rows.size() == 2);
  CHECK(points.header.size() == 4 + 2 * 4);
  CHECK(points.rows[1][3] == "2");
  CHECK(points.rows[1][4] == "18.5");
  CHECK(std::stod(points.rows[1][5]) == doctest::Approx(std::sqrt(0.5)));
  // Student's t of one degree of freedom at 95 %: 12.7062.
  CHECK(std::stod(points.rows[1][6]) == doctest::Approx(18.5 - 12.7062 * 0.5).epsilon(1e-5));
  CHECK(std::stod(points.rows[1][7]) == doctest::Approx(18.5 + 12.7062 * 0.5).epsilon(1e-5));
}

TEST_CASE("runs with records on other days are aligned") {
  MadeUp study;
  study.write(1, {0.0, 0.5, 2.0});
  const StudyResults results = study.read({"donor_alive"});
  CHECK(results.days == std::vector<double>{0, 0.5, 1, 2});
  CHECK(std::isnan(results.rows[0].series[0][1]));
  CHECK(results.rows[1].series[0][1] == 10.5);
  CHECK(std::isnan(results.rows[1].series[0][2]));
  CHECK(table_of_series(study.plan, results).rows.size() == 12);
}

TEST_CASE("points are compared with the first one, in pairs where luck is shared") {
  MadeUp study;
  for (const bool paired : {false, true}) {
    for (PlannedRun& run : study.plan.runs) {
      run.seed = static_cast<std::int64_t>(paired ? run.replicate : 2 * run.point + run.replicate);
    }
    const CsvTable table = table_of_comparisons(study.plan, study.read({"donor_alive"}));
    REQUIRE(table.rows.size() == 1);
    CHECK(table.header == Row{"point", "reference", "graft.cells", "arm", "readout", "difference",
                              "low", "high", "paired", "runs"});
    const Row& row = table.rows[0];
    CHECK(row[5] == "10");
    // Without noise in pairs the interval is a point; else it is Welch's: the standard error is
    // sqrt(0.25 + 0.25), with two degrees of freedom, and t is 4.30265.
    const double half = paired ? 0.0 : 4.30265 * std::sqrt(0.5);
    CHECK(std::stod(row[6]) == doctest::Approx(10.0 - half).epsilon(1e-5));
    CHECK(std::stod(row[7]) == doctest::Approx(10.0 + half).epsilon(1e-5));
    CHECK(row[8] == (paired ? "true" : "false"));
    CHECK(row[9] == "2");
  }
}

TEST_CASE("all tables are written, and the same bytes each time") {
  MadeUp study;
  study.plan.collect = {"donor_alive@1", "myelin"};
  const auto paths = collect(study.plan, study.store);
  std::vector<std::string> names, contents;
  for (const auto& path : paths) {
    names.push_back(path.filename().string());
    contents.push_back(test::content(path));
  }
  CHECK(names == Row{"runs.csv", "series.csv", "points.csv", "comparisons.csv", "study.h5"});
  collect(study.plan, study.store);
  for (std::size_t n = 0; n < paths.size(); ++n) CHECK(test::content(paths[n]) == contents[n]);
  const Hdf5File file(paths.back(), Hdf5File::Mode::read);
  CHECK(file.read_all_text("/runs/run") == Row{"key0", "key1", "key2", "key3"});
  CHECK(file.read_all<double>("/runs/graft.cells") == std::vector<double>{10, 10, 20, 20});
  CHECK(file.read_all_text("/runs/arm") == Row{"a", "a", "b", "b"});
  CHECK(file.read_all<double>("/runs/donor_alive@1") == std::vector<double>{9, 10, 19, 20});
  CHECK(file.size("/series/myelin.white") == std::vector<std::uint64_t>{4, 3});
  CHECK(file.scale_of("/series/myelin.white", 1) == "/series/time");
}

TEST_CASE("there are no tables before the first run is done") {
  MadeUp study;
  for (const PlannedRun& run : study.plan.runs) study.store.clear(run);
  CHECK(
      test::problems_in(study.folder, [&] { collect(study.plan, study.store); })
          .find("no run of this study is done yet; `neurograft sweep status` says what there is") !=
      std::string::npos);
}

TEST_CASE("runs with other readouts than the first one are refused") {
  MadeUp study;
  test::write_run(study.store.results(study.plan.runs[3]), {0.0},
                  {{"donor_alive", {1.0}}, {"more", {1.0}}});
  CHECK(test::problems_in([&] { study.read({}); })
            .find("has other readouts than the first run (a table has one set of columns); name "
                  "them in `collect`") != std::string::npos);
  CHECK_NOTHROW(study.read({"donor_alive"}));
}
