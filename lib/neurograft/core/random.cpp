#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>

namespace neurograft {
namespace {

// Inversion of the Poisson law for means up to 8, where its terms cannot underflow.
std::uint64_t poisson_small(double mean, double u) noexcept {
  double term = math::exp(-mean);
  double sum = term;
  std::uint64_t count = 0;
  while (u > sum && count < 200) {
    ++count;
    term *= mean / static_cast<double>(count);
    sum += term;
  }
  return count;
}

// 64 bits, so that the tails of the law are reached.
double fine_uniform(std::uint32_t high, std::uint32_t low) noexcept {
  return (static_cast<double>((std::uint64_t{high} << 21) | (low >> 11)) + 0.5) * 0x1p-53;
}

}  // namespace

StreamCode user_stream(std::string_view name) noexcept {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return static_cast<StreamCode>(hash | 0x80000000U);
}

std::uint64_t poisson(double mean, const Stream& stream, std::uint32_t id,
                      std::uint32_t first_block) noexcept {
  constexpr double chunk = 8.0;
  std::uint64_t count = 0;
  for (std::uint32_t number = first_block; mean > 0.0; ++number) {
    const Block w = stream.block(id, number);
    const double first = mean < chunk ? mean : chunk;
    count += poisson_small(first, fine_uniform(w[0], w[1]));
    mean -= first;
    if (!(mean > 0.0)) break;
    const double second = mean < chunk ? mean : chunk;
    count += poisson_small(second, fine_uniform(w[2], w[3]));
    mean -= second;
  }
  return count;
}

}  // namespace neurograft
