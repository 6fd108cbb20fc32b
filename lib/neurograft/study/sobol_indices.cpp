#include <algorithm>
#include <functional>
#include <numeric>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/study/sobol_indices.hpp>

namespace neurograft {
namespace {

// The outputs of a base sample: of a, of b, then of a with one coordinate of b after the other.
struct BaseSamples {
  std::size_t dimensions;
  std::span<const double> outputs;

  const double* operator[](std::size_t sample) const {
    return outputs.data() + sample * (dimensions + 2);
  }
};

bool varies(const BaseSamples& samples, std::span<const std::uint32_t> rows) {
  const double one = samples[rows.front()][0];
  return std::ranges::any_of(
      rows, [&](auto row) { return samples[row][0] != one || samples[row][1] != one; });
}

double base_mean(const BaseSamples& samples, std::span<const std::uint32_t> rows) {
  double sum = 0.0;
  for (const std::uint32_t row : rows) sum += samples[row][0] + samples[row][1];
  return sum / (2.0 * static_cast<double>(rows.size()));
}

// All first-order indices, then all totals.
std::vector<double> indices(const BaseSamples& samples, std::span<const std::uint32_t> rows) {
  const std::size_t d = samples.dimensions;
  std::vector<double> result(2 * d, 0.0);
  if (!varies(samples, rows)) return result;
  const double centre = base_mean(samples, rows);
  double squares = 0.0;  // twice the variance, times the number of rows
  for (const std::uint32_t row : rows) {
    const double* const output = samples[row];
    const double a = output[0] - centre;
    const double b = output[1] - centre;
    squares += a * a + b * b;
    for (std::size_t i = 0; i < d; ++i) {
      const double change = output[2 + i] - output[0];
      result[i] += b * change;
      result[d + i] += change * change;
    }
  }
  for (std::size_t i = 0; i < d; ++i) {
    result[i] /= 0.5 * squares;
    result[d + i] /= squares;
  }
  return result;
}

void check(std::size_t dimensions, std::span<const double> outputs) {
  const std::size_t width = dimensions + 2;
  if (dimensions == 0 || outputs.size() < 2 * width || outputs.size() % width != 0) {
    throw InputError(Problem{
        "sobol_indices",
        std::to_string(outputs.size()) + " outputs of " + std::to_string(dimensions) + " inputs",
        "must be two or more base samples of inputs + 2 outputs", ""});
  }
  check_finite("sobol_indices", outputs);
}

}  // namespace

UnitPoints saltelli_design(std::size_t base_samples, std::size_t dimensions, std::uint64_t seed) {
  const UnitPoints base = sobol_sequence(base_samples, 2 * dimensions, seed);
  UnitPoints points{dimensions, {}};
  points.values.reserve(base_samples * (dimensions + 2) * dimensions);
  for (std::size_t sample = 0; sample < base_samples; ++sample) {
    const auto a = base.row(sample).first(dimensions);
    const auto b = base.row(sample).last(dimensions);
    points.values.insert(points.values.end(), a.begin(), a.end());
    points.values.insert(points.values.end(), b.begin(), b.end());
    for (std::size_t i = 0; i < dimensions; ++i) {
      points.values.insert(points.values.end(), a.begin(), a.end());
      *(points.values.end() - static_cast<std::ptrdiff_t>(dimensions - i)) = b[i];
    }
  }
  return points;
}

std::vector<SobolIndex> sobol_indices(std::size_t dimensions, std::span<const double> outputs,
                                      const Bootstrap& bootstrap) {
  check(dimensions, outputs);
  const BaseSamples samples{dimensions, outputs};
  std::vector<std::uint32_t> all(outputs.size() / (dimensions + 2));
  std::iota(all.begin(), all.end(), 0U);
  if (!varies(samples, all) &&
      std::ranges::adjacent_find(outputs, std::not_equal_to{}) != outputs.end()) {
    throw InputError(Problem{"sobol_indices", "outputs of all points a and b are equal, others not",
                             "their variance must be known", "take more base samples"});
  }
  const std::vector<double> estimates = indices(samples, all);
  const auto of_rows = [&samples](auto rows) { return indices(samples, rows); };
  const auto intervals = bootstrap_intervals(all.size(), of_rows, bootstrap);
  std::vector<SobolIndex> results;
  for (std::size_t i = 0; i < dimensions; ++i) {
    results.push_back(
        {estimates[i], estimates[dimensions + i], intervals[i], intervals[dimensions + i]});
  }
  return results;
}

}  // namespace neurograft
