#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include <neurograft/study/calibration.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Row = std::vector<std::string>;

// Value of a setting of a run.
double set_in(const PlannedRun& run, const std::string& key) {
  for (const std::string& one : run.settings) {
    if (one.starts_with(key + "=")) return std::stod(one.substr(key.size() + 1));
  }
  throw Error(key + " is not set");
}

// Standard normal by the sum of twelve uniform numbers.
double noise_of(std::int64_t seed) {
  std::mt19937_64 engine(static_cast<std::uint64_t>(seed));
  double sum = -6.0;
  for (int n = 0; n < 12; ++n) sum += static_cast<double>(engine() >> 11) * 0x1p-53;
  return sum;
}

// A calibration of graft.viability (uniform in 0 ... 1) whose runs are made up: on day 30,
// "donor_alive" is 100 times the viability plus noise, "half" is half of that. It counts what it
// does, and may be told to stop, or to fail runs.
class MadeUp {
 public:
  explicit MadeUp(const std::string& targets, const std::string& options,
                  const std::string& more = "") {
    folder_.write("base.toml", "[brain]\nsource = \"patch\"\n");
    folder_.write("targets.toml", targets);
    calibration = read_calibration(folder_.write(
        "c.toml",
        "base = \"base.toml\"\ntargets = \"targets.toml\"\n" + more +
            "[[axis]]\nkey = \"graft.viability\"\n"
            "random = {kind = \"uniform\", lowest = 0.0, highest = 1.0}\n[calibration]\n" +
            options));
  }

  CalibrationResult go(const std::string& place = "out") {
    return calibrate(
        calibration, folder_ / place,
        [this](const Plan& plan, const RunStore& store) { return do_plan(plan, store); },
        [this](const Population& population) { told.push_back(population.tolerance); });
  }

  std::filesystem::path path(const std::string& name) const { return folder_ / name; }

  Calibration calibration;
  double noise = 0.0;
  bool more_curves = false;
  std::size_t runs = 0;                     ///< done so far
  std::size_t most_runs = std::size_t(-1);  ///< stops after so many
  double fails_above = 2.0;                 ///< viability
  std::vector<double> told;

 private:
  bool do_plan(const Plan& plan, const RunStore& store) {
    for (const PlannedRun* run : plan.results()) {
      if (store.state(*run) == RunState::done || store.state(*run) == RunState::failed) continue;
      if (runs == most_runs) return false;
      ++runs;
      const double viability = set_in(*run, "graft.viability");
      if (viability > fails_above) {
        REQUIRE(store.claim(*run).has_value());
        store.record_failure(*run, 3);
        continue;
      }
      const double alive = 100.0 * viability + noise * noise_of(run->seed);
      std::vector<test::Curve> curves{{"donor_alive", {100.0, alive}}};
      if (more_curves) {
        curves.push_back({"half", {50.0, 0.5 * alive}});
        curves.push_back({"parts", {1, 2, 3, alive}, {"grey", "white"}});
      }
      test::write_run(store.results(*run), {0.0, 30.0}, curves);
    }
    return true;
  }

  test::Folder folder_{"calibration"};
};

std::string target(const std::string& readout, double value, double error,
                   const std::string& more = "at_d = 30\n") {
  return "[[target]]\nreadout = \"" + readout + "\"\nvalue = " + std::to_string(value) +
         "\nerror = " + std::to_string(error) + "\nsource = \"Author 2020\"\n" + more;
}

const std::string small =
    "particles = 16\nkeep_fraction = 0.5\nmost_generations = 3\nstop_acceptance = 0\n";

void check_same(const CalibrationResult& a, const CalibrationResult& b) {
  CHECK(a.finished == b.finished);
  CHECK(a.population.generation == b.population.generation);
  CHECK(a.population.parameters == b.population.parameters);
  CHECK(a.population.weights == b.population.weights);
  CHECK(a.population.distances == b.population.distances);
  CHECK(a.population.tolerance == b.population.tolerance);
  CHECK(a.simulated == b.simulated);
}

}  // namespace

