#include <fstream>

#include <neurograft/core/error.hpp>
#include <neurograft/io/checkpoint.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/hdf5_file.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

/// The bytes of all that a checkpoint must keep, as one text.
std::string state_of(const World& world) {
  std::string all = std::to_string(world.tick()) + " " + std::to_string(world.next_id()) + " " +
                    std::to_string(world.last_graft());
  const auto add = [&all](const auto& values) {
    all.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0]));
  };
  for (const NamedArrays* arrays : {&world.tissue(), &world.fields(), &world.compartments()}) {
    for (const auto& entry : arrays->entries()) add(entry.values);
  }
  world.agents().for_each_column([&](std::string_view, const auto& values) { add(values); });
  for (const auto& cause : world.hazards().causes()) {
    add(cause.by_state);
    add(cause.by_voxel);
    all += std::to_string(cause.taken);
  }
  for (const auto& event : world.events()) {
    all += std::to_string(event.day) + event.kind + event.what + event.unit;
  }
  return all;
}

const RunIdentity identity{"0123", 7, 1};

}  // namespace

TEST_CASE("a world comes back to the last bit, and goes on as the original") {
  const toy::Folder folder("checkpoint");
  Simulation original = toy::simulation();
  original.run_until(6.0);
  REQUIRE(original.world().agents().size() > 5);
  write_checkpoint(folder / "c", original.world(), identity, {{"/series/time", 11}});
  CHECK(!std::filesystem::exists(folder / "c.new"));

  Simulation copy = toy::simulation();
  copy.bind();
  const CheckpointHeader header = read_checkpoint(folder / "c", copy.world());
  copy.resume_here();
  CHECK(header.tick == original.world().tick());
  CHECK(header.day == 6.0);
  CHECK(header.output.at(0).dataset == "/series/time");
  CHECK(header.output.at(0).rows == 11);
  CHECK(state_of(copy.world()) == state_of(original.world()));
  original.run_until(12.0);
  copy.run_until(12.0);
  CHECK(state_of(copy.world()) == state_of(original.world()));
}

TEST_CASE("another config, seed or results version is refused by name") {
  const toy::Folder folder("checkpoint");
  Simulation original = toy::simulation();
  original.run_until(0.0);
  write_checkpoint(folder / "c", original.world(), identity);
  const CheckpointHeader header = read_checkpoint_header(folder / "c");
  CHECK_NOTHROW(require_same_run("c", header, identity));
  CHECK_THROWS_WITH_AS(require_same_run("c", header, {"4567", 7, 1}),
                       doctest::Contains("configuration"), InputError);
  CHECK_THROWS_WITH_AS(require_same_run("c", header, {"0123", 8, 1}),
                       doctest::Contains("seed 7, not 8"), InputError);
  CHECK_THROWS_WITH_AS(require_same_run("c", header, {"0123", 7, 2}),
                       doctest::Contains("results version 1, not 2"), InputError);
}

TEST_CASE("the first key that differs is told") {
  CheckpointHeader header;
  header.run = identity;
  RunIdentity now = identity;
  now.config_sha256 = "other";
  const auto problem_with = [&](std::string before, std::string after) {
    header.run.config = std::move(before);
    now.config = std::move(after);
    return test::problems_in([&] { require_same_run("c", header, now); });
  };
  const std::string beginning = "c: was written with another configuration: ";
  const std::string end = " (a run resumes only itself); start afresh";
  CHECK(problem_with("[a]\nx = 1\ny = 2\n\n[b]\nx = 1\n", "[a]\nx = 1\ny = 2\n\n[b]\nx = 3\n") ==
        beginning + "[b] x = 1, now x = 3" + end);
  CHECK(problem_with("[a]\ncheckpoint_every_min = 1\nz = 1\n",
                     "[a]\ncheckpoint_every_min = 2\nz = 2\n") ==
        beginning + "[a] z = 1, now z = 2" + end);
  CHECK(problem_with("[a]\n", "[a]\n[[d]]\n") == beginning + "[a] nothing, now [[d]]" + end);
  CHECK(problem_with("[a]\n[[d]]\n", "[a]\n") == beginning + "[a] [[d]], now nothing" + end);
  CHECK(problem_with("[a]\n", "[a]\n") == beginning + "its input files have changed" + end);
}

TEST_CASE("a world that differs is refused and left alone") {
  const toy::Folder folder("checkpoint");
  Simulation original = toy::simulation();
  original.run_until(6.0);
  write_checkpoint(folder / "c", original.world(), identity);
  const auto refused = [&](Simulation& other, const char* what) {
    const std::string before = state_of(other.world());
    CHECK_THROWS_WITH_AS(read_checkpoint(folder / "c", other.world()), doctest::Contains(what),
                         InputError);
    CHECK(state_of(other.world()) == before);
  };
  Simulation unbound = toy::simulation();
  refused(unbound, "tissue 0 is \"heat\", not nothing");
  Simulation more = toy::simulation();
  more.bind();
  more.world().compartments().add("extra", "1", "", 1);
  refused(more, "compartments 1 is nothing, not \"extra\"");
  Simulation longer = toy::simulation();
  longer.bind();
  longer.world().tissue().entries()[0].values.push_back(0.0);
  refused(longer, "tissue \"heat\" has");
  Simulation columns = toy::simulation();
  columns.bind();
  columns.world().agents().add_float_column("fat");
  refused(columns, "not \"fat\"");
  Simulation causes = toy::simulation();
  causes.bind();
  causes.world().hazards().declare("heat");
  refused(causes, "hazards 1");
  Simulation seed = toy::simulation(8);
  seed.bind();
  refused(seed, "seed");
}

