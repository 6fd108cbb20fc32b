#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include <neurograft/engine/simulation.hpp>
#include <neurograft/io/output_file.hpp>

#include <support/files.hpp>

/// A small simulation with all kinds of state, for tests of files.
namespace neurograft::toy {

using test::Folder;

/// 6 x 5 x 4 voxels: outside at x = 0, ventricle at x = 1, grey and white beyond.
inline Grid small_grid() {
  LabelMap map;
  map.geometry.size = {6, 5, 4};
  map.geometry.spacing_mm = {0.5, 1.0, 2.0};
  map.geometry.affine = {0.5, 0, 0, -3, 0, 1, 0, 7, 0, 0, 2, 11, 0, 0, 0, 1};
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 5; ++j) {
      for (int i = 0; i < 6; ++i) {
        map.labels.push_back(i == 0   ? Label::outside
                             : i == 1 ? Label::ventricle
                             : i == 5 ? Label::grey
                                      : Label::white);
      }
    }
  }
  return Grid(map);
}

/// Cells arrive, wander, divide and die; everything that a checkpoint holds changes.
class Colony final : public Process {
 public:
  explicit Colony(double drift = 0.0) : drift_(drift) {}

  std::string_view name() const noexcept override { return "colony"; }

  void bind(World& world, ReadoutTable& readouts) override {
    const std::size_t voxels = world.grid().parenchyma_size();
    heat_ = world.tissue().add("heat", "K", "temperature", voxels, 1.0);
    scent_ = world.fields().add("scent", "1", "what cells leave behind", voxels);
    ledger_ = world.compartments().add("ledger/arrivals", "cell", "cells that came", 2);
    age_ = world.agents().add_float_column("age");
    visits_ = world.agents().add_integer_column("visits");
    cause_ = world.hazards().declare("cold", Susceptibility::hla1);
    readouts.add({"donor_alive", "cell", "living donor cells", {}},
                 [](const World& w, Threads, std::span<double> out) {
                   out[0] = static_cast<double>(w.agents().count(donor));
                 });
    readouts.add({"donor_alive_by_state",
                  "cell",
                  "living donor cells by state",
                  {{"state", {"active", "quiescent"}, {}, ""}}},
                 [](const World& w, Threads, std::span<double> out) {
                   out[0] = static_cast<double>(w.agents().count(State::active));
                   out[1] = static_cast<double>(w.agents().count(State::quiescent));
                 });
    readouts.add({"mean_heat", "K", "mean heat by layer", {{"depth", {}, {0.25, 0.75}, "mm"}}},
                 [this](const World& w, Threads, std::span<double> out) {
                   out[0] = w.tissue()[heat_][0];
                   out[1] = w.compartments()[ledger_][1];
                 });
    readouts.add({"nothing_by_drug", "ng/mL", "no drugs at all", {{"drug", {}, {}, ""}}},
                 [](const World&, Threads, std::span<double>) {});
  }

  void begin_tick(World& world, const StepContext& context) override {
    if (context.tick % 10 != 0) return;
    const std::size_t first = world.append_agents(4);
    Agents& agents = world.agents();
    for (std::size_t slot = first; slot < first + 4; ++slot) {
      agents.kind()[slot] = slot % 4 == 3 ? Kind::cd8 : Kind::donor;
      agents.state()[slot] = slot % 4 == 3   ? State::searching
                             : slot % 4 == 0 ? State::suspended
                                             : State::active;
      agents.x()[slot] = 1.25F;
      const std::size_t tissue = world.grid().parenchyma_size();  // the ventricle comes after it
      const bool suspended = agents.state()[slot] == State::suspended;
      agents.voxel()[slot] = static_cast<VoxelIndex>(suspended ? tissue : slot % tissue);
      agents.hla1()[slot] = 13107;
    }
    world.compartments()[ledger_][0] += 4.0;
    world.events().push_back({context.day, "injection", "four cells \u00b5", 4.0, "cell"});
  }

