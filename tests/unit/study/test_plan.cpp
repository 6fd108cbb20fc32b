#include <algorithm>
#include <set>

#include <neurograft/study/plan.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Texts = std::vector<std::string>;

// A small base config, and studies of it.
class Files {
 public:
  Files() {
    folder_.write("base.toml",
                  "[simulation]\nstart_d = 0\nduration_d = 60\n[brain]\nsource = \"patch\"\n"
                  "patch_ventricle = true\n[graft]\ncells = 100\n");
  }

  Plan plan(const std::string& text) const {
    return plan_of(read_study(folder_.write("s.toml", "base = \"base.toml\"\n" + text)));
  }

  std::string problems(const std::string& text) const {
    return test::problems_in(folder_, [&] { plan(text); });
  }

  const test::Folder& folder() const { return folder_; }

 private:
  test::Folder folder_{"plan"};
};

std::string axis(const std::string& key, const std::string& values, const std::string& more = "") {
  return "[[axis]]\nkey = \"" + key + "\"\nvalues = " + values + "\n" + more;
}

std::set<std::string> keys_of(const Plan& plan) {
  std::set<std::string> keys;
  for (const PlannedRun& run : plan.runs) keys.insert(run.key);
  return keys;
}

// The run of a point with these values.
const PlannedRun& run_at(const Plan& plan, const Texts& values, std::size_t replicate = 0) {
  for (const PlannedRun* run : plan.results()) {
    if (plan.points.at(run->point) == values && run->replicate == replicate) return *run;
  }
  throw Error("no such run");
}

const std::string cells = axis("graft.cells", "[100, 200]");
const std::string age = axis("host.age_y", "[30.0, 40.0]");

}  // namespace

