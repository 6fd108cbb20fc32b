// usage: barcoded_graft CONFIG.toml CHECKPOINT
//
// Runs a scenario with a process of its own added, three ways: straight through; stopped half-way,
// a second simulation going on from a copy of the world; and one going on from a checkpoint file.
// Each has another number of threads. All must end in the same state, to the last bit.

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "barcode.hpp"
#include "digest.hpp"

namespace {

using namespace neurograft;
using barcoded::digest;

constexpr double middle_d = 4.0;
constexpr double end_d = 8.0;

Simulation barcoded_simulation(const Scenario& scenario, int threads) {
  const auto& section = barcoded::barcode_section();
  const auto parameters = section.read(scenario.resolved().section("barcode"));
  Simulation simulation = build(scenario, Threads{threads});
  simulation.add(std::make_unique<barcoded::Barcode>(parameters));
  return simulation;
}

bool say(const char* what, const World& world, std::uint64_t expected) {
  const bool same = digest(world) == expected;
  std::printf("%-28s day %g, state %016llx%s\n", what, world.day(),
              static_cast<unsigned long long>(digest(world)), same ? "" : "  DIFFERS");
  return same;
}

bool resumes_exactly(const Scenario& scenario, const std::string& checkpoint) {
  Simulation whole = barcoded_simulation(scenario, 1);
  whole.run_until(end_d);
  const std::uint64_t end = digest(whole.world());
  say("straight through", whole.world(), end);
  std::printf("%zu donor cells alive, %g barcodes silenced\n", whole.world().agents().count(donor),
              whole.readout("barcodes_silenced"));

  Simulation half = barcoded_simulation(scenario, 2);
  half.run_until(middle_d);
  const std::uint64_t middle = digest(half.world());
  say("half-way", half.world(), middle);
  const RunIdentity run{scenario.title(), half.world().seed(), results_version};
  write_checkpoint(checkpoint, half.world(), run);

  Simulation from_copy = barcoded_simulation(scenario, 3);
  from_copy.bind();
  from_copy.world() = half.world();
  from_copy.resume_here();
  from_copy.run_until(end_d);

  Simulation from_file = barcoded_simulation(scenario, 2);
  from_file.bind();
  read_checkpoint(checkpoint, from_file.world());
  from_file.resume_here();
  const bool read_back = say("read from the checkpoint", from_file.world(), middle);
  from_file.run_until(end_d);

  const bool copied = say("resumed from a copy", from_copy.world(), end);
  const bool restored = say("resumed from the checkpoint", from_file.world(), end);
  const bool something_happened = whole.readout("barcodes_silenced") > 0.0 && middle != end;
  return read_back && copied && restored && something_happened;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: barcoded_graft CONFIG.toml CHECKPOINT\n");
    return 2;
  }
  try {
    // The program's own section is checked with all others, and can be set like them.
    const Config config = Config::from_file(argv[1]).set("barcode.silencing_per_d", 0.1);
    const Scenario scenario = prepare(config, {barcoded::barcode_section().table()});
    return resumes_exactly(scenario, argv[2]) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
