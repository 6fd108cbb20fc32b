#include <algorithm>
#include <atomic>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/core/version.hpp>
#include <neurograft/io/checkpoint.hpp>
#include <neurograft/io/sha256.hpp>
#include <neurograft/study/local_runner.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

// A plan, and a program in place of the command: it writes its arguments to a log, does what a
// setting tells it, and leaves whole results, or with --until a checkpoint of day 1.
class MadeUp {
 public:
  MadeUp() {
    test::write_run(folder / "whole.h5", {0.0}, {{"x", {1.0}}});
    World world = test::world_of(test::box(2, 2, 2, 1.0));
    world.set_tick(24);
    write_checkpoint(folder / "saved.ckpt", world, {"abc", 1, results_version});
    const std::string here = folder.path().string();
    options.program =
        folder.write("program",
                     "#!/bin/sh\n"
                     "echo \"$@\" >> '" +
                         here +
                         "/log'\n"
                         "until=no\nfate=none\n"
                         "while [ $# -gt 0 ]; do case $1 in\n"
                         "  -o) out=$2;; --until) until=yes;; fate=*) fate=${1#fate=};;\n"
                         "esac; shift; done\n"
                         "case $fate in\n"
                         "  fail) echo 'the reason' >&2; exit 3;;\n"
                         "  killed) kill -9 $$;;\n"
                         "  wait) trap 'exit 75' TERM; : > '" +
                         here +
                         "/ready'; while :; do :; done;;\n"
                         "esac\n"
                         "cp '" +
                         here +
                         "/whole.h5' \"$out\"\n"
                         "[ $until = no ] || { cp '" +
                         here + "/saved.ckpt' \"$out.ckpt\"; rm \"$out\"; : > \"$out\"; }\n");
    std::filesystem::permissions(options.program, std::filesystem::perms::owner_all);
    options.jobs = 2;
    options.failed = [this](const PlannedRun& run, const Failure& failure) {
      failures.push_back(run.key + ": " + failure.message);
    };
    plan.base = folder.write("base.toml", "[graft]\ncells = 5\n");
    plan.base_sha256 = sha256_of_file(plan.base);
    plan.points = {{}};
  }

  PlannedRun& add(const std::string& key, const std::string& fate = "none") {
    PlannedRun run;
    run.key = key;
    run.seed = 5;
    run.settings = {"fate=" + fate};
    plan.runs.push_back(run);
    return plan.runs.back();
  }

  // A parent until day 1, and two branches of it.
  void add_family(const std::string& name, const std::string& fate = "none") {
    add(name, fate).until_d = 1.0;
    for (const char* child : {"1", "2"}) add(name + child).parent = name;
  }

  LocalResult go() { return run_locally(plan, store, options); }

  // What the program was told, one line for each time.
  std::vector<std::string> log() const {
    std::vector<std::string> lines;
    std::istringstream text(test::content(folder / "log"));
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  std::string line_of(const std::string& key) const {
    for (const std::string& line : log()) {
      if (line.find("study_run=" + key + " ") != std::string::npos) return line;
    }
    return "";
  }

  test::Folder folder{"local_runner"};
  RunStore store{folder / "study"};
  Plan plan;
  LocalOptions options;
  std::vector<std::string> failures;
};

}  // namespace

TEST_CASE("what is missing is done, each run once, and nothing twice") {
  MadeUp study;
  for (const char* key : {"a", "b", "c", "a"}) study.add(key);
  std::vector<StudyProgress> progress;
  study.options.progress = [&](const StudyProgress& now) { progress.push_back(now); };
  const LocalResult result = study.go();
  CHECK(result.last.runs == 3);
  CHECK(result.last.done == 3);
  CHECK(result.last.failed == 0);
  CHECK(result.last.running == 0);
  CHECK(result.last.remaining_s == 0.0);
  CHECK_FALSE(result.stopped);
  CHECK(study.log().size() == 3);
  CHECK(count_states(study.store, study.plan).done == 3);
  REQUIRE_FALSE(progress.empty());
  CHECK(std::ranges::all_of(progress, [](const StudyProgress& now) { return now.running <= 2; }));
  CHECK(study.go().last.done == 3);
  study.add("d");
  CHECK(study.go().last.done == 4);
  CHECK(study.log().size() == 4);
}

TEST_CASE("the command says all that the run is") {
  MadeUp study;
  PlannedRun& run = study.add("abc");
  run.settings = {"fate=none", "graft.cells=5"};
  run.point = 3;
  run.replicate = 2;
  study.options.jobs = 1;
  study.go();
  const std::string line = study.line_of("abc");
  CHECK(line.find("run " + study.plan.base.string() +
                  " --set fate=none --set graft.cells=5 --seed 5 --threads ") == 0);
  CHECK(line.find(" -o " + study.store.results(run).string() +
                  " --progress none --tag study_point=3 --tag study_replicate=2 --tag "
                  "study_run=abc --resume") != std::string::npos);
}

TEST_CASE("a run that fails is recorded, and the others go on") {
  MadeUp study;
  study.add("a", "fail");
  study.add("b");
  study.add("c", "killed");
  const LocalResult result = study.go();
  CHECK(result.last.done == 1);
  CHECK(result.last.failed == 2);
  std::ranges::sort(study.failures);
  REQUIRE(study.failures.size() == 2);
  CHECK(study.failures[0] == "a: the reason");
  CHECK(study.failures[1].find("c: killed from outside") == 0);
  CHECK(study.store.failure(study.plan.runs[0])->exit_code == 3);
  CHECK(study.store.failure(study.plan.runs[2])->exit_code == 137);
  // It stays so until it is cleared.
  CHECK(study.go().last.failed == 2);
  CHECK(study.log().size() == 3);
  study.store.clear(study.plan.runs[0]);
  study.plan.runs[0].settings = {"fate=none"};
  CHECK(study.go().last.done == 2);
}

