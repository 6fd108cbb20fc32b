#include <cmath>
#include <string>
#include <vector>

#include <neurograft/study/experiment.hpp>

#include "made_up_validation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;
using test::experiment;

namespace {

using Names = std::vector<std::string>;

const std::string drawn =
    "[[experiment.axis]]\nkey = \"graft.viability\"\n"
    "random = {kind = \"uniform\", lowest = 0.2, highest = 0.9}\n";

std::string target(const std::string& readout, const std::string& more = "") {
  return "[[target]]\nreadout = \"" + readout +
         "\"\nat_d = 30\nvalue = 5\nerror = 1\nsource = \"Author 2020\"\n" + more;
}

// Experiments of one file, and what is wrong with them.
class Files {
 public:
  Files() {
    folder_.write("base.toml", "[brain]\nsource = \"patch\"\n");
    folder_.write("targets.toml", target("alive"));
    folder_.write("compared.toml", target("alive", "per_experiment = \"control\"\n") +
                                       target("t_cells", "minus_experiment = \"other\"\n"));
  }

  std::vector<Experiment> read(const std::string& text, Cohorts cohorts = Cohorts::allowed) const {
    const Config file = Config::from_file(folder_.write("f.toml", text));
    std::vector<Problem> problems;
    TableReader reader(file.root(), "the file", problems);
    std::vector<Experiment> experiments = read_experiments(reader, file, 7, cohorts, problems);
    reader.finish();
    if (!problems.empty()) throw InputError(std::move(problems));
    return experiments;
  }
  std::string problems(const std::string& text, Cohorts cohorts = Cohorts::allowed) const {
    return test::problems_in(folder_, [&] { read(text, cohorts); });
  }
  const test::Folder& folder() const { return folder_; }

 private:
  test::Folder folder_{"experiment"};
};

}  // namespace

TEST_CASE("experiments are read with their settings and targets") {
  const Files files;
  const std::vector<Experiment> experiments =
      files.read(experiment("control") + experiment("drug-1",
                                                    "set = [\"graft.cells=10\"]\nreplicates = 3\n"
                                                    "targets = \"targets.toml\"\n"));
  REQUIRE(experiments.size() == 2);
  CHECK(experiments[0].name == "control");
  CHECK(experiments[0].targets.empty());
  CHECK(experiments[0].study.base == files.folder() / "base.toml");
  CHECK(experiments[0].study.seed == 7);
  CHECK(experiments[0].study.replicates == 1);
  CHECK(experiments[1].study.set == Names{"graft.cells=10"});
  CHECK(experiments[1].study.replicates == 3);
  CHECK(experiments[1].study.seed == 7);
  REQUIRE(experiments[1].targets.size() == 1);
  CHECK(experiments[1].targets[0].readout == "alive");
}

TEST_CASE("the patients of a cohort are drawn, where that is allowed") {
  const Files files;
  const std::string cohort = experiment("a", "samples = 5\n" + drawn);
  const Experiment one = files.read(cohort).at(0);
  CHECK(one.study.samples == 5);
  CHECK(one.study.kind == DesignKind::latin_hypercube);
  REQUIRE(one.study.axes.size() == 1);
  CHECK(one.study.axes[0].key == "graft.viability");
  const Plan plan = plan_of(one.study);
  CHECK(plan.points.size() == 5);
  CHECK(plan.points[0] != plan.points[1]);
  CHECK(files.problems(cohort, Cohorts::refused) ==
        "f.toml:4: unknown key \"samples\" in [[experiment]]\n"
        "f.toml:5: unknown key \"axis\" in [[experiment]]");
  CHECK(files.problems(experiment("a", "samples = 5\n")) ==
        "f.toml:4: samples, and nothing is drawn; replicates = ... for runs that differ by their "
        "seeds alone");
  CHECK(files.problems(experiment("a", drawn + "after_branch = true\n"))
            .find("an experiment has no branch") != std::string::npos);
}

TEST_CASE("what is wrong with experiments is told at once") {
  const Files files;
  CHECK(files
            .problems(experiment("a b", "seed = 3\nreplicates = 0\n") +
                      experiment("c", "targets = \"none.toml\"\n"))
            .find("f.toml:5: replicates = 0 (must be a whole number of 1 or more)") == 0);
  const std::string all =
      files.problems(experiment("a b", "seed = 3\n") +
                     experiment("c", "targets = \"none.toml\"\nreplicate = 2\n"));
  CHECK(all.find("f.toml:4: seed = 3 (all experiments of a file have the same); put it at the head "
                 "of the file") != std::string::npos);
  CHECK(all.find("f.toml:2: name = \"a b\" (must be letters, digits, _ and -)") !=
        std::string::npos);
  CHECK(all.find("none.toml: config cannot be read") != std::string::npos);
  CHECK(all.find("unknown key \"replicate\" in [[experiment]]; did you mean \"replicates\"?") !=
        std::string::npos);
  CHECK(files.problems(experiment("a") + experiment("b") + experiment("a")) ==
        "f.toml: two [[experiment]] entries \"a\"");
}

TEST_CASE("a target refers to an experiment that is there") {
  const Files files;
  const std::string compared = experiment("drug", "targets = \"compared.toml\"\n");
  CHECK(files.problems(experiment("control") + compared) ==
        "f.toml: target \"t_cells, day 30\" of drug refers to experiment \"other\" (there is none "
        "of that name)");
  CHECK(files.problems(compared + experiment("other") + experiment("control")).empty());
}

TEST_CASE("an experiment collects for its own targets and for those that refer to it") {
  const Files files;
  std::vector<Experiment> experiments =
      files.read(experiment("control", "targets = \"targets.toml\"\n") + experiment("other") +
                 experiment("drug", "targets = \"compared.toml\"\n"));
  experiments[0].targets[0].day = 20.0;
  collect_for_targets(experiments);
  CHECK(experiments[0].study.collect == Names{"alive@20", "alive@30"});
  CHECK(experiments[1].study.collect == Names{"t_cells@30"});
  CHECK(experiments[2].study.collect == Names{"alive@30", "t_cells@30"});
}

TEST_CASE("names that can be folders") {
  for (const char* name : {"a", "V5", "five_weeks", "long-2"}) CHECK(is_folder_name(name));
  for (const char* name : {"", ".", "..", "a b", "a/b", "é"}) CHECK_FALSE(is_folder_name(name));
}

TEST_CASE("the measure of a run is read off its results") {
  test::MadeUpValidation made(target("alive", "per = \"alive\"\nper_d = 0\n"),
                              experiment("a", "replicates = 2\ntargets = \"targets.toml\"\n"));
  made.run("a", 0, {0.0, 30.0}, {10.0, 4.0});
  const Experiment& one = made.validation.experiments[0];
  const Plan plan = plan_of(one);
  const RunStore store = store_of(made.results_folder(), made.validation, one);
  Target target = one.targets[0];
  CHECK(measure_of_run(target, plan.runs[0], store) == 1.0);
  target.per.clear();
  CHECK(measure_of_run(target, plan.runs[0], store) == 0.4);
  target.per_d.reset();
  CHECK(measure_of_run(target, plan.runs[0], store) == 4.0);
  CHECK(std::isnan(measure_of_run(target, plan.runs[1], store)));  // not done
  target.day = 29.0;
  CHECK(std::isnan(measure_of_run(target, plan.runs[0], store)));
}
