#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>

#include <immintrin.h>

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

}  // namespace

StreamCode user_stream(std::string_view name) noexcept {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return static_cast<StreamCode>(hash | 0x80000000U);
}

namespace {

// High and low halves of the products of eight words with one.
struct Products {
  __m256i high, low;
};

Products multiply(__m256i words, __m256i factor) noexcept {
  const __m256i even = _mm256_mul_epu32(words, factor);
  const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(words, 32), factor);
  return {_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0b10101010),
          _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0b10101010)};
}

__m256i broadcast(std::uint32_t word) noexcept {
  return _mm256_set1_epi32(static_cast<int>(word));
}

}  // namespace

void Stream::blocks(const LaneWords& ids, std::uint32_t number, LaneBlocks& out) const noexcept {
  // Two chains side by side: the rounds of one fill the waits of the other.
  struct Chain {
    __m256i c0, c1, c2, c3;
  };
  const __m256i factor0 = broadcast(0xD2511F53U);
  const __m256i factor1 = broadcast(0xCD9E8D57U);
  const auto begin = [&](std::size_t lane) {
    return Chain{_mm256_loadu_si256(reinterpret_cast<const __m256i*>(ids.data() + lane)),
                 broadcast(tick_), broadcast(code_), broadcast(number)};
  };
  const auto round = [&](Chain& c, __m256i key0, __m256i key1) {
    const Products p0 = multiply(c.c0, factor0);
    const Products p1 = multiply(c.c2, factor1);
    c.c0 = _mm256_xor_si256(_mm256_xor_si256(p1.high, c.c1), key0);
    c.c2 = _mm256_xor_si256(_mm256_xor_si256(p0.high, c.c3), key1);
    c.c1 = p1.low;
    c.c3 = p0.low;
  };
  const auto store = [&](const Chain& c, std::size_t lane) {
    const auto put = [&](std::size_t w, __m256i words) {
      _mm256_store_si256(reinterpret_cast<__m256i*>(out.word[w].data() + lane), words);
    };
    put(0, c.c0);
    put(1, c.c1);
    put(2, c.c2);
    put(3, c.c3);
  };
  static_assert(stream_lanes == 16);
  Chain a = begin(0);
  Chain b = begin(8);
  std::array<std::uint32_t, 2> key = key_;
  for (int n = 0; n < 10; ++n) {
    const __m256i key0 = broadcast(key[0]);
    const __m256i key1 = broadcast(key[1]);
    round(a, key0, key1);
    round(b, key0, key1);
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  store(a, 0);
  store(b, 8);
}

std::uint64_t poisson(double mean, const Stream& stream, std::uint32_t id,
                      std::uint32_t first_block) noexcept {
  constexpr double chunk = 8.0;
  std::uint64_t count = 0;
  for (std::uint32_t number = first_block; mean > 0.0; ++number) {
    const Block w = stream.block(id, number);
    const double first = mean < chunk ? mean : chunk;
    count += poisson_small(first, math::fine_uniform(w[0], w[1]));
    mean -= first;
    if (!(mean > 0.0)) break;
    const double second = mean < chunk ? mean : chunk;
    count += poisson_small(second, math::fine_uniform(w[2], w[3]));
    mean -= second;
  }
  return count;
}

}  // namespace neurograft