TEST_CASE("a program that cannot be started is a failure that says so") {
  MadeUp study;
  study.add("a");
  study.options.program = study.folder / "none";
  CHECK(study.go().last.failed == 1);
  CHECK(study.failures == std::vector<std::string>{"a: the program could not be started"});
}

TEST_CASE("branches begin from their parent's state, after it") {
  MadeUp study;
  study.add_family("p");
  study.options.jobs = 8;
  const LocalResult result = study.go();
  CHECK(result.last.done == 3);
  CHECK(study.log().front().find("study_run=p --until 1 --resume") != std::string::npos);
  for (const char* child : {"p1", "p2"}) {
    CHECK(study.line_of(child).find("--from " +
                                    study.store.checkpoint(study.plan.runs[0]).string()) !=
          std::string::npos);
    CHECK(study.line_of(child).find("--resume") == std::string::npos);
  }
}

TEST_CASE("a branch that was stopped goes on from its own state") {
  MadeUp study;
  study.add_family("p");
  const PlannedRun& child = study.plan.runs[1];
  REQUIRE(study.store.claim(child).has_value());
  std::filesystem::copy(study.folder / "saved.ckpt", study.store.checkpoint(child));
  test::write_run(study.store.results(child), {0.0}, {{"x", {1.0}}}, false);
  REQUIRE(study.store.state(child) == RunState::stopped);
  study.go();
  CHECK(study.line_of("p1").find("--resume") != std::string::npos);
  CHECK(study.line_of("p1").find("--from") == std::string::npos);
  CHECK(study.line_of("p2").find("--from") != std::string::npos);
}

TEST_CASE("branches of a parent that failed do not begin") {
  MadeUp study;
  study.add_family("p", "fail");
  study.add("b");
  const LocalResult result = study.go();
  CHECK(result.last.runs == 4);
  CHECK(result.last.done == 1);
  CHECK(result.last.failed == 3);  // with the two that never began
  CHECK(study.log().size() == 2);
  const StateCounts counts = count_states(study.store, study.plan);
  CHECK(counts.failed == 3);
  CHECK(counts.done == 1);
}

TEST_CASE("a base that was edited since its runs were planned ends the work") {
  MadeUp study;
  study.add("a");
  study.folder.write("base.toml", "[graft]\ncells = 6\n");
  CHECK_THROWS_WITH_AS(study.go(), doctest::Contains("has changed since"), InputError);
  CHECK(study.log().empty());
}

TEST_CASE("shards share the runs out, families undivided") {
  std::set<std::string> seen;
  for (const std::size_t index : {0, 1, 2}) {
    MadeUp study;
    for (const char* name : {"p", "q", "r", "s"}) study.add_family(name);
    for (const char* key : {"a", "b"}) study.add(key);
    study.options.shard = {index, 3};
    const LocalResult result = study.go();
    CHECK(result.last.done == result.last.runs);
    CHECK(result.last.runs == (index == 0 ? 6 : index == 1 ? 4 : 4));
    std::set<std::string> keys;
    for (const PlannedRun& run : study.plan.runs) {
      if (study.store.state(run) == RunState::done) keys.insert(run.key);
    }
    for (const std::string& key : keys) {
      CHECK(seen.insert(key).second);
      CHECK(keys.contains(key.substr(0, 1)));
    }
  }
  CHECK(seen.size() == 14);
}

TEST_CASE("a run that another program is at is left to it") {
  MadeUp study;
  study.add("a");
  study.add("b");
  const auto claim = study.store.claim(study.plan.runs[0]);
  const LocalResult result = study.go();
  CHECK(result.elsewhere == 1);
  CHECK(result.last.done == 1);
  CHECK(study.line_of("a").empty());
}

TEST_CASE("asked to stop, it has the runs stop and begins no more") {
  MadeUp study;
  study.add("a", "wait");
  study.add("b");
  study.options.jobs = 1;
  std::atomic<bool> stop = false;
  study.options.stop = &stop;
  study.options.progress = [&](const StudyProgress&) {
    if (std::filesystem::exists(study.folder / "ready")) stop = true;
  };
  const LocalResult result = study.go();
  CHECK(result.stopped);
  CHECK(result.last.done == 0);
  CHECK(result.last.failed == 0);
  CHECK(study.log().size() == 1);
  CHECK(study.failures.empty());
  CHECK_FALSE(study.store.failure(study.plan.runs[0]).has_value());
  stop = false;
  std::filesystem::remove(study.folder / "ready");
  study.plan.runs[0].settings = {"fate=none"};
  CHECK(study.go().last.done == 2);
}

TEST_CASE("what was left of a run that cannot go on is removed before it begins anew") {
  MadeUp study;
  const PlannedRun run = study.add("a");
  REQUIRE(study.store.claim(run).has_value());
  std::filesystem::copy(study.folder / "saved.ckpt", study.store.checkpoint(run));
  CHECK(study.go().last.done == 1);
  CHECK_FALSE(std::filesystem::exists(study.store.checkpoint(run)));
}

TEST_CASE("as many runs at once as processors and memory allow") {
  const std::size_t by_processors = jobs_for(0.0);
  CHECK(by_processors >= 1);
  CHECK(jobs_for(1.0) == by_processors);
  CHECK(jobs_for(1e18) == 1);
  for (const double bytes : {1e8, 1e9, 1e10}) CHECK(jobs_for(bytes) >= jobs_for(2.0 * bytes));
}
