#include <fstream>

#include <neurograft/core/error.hpp>
#include <neurograft/core/version.hpp>
#include <neurograft/io/checkpoint.hpp>
#include <neurograft/study/run_store.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

PlannedRun run_called(const std::string& key) {
  PlannedRun run;
  run.key = key;
  return run;
}

// A checkpoint at a day.
void save(const RunStore& store, const PlannedRun& run, Tick ticks) {
  World world = test::world_of(test::box(2, 2, 2, 1.0));
  world.set_tick(ticks);
  write_checkpoint(store.checkpoint(run), world, {"abc", 1, results_version});
}

void finish(const RunStore& store, const PlannedRun& run, bool complete = true) {
  test::write_run(store.results(run), {0.0, 1.0}, {{"donor_alive", {2.0, 3.0}}}, complete);
}

}  // namespace

TEST_CASE("a run's files are in a folder of its key") {
  const RunStore store("study");
  const PlannedRun run = run_called("abc");
  CHECK(store.plan_file() == "study/plan.toml");
  CHECK(store.run_folder(run) == "study/runs/abc");
  CHECK(store.results(run) == "study/runs/abc/run.h5");
  CHECK(store.checkpoint(run) == "study/runs/abc/run.h5.ckpt");
  CHECK(store.messages(run) == "study/runs/abc/messages.txt");
}

TEST_CASE("a run whose file cannot be read has failed, and says so") {
  const test::Folder folder("store");
  const RunStore store(folder.path());
  PlannedRun run;
  run.key = "abc";
  REQUIRE(store.claim(run).has_value());
  std::ofstream(store.results(run)) << "no HDF5";
  CHECK(store.state(run) == RunState::failed);
  REQUIRE(store.failure(run).has_value());
  CHECK(store.failure(run)->exit_code == 4);
  CHECK(store.failure(run)->message.find("run.h5") != std::string::npos);
  store.clear(run);
  CHECK(store.state(run) == RunState::missing);
}

TEST_CASE("the states of a run, as its files show them") {
  const test::Folder folder("store");
  const RunStore store(folder.path());
  const PlannedRun run = run_called("abc");
  CHECK(store.state(run) == RunState::missing);
  REQUIRE(store.claim(run).has_value());  // and given back
  CHECK(store.state(run) == RunState::missing);
  finish(store, run, false);
  CHECK(store.state(run) == RunState::missing);  // published, but nothing to go on from
  save(store, run, 5);
  CHECK(store.state(run) == RunState::stopped);
  store.record_failure(run, 3);
  CHECK(store.state(run) == RunState::failed);
  finish(store, run);
  CHECK(store.state(run) == RunState::done);
  store.clear(run);
  CHECK(store.state(run) == RunState::missing);
  save(store, run, 5);
  CHECK(store.state(run) == RunState::missing);  // a checkpoint without its output
}

TEST_CASE("a run is running while its claim is held, for all but its holder") {
  const test::Folder folder("store");
  const RunStore store(folder.path());
  const PlannedRun run = run_called("abc");
  {
    const auto claim = store.claim(run);
    REQUIRE(claim.has_value());
    CHECK(store.state(run) == RunState::running);
    CHECK(store.state(run, true) == RunState::missing);
    CHECK_FALSE(store.claim(run).has_value());
    CHECK(store.claim(run_called("other")).has_value());
    store.record_failure(run, 2);
    CHECK(store.state(run) == RunState::running);
    CHECK(store.state(run, true) == RunState::failed);
    finish(store, run);
    CHECK(store.state(run) == RunState::done);  // however late the claim is given back
  }
  CHECK(store.state(run) == RunState::done);
  CHECK(store.claim(run).has_value());
}

