#include <cmath>

#include <neurograft/study/study_file.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Texts = std::vector<std::string>;

// A folder with a base config, in which studies are written and read.
class Files {
 public:
  Files() { folder_.write("base.toml", "[brain]\nsource = \"patch\"\n"); }

  Study read(const std::string& text) const { return read_study(folder_.write("s.toml", text)); }

  /// What is wrong with a study, after its first line.
  std::string problems(const std::string& text, const std::string& first = base) const {
    return test::problems_in(folder_, [&] { read(first + text); });
  }

  Axis axis(const std::string& text) const {
    const Study study = read(base + "[[axis]]\n" + text);
    REQUIRE(study.axes.size() == 1);
    return study.axes[0];
  }

  std::filesystem::path path() const { return folder_.path(); }

  inline static const std::string base = "base = \"base.toml\"\n";

 private:
  test::Folder folder_{"study_file"};
};

Texts labels(const Axis& axis) {
  Texts found;
  for (const Level& level : axis.levels) found.push_back(level.label);
  return found;
}

double number(const Level& level) {
  const std::string& text = level.settings.at(0);
  return std::stod(text.substr(text.find('=') + 1));
}

}  // namespace

TEST_CASE("a study with nothing but a base is one run of it") {
  const Files files;
  const Study study = files.read(Files::base);
  CHECK(study.file == files.path() / "s.toml");
  CHECK(study.base == files.path() / "base.toml");
  CHECK(study.replicates == 1);
  CHECK(study.seed == 1);
  CHECK(study.samples == 1);
  CHECK(study.kind == DesignKind::grid);
  CHECK_FALSE(study.common_random_numbers);
  CHECK_FALSE(study.branch_d.has_value());
  CHECK(study.axes.empty());
  CHECK(study.set.empty());
  CHECK(study.collect.empty());
}

TEST_CASE("all that a study may say") {
  const Files files;
  const Study study = files.read(
      Files::base +
      "set = [\"simulation.duration_d=30\", \"host.age_y=40\"]\nreplicates = 3\nseed = 0\n"
      "common_random_numbers = true\ncollect = \"donor_alive@30\"\n[branch]\nday = 10.5\n"
      "[[axis]]\nkey = \"graft.cells\"\nvalues = [1, 5e6]\n"
      "[[axis]]\nname = \"stop\"\nkey = \"drug.t.stop_d\"\nafter_branch = true\nvalues = [30]\n"
      "[design]\nkind = \"sobol\"\nsamples = 64\n");
  CHECK(study.set == Texts{"simulation.duration_d=30", "host.age_y=40"});
  CHECK(study.replicates == 3);
  CHECK(study.seed == 0);
  CHECK(study.common_random_numbers);
  CHECK(study.collect == Texts{"donor_alive@30"});
  CHECK(study.branch_d == 10.5);
  CHECK(study.kind == DesignKind::sobol);
  CHECK(study.samples == 64);
  REQUIRE(study.axes.size() == 2);
  CHECK(study.axes[0].name == "graft.cells");
  CHECK_FALSE(study.axes[0].after_branch);
  CHECK(study.axes[1].name == "stop");
  CHECK(study.axes[1].after_branch);
}

TEST_CASE("values of an axis are set as they are written") {
  const Files files;
  Axis axis = files.axis("key = \"a.b\"\nvalues = [1, 2.5, -3e6]\n");
  CHECK(axis.levels.size() == 3);
  CHECK(number(axis.levels[1]) == 2.5);
  CHECK(number(axis.levels[2]) == -3e6);
  CHECK_FALSE(axis.law.has_value());
  axis = files.axis("key = \"a.b\"\nvalues = [\"icv\", \"two words\", \"5\"]\n");
  CHECK(labels(axis) == Texts{"icv", "two words", "5"});
  // A text that looks like a number stays one.
  CHECK(axis.levels[2].settings == Texts{"a.b=\"5\""});
  axis = files.axis("key = \"a.b\"\nvalues = [true, false]\n");
  CHECK(labels(axis) == Texts{"true", "false"});
  CHECK(axis.levels[1].settings == Texts{"a.b=false"});
  axis = files.axis("key = \"a.b\"\nvalues = [[0.5, 1.5], [2.0, 3.0]]\n");
  CHECK(axis.levels[1].settings == Texts{"a.b=[2.0, 3.0]"});
  CHECK(labels(files.axis("key = \"a.b\"\nvalues = \"icv\"\n")) == Texts{"icv"});
}

