#include <cmath>
#include <functional>

#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/study/approximate_bayes.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

// Problems whose posterior is known. Bounds are 5 standard errors of as many independent draws as
// the effective sample size; over 100 seeds of the first problem the mean strayed by 1.14 and the
// standard deviation by 1.23 such errors, and no bias was seen. Without weights the mean of the
// first is off by 0.2, more than twice the bound.
namespace {

// Draws of one simulation.
class Noise {
 public:
  Noise(std::size_t generation, std::size_t proposal)
      : engine_(Stream(77, StreamCode::run_setup, static_cast<Tick>(generation))
                    .engine(static_cast<std::uint32_t>(proposal))) {}

  double uniform() { return math::uniform(engine_()); }
  double normal() { return math::normal_quantile(uniform()); }

 private:
  StreamEngine engine_;
};

using Simulate = std::function<double(const std::vector<double>& parameters, Noise& noise)>;

Population calibrated(const std::vector<Distribution>& priors, const AbcOptions& options,
                      const Simulate& simulate) {
  Population population;
  while (!is_finished(population, options)) {
    const auto rows = propose(priors, population, options);
    std::vector<double> distances;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Noise noise(population.generation, i);
      distances.push_back(simulate(rows[i], noise));
    }
    population = accept(priors, population, rows, distances, options);
  }
  return population;
}

struct Moments {
  double mean = 0.0;
  double sd = 0.0;
  double positive = 0.0;  // share above 0
};

// Of a density known up to a factor, by the midpoint rule.
Moments moments_of(const std::function<double(double)>& density, double from, double to) {
  constexpr int intervals = 20000;
  const double h = (to - from) / intervals;
  double sum = 0.0, first = 0.0, second = 0.0, positive = 0.0;
  for (int i = 0; i < intervals; ++i) {
    const double x = from + (i + 0.5) * h;
    const double d = density(x);
    sum += d;
    first += d * x;
    second += d * x * x;
    if (x > 0.0) positive += d;
  }
  const double mean = first / sum;
  return {mean, std::sqrt(second / sum - mean * mean), positive / sum};
}

// Chance that a normal measurement of `truth` with error `sd` comes within `tolerance` of `seen`.
double chance_within(double seen, double tolerance, double truth, double sd) {
  return math::normal_cumulative((seen + tolerance - truth) / sd) -
         math::normal_cumulative((seen - tolerance - truth) / sd);
}

void check_moments(const Population& population, std::size_t parameter, const Moments& expected) {
  const ParameterSummary found = summarise(population, {})[parameter];
  const double size = effective_sample_size(population);
  CAPTURE(population.generation);
  CAPTURE(population.tolerance);
  CAPTURE(size);
  CHECK(size > 0.2 * static_cast<double>(population.weights.size()));
  CHECK(std::abs(found.mean - expected.mean) < 5.0 * expected.sd / std::sqrt(size));
  CHECK(std::abs(found.sd - expected.sd) < 5.0 * expected.sd / std::sqrt(2.0 * size));
}

const AbcOptions two_thousand{.particles = 2000, .seed = 2026};

}  // namespace

TEST_CASE("the mean of a normal law with a normal prior") {
  constexpr double seen = 1.5, error = 0.5;
  const auto prior = Distribution::normal(0.0, 1.0);
  const Population found = calibrated({prior}, two_thousand, [](const auto& p, Noise& noise) {
    return std::abs(p[0] + error * noise.normal() - seen);
  });
  // Conjugate: precision 1 + 4.
  const Moments exact{seen * 4.0 / 5.0, std::sqrt(1.0 / 5.0)};
  const auto with_tolerance = [&](double x) {
    return std::exp(prior.log_density(x)) * chance_within(seen, found.tolerance, x, error);
  };
  const Moments expected = moments_of(with_tolerance, -6.0, 6.0);
  // The tolerance left bends the posterior by less than its own noise.
  CHECK(std::abs(expected.mean - exact.mean) < 0.02);
  CHECK(std::abs(expected.sd - exact.sd) < 0.02);
  check_moments(found, 0, expected);
}

TEST_CASE("a share from successes, with a uniform prior") {
  constexpr int trials = 20, successes = 7;
  const Population found =
      calibrated({Distribution::uniform(0.0, 1.0)}, two_thousand, [](const auto& p, Noise& noise) {
        int count = 0;
        for (int i = 0; i < trials; ++i) count += noise.uniform() < p[0] ? 1 : 0;
        return std::abs(count - successes);
      });
  CHECK(found.tolerance == 0.0);  // so the posterior is exact: beta(8, 14)
  check_moments(found, 0, {8.0 / 22.0, std::sqrt(8.0 * 14.0 / (22.0 * 22.0 * 23.0))});
}

