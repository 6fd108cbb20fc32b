#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <neurograft/core/parallel.hpp>

#include <doctest/doctest.h>
using namespace neurograft;

TEST_CASE("every index is visited once, whatever the number of threads") {
  for (const int threads : {1, 2, 7}) {
    std::vector<int> visits(10001);
    parallel_for({threads}, visits.size(), 97, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++visits[i];
    });
    CHECK(std::accumulate(visits.begin(), visits.end(), 0) == 10001);
    CHECK(*std::max_element(visits.begin(), visits.end()) == 1);
  }
  parallel_for({2}, 0, 8, [](std::size_t, std::size_t) { FAIL("no index, no call"); });
}

TEST_CASE("a blocked sum has the same bits for any number of threads") {
  std::vector<double> values(100000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1.0 / (1.0 + static_cast<double>(i));
  const auto sum = [&](int threads) {
    return blocked_sum({threads}, values.size(), 1000, [&](std::size_t begin, std::size_t end) {
      return std::accumulate(values.begin() + static_cast<long>(begin),
                             values.begin() + static_cast<long>(end), 0.0);
    });
  };
  const double one = sum(1);
  CHECK(one == doctest::Approx(12.0901461));
  CHECK(sum(2) == one);
  CHECK(sum(7) == one);
}

TEST_CASE("the exception of the lowest block comes through") {
  for (const int threads : {1, 2, 7}) {
    try {
      parallel_for({threads}, 100, 10, [](std::size_t begin, std::size_t) {
        if (begin >= 30) throw std::runtime_error(std::to_string(begin));
      });
      FAIL("must throw");
    } catch (const std::runtime_error& error) {
      CHECK(std::string(error.what()) == "30");
    }
  }
}
