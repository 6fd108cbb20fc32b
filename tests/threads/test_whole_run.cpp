#include <neurograft/scenario/run.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>
#include <support/runs.hpp>

using namespace neurograft;

/// Whole runs for the thread sanitizer: every process, recorder, publish and checkpoint, with more
/// threads than this machine may have.
namespace {

void stop_and_resume(const std::string& name, const test::Settings& settings) {
  const test::Folder folder("threads");
  const Config config = test::config_of(name, settings);
  RunOptions options{.output = folder / "run.h5", .threads = {7}, .until_d = 3.0};
  CHECK(run(config, options).end == RunEnd::staying);
  options.resume = true;
  options.threads = {3};
  options.until_d.reset();
  CHECK(run(config, options).end == RunEnd::complete);
}

}  // namespace

TEST_CASE("phantom_small has no race") {
  stop_and_resume("phantom_small",
                  {"graft.cells=2000", "simulation.duration_d=6", "output.snapshots_d=[1.0, 6.0]",
                   "output.checkpoint_every_min=1e-3"});
}

TEST_CASE("a substance followed through time and a tissue insult have no race") {
  stop_and_resume("cuprizone_patch",
                  {"simulation.duration_d=5", "output.snapshots_d=[]", "insult.0.stop_d=4",
                   "fields.inflammatory.mode=transient", "signalling.every_h=1"});
}
