#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include <neurograft/study/draws.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("integers below a bound are equally likely, also for a bound near 2^32") {
  // Words modulo 3 * 2^30 would give the first third twice as often as each of the others, words
  // times 3/4 the multiples of 3 twice as often as each of the other residues.
  constexpr std::uint32_t bound = 3U << 30;
  constexpr int draws = 30000;
  std::array<int, 3> thirds{}, residues{};
  StreamEngine engine = design_stream(1, DesignDraw::uniform_point).engine(0);
  for (int n = 0; n < draws; ++n) {
    const std::uint32_t value = draw_below(bound, engine);
    REQUIRE(value < bound);
    ++thirds[value >> 30];
    ++residues[value % 3];
  }
  // 4 binomial standard deviations.
  for (const int count : thirds) CHECK(std::abs(count - draws / 3) < 4 * 82);
  for (const int count : residues) CHECK(std::abs(count - draws / 3) < 4 * 82);
  for (int n = 0; n < 10; ++n) CHECK(draw_below(1, engine) == 0);
}

TEST_CASE("all orders are equally likely") {
  std::map<std::vector<std::uint32_t>, int> seen;
  const Stream stream = design_stream(2, DesignDraw::hypercube_order);
  constexpr int draws = 24000;
  for (std::uint32_t n = 0; n < draws; ++n) {
    StreamEngine engine = stream.engine(n);
    ++seen[random_order(4, engine)];
  }
  REQUIRE(seen.size() == 24);
  for (const auto& [order, count] : seen) {
    CHECK(std::is_permutation(order.begin(), order.end(), std::array{0U, 1U, 2U, 3U}.begin()));
    CHECK(std::abs(count - draws / 24) < 4.5 * 31);  // 4.5 binomial standard deviations
  }
  StreamEngine engine = stream.engine(0);
  CHECK(random_order(0, engine).empty());
  CHECK(random_order(1, engine) == std::vector<std::uint32_t>{0});
}

TEST_CASE("purposes of a design share no numbers") {
  CHECK(design_stream(3, DesignDraw::uniform_point).block(0) !=
        design_stream(3, DesignDraw::hypercube_place).block(0));
  CHECK(design_stream(3, DesignDraw::uniform_point).block(0) !=
        Stream(3, StreamCode::study_bootstrap, 0).block(0));
}
