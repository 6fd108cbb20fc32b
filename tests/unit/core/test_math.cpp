#include <algorithm>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <utility>

#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>

#include <boost/math/special_functions/erf.hpp>
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("transcendentals agree with the C library to a few units in the last place") {
  for (int n = -400; n <= 400; ++n) {
    const double x = n * 0.05;
    CHECK(math::exp(x) == doctest::Approx(std::exp(x)).epsilon(1e-15));
    CHECK(math::sin(x) == doctest::Approx(std::sin(x)).epsilon(1e-14));
    CHECK(math::tanh(x) == doctest::Approx(std::tanh(x)).epsilon(1e-15));
    if (n > 0) {
      CHECK(math::log(x) == doctest::Approx(std::log(x)).epsilon(1e-15));
      CHECK(math::pow(x, 0.75) == doctest::Approx(std::pow(x, 0.75)).epsilon(1e-15));
    }
  }
}

TEST_CASE("normal quantiles agree with an independent inverse and with tabulated digits") {
  for (const auto& [p, z] :
       std::initializer_list<std::pair<double, double>>{{0.975, 1.95996398454005385560},
                                                        {0.9, 1.28155156554460059348},
                                                        {0.7, 0.52440051270804065631},
                                                        {0.51, 0.02506890825871105803},
                                                        {0.08, -1.4050715603096325447},
                                                        {0.075, -1.4395314709384559349},
                                                        {0.01, -2.3263478740408410930},
                                                        {1e-4, -3.7190164854556805522},
                                                        {1e-10, -6.3613409024040561991},
                                                        {1e-20, -9.2623400897984075795},
                                                        {1e-100, -21.273453560965324294},
                                                        {1e-300, -37.047096299361199236}}) {
    CHECK(math::normal_quantile(p) == doctest::Approx(z).epsilon(1e-14));
  }
  double worst = 0.0;
  for (int n = 1; n < 1000; ++n) {
    for (const double p : {n * 1e-3, std::exp(-0.7 * n)}) {
      const double z = -std::sqrt(2.0) * boost::math::erfc_inv(2.0 * p);
      worst = std::max(worst, std::abs(math::normal_quantile(p) - z) / std::max(1.0, std::abs(z)));
    }
  }
  CHECK(worst < 1e-14);
  CHECK(math::normal_quantile(0.5) == 0.0);
  CHECK(math::normal_quantile(0.25) == -math::normal_quantile(0.75));
  CHECK(math::normal_quantile(0.0) == -std::numeric_limits<double>::infinity());
  CHECK(math::normal_quantile(1.0) == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(math::normal_quantile(-0.1)));
  CHECK(std::isnan(math::normal_quantile(1.1)));
  CHECK(std::isnan(math::normal_quantile(NAN)));
}

TEST_CASE("the normal cumulative law keeps its digits in the lower tail") {
  for (double z = -36.0; z < 9.0; z += 0.37) {
    const double ratio = math::normal_cumulative(z) / (0.5 * std::erfc(-z / std::sqrt(2.0)));
    CHECK(std::abs(ratio - 1.0) < 1e-12);
    if (z < 5.0) {
      CHECK(math::normal_quantile(math::normal_cumulative(z)) == doctest::Approx(z).epsilon(1e-9));
    }
  }
  CHECK(math::normal_cumulative(0.0) == 0.5);
  CHECK(math::normal_cumulative(-std::numeric_limits<double>::infinity()) == 0.0);
  CHECK(math::normal_cumulative(std::numeric_limits<double>::infinity()) == 1.0);
}

TEST_CASE("a small hazard keeps all its digits as a probability") {
  CHECK(math::probability(0.0) == 0.0);
  CHECK(math::probability(1e-12) == doctest::Approx(1e-12).epsilon(1e-12));
  CHECK(math::probability(1e3) == 1.0);
}

TEST_CASE("the Hill response is 0, a half and nearly 1 where it should be") {
  CHECK(math::hill(0.0, 2.0, 3.0) == 0.0);
  CHECK(math::hill(-1.0, 2.0, 3.0) == 0.0);
  CHECK(math::hill(2.0, 2.0, 3.0) == doctest::Approx(0.5));
  CHECK(math::hill(1e9, 2.0, 3.0) == doctest::Approx(1.0));
}

TEST_CASE("Bernoulli thresholds are exact at both ends") {
  CHECK(math::bernoulli_threshold(0.0) == 0);
  CHECK(math::bernoulli_threshold(1.0) > 0xffffffffULL);
  CHECK(math::bernoulli_threshold(0.5) == 0x80000000ULL);
}

TEST_CASE("the six numbers of a block use each of 126 bits once") {
  std::array<std::uint32_t, 6> seen{};
  int bits = 0;
  for (std::uint32_t word = 0; word < 4; ++word) {
    for (std::uint32_t bit = 0; bit < 32; ++bit) {
      std::array<std::uint32_t, 4> w{};
      w[word] = 1U << bit;
      const auto six = math::words_of_three_pairs(w[0], w[1], w[2], w[3]);
      for (std::size_t n = 0; n < 6; ++n) {
        bits += std::popcount(six[n]);
        CHECK((seen[n] & six[n]) == 0);
        seen[n] |= six[n];
      }
    }
  }
  CHECK(bits == 126);
  for (const std::uint32_t word : seen) CHECK(word == 0xfffff800U);
}

TEST_CASE("normals have the moments of the law and the vector form equals the scalar one") {
  const Stream stream(5, StreamCode::run_setup, 0);
  double sum = 0.0, squares = 0.0, fourths = 0.0;
  constexpr std::uint32_t blocks = 50000;
  for (std::uint32_t id = 0; id < blocks; id += 2) {
    std::array<std::uint32_t, 8> a, b;
    for (std::uint32_t lane = 0; lane < 8; ++lane) {
      const Block block = stream.block(id, lane);
      a[lane] = block[0];
      b[lane] = block[1];
    }
    std::array<float, 8> first, second;
    math::normal_pairs(a.data(), b.data(), 8, first.data(), second.data());
    for (std::size_t lane = 0; lane < 8; ++lane) {
      const auto scalar = math::normal_pair(a[lane], b[lane]);
      REQUIRE(std::bit_cast<std::uint32_t>(scalar[0]) == std::bit_cast<std::uint32_t>(first[lane]));
      REQUIRE(std::bit_cast<std::uint32_t>(scalar[1]) ==
              std::bit_cast<std::uint32_t>(second[lane]));
    }
    for (const auto* normals : {&first, &second}) {
      for (const float n : *normals) {
        const double x = n;
        sum += x;
        squares += x * x;
        fourths += x * x * x * x;
      }
    }
  }
  // Over n = 4e5 draws: s.e. of mean 1/sqrt(n), of variance sqrt(2/n), of the fourth moment
  // sqrt(96/n); 5 sigma.
  constexpr double n = 8.0 * blocks;
  CHECK(std::abs(sum / n) < 5.0 / std::sqrt(n));
  CHECK(std::abs(squares / n - 1.0) < 5.0 * std::sqrt(2.0 / n));
  CHECK(std::abs(fourths / n - 3.0) < 5.0 * std::sqrt(96.0 / n));
}