  void step(World& world, const StepContext& context) override {
    const Stream draws = context.stream(user_stream("colony"));
    Agents& agents = world.agents();
    for (std::size_t slot = 0; slot < agents.size(); ++slot) {
      if (agents.state()[slot] == State::dead) continue;
      const Block words = draws.block(agents.id()[slot]);
      const double moved =
          static_cast<double>(agents.y()[slot]) + math_uniform(words[0]) - 0.5 + drift_;
      agents.y()[slot] = static_cast<float>(std::clamp(moved, 0.0, 5.0));
      agents.float_column(age_)[slot] += static_cast<float>(context.dt_d);
      agents.integer_column(visits_)[slot] += words[1] & 1U;
      if (agents.state()[slot] != State::suspended) {
        world.fields()[scent_][agents.voxel()[slot]] += 1.0;
      }
      if (words[2] % 16 == 0) agents.state()[slot] = State::dead;
      if (words[3] % 16 == 0 && is_in_tissue(agents.state()[slot])) {
        divide(world, slot, context.order);
      }
    }
    world.tissue()[heat_][0] *= 0.999;
    world.compartments()[ledger_][1] += math_uniform(draws.word(no_agent));
    world.hazards().add(cause_, State::active, 0.125);
    world.hazards().by_voxel(cause_)[2] += 0.5;
    ++world.hazards().causes()[cause_.index].taken;
  }

 private:
  static double math_uniform(std::uint32_t word) { return (word + 0.5) * 0x1p-32; }

  static void divide(World& world, std::size_t slot, std::uint32_t order) {
    const Agents& agents = world.agents();
    world.newborns().push_back({.process = order,
                                .key = agents.id()[slot],
                                .parent_slot = static_cast<std::uint32_t>(slot),
                                .x = agents.x()[slot],
                                .y = agents.y()[slot],
                                .z = agents.z()[slot],
                                .voxel = agents.voxel()[slot],
                                .kind = agents.kind()[slot],
                                .state = State::quiescent});
  }

  double drift_;
  ArrayHandle heat_, scent_, ledger_;
  ColumnHandle age_, visits_;
  CauseHandle cause_;
};

inline Clock small_clock() {
  return {.start_d = -1.0, .step_h = 6.0};
}

inline Simulation simulation(std::uint64_t seed = 7, double drift = 0.0) {
  Simulation result(World(small_grid(), small_clock(), seed), Threads{1}, 3);
  result.add(std::make_unique<Colony>(drift));
  return result;
}

inline Provenance provenance() {
  return {.title = "toy",
          .config_name = "toy.toml",
          .config_written = "[simulation]\n",
          .config_resolved = "[simulation]\nseed = 7\n",
          .config_sha256 = "0123",
          .seed = 7,
          .inputs = {{"brain.nii.gz", std::string(64, 'a'), "brain"}},
          .assumed = {{"colony.drift", "0", "mm", "assumed", "drift"}},
          .command_line = "neurograft run toy.toml",
          .processor = "a processor",
          .build = {"0.0", "abc", true, "a compiler", "some flags"}};
}

inline OutputOptions options() {
  const Clock clock = small_clock();
  return {.series = RecordTimes::every(clock, 0.5, 20.0),
          .fields = {"heat", "scent"},
          .field_frames = RecordTimes::on(clock, {0.0, 5.0, 10.0, 20.0}),
          .agents = true,
          .agent_frames = RecordTimes::on(clock, {-1.0, 3.0, 7.5, 20.0})};
}

/// Adds the file's recorders.
inline void connect(Simulation& simulation, OutputFile& output) {
  for (auto& recorder : output.recorders()) simulation.add(std::move(recorder));
}

/// A whole run from day -1 into a file.
inline void run_to_file(const std::filesystem::path& path, double drift = 0.0,
                        double until_d = 20.0) {
  OutputFile output = OutputFile::create(path, options(), provenance());
  Simulation run = simulation(7, drift);
  connect(run, output);
  run.run_until(until_d);
  output.finish(run);
}

}  // namespace neurograft::toy
