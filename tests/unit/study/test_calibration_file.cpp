#include <neurograft/study/calibration.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

class Files {
 public:
  Files() {
    folder_.write("base.toml", "[brain]\nsource = \"patch\"\n");
    folder_.write("targets.toml",
                  "[[target]]\nreadout = \"donor_alive\"\nat_d = 30\nvalue = 5\nerror = 1\n"
                  "source = \"Author 2020\"\n");
  }

  Calibration read(const std::string& text) const {
    return read_calibration(folder_.write("c.toml", text));
  }
  std::string problems(const std::string& text) const {
    return test::problems_in(folder_, [&] { read(text); });
  }
  const test::Folder& folder() const { return folder_; }

 private:
  test::Folder folder_{"calibration_file"};
};

const std::string common = "base = \"base.toml\"\ntargets = \"targets.toml\"\n";
const std::string prior =
    "[[axis]]\nkey = \"graft.viability\"\n"
    "random = {kind = \"uniform\", lowest = 0.2, highest = 0.9}\n";

std::string experiment(const std::string& name, const std::string& more = "") {
  return "[[experiment]]\nname = \"" + name + "\"\n" + common + more;
}

}  // namespace

TEST_CASE("a calibration of one experiment, with defaults") {
  const Files files;
  const Calibration calibration = files.read(common + "replicates = 3\n" + prior);
  REQUIRE(calibration.experiments.size() == 1);
  CHECK(calibration.experiments[0].name == "runs");
  CHECK(calibration.experiments[0].study.replicates == 3);
  CHECK(calibration.experiments[0].study.seed == 1);
  REQUIRE(calibration.experiments[0].targets.size() == 1);
  CHECK(calibration.experiments[0].targets[0].readout == "donor_alive");
  REQUIRE(calibration.parameters.size() == 1);
  CHECK(calibration.parameters[0].key == "graft.viability");
  CHECK(calibration.priors().at(0).highest() == 0.9);
  const AbcOptions defaults;
  CHECK(calibration.options.particles == defaults.particles);
  CHECK(calibration.options.keep_fraction == defaults.keep_fraction);
  CHECK(calibration.options.stop_acceptance == defaults.stop_acceptance);
  CHECK(calibration.options.most_generations == defaults.most_generations);
  CHECK(calibration.options.seed == 1);
}

TEST_CASE("a calibration of several experiments") {
  const Files files;
  const Calibration calibration =
      files.read("seed = 9\n" + experiment("short", "set = \"simulation.duration_d=30\"\n") +
                 experiment("long-2", "replicates = 2\n") + prior +
                 "[calibration]\nparticles = 50\nkeep_fraction = 0.4\nstop_acceptance = 0.1\n"
                 "most_generations = 3\n");
  REQUIRE(calibration.experiments.size() == 2);
  CHECK(calibration.experiments[0].name == "short");
  CHECK(calibration.experiments[0].study.set.size() == 1);
  CHECK(calibration.experiments[1].study.replicates == 2);
  CHECK(calibration.experiments[1].study.seed == 9);
  CHECK(calibration.options.seed == 9);
  CHECK(calibration.options.particles == 50);
  CHECK(calibration.options.keep_fraction == 0.4);
  CHECK(calibration.options.stop_acceptance == 0.1);
  CHECK(calibration.options.most_generations == 3);
}

TEST_CASE("what is wrong with a calibration") {
  const Files files;
  CHECK(
      files.problems(prior) ==
      "c.toml: the calibration has no base (it is needed); the config that every run starts from, "
      "relative to this file\n"
      "c.toml: the calibration has no targets (it is needed); a file of [[target]] entries, "
      "relative to this file");
  CHECK(files.problems("base = \"base.toml\"\ntargets = \"none.toml\"\n" + prior)
            .find("none.toml: config cannot be read") == 0);
  files.folder().write("bad.toml", "[[target]]\nreadout = \"a\"\n");
  CHECK(files.problems("base = \"base.toml\"\ntargets = \"bad.toml\"\nseed = -1\n" + prior)
            .find("bad.toml:1: [target[0]] (needs \"at_d\")") != std::string::npos);
  CHECK(files.problems(common + prior + "[calibration]\nparticles = 0\nparticle = 1\n") ==
        "c.toml:7: particles = 0 (must be a whole number of 1 or more)\n"
        "c.toml:8: unknown key \"particle\" in [calibration]; did you mean \"particles\"?");
  CHECK(files.problems(common + "[design]\nkind = \"sobol\"\n" + prior) ==
        "c.toml:3: unknown key \"design\" in the calibration");
}

