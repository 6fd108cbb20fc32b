#include <map>

#include <neurograft/core/math.hpp>
#include <neurograft/model/encounter.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

std::uint64_t block_at(const World& world, const SearchBlocks& blocks, VoxelIndex voxel,
                       const std::array<float, 3>& at) {
  return blocks.frame(world.grid(), voxel).block_at(at[0], at[1], at[2]);
}

void add_searcher(World& world, Kind kind, float x, float y, float z) {
  test::add_donors(world, 1, State::searching, x, y, z);
  world.agents().kind()[world.agents().size() - 1] = kind;
}

Encounters counted(World& world, const SearchBlocks& blocks, int threads = 1) {
  world.refresh({threads});
  Encounters encounters;
  encounters.count(world, blocks, {threads});
  return encounters;
}

}  // namespace

TEST_CASE("large voxels are divided into blocks of at least the search width") {
  const World world = test::world_of(test::box_with_ventricle(4, 3, 3, 1.1, 2));
  const SearchBlocks blocks(world, 0.2);
  CHECK_FALSE(blocks.joins());
  CHECK(blocks.groups() == world.grid().parenchyma_size());
  CHECK(blocks.blocks_per_group() == 125);
  double volume = 0.0;
  double wall = 0.0;
  for (std::uint64_t block = 0; block < 125 * blocks.groups(); ++block) {
    volume += blocks.volume_mm3(block);
    wall += blocks.wall_mm2(block);
  }
  CHECK(volume == doctest::Approx(2 * 3 * 3 * 1.1 * 1.1 * 1.1));
  CHECK(wall == doctest::Approx(world.wall().total_area_mm2()));

  // The corner blocks of the voxel that begins at 2.2 mm along x; the wall is on its low side.
  const VoxelIndex voxel = world.grid().voxel_at(2.3F, 1.2F, 1.2F);
  const auto low = block_at(world, blocks, voxel, {2.21F, 1.11F, 1.11F});
  const auto high = block_at(world, blocks, voxel, {3.29F, 2.19F, 2.19F});
  CHECK(low == 125ULL * voxel);
  CHECK(high == 125ULL * voxel + 124);
  CHECK(block_at(world, blocks, voxel, {2.45F, 1.11F, 1.11F}) == low + 1);
  CHECK(blocks.wall_mm2(low) == doctest::Approx(world.wall().area_mm2(voxel) / 25));
  CHECK(blocks.wall_mm2(low + 1) == 0.0);
}

TEST_CASE("small voxels are joined, and their parenchyma and wall counted") {
  // Ventricle in x < 0.3 mm: the second block along x is half parenchyma.
  const World fine = test::world_of(test::box_with_ventricle(7, 4, 4, 0.1, 3));
  const SearchBlocks blocks(fine, 0.2);
  CHECK(blocks.joins());
  CHECK(blocks.blocks_per_group() == 1);
  CHECK(blocks.groups() == 4 * 2 * 2);
  double volume = 0.0;
  double wall = 0.0;
  for (std::uint32_t block = 0; block < blocks.groups(); ++block) {
    volume += blocks.volume_mm3(block);
    wall += blocks.wall_mm2(block);
  }
  CHECK(volume == doctest::Approx(4 * 4 * 4 * 1e-3));
  CHECK(wall == doctest::Approx(fine.wall().total_area_mm2()));
  CHECK(blocks.volume_mm3(1) == doctest::Approx(4e-3));
  CHECK(blocks.volume_mm3(2) == doctest::Approx(8e-3));
}

TEST_CASE("thin voxels are joined along one axis and divided along another") {
  LabelMap map = test::box(4, 4, 2, 0.1);
  map.geometry.spacing_mm[2] = 0.6;
  const World world = test::world_of(map);
  const SearchBlocks blocks(world, 0.2);
  CHECK(blocks.groups() == 2 * 2 * 2);
  CHECK(blocks.blocks_per_group() == 3);
  CHECK(blocks.volume_mm3(0) == doctest::Approx(0.2 * 0.2 * 0.2));

  // The same with a ventricle that has faces along all axes.
  for (const int k : {0, 1}) {
    for (const int j : {0, 1, 2}) map.labels[map.geometry.index(1, j, k)] = Label::ventricle;
  }
  map.labels[map.geometry.index(2, 3, 1)] = Label::ventricle;
  const World walled = test::world_of(map);
  const SearchBlocks mixed(walled, 0.2);
  double volume = 0.0;
  double wall = 0.0;
  for (std::uint64_t block = 0; block < mixed.groups() * mixed.blocks_per_group(); ++block) {
    volume += mixed.volume_mm3(block);
    wall += mixed.wall_mm2(block);
  }
  CHECK(volume == doctest::Approx(25 * 0.1 * 0.1 * 0.6));
  CHECK(wall == doctest::Approx(walled.wall().total_area_mm2()));
  CHECK(wall > 0.0);
}

