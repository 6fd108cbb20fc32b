#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/study/approximate_bayes.hpp>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr double log_two_pi = 1.83787706640934548356;
constexpr double ridge = 1e-5;  // of a prior's interquartile range
constexpr int most_attempts = 1'000'000;
constexpr Tick resampling_tick = 0xffffffff;  // no generation comes to it

double next_uniform(StreamEngine& engine) {
  const std::uint32_t high = engine();
  const std::uint32_t low = engine();
  return math::fine_uniform(high, low);
}

// The scale on which a parameter moves, and back.
double moved(const Distribution& prior, double x) {
  return prior.is_of_logarithm() ? math::log(x) : x;
}
double unmoved(const Distribution& prior, double y) {
  return prior.is_of_logarithm() ? math::exp(y) : y;
}

// The density of y = log x is that of x times dx/dy = x.
double moved_log_density(const Distribution& prior, double x) {
  return prior.log_density(x) + (prior.is_of_logarithm() ? math::log(x) : 0.0);
}

Eigen::VectorXd moved(std::span<const Distribution> priors, const std::vector<double>& row) {
  Eigen::VectorXd y(priors.size());
  for (std::size_t k = 0; k < priors.size(); ++k) y[k] = moved(priors[k], row[k]);
  return y;
}

std::vector<double> cumulative(const std::vector<double>& weights) {
  std::vector<double> sums(weights.size());
  std::partial_sum(weights.begin(), weights.end(), sums.begin());
  return sums;
}

std::size_t pick(const std::vector<double>& sums, double u) {
  const auto found = std::ranges::upper_bound(sums, u * sums.back());
  return std::min<std::size_t>(found - sums.begin(), sums.size() - 1);
}

// The mixture of normal kernels about the particles of a population, on the scales of movement.
class Kernel {
 public:
  Kernel(std::span<const Distribution> priors, const Population& population)
      : priors_(priors), sums_(cumulative(population.weights)) {
    for (const std::vector<double>& row : population.parameters) {
      particles_.push_back(moved(priors, row));
    }
    for (const double weight : population.weights) weights_.push_back(weight / sums_.back());
    const Eigen::LLT<Eigen::MatrixXd> cholesky(covariance());
    if (cholesky.info() != Eigen::Success) {
      throw NumericalError("approximate_bayes", "covariance", -1,
                           static_cast<std::int64_t>(population.generation),
                           "is not positive definite");
    }
    root_ = cholesky.matrixL();
    log_scale_ = -0.5 * log_two_pi * static_cast<double>(priors.size());
    for (Eigen::Index k = 0; k < root_.rows(); ++k) log_scale_ -= math::log(root_(k, k));
    for (const Eigen::VectorXd& particle : particles_) whitened_.push_back(whitened(particle));
  }

  std::vector<double> draw(StreamEngine& engine) const {
    Eigen::VectorXd y = particles_[pick(sums_, next_uniform(engine))];
    Eigen::VectorXd step(y.size());
    for (double& normal : step) normal = math::normal_quantile(next_uniform(engine));
    y += root_ * step;
    std::vector<double> row(priors_.size());
    for (std::size_t k = 0; k < row.size(); ++k) row[k] = unmoved(priors_[k], y[k]);
    return row;
  }

  double log_density(const std::vector<double>& row) const {
    const Eigen::VectorXd z = whitened(moved(priors_, row));
    double sum = 0.0;
    for (std::size_t j = 0; j < whitened_.size(); ++j) {
      sum += weights_[j] * math::exp(-0.5 * (z - whitened_[j]).squaredNorm());
    }
    return log_scale_ + math::log(sum);
  }

 private:
  // Summed particle by particle: products of large matrices are cut to fit a processor's cache, and
  // round accordingly.
  Eigen::MatrixXd covariance() const {
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(priors_.size());
    for (std::size_t j = 0; j < particles_.size(); ++j) mean += weights_[j] * particles_[j];
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(mean.size(), mean.size());
    for (std::size_t j = 0; j < particles_.size(); ++j) {
      const Eigen::VectorXd off = particles_[j] - mean;
      result += 2.0 * weights_[j] * off * off.transpose();
    }
    for (std::size_t k = 0; k < priors_.size(); ++k) {
      const double range = moved(priors_[k], priors_[k].quantile(0.75)) -
                           moved(priors_[k], priors_[k].quantile(0.25));
      result(k, k) += ridge * range * ridge * range;
    }
    return result;
  }

  Eigen::VectorXd whitened(Eigen::VectorXd y) const {
    root_.triangularView<Eigen::Lower>().solveInPlace(y);
    return y;
  }

