#include <string>

#include <neurograft/study/results.hpp>
#include <neurograft/study/validation_ledger.hpp>

#include "made_up_validation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("the ledger shares out all cells, and leaves out runs without any") {
  const std::string target =
      "[[target]]\nreadout = \"donor_alive\"\nat_d = 30\nvalue = 1\nerror = 1\nsource = \"A "
      "2020\"\n";
  const test::MadeUpValidation made(
      target, test::experiment("a", "replicates = 3\ntargets = \"targets.toml\"\n"));
  const RunStore store =
      store_of(made.results_folder(), made.validation, made.validation.experiments[0]);
  const Plan plan = plan_of(made.validation.experiments[0]);
  const auto run = [&](std::size_t n, double alive, double injected, double born, double early) {
    test::write_run(store.results(*plan.results().at(n)), {0.0, 30.0},
                    {{"donor_alive", {0.0, alive}},
                     {"donor_injected", {0.0, injected}},
                     {"donor_born", {0.0, born}},
                     {"donor_deaths_by_cause", {0.0, early}, {"early"}}});
  };
  run(0, 0.0, 0.0, 0.0, 0.0);  // no graft
  run(1, 30.0, 80.0, 20.0, 70.0);
  run(2, 50.0, 100.0, 0.0, 50.0);
  const std::string ledger = markdown_of_ledger(made.validation, made.results_folder());
  CHECK(ledger.find("| a | 40 | 60 |") != std::string::npos);
}
