#include <algorithm>
#include <cstdint>
#include <fstream>

#include <neurograft/core/control_group.hpp>
#include <neurograft/core/processor.hpp>

#include <cpuid.h>
#include <sys/resource.h>
#include <unistd.h>

namespace neurograft {

std::string missing_processor_features() {
  std::string missing;
  const auto need = [&missing](int present, const char* name) {
    if (present != 0) return;
    if (!missing.empty()) missing += ", ";
    missing += name;
  };
  need(__builtin_cpu_supports("avx2"), "avx2");
  need(__builtin_cpu_supports("fma"), "fma");
  need(__builtin_cpu_supports("bmi"), "bmi1");
  need(__builtin_cpu_supports("bmi2"), "bmi2");
  need(__builtin_cpu_supports("popcnt"), "popcnt");
  // Without lzcnt the instruction runs as another one and gives wrong numbers.
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
  const bool extended = __get_cpuid(0x80000001U, &a, &b, &c, &d) != 0;
  need(extended && (c & bit_LZCNT) != 0, "lzcnt");
  const bool basic = __get_cpuid(1U, &a, &b, &c, &d) != 0;
  need(basic && (c & bit_MOVBE) != 0, "movbe");
  need(basic && (c & bit_F16C) != 0, "f16c");
  return missing;
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  const std::string key = "model name";
  for (std::string line; std::getline(info, line);) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::uint64_t available_memory_bytes() {
  std::uint64_t available = 0;
  std::ifstream info("/proc/meminfo");
  std::string key, unit;
  for (std::uint64_t kib = 0; info >> key >> kib; std::getline(info, unit)) {
    if (key == "MemAvailable:") available = kib * 1024;
  }
  const auto limit = control_group_limits().memory_bytes;
  if (limit) available = std::min(available, *limit);
  rlimit addresses{};  // as set by ulimit -v
  if (getrlimit(RLIMIT_AS, &addresses) == 0 && addresses.rlim_cur != RLIM_INFINITY) {
    std::uint64_t pages = 0;  // in use
    std::ifstream("/proc/self/statm") >> pages;
    const std::uint64_t used = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    available = std::min(available, addresses.rlim_cur > used ? addresses.rlim_cur - used : 1);
  }
  return available;
}

}  // namespace neurograft