TEST_CASE("cells on the wall are a sheet, cells in tissue fill their block") {
  World world = test::world_of(test::box_with_ventricle(4, 8, 8, 2.0, 2));
  test::add_donors(world, 100, State::attached, 4.F, 9.F, 9.F);
  add_searcher(world, Kind::nk, 4.1F, 9.1F, 9.1F);
  const SearchBlocks blocks(world, 1.0);
  const double sheet = 0.5;  // 1 mm2 of wall, half a millimetre deep
  {
    const Encounters encounters = counted(world, blocks);
    REQUIRE(encounters.meetings().size() == 1);
    const Meeting& meeting = encounters.meetings()[0];
    CHECK(meeting.targets(0.5) == doctest::Approx(100.0 / sheet));
    CHECK(meeting.per_killer(0.5) == doctest::Approx(1.0 / sheet));
    CHECK(meeting.met(0.5) == doctest::Approx(100.0 / sheet));
  }
  test::add_donors(world, 300, State::active, 4.9F, 9.F, 9.F);
  test::add_donors(world, 50, State::active, 5.5F, 9.F, 9.F);
  const Encounters mixed = counted(world, blocks);
  REQUIRE(mixed.meetings().size() == 1);
  const Meeting& meeting = mixed.meetings()[0];
  CHECK(meeting.donors() == 400.0);
  CHECK(meeting.targets(0.5) == doctest::Approx(100.0 / sheet + 300.0));
  CHECK(meeting.per_killer(0.5) == doctest::Approx(0.25 / sheet + 0.75));
  REQUIRE(mixed.groups().size() == 1);
  CHECK(mixed.groups()[0].donors == 450);
}

TEST_CASE("counts agree with a plain count by block, for any number of threads, and start anew") {
  World world = test::world_of(test::box_with_ventricle(6, 6, 6, 0.9, 2));
  const Stream stream(5, StreamCode::run_setup, 0);
  for (std::uint32_t cell = 0; cell < 30000; ++cell) {
    const Block words = stream.block(cell);
    const auto x = static_cast<float>(1.8 + 3.6 * math::uniform(words[0]));
    const auto y = static_cast<float>(5.4 * math::uniform(words[1]));
    const auto z = static_cast<float>(5.4 * math::uniform(words[2]));
    if (words[3] % 16 == 0) {
      add_searcher(world, words[3] % 32 == 0 ? Kind::cd8 : Kind::nk, x, y, z);
    } else {
      test::add_donors(world, 1, State::active, x, y, z);
    }
  }
  const SearchBlocks blocks(world, 0.2);
  const auto check = [&](const Encounters& encounters) {
    std::map<std::uint64_t, std::array<std::uint32_t, crowd_count>> plain;
    const Agents& agents = world.agents();
    for (std::size_t slot = 0; slot < agents.size(); ++slot) {
      const std::size_t crowd = crowd_of(agents.kind()[slot], agents.state()[slot]);
      if (crowd == crowd_count) continue;
      const std::array position{agents.x()[slot], agents.y()[slot], agents.z()[slot]};
      ++plain[block_at(world, blocks, agents.voxel()[slot], position)][crowd];
    }
    std::size_t met = 0;
    for (const auto& [block, cells] : plain) {
      if (cells[2] + cells[3] + cells[4] + cells[5] == 0) continue;
      REQUIRE(met < encounters.meetings().size());
      const Meeting& meeting = encounters.meetings()[met++];
      CHECK(meeting.block == block);
      CHECK(meeting.cells == cells);
    }
    CHECK(met == encounters.meetings().size());
    for (const Encounters::Searcher& searcher : encounters.searchers()) {
      CHECK(encounters.meetings()[searcher.meeting].block == searcher.block);
    }
  };
  Encounters encounters = counted(world, blocks);
  check(encounters);
  check(counted(world, blocks, 3));
  for (std::size_t slot = 0; slot < world.agents().size(); slot += 3) {
    world.agents().state()[slot] = State::dead;
  }
  world.refresh({1});
  encounters.count(world, blocks, {2});
  check(encounters);
}

TEST_CASE("immune cells with no donor cell in their voxel are left out, unless engaged") {
  World world = test::world_of(test::box(3, 1, 1, 1.0));
  test::add_donors(world, 2, State::active, 0.5F, 0.5F, 0.5F);
  add_searcher(world, Kind::cd8, 0.6F, 0.5F, 0.5F);
  add_searcher(world, Kind::nk, 1.5F, 0.5F, 0.5F);
  add_searcher(world, Kind::cd8, 2.5F, 0.5F, 0.5F);
  world.agents().state()[4] = State::engaged;
  const Encounters encounters = counted(world, SearchBlocks(world, 0.2));
  REQUIRE(encounters.searchers().size() == 2);
  CHECK(encounters.searchers()[0].slot == 2);
  CHECK(encounters.searchers()[1].slot == 4);
}
