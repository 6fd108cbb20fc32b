#include <neurograft/core/error.hpp>
#include <neurograft/io/agent_recorder.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("cells in tissue and immune cells, in id order, frame by frame") {
  const toy::Folder folder("agents");
  World world(toy::small_grid(), toy::small_clock(), 1);
  Agents& agents = world.agents();
  const ColumnHandle mine = agents.add_float_column("mine");
  world.append_agents(6);
  const State states[] = {State::suspended, State::dead,      State::attached,
                          State::attaching, State::searching, State::oligodendrocyte};
  for (std::size_t slot = 0; slot < 6; ++slot) {
    agents.id()[slot] = static_cast<AgentId>(60 - slot);
    agents.state()[slot] = states[slot];
    agents.kind()[slot] = slot == 4 ? Kind::nk : Kind::donor;
    agents.x()[slot] = static_cast<float>(slot);
    agents.hla1()[slot] = 65535;
    agents.birth()[slot] = 6;
    agents.float_column(mine)[slot] = 0.5F * static_cast<float>(slot);
  }
  RecordStore store(folder / "a.h5");
  AgentRecorder recorder(store, {.listed = {0, 1, 2}});
  recorder.begin(world, {});
  recorder.record(world, {}, {});
  agents.state()[4] = State::dead;
  world.set_tick(1);
  recorder.record(world, {}, {});
  agents.state()[2] = agents.state()[5] = State::dead;
  world.set_tick(2);
  recorder.record(world, {}, {});
  store.flush();

  const Hdf5File& file = store.file();
  CHECK(file.read_all<double>("/agents/frame") == std::vector<double>{-1.0, -0.75, -0.5});
  CHECK(file.read_all<std::uint64_t>("/agents/offset") == std::vector<std::uint64_t>{0, 3, 5});
  CHECK(file.read_all<std::uint64_t>("/agents/count") == std::vector<std::uint64_t>{3, 2, 0});
  CHECK(file.rows("/agents/row") == 5);
  CHECK(file.read_all<AgentId>("/agents/id") == std::vector<AgentId>{55, 56, 58, 55, 58});
  CHECK(file.read_all<float>("/agents/x") == std::vector<float>{5, 4, 2, 5, 2});
  CHECK(file.read_all<float>("/agents/mine") == std::vector<float>{2.5, 2, 1, 2.5, 1});
  CHECK(file.read_all<std::uint8_t>("/agents/state") == std::vector<std::uint8_t>{8, 10, 3, 8, 3});
  CHECK(file.read_all<float>("/agents/hla1") == std::vector<float>(5, 1.0F));
  CHECK(file.read_all<double>("/agents/birth_d") == std::vector<double>(5, 0.5));
  CHECK(file.text_attribute("/agents/kind", "flag_meanings") == "donor cd8 cd4 treg nk");
  // What a modeller has use for and the user's own, not what the engine keeps for itself.
  CHECK_FALSE(file.exists("/agents/hazard_left"));
  CHECK_FALSE(file.exists("/agents/heading_x"));
}

TEST_CASE("a user's column may not take a name of the file's own") {
  const toy::Folder folder("agents");
  World world(toy::small_grid(), toy::small_clock(), 1);
  world.agents().add_float_column("birth_d");
  RecordStore store(folder / "a.h5");
  AgentRecorder recorder(store, {});
  CHECK_THROWS_WITH_AS(recorder.begin(world, {}), doctest::Contains("birth_d"), Error);
}