TEST_CASE("values of a range or law are rounded for counts") {
  const Files files;
  const Axis axis = files.axis("key = \"graft.cells\"\nlogspace = [10, 1000, 4]\nwhole = true\n");
  REQUIRE(axis.levels.size() == 4);
  CHECK(axis.levels[1].settings.at(0) == "graft.cells=46.0");
  CHECK(level_at(axis, 0.5).settings.at(0) == "graft.cells=100.0");
  CHECK(level_at(axis, 0.77).label.ends_with(".0"));
}

TEST_CASE("a linspace ends where it says, in equal steps") {
  const Files files;
  const Axis axis = files.axis("key = \"a.b\"\nlinspace = [0.1, 0.7, 7]\n");
  REQUIRE(axis.levels.size() == 7);
  CHECK(number(axis.levels.front()) == 0.1);
  CHECK(number(axis.levels.back()) == 0.7);
  for (std::size_t n = 0; n < 7; ++n) {
    CHECK(number(axis.levels[n]) == doctest::Approx(0.1 * double(n + 1)).epsilon(1e-14));
  }
  REQUIRE(axis.law.has_value());
  CHECK(axis.law->kind() == DistributionKind::uniform);
  CHECK(axis.law->lowest() == 0.1);
  CHECK(axis.law->highest() == 0.7);
  const Axis falling = files.axis("key = \"a.b\"\nlinspace = [3, -1, 2]\n");
  CHECK(number(falling.levels.front()) == 3.0);
  CHECK(number(falling.levels.back()) == -1.0);
  CHECK(falling.law->lowest() == -1.0);
}

TEST_CASE("a logspace ends where it says, in equal ratios") {
  const Files files;
  const Axis axis = files.axis("key = \"a.b\"\nlogspace = [0.3, 7e6, 5]\n");
  REQUIRE(axis.levels.size() == 5);
  CHECK(number(axis.levels.front()) == 0.3);
  CHECK(number(axis.levels.back()) == 7e6);
  const double ratio = std::pow(7e6 / 0.3, 0.25);
  for (std::size_t n = 1; n < 5; ++n) {
    CHECK(number(axis.levels[n]) / number(axis.levels[n - 1]) ==
          doctest::Approx(ratio).epsilon(1e-12));
  }
  CHECK(axis.law->kind() == DistributionKind::log_uniform);
  CHECK(axis.law->lowest() == 0.3);
  CHECK(axis.law->highest() == 7e6);
}

TEST_CASE("levels set several keys, or none; a law is drawn from") {
  const Files files;
  Axis axis = files.axis(
      "name = \"arm\"\n[[axis.level]]\nname = \"none\"\n"
      "[[axis.level]]\nname = \"both\"\nset = [\"a.b=1\", \"c.d=x\"]\n");
  CHECK(axis.name == "arm");
  CHECK(axis.key.empty());
  CHECK(labels(axis) == Texts{"none", "both"});
  CHECK(axis.levels[0].settings.empty());
  CHECK(axis.levels[1].settings == Texts{"a.b=1", "c.d=x"});
  axis =
      files.axis("key = \"a.b\"\nrandom = { kind = \"uniform\", lowest = 2.0, highest = 4.0 }\n");
  CHECK(axis.levels.empty());
  CHECK(level_at(axis, 0.5).settings == Texts{"a.b=3.0"});
  CHECK(level_at(axis, 0.5).label == "3.0");
}

TEST_CASE("listed levels are taken in equal shares of the unit interval") {
  const Axis axis{"a.b", "a.b", {{"p", {}}, {"q", {}}, {"r", {}}, {"s", {}}}, {}, false};
  CHECK(level_at(axis, 1e-9).label == "p");
  CHECK(level_at(axis, 0.2499).label == "p");
  CHECK(level_at(axis, 0.25).label == "q");
  CHECK(level_at(axis, 0.7499).label == "r");
  CHECK(level_at(axis, 1.0 - 1e-16).label == "s");
}

