#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <neurograft/core/control_group.hpp>
#include <neurograft/core/parallel.hpp>

#include <doctest/doctest.h>

using namespace neurograft;
namespace fs = std::filesystem;

namespace {

struct Tree {
  fs::path root = fs::temp_directory_path() / ("control_group_" + std::to_string(std::rand()));
  ~Tree() { fs::remove_all(root); }

  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((root / file).parent_path());
    std::ofstream(root / file) << text;
  }
  ControlGroupLimits read() const { return control_group_limits(root, root / "own"); }
};

}  // namespace

TEST_CASE("the smallest limit between a group and the root holds") {
  const Tree tree;
  tree.write("own", "0::/a/b\n");
  CHECK_FALSE(tree.read().processors);
  CHECK_FALSE(tree.read().memory_bytes);
  tree.write("a/b/cpu.max", "max 100000\n");
  CHECK_FALSE(tree.read().processors);
  tree.write("a/cpu.max", "150000 100000\n");
  CHECK(tree.read().processors == 1.5);
  tree.write("cpu.max", "50000 100000\n");
  CHECK(tree.read().processors == 0.5);
}

TEST_CASE("memory that programs of the group hold is taken") {
  const Tree tree;
  tree.write("own", "0::/a\n");
  tree.write("a/memory.max", "1000\n");
  tree.write("a/memory.stat", "file 500\nanon 300\n");
  CHECK(tree.read().memory_bytes == 700U);
  tree.write("memory.max", "650\n");
  CHECK(tree.read().memory_bytes == 650U);
}

TEST_CASE("limits of version 1, and of a group that a container does not show") {
  const Tree tree;
  tree.write("own", "3:cpuacct,cpu:/host/path\n");
  tree.write("cpu/cpu.cfs_quota_us", "300000\n");
  tree.write("cpu/cpu.cfs_period_us", "100000\n");
  CHECK(tree.read().processors == 3.0);
  tree.write("cpu/cpu.cfs_quota_us", "-1\n");
  CHECK_FALSE(tree.read().processors);
}

TEST_CASE("memory in version 1") {
  const Tree tree;
  tree.write("own", "4:memory:/job\n3:cpuacct,cpu:/job\n");
  CHECK_FALSE(tree.read().memory_bytes);
  tree.write("memory/memory.limit_in_bytes", "9223372036854771712\n");
  tree.write("memory/job/memory.limit_in_bytes", "1000\n");
  tree.write("memory/job/memory.stat", "cache 500\nrss 100\ntotal_cache 500\ntotal_rss 300\n");
  CHECK(tree.read().memory_bytes == 700U);
}

TEST_CASE("threads follow what Slurm has given") {
  const int all = available_threads().count;
  ::setenv("SLURM_CPUS_PER_TASK", "1", 1);
  CHECK(available_threads().count == 1);
  ::setenv("SLURM_CPUS_PER_TASK", "100000", 1);
  CHECK(available_threads().count == all);
  ::unsetenv("SLURM_CPUS_PER_TASK");
}
