#include <cmath>
#include <set>

#include <neurograft/core/random.hpp>

#include <Random123/philox.h>
#include <boost/random/uniform_int_distribution.hpp>
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("philox gives the published known answers") {
  // Known-answer vectors of the Random123 distribution, philox4x32 with 10 rounds.
  CHECK(philox_block({0, 0, 0, 0}, {0, 0}) ==
        Block{0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U});
  CHECK(philox_block({0xffffffffU, 0xffffffffU, 0xffffffffU, 0xffffffffU},
                     {0xffffffffU, 0xffffffffU}) ==
        Block{0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU});
  CHECK(philox_block({0x243f6a88U, 0x85a308d3U, 0x13198a2eU, 0x03707344U},
                     {0xa4093822U, 0x299f31d0U}) ==
        Block{0xd16cfe09U, 0x94fdccebU, 0x5001e420U, 0x24126ea1U});
}

TEST_CASE("philox agrees with Random123 on many counters") {
  r123::Philox4x32 reference;
  for (std::uint32_t n = 0; n < 20000; ++n) {
    const r123::Philox4x32::ctr_type counter{{n, n * 7919U, n ^ 0xdeadbeefU, ~n}};
    const r123::Philox4x32::key_type key{{n * 31U, 12345U + n}};
    const auto expected = reference(counter, key);
    const Block got =
        philox_block({counter[0], counter[1], counter[2], counter[3]}, {key[0], key[1]});
    for (std::size_t word = 0; word < 4; ++word) REQUIRE(got[word] == expected[word]);
  }
}

TEST_CASE("blocks drawn side by side are the blocks one by one") {
  for (std::uint32_t n = 0; n < 2000; ++n) {
    const Stream stream(n * 0x9E3779B97F4A7C15U, StreamCode::donor_walk, n * 977);
    LaneWords ids{};
    for (std::uint32_t lane = 0; lane < stream_lanes; ++lane) ids[lane] = n * 2654435761U + lane;
    LaneBlocks blocks;
    stream.blocks(ids, n % 3, blocks);
    for (std::size_t lane = 0; lane < stream_lanes; ++lane) {
      const Block expected = stream.block(ids[lane], n % 3);
      for (std::size_t w = 0; w < 4; ++w) REQUIRE(blocks.word[w][lane] == expected[w]);
    }
  }
}

TEST_CASE("streams of different purpose, tick or entity do not share blocks") {
  std::set<Block> seen;
  for (const auto code : {StreamCode::donor_walk, StreamCode::immune_walk}) {
    for (Tick tick = 0; tick < 10; ++tick) {
      for (std::uint32_t id = 0; id < 10; ++id) seen.insert(Stream(7, code, tick).block(id));
    }
  }
  CHECK(seen.size() == 200);
  CHECK(Stream(1, StreamCode::donor_walk, 0).block(0) !=
        Stream(std::uint64_t{1} << 32, StreamCode::donor_walk, 0).block(0));
}

TEST_CASE("user streams lie apart from the library's and from one another") {
  CHECK((static_cast<std::uint32_t>(user_stream("wound")) & 0x80000000U) != 0);
  CHECK(user_stream("wound") != user_stream("wounds"));
}

TEST_CASE("the engine serves Boost's distributions") {
  StreamEngine engine = Stream(3, StreamCode::run_setup, 0).engine(5);
  boost::random::uniform_int_distribution<int> dice(1, 6);
  std::array<int, 7> faces{};
  constexpr int throws = 60000;
  for (int n = 0; n < throws; ++n) ++faces[static_cast<std::size_t>(dice(engine))];
  // Binomial s.d. of a face is sqrt(n/6 * 5/6) = 91; bound 5 sigma.
  for (std::size_t face = 1; face <= 6; ++face) CHECK(std::abs(faces[face] - 10000) < 456);
}

TEST_CASE("Poisson counts have the law's mean and variance at small and large means") {
  const Stream stream(11, StreamCode::run_setup, 0);
  for (const double mean : {0.01, 0.7, 5.0, 8.0, 30.0, 200.0}) {
    constexpr std::uint32_t draws = 40000;
    double sum = 0.0;
    double squares = 0.0;
    for (std::uint32_t id = 0; id < draws; ++id) {
      const auto count = static_cast<double>(poisson(mean, stream, id));
      sum += count;
      squares += count * count;
    }
    const double seen = sum / draws;
    const double variance = squares / draws - seen * seen;
    // s.e. of the mean sqrt(m/n); of the variance sqrt((m + 2 m^2)/n); 5 sigma each.
    CHECK(std::abs(seen - mean) < 5.0 * std::sqrt(mean / draws));
    CHECK(std::abs(variance - mean) < 5.0 * std::sqrt((mean + 2.0 * mean * mean) / draws));
  }
  CHECK(poisson(0.0, stream, 1) == 0);
}