TEST_CASE("what is wrong with the keys that all studies share") {
  const Files files;
  CHECK(files.problems("", "") ==
        "s.toml: the study has no base (it is needed); the config that every run starts from, "
        "relative to this file");
  CHECK(files.problems("", "base = \"no.toml\"\n") ==
        "s.toml:1: no file no.toml; it is relative to the study's folder");
  CHECK(files.problems("", "base = 5\n") == "s.toml:1: base = 5 (must be a text)");
  CHECK(files.problems("replicates = 0\nseed = -1\n") ==
        "s.toml:2: replicates = 0 (must be a whole number of 1 or more)\n"
        "s.toml:3: seed = -1 (must be a whole number of 0 or more)");
  CHECK(files.problems("replicates = 2.5\nset = 3\ncollect = [1, 2]\n") ==
        "s.toml:3: set = 3 (must be a list of texts)\n"
        "s.toml:2: replicates = 2.5 (must be a whole number of 1 or more)\n"
        "s.toml:4: collect = [1.0, 2.0] (must be a list of texts)");
  CHECK(files.problems("common_random_numbers = 1\n") ==
        "s.toml:2: common_random_numbers = 1 (must be true or false)");
  CHECK(files.problems("repliates = 2\n[desing]\n") ==
        "s.toml:2: unknown key \"repliates\" in the study; did you mean \"replicates\"?\n"
        "s.toml:3: unknown key \"desing\" in the study; did you mean \"design\"?");
}

TEST_CASE("what is wrong with axes") {
  const Files files;
  const std::string one_of =
      " (one of values, linspace, logspace, random, [[axis.level]] is needed)";
  CHECK(files.problems("[[axis]]\n") ==
        "s.toml:2: [[axis]] 0 has no key (it is needed); key = \"graft.cells\"; or a name and "
        "[[axis.level]] entries\n"
        "s.toml:2: [[axis]] 0 has no values" +
            one_of);
  CHECK(files.problems("[[axis]]\nkey = \"a.b\"\nvalues = [1]\nlinspace = [1, 2, 3]\n") ==
        "s.toml:2: [[axis]] 0 has values of several kinds" + one_of);
  CHECK(files.problems("[[axis]]\nkey = \"a.b\"\nvalues = []\n") ==
        "s.toml:4: values = [] (must be a list with something in it)");
  CHECK(files.problems("[[axis]]\nname = \"a\"\nvalues = [1]\n") ==
        "s.toml:2: [[axis]] 0 has no key (values are those of a key); key = \"graft.cells\"");
  CHECK(files.problems("[[axis]]\nkey = \"a.b\"\nvalue = [1]\nvalues = [2]\n") ==
        "s.toml:4: unknown key \"value\" in [[axis]] 0; did you mean \"values\"?");
  CHECK(files.problems("[[axis]]\nkey = \"a.b\"\nvalues = [1]\n[[axis]]\nkey = \"a.b\"\n"
                       "values = [2]\n") == "s.toml: two [[axis]] entries for a.b");
  CHECK(files.problems("[[axis]]\nkey = \"simulation.seed\"\nvalues = [1]\n") ==
        "s.toml:3: an axis of seeds (seeds come from `seed` and `replicates`)");
  CHECK(files.problems("[[axis]]\nname = \"arm\"\n[[axis.level]]\nset = 1\nnme = \"x\"\n") ==
        "s.toml:4: [[axis.level]] has no name (it is needed)\n"
        "s.toml:5: set = 1 (must be a list of texts)\n"
        "s.toml:6: unknown key \"nme\" in [[axis.level]]; did you mean \"name\"?");
  CHECK(files.problems("[[axis]]\nkey = \"a.b\"\nrandom = { kind = \"uniform\", lowest = 1 }\n") !=
        "");
}

TEST_CASE("what is wrong with ranges") {
  const Files files;
  const auto of = [&](const std::string& text) {
    return files.problems("[[axis]]\nkey = \"a.b\"\n" + text + "\n");
  };
  const std::string shape = " is not [from, to, n] (n is a whole number from 2)";
  CHECK(of("linspace = [1, 2]") == "s.toml:4: linspace" + shape);
  CHECK(of("linspace = [1, 2, 1]") == "s.toml:4: linspace" + shape);
  CHECK(of("linspace = [1, 2, 2.5]") == "s.toml:4: linspace" + shape);
  CHECK(of("logspace = [1, 2, 1e7]") == "s.toml:4: logspace" + shape);
  CHECK(of("linspace = 3") == "s.toml:4: linspace = 3 (must be a list of numbers)");
  CHECK(of("logspace = [0, 2, 3]") == "s.toml:4: logspace from or to a number that is not above 0");
  CHECK(of("logspace = [1, -2, 3]") ==
        "s.toml:4: logspace from or to a number that is not above 0");
  CHECK(of("linspace = [0, inf, 3]") ==
        "s.toml:4: linspace from or to a number that is not finite");
  CHECK(of("linspace = [nan, 1, 3]") ==
        "s.toml:4: linspace from or to a number that is not finite");
}