TEST_CASE("each parameter has a prior that can be moved, and a key") {
  const Files files;
  const auto without = [](const std::string& name) {
    return "c.toml: [[axis]] " + name +
           " has no prior; random = { kind = \"log_uniform\", lowest = ..., highest = ... }";
  };
  CHECK(files.problems(common + "[[axis]]\nkey = \"a.b\"\nvalues = [1, 2]\n") == without("a.b"));
  CHECK(files.problems(common + "[[axis]]\nkey = \"a.b\"\nlinspace = [1, 2, 3]\n") ==
        without("a.b"));
  CHECK(files.problems(common + "[[axis]]\nname = \"x\"\n[[axis.level]]\nname = \"y\"\n") ==
        without("x"));
  CHECK(files.problems(common) != "");
  CHECK(files.problems(common + "[[axis]]\nkey = \"a.b\"\n"
                                "random = {kind = \"whole\", lowest = 1, highest = 5}\n") != "");
  CHECK(files.problems(common + prior + "after_branch = true\n") ==
        "c.toml: [[axis]] graft.viability is after a branch (all parameters hold from the start "
        "here)");
  CHECK(files.problems(common + prior + "[calibration]\nkeep_fraction = 1.5\n").find("1.5") !=
        std::string::npos);
}

TEST_CASE("experiments have names, each once, that can be folders") {
  const Files files;
  const std::string plain = " (must be letters, digits, _ and -); a folder is named after it";
  CHECK(files.problems(experiment("a b") + prior) == "c.toml:2: name = \"a b\"" + plain);
  CHECK(files.problems(experiment("../x") + prior) == "c.toml:2: name = \"../x\"" + plain);
  CHECK(files.problems(experiment("") + prior) == "c.toml:2: name = \"\"" + plain);
  CHECK(files.problems("[[experiment]]\n" + common + prior) ==
        "c.toml:1: [[experiment]] has no name (it is needed)");
  CHECK(files.problems(experiment("a") + experiment("b") + experiment("a") + prior) ==
        "c.toml: two [[experiment]] entries \"a\"");
  // What stands at the top beside experiments would be of none of them.
  CHECK(files.problems(common + experiment("a") + prior) ==
        "c.toml:1: unknown key \"base\" in the calibration\n"
        "c.toml:2: unknown key \"targets\" in the calibration");
  CHECK(files.problems(experiment("a", "seed = 3\n") + prior) ==
        "c.toml:5: seed = 3 (all experiments of a file have the same); put it at the head of the "
        "file");
}

TEST_CASE("a target may refer to another experiment of the calibration, and to no other") {
  const Files files;
  files.folder().write("compared.toml",
                       "[[target]]\nreadout = \"donor_alive\"\nat_d = 30\nvalue = 5\nerror = 1\n"
                       "source = \"Author 2020\"\nper_experiment = \"control\"\n");
  const std::string compared = "base = \"base.toml\"\ntargets = \"compared.toml\"\n";
  const std::string control = "[[experiment]]\nname = \"control\"\nbase = \"base.toml\"\n";
  const Calibration calibration =
      files.read("[[experiment]]\nname = \"a\"\n" + compared + control + prior);
  REQUIRE(calibration.experiments.size() == 2);
  CHECK(calibration.experiments[1].targets.empty());
  CHECK(calibration.experiments[1].study.collect == std::vector<std::string>{"donor_alive@30"});
  CHECK(files.problems(compared + prior) ==
        "c.toml: target \"donor_alive, day 30\" of runs refers to experiment \"control\" (there is "
        "none of that name)");
  CHECK(files.problems(control + prior) ==
        "c.toml: no experiment has targets (there is nothing to fit to); targets = "
        "\"targets.toml\"");
}

TEST_CASE("an experiment of a calibration has no cohort, and no target is a standard deviation") {
  const Files files;
  CHECK(files.problems(experiment("a", "samples = 3\n") + prior) ==
        "c.toml:5: unknown key \"samples\" in [[experiment]]");
  files.folder().write("sd.toml",
                       "[[target]]\nreadout = \"donor_alive\"\nat_d = 30\nvalue = 5\nerror = 1\n"
                       "source = \"Author 2020\"\nstatistic = \"sd\"\n");
  CHECK(
      files.problems("base = \"base.toml\"\ntargets = \"sd.toml\"\n" + prior) ==
      "c.toml: target \"donor_alive, day 30\" is a standard deviation (only means over replicates "
      "are fitted)");
}
