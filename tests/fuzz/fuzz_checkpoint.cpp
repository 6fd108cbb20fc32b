#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <neurograft/io/checkpoint.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/scenario/build.hpp>

#include "input.hpp"
#include <support/files.hpp>

using namespace neurograft;

namespace {

/// A run of a few days, its checkpoint, and a second run of the same config to read others into.
struct Runs {
  test::Folder folder{"fuzz_checkpoint"};
  Simulation simulation;
  World pristine;                    ///< of the simulation, bound
  std::string whole;                 ///< bytes of the checkpoint, seal included
  std::vector<std::string> objects;  ///< its datasets and groups, in the order of making

  static Simulation make() {
    return build(
        Config::from_string("[simulation]\nduration_d = 30.0\nseed = 3\n"
                            "[brain]\nsource = \"patch\"\npatch_size_mm = [0.5, 0.5, 0.5]\n"
                            "patch_voxel_um = 100.0\npatch_ventricle = true\n"
                            "[graft]\ncells = 200.0\n"
                            "[[drug]]\nname = \"tacrolimus\"\ndose_mg = 3.0\nevery_h = 12.0\n"),
        Threads{1});
  }

  void list(const Hdf5File& file, const std::string& group) {
    for (const std::string& name : file.children(group)) {
      const std::string path = (group == "/" ? "" : group) + "/" + name;
      objects.push_back(path);
      if (file.is_group(path)) list(file, path);
    }
  }

  Runs() : simulation(make()) {
    Simulation first = make();
    first.run_until(2.0);
    const auto path = folder / "first.ckpt";
    write_checkpoint(path, first.world(), {.config_sha256 = "0", .seed = 3},
                     {{"/series/time", 2}, {"/series/donor_alive", 2}});
    whole = test::content(path);
    list(Hdf5File(path, Hdf5File::Mode::read), "/");
    simulation.bind();
    pristine = simulation.world();
  }
};

/// Numbers out of the bytes of an input, 0 after their end.
class Numbers {
 public:
  explicit Numbers(std::string_view bytes) : bytes_(bytes) {}
  bool done() const { return bytes_.empty(); }

  template <class T>
  T next() {
    T value{};
    const std::size_t size = std::min(sizeof(T), bytes_.size());
    std::memcpy(&value, bytes_.data(), size);
    bytes_.remove_prefix(size);
    return value;
  }

 private:
  std::string_view bytes_;
};

constexpr std::array<const char*, 13> attributes{
    "format", "config_sha256", "seed",          "results_version", "tick",
    "day",    "next_id",       "start_d",       "last_graft_tick", "step_h",
    "taken",  "becomes",       "susceptibility"};

void replace(Hdf5File& file, const std::string& object, Numbers& numbers) {
  const auto type = static_cast<ElementType>(numbers.next<std::uint8_t>() % 10);
  Layout layout{.size = {}, .chunk = {}};
  const std::size_t axes = numbers.next<std::uint8_t>() % 4;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    // Mostly small; now and then beyond any memory, which a chunked dataset may be without a byte.
    const auto size = numbers.next<std::uint16_t>();
    layout.size.push_back(size < 0xFF00 ? size % 2048 : std::uint64_t{1} << (size % 48));
    layout.chunk.push_back(16);
  }
  file.remove(object);
  file.create_dataset(object, type, layout);
}

void change_value(Hdf5File& file, const std::string& object, Numbers& numbers) {
  const std::uint64_t rows = file.rows(object);
  const auto row = numbers.next<std::uint16_t>();
  const auto bits = numbers.next<std::uint64_t>();
  if (rows == 0 || file.size(object).size() != 1) return;
  const ElementType type = file.type(object);
  if (type == ElementType::text) {
    const std::string text(bits % 100, static_cast<char>('a' + bits % 26));
    file.write_text(object, {&text, 1}, row % rows);
  } else {
    file.write(object, type, &bits, row % rows, 1);
  }
}

void change_attribute(Hdf5File& file, const std::string& object, Numbers& numbers) {
  const std::string name = attributes[numbers.next<std::uint8_t>() % attributes.size()];
  const auto kind = numbers.next<std::uint8_t>() % 4;
  const auto bits = numbers.next<std::uint64_t>();
  double real = 0.0;
  std::memcpy(&real, &bits, sizeof real);
  Attribute value = std::to_string(bits);
  if (kind == 0) value = static_cast<std::int64_t>(bits);
  if (kind == 1) value = bits;
  if (kind == 2) value = real;
  file.set_attribute(object, name, value);
}

/// Forges a checkpoint that HDF5 finds in order: each step of the script changes one thing.
void forge(const std::filesystem::path& path, const std::vector<std::string>& objects,
           Numbers numbers) {
  Hdf5File file(path, Hdf5File::Mode::modify);
  while (!numbers.done()) {
    const auto what = numbers.next<std::uint8_t>() % 5;
    const std::string& object = objects[numbers.next<std::uint16_t>() % objects.size()];
    if (!file.exists(object)) continue;
    if (what == 0) file.remove(object);
    if (what == 1) replace(file, object, numbers);
    if (what == 2 && !file.is_group(object)) change_value(file, object, numbers);
    if (what == 3) change_attribute(file, object, numbers);
    if (what == 4) change_attribute(file, "/", numbers);
  }
  file.close();
}

}  // namespace

/// A checkpoint: bytes as they are if the first one is even, else a script by which a good one is
/// changed and sealed anew. What is taken must run on, or be stopped by an error of the
/// library.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static Runs runs;
  if (size == 0) return 0;
  const std::string_view rest = fuzz::text_of(bytes + 1, size - 1);
  if (bytes[0] % 2 == 0) {
    const auto path = runs.folder.write("raw.ckpt", std::string(rest));
    fuzz::is_taken([&] { read_checkpoint_header(path); });
    return 0;
  }
  constexpr std::size_t seal_bytes = 12;
  const auto path =
      runs.folder.write("forged.ckpt", runs.whole.substr(0, runs.whole.size() - seal_bytes));
  try {
    forge(path, runs.objects, Numbers(rest));
  } catch (const IoError&) {
    return 0;  // a step that HDF5 does not take
  }
  seal_file(path);
  fuzz::is_taken([&] { checkpoint_day(path); });
  const bool taken = fuzz::is_taken([&] { read_checkpoint(path, runs.simulation.world()); });
  if (!taken) {
    runs.simulation.world() = runs.pristine;  // a refused one may have been read in part
    return 0;
  }
  try {
    runs.simulation.resume_here();
    const World& world = runs.simulation.world();
    // Very many cells, as very many T cells may come, are only slow.
    for (int n = 0; n < 25 && world.agents().size() < 20'000; ++n) {
      runs.simulation.run_until(world.clock().day(world.tick() + 1));
    }
  } catch (const Error&) {
    // Stopped by a guard: the state says what no rates and doses of this config lead to.
  }
  // A simulation that was stopped within a step is not gone on with.
  runs.simulation = Runs::make();
  runs.simulation.bind();
  return 0;
}
