#include <neurograft/core/error.hpp>
#include <neurograft/io/series_recorder.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("each readout has time, units and a scale per dimension") {
  const toy::Folder folder("series");
  toy::run_to_file(folder / "a.h5");
  const Hdf5File file(folder / "a.h5", Hdf5File::Mode::read);
  const auto time = file.read_all<double>("/series/time");
  CHECK(time.size() == 43);
  CHECK(time.front() == -1.0);
  CHECK(time.back() == 20.0);
  CHECK(file.text_attribute("/series/time", "units") == "d");
  CHECK(file.text_attribute("/series/donor_alive", "units") == "cell");
  CHECK(file.text_attribute("/series/donor_alive", "long_name") == "living donor cells");
  CHECK(file.read_all_text("/series/state") == std::vector<std::string>{"active", "quiescent"});
  CHECK(file.read_all<double>("/series/depth") == std::vector<double>{0.25, 0.75});
  CHECK(file.size("/series/donor_alive_by_state") == std::vector<std::uint64_t>{43, 2});
  CHECK(file.size("/series/nothing_by_drug") == std::vector<std::uint64_t>{43, 0});

  Simulation again = toy::simulation();
  again.run_until(20.0);
  CHECK(file.read_all<double>("/series/donor_alive").back() == again.readout("donor_alive"));
}

TEST_CASE("a dimension means the same in all readouts") {
  const toy::Folder folder("series");
  const World world(toy::small_grid(), toy::small_clock(), 1);
  const auto nothing = [](const World&, Threads, std::span<double>) {};
  ReadoutTable readouts;
  readouts.add({"a", "1", "", {{"region", {"white"}, {}, ""}}}, nothing);
  readouts.add({"b", "1", "", {{"region", {"white"}, {}, ""}}}, nothing);
  RecordStore store(folder / "a.h5");
  CHECK_NOTHROW(SeriesRecorder(store, {}).begin(world, readouts));
  readouts.add({"c", "1", "", {{"region", {"grey"}, {}, ""}}}, nothing);
  RecordStore other(folder / "b.h5");
  CHECK_THROWS_WITH_AS(SeriesRecorder(other, {}).begin(world, readouts),
                       doctest::Contains("region"), Error);
}