TEST_CASE("what is wrong with designs") {
  const Files files;
  const std::string axis = "[[axis]]\nkey = \"a.b\"\nvalues = [1]\n";
  CHECK(
      files.problems(axis + "[design]\nkind = \"soboll\"\n") ==
      "s.toml:6: kind = \"soboll\" (must be grid, random, latin_hypercube or sobol); for a table: "
      "csv = \"FILE\"");
  for (const std::string kind : {"random", "sobol", "latin_hypercube"}) {
    CHECK(files.problems(axis + "[design]\nkind = \"" + kind + "\"\n") ==
          "s.toml:5: [design] has no samples (it is needed); how many points");
  }
  CHECK(files.problems("[design]\nkind = \"csv\"\n") == "s.toml:3: kind = \"csv\" and no csv");
  CHECK(files.problems("[design]\nkind = \"grid\"\ncsv = \"t.csv\"\n") ==
        "s.toml:3: kind = \"grid\" and a csv");
  CHECK(files.problems(axis + "[design]\ncsv = \"t.csv\"\n") ==
        "s.toml: [[axis]] and a table of points (the table's columns are the axes)");
  CHECK(files.problems(axis + "[design]\nsamples = 0\nsample = 3\n") ==
        "s.toml:6: samples = 0 (must be a whole number of 1 or more)\n"
        "s.toml:7: unknown key \"sample\" in [design]; did you mean \"samples\"?");
  const std::string unused =
      "s.toml: samples, and nothing is drawn (listed axes and the rows of a table are taken as "
      "they "
      "are); kind = \"sobol\" in [design]";
  CHECK(files.problems(axis + "[design]\nsamples = 64\n") == unused);
  CHECK(files.problems("[design]\nsamples = 64\ncsv = \"t.csv\"\n") == unused);
  CHECK(files.read(Files::base + "[design]\ncsv = \"t.csv\"\n").csv == files.path() / "t.csv");
}

TEST_CASE("a branch and an axis after it need each other") {
  const Files files;
  const std::string axis = "[[axis]]\nkey = \"a.b\"\nvalues = [1]\n";
  CHECK(files.problems(axis + "after_branch = true\n") ==
        "s.toml: an axis has after_branch (and there is no [branch]); [branch] with day = ...");
  CHECK(
      files.problems("[branch]\nday = 3\n" + axis) ==
      "s.toml: [branch] and no axis after it (all runs of a patient would be one); after_branch = "
      "true in an axis");
  CHECK(files.problems("[branch]\ndya = 3\n" + axis + "after_branch = true\n") ==
        "s.toml:2: [branch] has no day (it is needed); runs are one until this day\n"
        "s.toml:3: unknown key \"dya\" in [branch]; did you mean \"day\"?");
}

TEST_CASE("a section where a value belongs, and a value where a section does") {
  const Files files;
  CHECK(files.problems("design = \"sobol\"\n") ==
        "s.toml:2: design = \"sobol\" (must be a section); write [design]");
  CHECK(files.problems("branch = 30\n").find("s.toml:2: branch = 30 (must be a section)") !=
        std::string::npos);
  CHECK(files.problems("axis = 3\n").find("axis = 3 (must be a section)") != std::string::npos);
  CHECK(files.problems("[[axis]]\nkey = \"a.b\"\nrandom = \"uniform\"\n")
            .find("s.toml:4: random = \"uniform\" (must be a section)") != std::string::npos);
  CHECK(files.problems("[seed]\nx = 1\n") == "s.toml:2: [seed] is a section (a value is needed)");
}

TEST_CASE("all problems of a study come at once, and none of an unreadable one is lost") {
  const Files files;
  const std::string found = files.problems(
      "replicates = 0\nfoo = 1\n[[axis]]\nkey = 3\nlinspace = [1]\n[design]\nkind = \"x\"\n"
      "[branch]\nday = \"x\"\n");
  for (const char* part :
       {"s.toml:2: replicates", "s.toml:3: unknown key \"foo\"", "s.toml:5: key = 3",
        "s.toml:6: linspace", "s.toml:8: kind", "s.toml:10: day = \"x\" (must be a number)"}) {
    CAPTURE(part);
    CHECK(found.find(part) != std::string::npos);
  }
  CHECK(test::problems_in([&] { read_study(files.path() / "none.toml"); }).find("none.toml") !=
        std::string::npos);
  CHECK(files.problems("a = = 3\n").find("s.toml:2") != std::string::npos);
}
