#include <cmath>
#include <limits>
#include <vector>

#include <neurograft/model/reaction.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("reaction over runs of any length is that of each voxel, in place or apart") {
  const Reaction reaction(3.0, 0.1);
  for (std::size_t count = 0; count <= 19; ++count) {
    std::vector<double> level(count + 1, -7.0), source(count + 1, -7.0), to(count + 1, -7.0);
    double levels = 0.0;
    double sources = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
      levels += level[i] = 1.0 + static_cast<double>(i);
      sources += source[i] = 0.5 * static_cast<double>(i % 3);
    }
    Reacted apart, in_place;
    apart.react(level.data(), source.data(), count, reaction, to.data());
    auto same = level;
    in_place.react(same.data(), source.data(), count, reaction, same.data());
    CHECK(same == std::vector<double>(to));
    CHECK(to[count] == -7.0);
    for (std::size_t i = 0; i < count; ++i) {
      const double faded = std::exp(-0.3);
      CHECK(to[i] == doctest::Approx(level[i] * faded + source[i] * (1.0 - faded) / 3.0));
    }
    CHECK(apart.levels() == doctest::Approx(levels));
    CHECK(apart.sources() == doctest::Approx(sources));
    CHECK(apart.physical());
  }
}

TEST_CASE("one value that is not physical is found wherever it lies") {
  const Reaction reaction(3.0, 0.1);
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {-1e-300, -1.0, infinity, std::numeric_limits<double>::quiet_NaN()}) {
    for (std::size_t at = 0; at < 13; ++at) {
      for (const bool in_source : {false, true}) {
        std::vector<double> level(13, 1.0), source(13, 2.0), to(13);
        (in_source ? source : level)[at] = bad;
        Reacted reacted;
        reacted.react(level.data(), source.data(), 13, reaction, to.data());
        CHECK_FALSE(reacted.physical());
      }
    }
  }
}