TEST_CASE("a parameter without noise is found, generation by generation") {
  MadeUp study(target("donor_alive", 37.0, 1.0) + target("half", 18.5, 0.5), small);
  study.more_curves = true;
  const CalibrationResult result = study.go();
  CHECK(result.finished);
  CHECK(result.population.generation == 3);
  CHECK(study.runs == 16 + 2 * 8);
  REQUIRE(study.told.size() == 3);
  CHECK(std::ranges::is_sorted(study.told, std::greater<>()));
  REQUIRE(result.population.parameters.size() == 8);
  REQUIRE(result.simulated.size() == 8);
  for (std::size_t n = 0; n < 8; ++n) {
    const double viability = result.population.parameters[n].at(0);
    const double off = 100.0 * viability - 37.0;
    CHECK(std::abs(off) < 20.0);
    // What was simulated goes with its particle, and both targets say the same.
    CHECK(result.simulated[n].at(0) == doctest::Approx(100.0 * viability).epsilon(1e-12));
    CHECK(result.simulated[n].at(1) == doctest::Approx(50.0 * viability).epsilon(1e-12));
    CHECK(result.population.distances[n] == doctest::Approx(std::abs(off)).epsilon(1e-9));
  }
  for (const char* generation : {"generation_0", "generation_2"}) {
    CHECK(std::filesystem::exists(study.path("out") / generation / "runs" / "plan.toml"));
  }
  CHECK_FALSE(std::filesystem::exists(study.path("out") / "generation_3"));
}

TEST_CASE("with noise the posterior is that of a normal measurement") {
  // y = 100 theta + 8 z, seen: 50. Far from the ends of the prior, theta is normal (0.5, 0.08), and
  // what lies within the tolerance counts as seen.
  MadeUp study(target("donor_alive", 50.0, 1.0),
               "particles = 110\nkeep_fraction = 0.5\nmost_generations = 3\nstop_acceptance = 0\n");
  study.noise = 8.0;
  const CalibrationResult result = study.go();
  const double probabilities[] = {0.5};
  const ParameterSummary summary = summarise(result.population, probabilities).at(0);
  const double count = effective_sample_size(result.population);
  CHECK(count > 25.0);
  const double tolerance = 0.01 * result.population.tolerance;
  CHECK(tolerance < 0.15);
  const double sd = std::sqrt(0.08 * 0.08 + tolerance * tolerance / 3.0);
  CHECK(std::abs(summary.mean - 0.5) < 4.5 * sd / std::sqrt(count));
  CHECK(std::abs(summary.sd / sd - 1.0) < 4.5 / std::sqrt(2.0 * count));
}

TEST_CASE("a calibration that was stopped goes on as if it had not been") {
  MadeUp whole(target("donor_alive", 60.0, 2.0), small, "replicates = 2\n");
  whole.noise = 3.0;
  const CalibrationResult result = whole.go();
  CHECK(whole.runs == 2 * 32);
  MadeUp broken(target("donor_alive", 60.0, 2.0), small, "replicates = 2\n");
  broken.noise = 3.0;
  // In the first generation, at the start of the second, and within the third.
  for (const std::size_t stop : {13, 32, 55}) {
    broken.most_runs = stop;
    const CalibrationResult part = broken.go();
    CHECK_FALSE(part.finished);
    CHECK(broken.runs == stop);
    CHECK(part.population.generation == (stop == 13 ? 0 : stop == 32 ? 1 : 2));
    CHECK(part.simulated.size() == part.population.parameters.size());
  }
  broken.most_runs = std::size_t(-1);
  check_same(broken.go(), result);
  CHECK(broken.runs == whole.runs);
  // Once more: nothing is left to do.
  check_same(broken.go(), result);
  CHECK(broken.runs == whole.runs);
}

TEST_CASE("what is compared is the mean over replicates") {
  MadeUp study(target("donor_alive", 50.0, 1.0), small, "replicates = 3\n");
  study.noise = 5.0;
  const CalibrationResult result = study.go();
  const Plan plan = plan_of(study.calibration, study.calibration.experiments[0],
                            {result.population.parameters[0]});
  REQUIRE(plan.runs.size() == 3);
  double sum = 0.0;
  for (const PlannedRun& run : plan.runs) {
    sum += 100.0 * result.population.parameters[0][0] + 5.0 * noise_of(run.seed);
  }
  CHECK(result.simulated[0][0] == doctest::Approx(sum / 3.0).epsilon(1e-12));
}