TEST_CASE("waiting newborns, broken files and full folders are errors") {
  const toy::Folder folder("checkpoint");
  Simulation run = toy::simulation();
  run.run_until(0.0);
  write_checkpoint(folder / "c", run.world(), identity);
  const auto size = std::filesystem::file_size(folder / "c");
  run.world().newborns().push_back({});
  CHECK_THROWS_AS(write_checkpoint(folder / "c", run.world(), identity), Error);
  CHECK(std::filesystem::file_size(folder / "c") == size);
  run.world().newborns().clear();
  CHECK_THROWS_AS(write_checkpoint(folder / "no/where", run.world(), identity), IoError);
  std::filesystem::resize_file(folder / "c", size / 2);
  CHECK_THROWS_AS(read_checkpoint_header(folder / "c"), IoError);
  { Hdf5File(folder / "other", Hdf5File::Mode::create).close(); }
  CHECK_THROWS_WITH_AS(read_checkpoint_header(folder / "other"), doctest::Contains("is damaged"),
                       IoError);
  seal_file(folder / "other");
  CHECK_THROWS_WITH_AS(read_checkpoint_header(folder / "other"),
                       doctest::Contains("not a checkpoint"), IoError);
}

TEST_CASE("a forged checkpoint is refused, whatever its seal says") {
  const toy::Folder folder("checkpoint_forged");
  Simulation run = toy::simulation();
  run.run_until(6.0);
  write_checkpoint(folder / "c", run.world(), identity);
  constexpr std::size_t seal_bytes = 12;
  std::string bytes = test::content(folder / "c");
  bytes.resize(bytes.size() - seal_bytes);
  const auto refused = [&](auto&& forge, const char* what) {
    CAPTURE(what);
    const auto path = folder.write("forged", bytes);
    Hdf5File file(path, Hdf5File::Mode::modify);
    forge(file);
    file.close();
    seal_file(path);
    World world = run.world();
    CHECK_THROWS_WITH_AS(read_checkpoint(path, world), doctest::Contains(what), IoError);
  };
  const auto agents_with = [](std::size_t column, std::uint32_t value) {
    return [=](Hdf5File& file) {
      const std::string path = "/agents/" + std::to_string(column);
      file.write(path, file.type(path), &value, 0, 1);
    };
  };
  refused(agents_with(0, 0x7fc00000), "a place outside the image");  // NaN
  refused(agents_with(6, 1'000'000), "no voxel of its kind");
  refused(agents_with(7, 1'000'000), "an id that was not given yet");
  refused(agents_with(8, 1'000'000), "a birth to come");
  refused(agents_with(10, 200), "an unknown kind or state");
  const auto replaced = [](const std::string& path, const Layout& layout) {
    return [=](Hdf5File& file) {
      file.remove(path);
      file.create_dataset(path, ElementType::f64, layout);
    };
  };
  const Layout endless{.size = {std::uint64_t{1} << 50}, .chunk = {16}};
  refused(replaced("/tissue/0", endless), "is no list of values");
  refused(replaced("/tissue/0", {.size = {4, 4}, .chunk = {}}), "is no list of values");
  refused(replaced("/events/amount", {.size = {}, .chunk = {}}), "no list of values");
  refused([](Hdf5File& file) { file.write_all_text("/a/b/c/d", {}); }, "within too many others");
  refused([](Hdf5File& file) { file.set_attribute("/", "tick", std::int64_t{-1}); }, "its tick");
}

TEST_CASE("a world that no run could go on from is not saved") {
  const toy::Folder folder("checkpoint_unsound");
  Simulation run = toy::simulation();
  run.run_until(6.0);
  write_checkpoint(folder / "c", run.world(), identity);
  const std::string before = test::content(folder / "c");
  run.world().agents().x()[0] = 1e9F;
  CHECK_THROWS_WITH_AS(write_checkpoint(folder / "c", run.world(), identity),
                       doctest::Contains("a place outside the image"), NumericalError);
  CHECK(test::content(folder / "c") == before);
}

TEST_CASE("a checkpoint with a changed byte, wherever it is, is refused before it is read") {
  const toy::Folder folder("checkpoint_damage");
  Simulation run = toy::simulation();
  run.run_until(0.0);
  const auto path = folder / "c";
  write_checkpoint(path, run.world(), identity);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
  World& world = run.world();
  CHECK_NOTHROW(read_checkpoint(path, world));
  for (const std::streamoff at : {std::streamoff{0}, size / 3, size / 2, size - 13, size - 1}) {
    CAPTURE(at);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto flip = [&] {
      file.seekg(at);
      const char byte = static_cast<char>(file.get() ^ 0x10);
      file.seekp(at);
      file.put(byte).flush();
    };
    flip();
    CHECK_THROWS_WITH_AS(read_checkpoint(path, world), doctest::Contains("is damaged"), IoError);
    CHECK_THROWS_AS(read_checkpoint_header(path), IoError);
    flip();
    CHECK_NOTHROW(read_checkpoint(path, world));
  }
}
