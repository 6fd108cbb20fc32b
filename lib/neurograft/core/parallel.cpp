#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <vector>

#include <neurograft/core/control_group.hpp>
#include <neurograft/core/parallel.hpp>

#include <omp.h>

namespace neurograft {

Threads available_threads() noexcept {
  double most = std::max(1, omp_get_num_procs());
  if (const auto quota = control_group_limits().processors) {
    most = std::min(most, std::max(1.0, std::ceil(*quota)));
  }
  // Slurm says what it has given even where it does not bind programs to processors.
  if (const char* text = std::getenv("SLURM_CPUS_PER_TASK"); text != nullptr) {
    const int given = std::atoi(text);
    if (given > 0) most = std::min(most, static_cast<double>(given));
  }
  return {static_cast<int>(most)};
}

void parallel_for(Threads threads, std::size_t count, std::size_t block,
                  FunctionRef<void(std::size_t, std::size_t)> body) {
  const std::size_t blocks = (count + block - 1) / block;
  const int team = static_cast<int>(std::min<std::size_t>(threads.count, blocks));
  if (team <= 1) {
    for (std::size_t b = 0; b < blocks; ++b) body(b * block, std::min(count, (b + 1) * block));
    return;
  }
  std::exception_ptr first_error;
  std::size_t first_error_block = blocks;
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
  for (std::size_t b = 0; b < blocks; ++b) {
    try {
      body(b * block, std::min(count, (b + 1) * block));
    } catch (...) {
#pragma omp critical(neurograft_parallel_error)
      if (b < first_error_block) {
        first_error_block = b;
        first_error = std::current_exception();
      }
    }
  }
  if (first_error) std::rethrow_exception(first_error);
}

double blocked_sum(Threads threads, std::size_t count, std::size_t block,
                   FunctionRef<double(std::size_t, std::size_t)> body) {
  std::vector<double> sums((count + block - 1) / block);
  parallel_for(threads, count, block,
               [&](std::size_t begin, std::size_t end) { sums[begin / block] = body(begin, end); });
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

double blocked_max(Threads threads, std::size_t count, std::size_t block, double lowest,
                   FunctionRef<double(std::size_t, std::size_t)> body) {
  std::vector<double> values((count + block - 1) / block);
  parallel_for(threads, count, block, [&](std::size_t begin, std::size_t end) {
    values[begin / block] = body(begin, end);
  });
  double largest = lowest;
  for (const double value : values) largest = std::max(largest, value);
  return largest;
}

}  // namespace neurograft