TEST_CASE("two parameters of which the data tell the sum well and the difference badly") {
  constexpr double sum_error = 0.3, difference_error = 1.0, sum_seen = 2.0, difference_seen = -1.0;
  const auto prior = Distribution::normal(0.0, 2.0);
  const Population found =
      calibrated({prior, prior}, two_thousand, [](const auto& p, Noise& noise) {
        const double sum = (p[0] + p[1] - sum_seen) / sum_error + noise.normal();
        const double difference =
            (p[0] - p[1] - difference_seen) / difference_error + noise.normal();
        return std::sqrt(sum * sum + difference * difference);
      });
  // The tolerance adds the variance of a disc, radius^2 / 4 to each standardised measurement. Sum
  // and difference are independent in the prior, with variance 8, and so in the posterior.
  const double spread = 1.0 + found.tolerance * found.tolerance / 4.0;
  const double of_sum = 1.0 / (1.0 / 8.0 + 1.0 / (spread * sum_error * sum_error));
  const double of_difference =
      1.0 / (1.0 / 8.0 + 1.0 / (spread * difference_error * difference_error));
  const double sum = of_sum * sum_seen / (spread * sum_error * sum_error);
  const double difference =
      of_difference * difference_seen / (spread * difference_error * difference_error);
  const double sd = std::sqrt((of_sum + of_difference) / 4.0);
  check_moments(found, 0, {(sum + difference) / 2.0, sd});
  check_moments(found, 1, {(sum - difference) / 2.0, sd});
  const auto summaries = summarise(found, {});
  double covariance = 0.0, total = 0.0;
  for (std::size_t i = 0; i < found.weights.size(); ++i) {
    covariance += found.weights[i] * (found.parameters[i][0] - summaries[0].mean) *
                  (found.parameters[i][1] - summaries[1].mean);
    total += found.weights[i];
  }
  const double correlation = covariance / total / (summaries[0].sd * summaries[1].sd);
  const double expected = (of_sum - of_difference) / (of_sum + of_difference);
  CHECK(std::abs(correlation - expected) <
        5.0 * (1.0 - expected * expected) / std::sqrt(effective_sample_size(found)));
}

TEST_CASE("a parameter with a log-uniform prior moves on its logarithm") {
  constexpr double seen = 5.0, error = 2.0;
  const auto prior = Distribution::log_uniform(0.1, 100.0);
  const Population found = calibrated({prior}, two_thousand, [](const auto& p, Noise& noise) {
    return std::abs(p[0] + error * noise.normal() - seen);
  });
  const auto posterior = [&](double power) {
    return moments_of(
        [&](double x) {
          return std::pow(x, power) * chance_within(seen, found.tolerance, x, error);
        },
        0.1, 40.0);
  };
  check_moments(found, 0, posterior(-1.0));
  // Without the factor between the densities of x and log x the power would be another.
  const double bound = 5.0 * posterior(-1.0).sd / std::sqrt(effective_sample_size(found));
  CHECK(posterior(0.0).mean - posterior(-1.0).mean > 2.0 * bound);
  CHECK(posterior(-1.0).mean - posterior(-2.0).mean > 2.0 * bound);
}

TEST_CASE("both modes of a posterior are kept, with their shares") {
  constexpr double seen = 1.0, error = 0.2;
  const auto prior = Distribution::normal(0.5, 1.0);
  const Population found = calibrated({prior}, two_thousand, [](const auto& p, Noise& noise) {
    return std::abs(p[0] * p[0] + error * noise.normal() - seen);
  });
  const Moments expected = moments_of(
      [&](double x) {
        return std::exp(prior.log_density(x)) * chance_within(seen, found.tolerance, x * x, error);
      },
      -5.0, 5.0);
  CHECK(expected.positive == doctest::Approx(std::exp(1.0) / (1.0 + std::exp(1.0))).epsilon(0.05));
  double above = 0.0, total = 0.0;
  for (std::size_t i = 0; i < found.weights.size(); ++i) {
    if (found.parameters[i][0] > 0.0) above += found.weights[i];
    total += found.weights[i];
  }
  CHECK(std::abs(above / total - expected.positive) <
        5.0 * std::sqrt(expected.positive * (1.0 - expected.positive) /
                        effective_sample_size(found)));
}

TEST_CASE("data that tell nothing leave the prior, bounds and all") {
  const std::vector<Distribution> priors{
      Distribution::uniform(0.0, 1.0), Distribution::log_uniform(1.0, 20.0),
      Distribution::normal(0.0, 1.0, -0.5, 3.0), Distribution::log_normal(1.0, 0.5, 0.5, 4.0)};
  AbcOptions options = two_thousand;
  options.most_generations = 5;
  const Population found =
      calibrated(priors, options, [](const auto&, Noise& noise) { return noise.uniform(); });
  for (std::size_t k = 0; k < priors.size(); ++k) {
    const auto density = [&](double x) { return std::exp(priors[k].log_density(x)); };
    check_moments(found, k, moments_of(density, priors[k].lowest(), priors[k].highest()));
  }
}