TEST_CASE("a plan has each replicate of each point, with keys and settings of their own") {
  const Files files;
  const Plan plan = files.plan(
      "replicates = 3\nset = [\"simulation.duration_d=30\"]\n"
      "collect = [\"donor_alive\"]\n" +
      cells);
  CHECK(plan.columns == Texts{"graft.cells"});
  CHECK(plan.points.size() == 2);
  CHECK(plan.collect == Texts{"donor_alive"});
  CHECK(plan.study == files.folder() / "s.toml");
  CHECK(plan.base == files.folder() / "base.toml");
  REQUIRE(plan.runs.size() == 6);
  CHECK(plan.results().size() == 6);
  CHECK(keys_of(plan).size() == 6);
  const PlannedRun& run = plan.runs[4];
  CHECK(run.point == 1);
  CHECK(run.replicate == 1);
  CHECK(run.settings.size() == 2);
  CHECK(run.settings[0] == "simulation.duration_d=30");
  CHECK(run.key.size() == 20);
  CHECK(run.key.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(&plan.run(run.key) == &run);
  CHECK_THROWS_AS(plan.run("nonesuch"), Error);
  const Config config = config_of(plan, run);
  const ResolvedConfig resolved = check_values(config);
  CHECK(std::get<std::int64_t>(resolved.section("simulation").at("seed")) == run.seed);
  CHECK(std::get<double>(resolved.section("graft").at("cells")) == 200.0);
}

TEST_CASE("a key says what the result depends on, and nothing else") {
  const Files files;
  const auto key = [&](const std::string& text) { return files.plan(text).runs.at(0).key; };
  const std::string plain = key("");
  CHECK(key("collect = [\"donor_alive\"]\n") == plain);
  CHECK(key("set = [\"graft.cells=100\"]\n") == plain);  // what the base says already
  CHECK(key("seed = 2\n") != plain);
  CHECK(key("set = [\"graft.cells=101\"]\n") != plain);
  CHECK(key("set = [\"host.age_y=33\"]\n") != key("set = [\"host.age_y=34\"]\n"));
  // A comment in the base config is nothing, a value is.
  const std::string base = test::content(files.folder() / "base.toml");
  files.folder().write("base.toml", "# a comment\n" + base);
  CHECK(key("") == plain);
  files.folder().write("base.toml", base + "viability = 0.5\n");
  CHECK(key("") != plain);
}

TEST_CASE("a key goes by the contents of the files that a config reads") {
  const Files files;
  files.folder().write("base.toml", "[brain]\nsource = \"patch\"\n[lesions]\nmask = \"m.nii\"\n");
  const auto key = [&] { return files.plan("").runs.at(0).key; };
  files.folder().write("m.nii", "one");
  const std::string first = key();
  CHECK(key() == first);
  files.folder().write("m.nii", "two");
  CHECK(key() != first);
  files.folder().write("m.nii", "one");
  CHECK(key() == first);
}

TEST_CASE("keys do not depend on the order of axes or on other points") {
  const Files files;
  const Plan one = files.plan("replicates = 2\n" + cells + age);
  const Plan other = files.plan("replicates = 2\n" + age + cells);
  CHECK(one.runs.size() == 8);
  CHECK(keys_of(one) == keys_of(other));
  CHECK(run_at(one, {"100", "40.0"}, 1).key == run_at(other, {"40.0", "100"}, 1).key);
  CHECK(run_at(one, {"100", "40.0"}, 1).seed == run_at(other, {"40.0", "100"}, 1).seed);
}

TEST_CASE("a study that grows keeps its runs") {
  const Files files;
  const auto kept = [&](const std::string& before, const std::string& after) {
    const std::set<std::string> old_keys = keys_of(files.plan(before));
    const std::set<std::string> new_keys = keys_of(files.plan(after));
    return std::ranges::includes(new_keys, old_keys) && new_keys.size() > old_keys.size();
  };
  CHECK(kept("replicates = 2\n" + cells, "replicates = 5\n" + cells));
  CHECK(kept(cells, axis("graft.cells", "[50, 100, 150, 200]")));
  const std::string drawn =
      "[[axis]]\nkey = \"host.age_y\"\nrandom = {kind = \"uniform\", lowest = 20, highest = 60}\n"
      "[design]\nkind = \"sobol\"\nsamples = ";
  CHECK(kept(drawn + "8\n", drawn + "16\n"));
}

TEST_CASE("points that set the same have the same runs") {
  const Files files;
  const Plan plan = files.plan(
      "[[axis]]\nname = \"arm\"\n[[axis.level]]\nname = \"a\"\nset = \"graft.cells=100\"\n"
      "[[axis.level]]\nname = \"b\"\nset = [\"graft.cells=100\"]\n");
  REQUIRE(plan.runs.size() == 2);
  CHECK(plan.runs[0].key == plan.runs[1].key);
  CHECK(plan.runs[1].point == 1);
}

TEST_CASE("seeds are whole numbers that tables give back, all different") {
  const Files files;
  const Plan plan = files.plan("replicates = 50\n" + cells + age);
  std::set<std::int64_t> seeds;
  for (const PlannedRun& run : plan.runs) {
    seeds.insert(run.seed);
    CHECK(run.seed >= 0);
    CHECK(run.seed < std::int64_t{1} << 53);
  }
  CHECK(seeds.size() == 200);
  CHECK(*seeds.rbegin() > std::int64_t{1} << 50);
}

TEST_CASE("with common random numbers seeds go by replicate alone") {
  const Files files;
  const Plan plan = files.plan("replicates = 3\ncommon_random_numbers = true\n" + cells + age);
  CHECK(plan.common_random_numbers);
  std::set<std::int64_t> seeds;
  for (const PlannedRun& run : plan.runs) {
    seeds.insert(run.seed);
    CHECK(run.seed == plan.runs[run.replicate].seed);
  }
  CHECK(seeds.size() == 3);
  CHECK(keys_of(plan).size() == 12);
}

TEST_CASE("seeds of a patient go by the patient") {
  Study study;
  Point a{.values = {}, .settings = {"graft.cells=1"}, .after_branch = {}, .patient = "7"};
  Point b{.values = {}, .settings = {"graft.cells=2"}, .after_branch = {}, .patient = "7"};
  CHECK(seed_of(study, a, 0) == seed_of(study, b, 0));
  CHECK(seed_of(study, a, 0) != seed_of(study, a, 1));
  b.patient = "8";
  CHECK(seed_of(study, a, 0) != seed_of(study, b, 0));
  a.patient = b.patient = "";
  CHECK(seed_of(study, a, 0) != seed_of(study, b, 0));
}

TEST_CASE("branches of a patient share one parent, planned before them") {
  const Files files;
  const std::string late =
      axis("lifecycle.baseline_death_per_d", "[0.001, 0.002, 0.003]", "after_branch = true\n");
  const Plan plan = files.plan("replicates = 2\n[branch]\nday = 30\n" + cells + late);
  CHECK(plan.branch_d == 30.0);
  REQUIRE(plan.runs.size() == 4 + 12);
  CHECK(plan.results().size() == 12);
  std::set<std::string> parents;
  for (std::size_t n = 0; n < plan.runs.size(); ++n) {
    const PlannedRun& run = plan.runs[n];
    CHECK(run.until_d.has_value() == (n < 4));
    if (n < 4) {
      CHECK(run.until_d == 30.0);
      CHECK(run.parent.empty());
      CHECK(run.settings.size() == 1);
      continue;
    }
    const PlannedRun& parent = plan.run(run.parent);
    parents.insert(parent.key);
    CHECK(parent.seed == run.seed);
    CHECK(parent.replicate == run.replicate);
    CHECK(plan.points[parent.point][0] == plan.points[run.point][0]);
    CHECK(run.settings.size() == 2);
  }
  CHECK(parents.size() == 4);
  CHECK(keys_of(plan).size() == 16);
  // Another day of branching is another parent, and another run after it.
  const Plan later = files.plan("replicates = 2\n[branch]\nday = 31\n" + cells + late);
  for (const std::string& key : keys_of(later)) CHECK_FALSE(keys_of(plan).contains(key));
}

TEST_CASE("a branch begins within the run, at a step of it") {
  const Files files;
  const auto on = [&](const std::string& day, const std::string& more = "") {
    return files.problems(
        more + "[branch]\nday = " + day + "\n" +
        axis("lifecycle.baseline_death_per_d", "[0.001, 0.003]", "after_branch = true\n"));
  };
  CHECK(on("0").empty());
  CHECK(on("59.5").empty());
  CHECK(on("60") == "s.toml: [branch] day = 60 (is not within the run, day 0 to 60)");
  CHECK(on("-1") == "s.toml: [branch] day = -1 (is not within the run, day 0 to 60)");
  CHECK(on("30", "set = [\"simulation.duration_d=20\"]\n") ==
        "s.toml: [branch] day = 30 (is not within the run, day 0 to 20)");
  CHECK(on("30.01").find("s.toml: [branch] day = 30.01 (must be a whole number of steps") == 0);
}

TEST_CASE("what a branch may not change is told when it is planned") {
  const Files files;
  const std::string problems = files.problems(
      "[branch]\nday = 30\n" + axis("host.age_y", "[40, 50]", "after_branch = true\n"));
  CHECK(problems.find("host.age_y is 40.0 here") != std::string::npos);
  CHECK(problems.find("it is part of the saved state") != std::string::npos);
}

TEST_CASE("a plan reads back as it was written, and is not written twice") {
  const Files files;
  const auto check_round_trip = [&](const Plan& plan) {
    const auto path = files.folder() / "plan.toml";
    write_plan(path, plan);
    const Plan again = read_plan(path);
    CHECK(again.study == plan.study);
    CHECK(again.base == plan.base);
    CHECK(again.columns == plan.columns);
    CHECK(again.points == plan.points);
    CHECK(again.collect == plan.collect);
    CHECK(again.common_random_numbers == plan.common_random_numbers);
    CHECK(again.branch_d == plan.branch_d);
    REQUIRE(again.runs.size() == plan.runs.size());
    for (std::size_t n = 0; n < plan.runs.size(); ++n) {
      const PlannedRun& a = again.runs[n];
      const PlannedRun& b = plan.runs[n];
      CHECK(a.key == b.key);
      CHECK(a.point == b.point);
      CHECK(a.replicate == b.replicate);
      CHECK(a.seed == b.seed);
      CHECK(a.settings == b.settings);
      CHECK(a.parent == b.parent);
      CHECK(a.until_d == b.until_d);
    }
    const auto time = std::filesystem::last_write_time(path);
    write_plan(path, again);
    CHECK(std::filesystem::last_write_time(path) == time);
  };
  check_round_trip(files.plan(""));
  check_round_trip(
      files.plan("replicates = 2\ncollect = [\"a\", \"b@3\"]\n"
                 "common_random_numbers = true\n[branch]\nday = 30.5\n" +
                 cells + axis("lifecycle.baseline_death_per_d", "[0.5]", "after_branch = true\n")));
  Plan odd = files.plan(cells);
  odd.columns = {"a \"b\"\\c"};
  odd.points = {{"x\ny, \"z\""}, {"\t'\\ \r\n\x1b\x7f"}};
  odd.runs[0].settings = {"simulation.title=\"a \\\" b\"", "k=[1, 2]", ""};
  check_round_trip(odd);
}

TEST_CASE("a plan that is not there, or damaged") {
  const Files files;
  const auto problem = [&](const std::string& name) {
    return test::problems_in(files.folder(), [&] { read_plan(files.folder() / name); });
  };
  CHECK(problem("none/plan.toml") == "none: is not the folder of a study (plan.toml is not in it)");
  files.folder().write("plan.toml", "study = \"s\"\nbase = 3\n");
  CHECK(problem("plan.toml").find("no base in the plan; give the study's own command once more") !=
        std::string::npos);
}

TEST_CASE("faults of points are gathered, each once") {
  const Files files;
  CHECK(files.problems(axis("graft.cells", "[100, -1, -2]") + axis("host.age_y", "[30, 40]")) ==
        "s.toml: --set graft.cells=-1: graft.cells = -1 (must be in [0, 4000000000])\n"
        "s.toml: --set graft.cells=-2: graft.cells = -2 (must be in [0, 4000000000])");
  const std::string unknown = files.problems(axis("graft.cels", "[1]"));
  CHECK(unknown.find("s.toml: --set graft.cels=1: ") == 0);
  CHECK(unknown.find("did you mean \"cells\"?") != std::string::npos);
  CHECK(files.problems("set = [\"graft.cells=x\"]\n" + age).find("--set graft.cells=x: ") !=
        std::string::npos);
  // A fault of the base config itself has its own place.
  files.folder().write("base.toml", "[brain]\nsource = \"patch\"\n[graft]\ncells = -5\n");
  CHECK(files.problems(age) == "base.toml:4: graft.cells = -5 (must be in [0, 4000000000])");
}

TEST_CASE("not more faults are told than one can read") {
  const Files files;
  std::string list = "[";
  for (int n = 1; n <= 50; ++n) list += std::to_string(-n) + ", ";
  const std::string found = files.problems(axis("graft.cells", list + "]"));
  CHECK(std::ranges::count(found, '\n') == 20);
  CHECK(found.ends_with("perhaps more (no further points were tried)"));
}

TEST_CASE("columns that the tables of results have already are refused") {
  const Files files;
  const auto named = [](const std::string& name) {
    return "[[axis]]\nkey = \"graft.cells\"\nname = \"" + name + "\"\nvalues = [1]\n";
  };
  for (const char* name : {"run", "point", "replicate", "seed", "time", "runs"}) {
    CAPTURE(name);
    CHECK(files.problems(named(name)) ==
          std::string("s.toml: an axis or column \"") + name +
              "\" (tables of results have a column of that name already); "
              "give it another name");
  }
  CHECK(files.problems(named("points")).empty());
  files.folder().write("t.csv", "point,graft.cells,seed\n0,100,5\n");
  CHECK(files.problems("[design]\ncsv = \"t.csv\"\n").find("column \"point\"") !=
        std::string::npos);
}

TEST_CASE("a readout whose day is no number is found before the first run") {
  const Files files;
  CHECK(files.problems("collect = [\"donor_alive@30\", \"pbvc@end\"]\n") ==
        "collect: \"pbvc@end\" (what follows @ must be a day); as in donor_alive@30");
}

TEST_CASE("seeds are not set by hand") {
  const Files files;
  const std::string refused = ": a seed set by hand (seeds come from `seed` and `replicates`)";
  CHECK(files.problems("set = [\"simulation.seed=3\"]\n") ==
        "s.toml: --set simulation.seed=3" + refused);
  files.folder().write("t.csv", "simulation.seed,host.age_y\n1,30\n2,30\n");
  CHECK(files.problems("[design]\ncsv = \"t.csv\"\n") ==
        "t.csv: --set simulation.seed=1" + refused + "\nt.csv: --set simulation.seed=2" + refused);
}
