#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <neurograft/study/validation.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

// Results of a made-up experiment, one for each kind of target.
struct Made {
  Made() {
    validation.id = "V1";
    Experiment& experiment = validation.experiments.emplace_back();
    experiment.name = "a";
    experiment.targets.resize(4);
    std::vector<Target>& targets = experiment.targets;
    for (Target& target : targets) target.source = "Author 2020";
    targets[0].name = "alive | grafted";
    targets[0].value = 0.45;
    targets[0].error = 0.05;
    targets[0].n = 6;
    targets[1].name = "rejected";
    targets[1].kind = TargetKind::binomial;
    targets[1].below = 0.1;
    targets[1].value = 9.0 / 13.0;
    targets[1].n = 13;
    targets[2].name = "day";
    targets[2].kind = TargetKind::bounds;
    targets[2].at_least = 8.0;
    targets[3].name = "few";
    targets[3].kind = TargetKind::bounds;
    targets[3].at_most = 2e6;
    results.resize(4);
    for (std::size_t n = 0; n < 4; ++n) {
      results[n].experiment = &experiment;
      results[n].target = &targets[n];
      results[n].measured = measured_interval(targets[n]);
    }
    results[0].values = {0.4, 0.5};
    results[0].mean = {0.45, 0.4, 0.5};
    results[0].runs = {0.41, 0.49};
    results[0].verdict = Verdict::pass;
    results[1].values = {1.0, 0.0, 0.0, 0.0};
    results[1].failed = 2;
    results[1].mean = {0.25, 0.05, 0.7};
    results[1].runs = {0.0, 0.9};
    results[1].verdict = Verdict::miss;
    results[2].values = {9.0, std::numeric_limits<double>::infinity()};
    results[2].mean.mean = std::numeric_limits<double>::infinity();
    results[2].verdict = Verdict::pass;
  }

  Validation validation;
  std::vector<TargetResult> results;
};

}  // namespace

TEST_CASE("results as a table: numbers in full, nothing where there is none") {
  const Made made;
  const CsvTable table = table_of_results(made.validation, made.results);
  REQUIRE(table.rows.size() == 4);
  for (const auto& row : table.rows) CHECK(row.size() == table.header.size());
  const auto at = [&](std::size_t row, const std::string& column) {
    const auto place = std::ranges::find(table.header, column);
    REQUIRE(place != table.header.end());
    return table.rows[row][static_cast<std::size_t>(place - table.header.begin())];
  };
  CHECK(at(0, "id") == "V1");
  CHECK(at(0, "experiment") == "a");
  CHECK(at(0, "target") == "alive | grafted");
  CHECK(at(0, "measured") == "0.45");
  CHECK(at(0, "n") == "6");
  CHECK(at(0, "runs") == "2");
  CHECK(at(0, "model") == "0.45");
  CHECK(at(0, "model_low") == "0.4");
  CHECK(at(0, "model_high") == "0.5");
  CHECK(at(0, "runs_low") == "0.41");
  CHECK(at(0, "runs_high") == "0.49");
  CHECK(at(0, "verdict") == "pass");
  CHECK(at(0, "source") == "Author 2020");
  CHECK(at(1, "failed") == "2");
  CHECK(at(1, "verdict") == "miss");
  CHECK(at(2, "measured").empty());
  CHECK(at(2, "measured_low") == "8");
  CHECK(at(2, "measured_high") == "inf");
  CHECK(at(2, "model") == "inf");
  CHECK(at(2, "runs_low").empty());
  CHECK(at(3, "verdict") == "open");
}

TEST_CASE("results for people") {
  const Made made;
  CHECK(markdown_of_results(made.results) ==
        "| experiment | target | measured (95 %) | model (95 % of mean) | 95 % of runs | runs | |\n"
        "|---|---|---|---|---|---|---|\n"
        "| a | alive \\| grafted | 0.45 (0.352 to 0.548) | 0.45 (0.4 to 0.5) | 0.41 to 0.49 | 2 | "
        "pass |\n"
        "| a | rejected | 0.692 (0.424 to 0.873) | 0.25 (0.05 to 0.7) | - | 4 | **miss** |\n"
        "| a | day | at least 8 | some runs never | - | 2 | pass |\n"
        "| a | few | at most 2.00e+06 | no run | - | 0 | open |\n");
}

TEST_CASE("results take the place between their marks, and leave the rest") {
  const std::string page =
      "Above\n<!-- begin V1 -->\nold\n<!-- end V1 -->\nmiddle\n<!-- begin V12 -->\n"
      "<!-- end V12 -->\nBelow\n";
  const std::string once = with_results(page, "page.md", "V1", "new\n");
  CHECK(once ==
        "Above\n<!-- begin V1 -->\nnew\n<!-- end V1 -->\nmiddle\n<!-- begin V12 -->\n"
        "<!-- end V12 -->\nBelow\n");
  CHECK(with_results(once, "page.md", "V1", "old\n") == page);
  CHECK(with_results(page, "page.md", "V12", "x\n").find("<!-- begin V12 -->\nx\n<!-- end V12") !=
        std::string::npos);
  CHECK(test::problems_in([&] { with_results(page, "page.md", "V2", ""); }) ==
        "page.md: has no place for the results of V2 (they stand between two comments); add the "
        "lines <!-- begin V2 --> and <!-- end V2 -->");
  const std::string backwards = "<!-- end V1 -->\n<!-- begin V1 -->\n";
  CHECK_THROWS_AS(with_results(backwards, "page.md", "V1", ""), InputError);
}