TEST_CASE("a parent is done when its checkpoint is of its day") {
  const test::Folder folder("store");
  const RunStore store(folder.path());
  PlannedRun run = run_called("abc");
  run.until_d = 1.0;
  finish(store, run, false);
  save(store, run, 23);
  CHECK(store.state(run) == RunState::stopped);
  save(store, run, 24);
  CHECK(store.state(run) == RunState::done);
  run.until_d = 0.3333333333;  // as one writes 8 h
  save(store, run, 8);
  CHECK(store.state(run) == RunState::done);
  store.record_failure(run, 1);
  CHECK(store.state(run) == RunState::failed);
}

TEST_CASE("a failure is recorded with the last thing that was said") {
  const test::Folder folder("store");
  const RunStore store(folder.path());
  const PlannedRun run = run_called("abc");
  CHECK_FALSE(store.failure(run).has_value());
  const auto message = [&](const std::string& said, int code) {
    folder.write("runs/abc/messages.txt", said);
    store.record_failure(run, code);
    const auto failure = store.failure(run);
    REQUIRE(failure.has_value());
    CHECK(failure->exit_code == code);
    return failure->message;
  };
  CHECK(message("one\na.toml:3: \"two\" \\ \t(why); hint\n \r\n\n", 2) ==
        "a.toml:3: \"two\" \\ \t(why); hint");
  CHECK(message("only", 3) == "only");
  CHECK(message("\nonly\n", 3) == "only");
  CHECK(message("", 4).empty());
  CHECK(message("\n \n", 4).empty());
  CHECK(message("h\xc3\xa4lt", 4) == "h\xc3\xa4lt");
  // Whatever bytes a crashing program leaves behind.
  CHECK(message("h\xe4lt \xff\x01 an", 4) == "h?lt ?\x01 an");
  CHECK(message("x", 127) == "the program could not be started");
  CHECK(message("x", 137).find("out of memory") != std::string::npos);
  CHECK(message("x", 139).find("segmentation fault") != std::string::npos);
  CHECK(message("x", 134) == "ended by signal 6");
}

TEST_CASE("to clear a run leaves its claim and other runs alone") {
  const test::Folder folder("store");
  const RunStore store(folder.path());
  const PlannedRun run = run_called("abc");
  const PlannedRun other = run_called("other");
  const auto claim = store.claim(run);
  finish(store, run, false);
  finish(store, other);
  save(store, run, 1);
  folder.write("runs/abc/run.h5.part", "x");
  folder.write("runs/abc/messages.txt", "x");
  store.record_failure(run, 1);
  store.clear(run);
  CHECK(store.state(run) == RunState::running);
  CHECK(store.state(run, true) == RunState::missing);
  CHECK(store.state(other) == RunState::done);
  std::size_t left = 0;
  for (const auto& entry : std::filesystem::directory_iterator(store.run_folder(run))) {
    CHECK(entry.path().filename() == "lock");
    ++left;
  }
  CHECK(left == 1);
  CHECK_NOTHROW(store.clear(run_called("nothing")));
}

TEST_CASE("states are counted, each run once") {
  const test::Folder folder("store");
  const RunStore store(folder.path());
  Plan plan;
  for (const char* key : {"done", "done", "failed", "stopped", "running", "missing", "missing2"}) {
    plan.runs.push_back(run_called(key));
  }
  finish(store, run_called("done"));
  const auto claim = store.claim(run_called("running"));
  REQUIRE(store.claim(run_called("failed")).has_value());
  store.record_failure(run_called("failed"), 2);
  finish(store, run_called("stopped"), false);
  save(store, run_called("stopped"), 2);
  const StateCounts counts = count_states(store, plan);
  CHECK(counts.done == 1);
  CHECK(counts.failed == 1);
  CHECK(counts.stopped == 1);
  CHECK(counts.running == 1);
  CHECK(counts.missing == 2);
  CHECK(counts.all() == 6);
}

TEST_CASE("a folder that cannot be made is an I/O error that names it") {
  const test::Folder folder("store");
  folder.write("runs", "a file");
  CHECK_THROWS_WITH_AS(RunStore(folder.path()).claim(run_called("abc")),
                       doctest::Contains("runs/abc: cannot make this folder"), IoError);
}
