#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <neurograft/core/processor.hpp>

#include "command_line.hpp"
#include <unistd.h>

// Compiled for the baseline processor (see CMakeLists.txt).
namespace {

// Priority 101 is the first that programs may use: it runs before the constructors of static
// objects elsewhere, which are compiled for x86-64-v3 and would die of an illegal instruction.
__attribute__((constructor(101))) void check_processor() {
  __builtin_cpu_init();
  const std::string missing = neurograft::missing_processor_features();
  if (missing.empty()) return;
  std::fprintf(stderr,
               "neurograft: this processor lacks %s (needs x86-64-v3: Intel Haswell, AMD Zen, or "
               "later); run it on another machine, or build with -DNEUROGRAFT_NATIVE=ON\n",
               missing.c_str());
  _exit(neurograft::command::bad_input);
}

// Threads that wait for others spin for long by default, which makes a run ten times slower where
// other programs want the processors too. The OpenMP runtime reads its settings before `main`, so
// the program begins anew with a short spin, unless the user has set one.
void spin_briefly(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  std::array<char, 4096> path{};
  if (readlink("/proc/self/exe", path.data(), path.size() - 1) <= 0) return;
  if (setenv("GOMP_SPINCOUNT", "10000", 1) == 0) execv(path.data(), argv);
}

}  // namespace

int main(int argc, char** argv) {
  spin_briefly(argv);
  return neurograft::command::run_command_line(argc, argv);
}
