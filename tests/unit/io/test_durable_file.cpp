#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/io/durable_file.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a copy replaces longer content entirely") {
  const toy::Folder folder("durable");
  std::ofstream(folder / "a") << std::string(3000000, 'a') << "end";
  std::ofstream(folder / "b") << std::string(5000000, 'b');
  copy_synced(folder / "a", folder / "b");
  CHECK(content(folder / "b") == content(folder / "a"));
  std::ofstream(folder / "empty");
  copy_synced(folder / "empty", folder / "b");
  CHECK(content(folder / "b").empty());
}

TEST_CASE("failures name the path and the reason") {
  const toy::Folder folder("durable");
  CHECK_THROWS_WITH_AS(copy_synced(folder / "none", folder / "b"),
                       doctest::Contains("No such file"), IoError);
  CHECK_THROWS_AS(rename_synced(folder / "none", folder / "b"), IoError);
  CHECK_THROWS_AS(sync_file(folder / "none"), IoError);
}

TEST_CASE("a lock admits one holder at a time and follows a rename") {
  const toy::Folder folder("durable");
  {
    CHECK_FALSE(FileLock::is_held(folder / "part"));
    const FileLock first(folder / "part");
    CHECK(FileLock::is_held(folder / "part"));
    CHECK_FALSE(FileLock::try_take(folder / "part"));
    CHECK_THROWS_WITH_AS(FileLock(folder / "part"), doctest::Contains("another run"), IoError);
    rename_synced(folder / "part", folder / "done");
    CHECK_NOTHROW(FileLock(folder / "part"));
  }
  CHECK_NOTHROW(FileLock(folder / "done"));
}
