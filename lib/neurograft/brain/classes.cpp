#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <neurograft/brain/classes.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>

namespace neurograft {
namespace {

constexpr std::size_t bins = 256;
constexpr int iterations = 300;
constexpr std::array<double, 3> start_quantile{0.03, 0.40, 0.85};
constexpr double brightest_quantile = 0.999;  ///< what lies above is vessel or noise

struct Histogram {
  std::array<double, bins> centre{};
  std::array<double, bins> count{};
};

double quantile(std::vector<float>& values, double q) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

Histogram make_histogram(std::span<const float> values, double top) {
  Histogram histogram;
  const double width = top / static_cast<double>(bins);
  for (std::size_t bin = 0; bin < bins; ++bin) {
    histogram.centre[bin] = (static_cast<double>(bin) + 0.5) * width;
  }
  for (const float value : values) {
    const double bin = static_cast<double>(value) / width;
    if (bin >= 0.0 && bin < static_cast<double>(bins)) {
      histogram.count[static_cast<std::size_t>(bin)] += 1.0;
    }
  }
  return histogram;
}

/// One round: each bin is shared out to the classes, then each class takes its moments.
void improve(TissueClasses& classes, const Histogram& histogram, double least_sd) {
  std::array<double, 3> n{}, sum{}, square{};
  for (std::size_t bin = 0; bin < bins; ++bin) {
    std::array<double, 3> likelihood{};
    double total = 0.0;
    for (std::size_t c = 0; c < 3; ++c) {
      const double u = (histogram.centre[bin] - classes.mean[c]) / classes.sd[c];
      likelihood[c] = classes.share[c] / classes.sd[c] * math::exp(-0.5 * u * u);
      total += likelihood[c];
    }
    if (!(total > 0.0)) continue;
    for (std::size_t c = 0; c < 3; ++c) {
      const double weight = histogram.count[bin] * likelihood[c] / total;
      n[c] += weight;
      sum[c] += weight * histogram.centre[bin];
      square[c] += weight * histogram.centre[bin] * histogram.centre[bin];
    }
  }
  const double all = n[0] + n[1] + n[2];
  for (std::size_t c = 0; c < 3; ++c) {
    if (!(n[c] > 0.0)) continue;
    classes.mean[c] = sum[c] / n[c];
    const double variance = square[c] / n[c] - classes.mean[c] * classes.mean[c];
    classes.sd[c] = std::max(least_sd, std::sqrt(std::max(0.0, variance)));
    classes.share[c] = n[c] / all;
  }
}

}  // namespace

TissueClasses fit_tissue_classes(std::span<const float> brain_values, const std::string& where) {
  const auto fail = [&] {
    throw InputError(Problem{where,
                             "does not show CSF, grey and white matter as three brightnesses",
                             "a T1-weighted image without skull is needed",
                             "give a segmentation with a label table instead"});
  };
  if (brain_values.size() < bins) fail();
  std::vector<float> values(brain_values.begin(), brain_values.end());
  const double top = quantile(values, brightest_quantile);
  if (!(top > 0.0)) fail();
  const Histogram histogram = make_histogram(brain_values, top);

  TissueClasses classes;
  for (std::size_t c = 0; c < 3; ++c) {
    classes.mean[c] = quantile(values, start_quantile[c]);
    classes.sd[c] = 0.1 * top;
    classes.share[c] = 1.0 / 3.0;
  }
  for (int round = 0; round < iterations; ++round) {
    improve(classes, histogram, top / static_cast<double>(bins));
  }
  const bool apart = classes.mean[1] - classes.mean[0] > 0.05 * top &&
                     classes.mean[2] - classes.mean[1] > 0.05 * top;
  const bool present = *std::min_element(classes.share.begin(), classes.share.end()) > 0.01;
  if (!apart || !present) fail();
  return classes;
}

}  // namespace neurograft
