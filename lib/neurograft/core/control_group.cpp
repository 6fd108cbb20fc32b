#include <algorithm>
#include <fstream>
#include <string>

#include <neurograft/core/control_group.hpp>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

template <class T>
void lower(std::optional<T>& limit, T value) {
  limit = limit ? std::min(*limit, value) : value;
}

// "200000 100000", or "max 100000" where there is no limit.
void read_processors(const fs::path& group, ControlGroupLimits& limits) {
  double quota = 0.0;
  double period = 0.0;
  if (std::ifstream(group / "cpu.max") >> quota >> period) {
    if (period > 0.0) lower(limits.processors, quota / period);
  } else if (std::ifstream(group / "cpu.cfs_quota_us") >> quota && quota > 0.0 &&
             std::ifstream(group / "cpu.cfs_period_us") >> period && period > 0.0) {
    lower(limits.processors, quota / period);
  }
}

void read_memory(const fs::path& group, ControlGroupLimits& limits) {
  std::uint64_t most = 0;
  if (!(std::ifstream(group / "memory.max") >> most) &&
      !(std::ifstream(group / "memory.limit_in_bytes") >> most)) {
    return;
  }
  // Files in memory are given up when it is asked for: what programs hold counts.
  std::ifstream stat(group / "memory.stat");
  std::string key;
  for (std::uint64_t bytes = 0; stat >> key >> bytes;) {
    if (key != "anon" && key != "total_rss") continue;  // in version 2; in version 1
    most = most > bytes ? most - bytes : 0;
    break;
  }
  lower(limits.memory_bytes, most);
}

void read_upwards(const fs::path& root, const fs::path& own, ControlGroupLimits& limits) {
  // The path may lie outside of what a container shows: then the root alone is there.
  for (fs::path group = own;; group = group.parent_path()) {
    const fs::path folder = root / group.relative_path();
    read_processors(folder, limits);
    read_memory(folder, limits);
    if (group.empty() || group == group.parent_path()) return;
  }
}

}  // namespace

ControlGroupLimits control_group_limits(const fs::path& system, const fs::path& own) {
  ControlGroupLimits limits;
  std::ifstream lines(own);
  // Lines of hierarchy number, its controllers, and the path: "0::/user.slice" is version 2.
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path path = line.substr(second + 1);
    if (controllers.empty()) read_upwards(system, path, limits);
    for (const std::string controller : {"cpu", "memory"}) {
      if (("," + controllers + ",").find("," + controller + ",") != std::string::npos) {
        read_upwards(system / controller, path, limits);
      }
    }
  }
  return limits;
}

}  // namespace neurograft
