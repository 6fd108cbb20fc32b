#include <algorithm>
#include <vector>

#include <neurograft/brain/classes.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("three Gaussian classes are found again") {
  const Stream stream(5, StreamCode::run_setup, 0);
  std::vector<float> values;
  const auto add = [&](std::size_t count, float mean, float sd) {
    for (std::size_t n = 0; n < count; ++n) {
      const Block words = stream.block(static_cast<std::uint32_t>(values.size()));
      values.push_back(std::max(1.0F, mean + sd * math::normal_pair(words[0], words[1])[0]));
    }
  };
  add(10000, 300.0F, 60.0F);
  add(50000, 850.0F, 50.0F);
  add(40000, 1150.0F, 40.0F);
  const TissueClasses classes = fit_tissue_classes(values, "test");
  // Standard errors of the means are below 1; the histogram's bins are 5 wide.
  CHECK(classes.mean[0] == doctest::Approx(300.0).epsilon(0.02));
  CHECK(classes.mean[1] == doctest::Approx(850.0).epsilon(0.01));
  CHECK(classes.mean[2] == doctest::Approx(1150.0).epsilon(0.01));
  CHECK(classes.sd[1] == doctest::Approx(50.0).epsilon(0.1));
  CHECK(classes.share[0] == doctest::Approx(0.1).epsilon(0.05));
  CHECK(classes.grey_white() == doctest::Approx(1000.0).epsilon(0.01));
}

TEST_CASE("an image of one brightness has no three tissues") {
  CHECK_THROWS_AS(fit_tissue_classes(std::vector<float>(10000, 7.0F), "test"), InputError);
  CHECK_THROWS_AS(fit_tissue_classes({}, "test"), InputError);
}