  std::span<const Distribution> priors_;
  std::vector<double> sums_;     // of the weights
  std::vector<double> weights_;  // of sum 1
  std::vector<Eigen::VectorXd> particles_;
  std::vector<Eigen::VectorXd> whitened_;  // times the inverse of the root
  Eigen::MatrixXd root_;                   // lower triangle; root * root^T is the covariance
  double log_scale_ = 0.0;                 // logarithm of the kernel's density at its centre
};

bool is_within(std::span<const Distribution> priors, const std::vector<double>& row) {
  for (std::size_t k = 0; k < priors.size(); ++k) {
    if (!priors[k].contains(row[k])) return false;
  }
  return true;
}

std::vector<double> draw_from_prior(std::span<const Distribution> priors, StreamEngine& engine) {
  std::vector<double> row;
  for (const Distribution& prior : priors) row.push_back(prior.quantile(next_uniform(engine)));
  return row;
}

std::vector<double> draw_within(std::span<const Distribution> priors, const Kernel& kernel,
                                StreamEngine& engine, std::size_t generation) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    std::vector<double> row = kernel.draw(engine);
    if (is_within(priors, row)) return row;
  }
  throw NumericalError("approximate_bayes", "proposal", -1, static_cast<std::int64_t>(generation),
                       "is never within the priors");
}

void require_whole(const Population& population, std::span<const std::vector<double>> proposals,
                   std::span<const double> distances, std::size_t priors) {
  bool whole = proposals.size() == distances.size() &&
               population.parameters.size() == population.weights.size() &&
               population.parameters.size() == population.distances.size();
  for (const auto& row : proposals) whole = whole && row.size() == priors;
  for (const auto& row : population.parameters) whole = whole && row.size() == priors;
  if (!whole) throw Error("calibration: rows of parameters, distances and priors do not match");
}

// One of the old particles, which come first, or of the proposals.
struct Candidate {
  double distance;
  std::size_t index;
};

// Nearest first, without those that failed.
std::vector<Candidate> ranked(std::span<const double> old, std::span<const double> proposed) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < old.size() + proposed.size(); ++i) {
    const double distance = i < old.size() ? old[i] : proposed[i - old.size()];
    if (std::isfinite(distance)) candidates.push_back({distance, i});
  }
  std::ranges::stable_sort(candidates, {}, &Candidate::distance);
  return candidates;
}

void require_enough(std::size_t succeeded, std::size_t simulated, std::size_t kept) {
  if (succeeded >= kept) return;
  throw InputError(Problem{"", fmt::format("{} of {} simulations succeeded", succeeded, simulated),
                           fmt::format("{} are to be kept", kept),
                           "see why they fail, or keep a smaller fraction"});
}

double share_below(std::span<const double> distances, double tolerance) {
  const auto count = std::ranges::count_if(distances, [&](double d) { return d < tolerance; });
  return static_cast<double>(count) / static_cast<double>(distances.size());
}

// Prior over proposal density.
double weight_of(std::span<const Distribution> priors, const Kernel& kernel,
                 const std::vector<double>& row) {
  double log_weight = -kernel.log_density(row);
  for (std::size_t k = 0; k < priors.size(); ++k) {
    log_weight += moved_log_density(priors[k], row[k]);
  }
  if (!std::isfinite(log_weight)) {
    throw Error("calibration: a proposal was not drawn from this population");
  }
  return math::exp(log_weight);
}

double column_quantile(const std::vector<std::pair<double, double>>& sorted, double total,
                       double probability) {
  double sum = 0.0;
  for (const auto& [value, weight] : sorted) {
    sum += weight;
    if (sum >= probability * total) return value;
  }
  return sorted.back().first;
}

}  // namespace

std::size_t kept_particles(const AbcOptions& options) noexcept {
  return static_cast<std::size_t>(
      std::floor(options.keep_fraction * static_cast<double>(options.particles) + 0.5));
}

void check_calibration(std::span<const Distribution> priors, const AbcOptions& options) {
  std::vector<Problem> problems;
  const auto require = [&](bool holds, std::string what, std::string why) {
    if (!holds) problems.push_back({"", std::move(what), std::move(why), ""});
  };
  require(!priors.empty(), "no priors", "nothing to calibrate");
  for (std::size_t k = 0; k < priors.size(); ++k) {
    require(
        priors[k].kind() != DistributionKind::whole && priors[k].kind() != DistributionKind::choice,
        fmt::format("prior {} is a whole number or a choice", k), "must be continuous");
  }
  const std::string keep = fmt::format("keep_fraction = {}", options.keep_fraction);
  if (!fraction.contains(options.keep_fraction)) {
    require(false, keep, "must be in [0, 1]");
  } else {
    const std::size_t kept = kept_particles(options);
    require(kept >= 2 && kept < options.particles,
            fmt::format("particles = {}, {}", options.particles, keep),
            "must keep at least 2 and leave at least 1 to propose");
  }
  require(fraction.contains(options.stop_acceptance),
          fmt::format("stop_acceptance = {}", options.stop_acceptance), "must be in [0, 1]");
  if (!problems.empty()) throw InputError(std::move(problems));
}

