// What does it cost that results do not depend on threads and order? Each promise beside the same
// work without it: random words that are a function of the cell against a generator per block;
// births sorted by parent against births as they come; sums in blocks of fixed size against
// whatever order threads take.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <tuple>
#include <vector>

#include <neurograft/core/parallel.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/world/world.hpp>

#include <benchmark/benchmark.h>

namespace {

using namespace neurograft;

constexpr std::size_t cells = 1 << 22;

void per_cell(benchmark::State& state) {
  state.counters["s_per_cell"] =
      benchmark::Counter(static_cast<double>(cells) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Four words a cell, as a step of a walk takes them.
void words_by_cell(benchmark::State& state) {
  std::vector<std::uint32_t> out(cells);
  Tick tick = 0;
  for (auto _ : state) {
    const Stream stream(1, StreamCode::donor_walk, ++tick);
    parallel_for({static_cast<int>(state.range(0))}, cells, agent_block,
                 [&](std::size_t begin, std::size_t end) {
                   LaneBlocks blocks;
                   LaneWords ids{};
                   for (std::size_t cell = begin; cell < end; cell += stream_lanes) {
                     for (std::size_t lane = 0; lane < stream_lanes; ++lane) {
                       ids[lane] = static_cast<std::uint32_t>(cell + lane);
                     }
                     stream.blocks(ids, 0, blocks);
                     for (std::size_t lane = 0; lane < stream_lanes; ++lane) {
                       out[cell + lane] = blocks.word[0][lane] ^ blocks.word[1][lane] ^
                                          blocks.word[2][lane] ^ blocks.word[3][lane];
                     }
                   }
                 });
    benchmark::DoNotOptimize(out.data());
  }
  per_cell(state);
}

// xoshiro256** (Blackman and Vigna 2021, doi 10.1145/3460772), one per block of work.
struct Sequence {
  std::array<std::uint64_t, 4> s;

  std::uint64_t operator()() noexcept {
    const std::uint64_t result = std::rotl(s[1] * 5, 7) * 9;
    const std::uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = std::rotl(s[3], 45);
    return result;
  }
};

void words_in_sequence(benchmark::State& state) {
  std::vector<std::uint32_t> out(cells);
  std::vector<Sequence> sequences(cells / agent_block);
  for (std::size_t i = 0; i < sequences.size(); ++i) sequences[i].s = {i + 1, 2, 3, 4};
  for (auto _ : state) {
    parallel_for({static_cast<int>(state.range(0))}, cells, agent_block,
                 [&](std::size_t begin, std::size_t end) {
                   Sequence next = sequences[begin / agent_block];
                   for (std::size_t cell = begin; cell < end; ++cell) {
                     const std::uint64_t a = next();
                     const std::uint64_t b = next();
                     out[cell] = static_cast<std::uint32_t>(a ^ (a >> 32) ^ b ^ (b >> 32));
                   }
                   sequences[begin / agent_block] = next;
                 });
    benchmark::DoNotOptimize(out.data());
  }
  per_cell(state);
}

// One cell in a hundred divides.
std::vector<Newborn> births() {
  std::vector<Newborn> result(cells / 100);
  const Stream stream(1, StreamCode::lifecycle_fate, 1);
  for (std::uint32_t i = 0; i < result.size(); ++i) result[i].key = stream.word(i);
  return result;
}

void births_in_order(benchmark::State& state) {
  const auto drawn = births();
  for (auto _ : state) {
    auto sorted = drawn;
    std::sort(sorted.begin(), sorted.end(), [](const Newborn& a, const Newborn& b) {
      return std::tie(a.process, a.key, a.ordinal) < std::tie(b.process, b.key, b.ordinal);
    });
    benchmark::DoNotOptimize(sorted.data());
  }
  per_cell(state);
}

void births_as_they_come(benchmark::State& state) {
  const auto drawn = births();
  for (auto _ : state) {
    auto taken = drawn;
    benchmark::DoNotOptimize(taken.data());
  }
  per_cell(state);
}

void sum_in_blocks(benchmark::State& state) {
  const std::vector<double> values(cells, 0.1);
  for (auto _ : state) {
    double sum = blocked_sum({static_cast<int>(state.range(0))}, cells, voxel_block,
                             [&](std::size_t begin, std::size_t end) {
                               double part = 0.0;
                               for (std::size_t i = begin; i < end; ++i) part += values[i];
                               return part;
                             });
    benchmark::DoNotOptimize(sum);
  }
  per_cell(state);
}

void sum_as_it_comes(benchmark::State& state) {
  const std::vector<double> values(cells, 0.1);
  for (auto _ : state) {
    std::atomic<double> sum = 0.0;
    parallel_for({static_cast<int>(state.range(0))}, cells, voxel_block,
                 [&](std::size_t begin, std::size_t end) {
                   double part = 0.0;
                   for (std::size_t i = begin; i < end; ++i) part += values[i];
                   sum.fetch_add(part, std::memory_order_relaxed);
                 });
    benchmark::DoNotOptimize(sum.load());
  }
  per_cell(state);
}

}  // namespace

BENCHMARK(words_by_cell)->Arg(1)->Arg(2)->ArgName("threads")->UseRealTime();
BENCHMARK(words_in_sequence)->Arg(1)->Arg(2)->ArgName("threads")->UseRealTime();
BENCHMARK(births_in_order);
BENCHMARK(births_as_they_come);
BENCHMARK(sum_in_blocks)->Arg(1)->Arg(2)->ArgName("threads")->UseRealTime();
BENCHMARK(sum_as_it_comes)->Arg(1)->Arg(2)->ArgName("threads")->UseRealTime();
