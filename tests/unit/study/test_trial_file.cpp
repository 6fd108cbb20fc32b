#include <set>

#include <neurograft/study/trial.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Texts = std::vector<std::string>;

class Files {
 public:
  Files() { folder_.write("base.toml", "[brain]\nsource = \"patch\"\n[graft]\ncells = 100\n"); }

  Trial read(const std::string& text) const {
    return read_trial(folder_.write("t.toml", "base = \"base.toml\"\n" + text));
  }
  std::string problems(const std::string& text) const {
    return test::problems_in(folder_, [&] { read(text); });
  }

 private:
  test::Folder folder_{"trial_file"};
};

const std::string arms =
    "[[arm]]\nname = \"control\"\nset = \"graft.cells=0\"\n"
    "[[arm]]\nname = \"low\"\nset = [\"graft.cells=200\"]\ndose = 200\nallocated = 3\n";
const std::string patient =
    "[[patient]]\nkey = \"host.age_y\"\nrandom = {kind = \"uniform\", lowest = 20, highest = 60}\n";

}  // namespace

TEST_CASE("a trial is read, with defaults for its analysis") {
  const Files files;
  const Trial trial = files.read("patients = 7\nreplicates = 2\n" + patient + arms);
  CHECK(trial.patients == 7);
  CHECK(trial.study.replicates == 2);
  CHECK(trial.trials == 2000);
  CHECK(trial.alpha == 0.05);
  CHECK(trial.sizes == std::vector<std::size_t>{5, 10, 15, 20, 30, 50, 75, 100, 150, 200});
  CHECK(trial.patient.size() == 1);
  REQUIRE(trial.arms.size() == 2);
  CHECK(trial.arms[0].name == "control");
  CHECK(trial.arms[0].settings == Texts{"graft.cells=0"});
  CHECK_FALSE(trial.arms[0].has_dose);
  CHECK(trial.arms[1].has_dose);
  CHECK(trial.arms[1].dose == 200.0);
  CHECK(trial.arms[1].allocated == 3);
  const Trial other = files.read("patients = 7\n" + arms +
                                 "[analysis]\ntrials = 10\nalpha = 0.01\nsizes = [2, 3e2]\n");
  CHECK(other.trials == 10);
  CHECK(other.alpha == 0.01);
  CHECK(other.sizes == std::vector<std::size_t>{2, 300});
}

TEST_CASE("what is wrong with a trial") {
  const Files files;
  CHECK(files.problems("") ==
        "t.toml: the trial has no patients (it is needed); how many virtual patients\n"
        "t.toml: 0 [[arm]] entries (two are needed; the first is the control)");
  CHECK(files.problems("patients = 1\n" + arms) ==
        "t.toml:2: patients = 1 (must be a whole number of 2 or more)");
  CHECK(files.problems("patients = 2\n" + arms + "[[arm]]\nname = \"low\"\n") ==
        "t.toml: two arms \"low\"");
  CHECK(files.problems("patients = 2\n" + arms + "[[arm]]\nallocated = 3\nsett = 1\n") ==
        "t.toml:11: [[arm]] has no name (it is needed)\n"
        "t.toml:12: an arm with patients of the real trial has no dose (its patients are those of "
        "whom a dose effect is asked); dose = ...\n"
        "t.toml:13: unknown key \"sett\" in [[arm]]; did you mean \"set\"?");
  CHECK(
      files.problems("patients = 2\n" + arms +
                     "[analysis]\ntrials = 0\nalpha = 1\nsizes = [1, 2.5, 1e7, 5]\nsize = 2\n") ==
      "t.toml:12: trials = 0 (must be a whole number of 1 or more)\n"
      "t.toml:13: alpha = 1 (must be between 0 and 1)\n"
      "t.toml:14: sizes has 1 (a test needs a whole number of patients, 2 to a million, in each "
      "arm)\n"
      "t.toml:14: sizes has 2.5 (a test needs a whole number of patients, 2 to a million, in each "
      "arm)\n"
      "t.toml:14: sizes has 10000000 (a test needs a whole number of patients, 2 to a million, in "
      "each arm)\n"
      "t.toml:15: unknown key \"size\" in [analysis]; did you mean \"sizes\"?");
  CHECK(files.problems("patients = 2\n" + patient + "after_branch = true\n" + arms) ==
        "t.toml: a patient has no branch");
  CHECK(files.problems("patients = 2\npatiens = 3\n" + arms + "[[axis]]\nkey = \"a.b\"\n") ==
        "t.toml:3: unknown key \"patiens\" in the trial; did you mean \"patient\"?\n"
        "t.toml:12: unknown key \"axis\" in the trial");
}

TEST_CASE("every patient is in every arm, with the same luck") {
  const Files files;
  const Plan plan = plan_of(files.read("patients = 5\nreplicates = 2\n" + patient + arms));
  CHECK(plan.columns == Texts{"arm", "patient", "host.age_y"});
  REQUIRE(plan.points.size() == 10);
  REQUIRE(plan.runs.size() == 20);
  std::set<std::string> ages;
  std::set<std::int64_t> seeds;
  for (std::size_t n = 0; n < 5; ++n) {
    CHECK(plan.points[n][0] == "control");
    CHECK(plan.points[n + 5][0] == "low");
    CHECK(plan.points[n][1] == std::to_string(n));
    CHECK(plan.points[n][2] == plan.points[n + 5][2]);
    ages.insert(plan.points[n][2]);
    for (std::size_t replicate = 0; replicate < 2; ++replicate) {
      const PlannedRun& control = plan.runs[2 * n + replicate];
      const PlannedRun& treated = plan.runs[2 * n + replicate + 10];
      CHECK(control.seed == treated.seed);
      CHECK(control.key != treated.key);
      CHECK(treated.settings.back() == "graft.cells=200");
      seeds.insert(control.seed);
    }
  }
  CHECK(ages.size() == 5);
  CHECK(seeds.size() == 10);
}

TEST_CASE("patients may differ by their seeds alone, and more may be added") {
  const Files files;
  const auto keys = [&](const std::string& text) {
    std::set<std::string> found;
    for (const PlannedRun& run : plan_of(files.read(text + arms)).runs) found.insert(run.key);
    return found;
  };
  const std::set<std::string> few = keys("patients = 3\n");
  CHECK(few.size() == 6);
  const std::set<std::string> more = keys("patients = 8\n");
  CHECK(std::includes(more.begin(), more.end(), few.begin(), few.end()));
  const std::set<std::string> drawn = keys("patients = 3\n" + patient);
  const std::set<std::string> more_drawn = keys("patients = 8\n" + patient);
  CHECK(std::includes(more_drawn.begin(), more_drawn.end(), drawn.begin(), drawn.end()));
}

TEST_CASE("an arm prescribes, whatever a patient brings") {
  const Files files;
  const Plan plan =
      plan_of(files.read("patients = 2\n[[patient]]\nkey = \"graft.cells\"\n"
                         "random = {kind = \"uniform\", lowest = 1000, highest = 2000}\n" +
                         arms));
  const ResolvedConfig config = check_values(config_of(plan, plan.runs.back()));
  CHECK(std::get<double>(config.section("graft").at("cells")) == 200.0);
}

TEST_CASE("a patient's axis does not take the name of a trial's own column") {
  const Files files;
  const Trial trial = files.read(
      "patients = 2\n[[patient]]\nname = \"arm\"\nkey = \"host.age_y\"\nvalues = [30, 40]\n" +
      arms);
  CHECK(test::problems_in([&] { plan_of(trial); }).find("column \"arm\"") != std::string::npos);
}
