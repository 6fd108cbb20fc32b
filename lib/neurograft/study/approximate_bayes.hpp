#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <neurograft/study/distribution.hpp>

/// Sequential approximate Bayesian computation without a likelihood: the adaptive population Monte
/// Carlo of Lenormand, Jabot & Deffuant 2013 (Computational Statistics 28:2777,
/// doi 10.1007/s00180-013-0428-3).
///
/// The first generation simulates N draws from the prior and keeps the N_kept nearest to the data.
/// Each later one simulates N - N_kept proposals, drawn from the kept particles theta_j (weights
/// W_j, sum 1) and moved by a normal kernel K of twice their weighted covariance, and keeps the
/// nearest N_kept of old and new. The largest distance kept is the tolerance. A proposal weighs
///
///     w = prior(theta) / sum_j W_j K(theta - theta_j),
///
/// a draw from the prior weighs 1. A uniform kernel of the distance remains in the posterior: it is
/// that of a measurement with an additional error within the tolerance.
///
/// Generations are values: `propose` says what to simulate, in any order and anywhere, `accept`
/// makes the next population of the distances. A stored population goes on as if never stopped.
///
/// Assumptions and limits: parameters with a log_uniform or log_normal prior move on the scale of
/// their logarithm; whole numbers and choices cannot be moved so and are refused. A proposal
/// outside the prior is drawn again, particle and step, which divides all densities of a generation
/// by one number and so changes no posterior. To the kernel's variance of each parameter is added
/// (1e-5 of the prior's interquartile range)^2, on the scale of movement, so that particles on a
/// line or in a point still move; a posterior much narrower than that is not resolved.
namespace neurograft {

struct AbcOptions {
  std::size_t particles = 1000;       ///< N, simulated in the first generation
  double keep_fraction = 0.5;         ///< N_kept / N, between 0 and 1
  double stop_acceptance = 0.05;      ///< stop when fewer of the proposals come below the tolerance
  std::size_t most_generations = 30;  ///< stop after so many, the first included
  std::uint64_t seed = 1;
};

/// The particles kept, nearest first, and how they came about. Before the first generation: empty.
struct Population {
  std::size_t generation = 0;                   ///< generations done
  std::vector<std::vector<double>> parameters;  ///< [particle][prior], in units of the prior
  std::vector<double> weights;                  ///< prior over proposal density; sum not 1
  std::vector<double> distances;                ///< of each particle
  double tolerance = std::numeric_limits<double>::infinity();  ///< largest distance kept
  double acceptance = 1.0;  ///< share of the last proposals that were below the tolerance before
};

/// Particles that are kept: keep_fraction * particles, rounded.
std::size_t kept_particles(const AbcOptions& options) noexcept;

/// Throws InputError with all that is wrong: no priors, a prior that cannot be moved, fewer than
/// two particles kept, none proposed, fractions outside [0, 1].
void check_calibration(std::span<const Distribution> priors, const AbcOptions& options);

/// Parameters to simulate next, [proposal][prior]: `particles` rows before the first generation,
/// then `particles - kept_particles`. A pure function: proposal i depends on the seed, the
/// generation, i and the population alone. Throws InputError as `check_calibration`, and
/// NumericalError if no proposal falls within the priors.
std::vector<std::vector<double>> propose(std::span<const Distribution> priors,
                                         const Population& population, const AbcOptions& options);

/// The next population from the distances of the proposals, one each. A failed simulation has the
/// distance +infinity; whatever is not finite is never kept. Of equal distances the older is kept,
/// then the earlier. Throws InputError if fewer simulations succeeded than are kept, and Error if
/// rows do not match.
Population accept(std::span<const Distribution> priors, const Population& population,
                  std::span<const std::vector<double>> proposals, std::span<const double> distances,
                  const AbcOptions& options);

/// Whether to stop: the acceptance is below `stop_acceptance`, or all generations are done.
bool is_finished(const Population& population, const AbcOptions& options) noexcept;

/// What the posterior says of one parameter.
struct ParameterSummary {
  double mean = 0.0;
  double sd = 0.0;
  std::vector<double> quantiles;  ///< smallest particle with so much weight up to it
};

/// Weighted summaries, one per parameter, with quantiles at `probabilities`, each in [0, 1].
std::vector<ParameterSummary> summarise(const Population& population,
                                        std::span<const double> probabilities);

/// Independent draws that would tell as much as the weighted particles: (sum w)^2 / sum w^2
/// (Kish 1965, Survey Sampling).
double effective_sample_size(const Population& population) noexcept;

/// `count` independent draws from the weighted particles, [draw][prior], for predictions. Draw i
/// depends on the seed, i and the population alone.
std::vector<std::vector<double>> resample(const Population& population, std::size_t count,
                                          std::uint64_t seed);

}  // namespace neurograft
