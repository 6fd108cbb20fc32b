#include <numeric>
#include <utility>

#include <neurograft/study/draws.hpp>

namespace neurograft {

std::uint32_t draw_below(std::uint32_t bound, StreamEngine& engine) noexcept {
  // 2^32 mod bound: so many of the low halves would favour some integers, and are drawn again.
  const std::uint32_t refused = (0U - bound) % bound;
  for (;;) {
    const std::uint64_t product = std::uint64_t{engine()} * bound;
    if (static_cast<std::uint32_t>(product) >= refused) {
      return static_cast<std::uint32_t>(product >> 32);
    }
  }
}

std::vector<std::uint32_t> random_order(std::uint32_t count, StreamEngine& engine) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t left = count; left > 1; --left) {
    std::swap(order[left - 1], order[draw_below(left, engine)]);
  }
  return order;
}

}  // namespace neurograft