TEST_CASE("runs that failed are never kept, and too many of them end it") {
  MadeUp study(target("donor_alive", 60.0, 1.0), small);
  study.fails_above = 0.58;
  const CalibrationResult result = study.go();
  CHECK(result.finished);
  for (const auto& particle : result.population.parameters) CHECK(particle[0] <= 0.58);
  study.fails_above = 0.1;
  CHECK_THROWS_AS(study.go("other"), InputError);
}

TEST_CASE("a target that no run can speak of is told") {
  const auto problem = [](const std::string& targets) {
    MadeUp study(targets, "particles = 4\n");
    study.more_curves = true;
    return test::problems_in([&] { study.go(); });
  };
  CHECK(problem(target("donor_alive", 1.0, 1.0, "at_d = 31\n")) ==
        "runs: no run has a value for \"donor_alive, day 31\" (a target needs a record on its "
        "days); see "
        "output.every_d and simulation.duration_d of the base config");
  CHECK(problem(target("donor_alve", 1.0, 1.0)).find("did you mean \"donor_alive\"?") !=
        std::string::npos);
  CHECK(problem(target("parts", 1.0, 1.0)) ==
        "target: readout \"parts\" has parts; name one of them, as in parts.grey");
  MadeUp part(target("parts.white", 40.0, 1.0), "particles = 4\nmost_generations = 1\n");
  part.more_curves = true;
  CHECK(part.go().finished);
}

TEST_CASE("targets are ratios and shares of events too") {
  MadeUp study(target("half", 0.3, 0.01, "at_d = 30\nper = \"parts.grey\"\n") +
                   "[[target]]\nkind = \"binomial\"\nreadout = \"donor_alive\"\nbelow = 95\n"
                   "at_d = 30\nsuccesses = 5\nn = 5\nsource = \"Author 2020\"\n",
               "particles = 8\nmost_generations = 2\n");
  study.more_curves = true;
  const CalibrationResult result = study.go();
  for (std::size_t n = 0; n < result.simulated.size(); ++n) {
    CHECK(result.simulated[n][0] ==
          doctest::Approx(50.0 * result.population.parameters[n][0] / 3.0).epsilon(1e-12));
    CHECK(result.simulated[n][1] == 1.0);
  }
}

TEST_CASE("a target is compared with the mean of another experiment for the same proposal") {
  const test::Folder folder("calibration_reference");
  folder.write("base.toml", "[brain]\nsource = \"patch\"\n");
  folder.write("targets.toml",
               target("donor_alive", 0.4, 0.1, "at_d = 30\nper_experiment = \"control\"\n") +
                   target("donor_alive", -50, 9, "at_d = 30\nminus_experiment = \"control\"\n"));
  const Calibration calibration = read_calibration(folder.write(
      "c.toml",
      "[[experiment]]\nname = \"graft\"\nbase = \"base.toml\"\ntargets = \"targets.toml\"\n"
      "[[experiment]]\nname = \"control\"\nbase = \"base.toml\"\nreplicates = 2\n"
      "[[axis]]\nkey = \"graft.viability\"\n"
      "random = {kind = \"uniform\", lowest = 0.1, highest = 1.0}\n"
      "[calibration]\nparticles = 8\nmost_generations = 2\n"));
  const auto do_plan = [](const Plan& plan, const RunStore& store) {
    for (const PlannedRun* run : plan.results()) {
      const double viability = set_in(*run, "graft.viability");
      const double alive = store.folder().filename() == "control"
                               ? 200.0 * viability + (run->replicate == 0 ? 0.0 : 10.0)
                               : 100.0 * viability;
      test::write_run(store.results(*run), {0.0, 30.0}, {{"donor_alive", {100.0, alive}}});
    }
    return true;
  };
  const CalibrationResult result = calibrate(calibration, folder / "out", do_plan, {});
  CHECK(result.finished);
  for (std::size_t n = 0; n < result.simulated.size(); ++n) {
    const double viability = result.population.parameters[n].at(0);
    const double control = 200.0 * viability + 5.0;
    REQUIRE(result.simulated[n].size() == 2);
    CHECK(result.simulated[n][0] == doctest::Approx(100.0 * viability / control).epsilon(1e-12));
    CHECK(result.simulated[n][1] == doctest::Approx(100.0 * viability - control).epsilon(1e-12));
  }
}
