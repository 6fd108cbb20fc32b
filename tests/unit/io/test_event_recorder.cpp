#include <neurograft/io/event_recorder.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("each event is written once") {
  const toy::Folder folder("events");
  World world(toy::small_grid(), toy::small_clock(), 1);
  RecordStore store(folder / "a.h5");
  EventRecorder recorder(store);
  recorder.begin(world, {});
  recorder.record(world, {}, {});
  world.events().push_back({0.0, "injection", "24 million", 24e6, "cell"});
  recorder.record(world, {}, {});
  recorder.record(world, {}, {});
  world.events().push_back({180.0, "drug", "tacrolimus ends", 0.0, "mg"});
  recorder.record(world, {}, {});
  store.flush();
  const Hdf5File& file = store.file();
  CHECK(file.read_all<double>("/events/day") == std::vector<double>{0, 180});
  CHECK(file.read_all<double>("/events/amount") == std::vector<double>{24e6, 0});
  CHECK(file.read_all_text("/events/what") ==
        std::vector<std::string>{"24 million", "tacrolimus ends"});
  CHECK(file.read_all_text("/events/unit") == std::vector<std::string>{"cell", "mg"});
}
