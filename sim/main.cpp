#include <cstdio>
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

}  // namespace

int main(int argc, char** argv) {
  return neurograft::command::run_command_line(argc, argv);
}
