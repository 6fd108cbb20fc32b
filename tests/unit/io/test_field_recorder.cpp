#include <cmath>

#include <neurograft/core/error.hpp>
#include <neurograft/io/field_recorder.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("arrays become images with NaN outside parenchyma") {
  const toy::Folder folder("fields");
  World world(toy::small_grid(), toy::small_clock(), 1);
  const Grid& grid = world.grid();
  const ArrayHandle heat = world.tissue().add("heat", "K", "temperature", grid.parenchyma_size());
  for (VoxelIndex v = 0; v < grid.parenchyma_size(); ++v) world.tissue()[heat][v] = 100.0 + v;
  RecordStore store(folder / "a.h5");
  FieldRecorder recorder(store, {"heat"}, {.listed = {0, 2}});
  recorder.begin(world, {});
  recorder.record(world, {}, {});
  world.set_tick(2);
  world.tissue()[heat][3] = -5.0;
  recorder.record(world, {}, {});
  store.flush();

  const Hdf5File& file = store.file();
  CHECK(file.size("/fields/heat") == std::vector<std::uint64_t>{2, 4, 5, 6});
  CHECK(file.read_all<double>("/fields/frame") == std::vector<double>{-1.0, -0.5});
  CHECK(file.read_all<double>("/fields/x") ==
        std::vector<double>{0.25, 0.75, 1.25, 1.75, 2.25, 2.75});
  CHECK(file.read_all<double>("/fields/z") == std::vector<double>{1, 3, 5, 7});
  CHECK(file.attribute("/fields", "spacing") == Attribute{std::vector<double>{0.5, 1.0, 2.0}});
  CHECK(std::get<std::vector<double>>(*file.attribute("/fields", "affine")).at(11) == 11.0);
  const auto values = file.read_all<float>("/fields/heat");
  const auto labels = file.read_all<std::uint8_t>("/fields/label");
  std::size_t filled = 0;
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    const VoxelIndex compact = grid.compact(voxel);
    CHECK(labels[voxel] == (compact == no_voxel ? 0 : static_cast<int>(grid.label(compact))));
    if (compact != no_voxel && compact < grid.parenchyma_size()) {
      ++filled;
      CHECK(values[voxel] == 100.0F + static_cast<float>(compact));
    } else {
      CHECK(std::isnan(values[voxel]));
    }
  }
  CHECK(filled == grid.parenchyma_size());
  CHECK(values[labels.size() + grid.linear(3)] == -5.0F);
}

TEST_CASE("unknown arrays are all named") {
  const toy::Folder folder("fields");
  World world(toy::small_grid(), toy::small_clock(), 1);
  world.tissue().add("heat", "K", "temperature", world.grid().parenchyma_size());
  RecordStore store(folder / "a.h5");
  FieldRecorder recorder(store, {"heet", "heat", "cold"}, {});
  try {
    recorder.begin(world, {});
    FAIL("unknown arrays were taken");
  } catch (const InputError& error) {
    REQUIRE(error.problems().size() == 2);
    CHECK(error.problems()[0].what.find("heet") != std::string::npos);
    CHECK(error.problems()[1].hint == "there are: heat");
  }
}