std::vector<std::vector<double>> propose(std::span<const Distribution> priors,
                                         const Population& population, const AbcOptions& options) {
  check_calibration(priors, options);
  require_whole(population, {}, {}, priors.size());
  const Stream stream(options.seed, StreamCode::study_calibration,
                      static_cast<Tick>(population.generation));
  const bool first = population.parameters.empty();
  const std::size_t count = first ? options.particles : options.particles - kept_particles(options);
  std::optional<Kernel> kernel;
  if (!first) kernel.emplace(priors, population);
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < count; ++i) {
    StreamEngine engine = stream.engine(static_cast<std::uint32_t>(i));
    rows.push_back(kernel ? draw_within(priors, *kernel, engine, population.generation)
                          : draw_from_prior(priors, engine));
  }
  return rows;
}

Population accept(std::span<const Distribution> priors, const Population& population,
                  std::span<const std::vector<double>> proposals, std::span<const double> distances,
                  const AbcOptions& options) {
  check_calibration(priors, options);
  require_whole(population, proposals, distances, priors.size());
  const std::size_t old = population.parameters.size();
  const std::size_t kept = kept_particles(options);
  const std::vector<Candidate> candidates = ranked(population.distances, distances);
  require_enough(candidates.size(), old + distances.size(), kept);
  std::optional<Kernel> kernel;
  if (old > 0) kernel.emplace(priors, population);
  Population next;
  next.generation = population.generation + 1;
  next.tolerance = candidates[kept - 1].distance;
  if (old > 0) next.acceptance = share_below(distances, population.tolerance);
  for (const Candidate& candidate : std::span(candidates).first(kept)) {
    const std::size_t i = candidate.index;
    const std::vector<double>& row = i < old ? population.parameters[i] : proposals[i - old];
    next.parameters.push_back(row);
    next.distances.push_back(candidate.distance);
    next.weights.push_back(i < old  ? population.weights[i]
                           : kernel ? weight_of(priors, *kernel, row)
                                    : 1.0);
  }
  return next;
}

bool is_finished(const Population& population, const AbcOptions& options) noexcept {
  return population.acceptance < options.stop_acceptance ||
         population.generation >= options.most_generations;
}

std::vector<ParameterSummary> summarise(const Population& population,
                                        std::span<const double> probabilities) {
  const std::size_t columns = population.parameters.empty() ? 0 : population.parameters[0].size();
  std::vector<ParameterSummary> summaries(columns);
  for (std::size_t k = 0; k < columns; ++k) {
    std::vector<std::pair<double, double>> column;  // value, weight
    for (std::size_t i = 0; i < population.weights.size(); ++i) {
      column.emplace_back(population.parameters[i][k], population.weights[i]);
    }
    std::ranges::sort(column);
    double total = 0.0, sum = 0.0, squares = 0.0;
    for (const auto& [value, weight] : column) {
      total += weight;
      sum += weight * value;
    }
    const double mean = sum / total;
    for (const auto& [value, weight] : column) squares += weight * (value - mean) * (value - mean);
    summaries[k] = {mean, std::sqrt(squares / total), {}};
    for (const double p : probabilities) {
      summaries[k].quantiles.push_back(column_quantile(column, total, p));
    }
  }
  return summaries;
}

double effective_sample_size(const Population& population) noexcept {
  double sum = 0.0, squares = 0.0;
  for (const double weight : population.weights) {
    sum += weight;
    squares += weight * weight;
  }
  return squares > 0.0 ? sum * sum / squares : 0.0;
}

std::vector<std::vector<double>> resample(const Population& population, std::size_t count,
                                          std::uint64_t seed) {
  if (population.parameters.empty()) throw Error("calibration: no particles to draw from");
  const Stream stream(seed, StreamCode::study_calibration, resampling_tick);
  const std::vector<double> sums = cumulative(population.weights);
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < count; ++i) {
    StreamEngine engine = stream.engine(static_cast<std::uint32_t>(i));
    rows.push_back(population.parameters[pick(sums, next_uniform(engine))]);
  }
  return rows;
}

}  // namespace neurograft
