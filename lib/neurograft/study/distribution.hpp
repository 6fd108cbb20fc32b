#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/parameter.hpp>
#include <neurograft/io/config.hpp>

/// The law of one uncertain quantity: what a sweep, a sensitivity analysis or a prior draws from.
namespace neurograft {

enum class DistributionKind { uniform, log_uniform, normal, log_normal, whole, choice };

/// A probability law on numbers, with the same last bit on every machine. Values of a choice are
/// the indices 0, 1, ... of its entries.
class Distribution {
 public:
  static constexpr double unbounded = std::numeric_limits<double>::infinity();

  /// Each throws InputError with all that is wrong, in terms of the names used here: a number that
  /// is not finite, lowest not below highest, a spread that is not positive, bounds that hold none
  /// of the law, no values.
  static Distribution uniform(double lowest, double highest);
  /// The logarithm is uniform; 0 < lowest.
  static Distribution log_uniform(double lowest, double highest);
  /// Truncated to [lowest, highest] if these are finite.
  static Distribution normal(double mean, double sd, double lowest = -unbounded,
                             double highest = unbounded);
  /// The logarithm is normal with standard deviation `sigma`; 0 < median. Truncated likewise.
  static Distribution log_normal(double median, double sigma, double lowest = 0.0,
                                 double highest = unbounded);
  /// The whole numbers from lowest to highest, all as likely.
  static Distribution whole(std::int64_t lowest, std::int64_t highest);
  /// One of `values`, with chances in proportion to `weights`, or all as likely without them.
  static Distribution choice(std::vector<Value> values, std::vector<double> weights = {});

  DistributionKind kind() const noexcept { return kind_; }
  double lowest() const noexcept { return lowest_; }    ///< lower end of the support
  double highest() const noexcept { return highest_; }  ///< upper end of the support

  /// True for laws of which the logarithm is the natural scale: log_uniform and log_normal.
  bool is_of_logarithm() const noexcept;

  /// The value below which the law lies with probability `u`, in (0, 1): the inverse of the
  /// cumulative distribution, through which points of a design map.
  double quantile(double u) const noexcept;

  /// Natural logarithm of the density at `x`, or of the mass for whole and choice; -infinity
  /// outside the support.
  double log_density(double x) const noexcept;

  bool contains(double x) const noexcept;

  /// `x` as a setting: the entry of a choice, a whole number, or `x` itself; `to_string` of it is
  /// its TOML. `x` must be in the support.
  Value setting(double x) const;

 private:
  Distribution() = default;
  static Distribution continuous(DistributionKind kind, double lowest, double highest);
  void centre_at(double centre, double spread);
  double scaled(double x) const noexcept;
  bool is_normal() const noexcept;

  DistributionKind kind_ = DistributionKind::uniform;
  double lowest_ = 0.0;
  double highest_ = 1.0;
  // On the scale where the law is uniform or normal.
  double from_ = 0.0;
  double to_ = 1.0;
  double centre_ = 0.0;
  double spread_ = 1.0;
  // Of the untruncated normal law: below the support, above it and in it.
  double below_ = 0.0;
  double above_ = 0.0;
  double within_ = 1.0;
  std::vector<Value> values_;
  std::vector<double> cumulative_;  // of the entries of a choice; the last is 1
};

/// Reads a law from a table, as `{ kind = "log_normal", median = 1.0, sigma = 0.3 }`:
///
/// | kind          | needs             | may have          |
/// |---------------|-------------------|-------------------|
/// | `uniform`     | `lowest, highest` |                   |
/// | `log_uniform` | `lowest, highest` |                   |
/// | `normal`      | `mean, sd`        | `lowest, highest` |
/// | `log_normal`  | `median, sigma`   | `lowest, highest` |
/// | `whole`       | `lowest, highest` |                   |
/// | `choice`      | `values`          | `weights`         |
///
/// `values` are texts or numbers. Adds all that is wrong to `problems`, with its line, and then
/// returns none.
std::optional<Distribution> read_distribution(const ConfigTable& table,
                                              std::vector<Problem>& problems);

}  // namespace neurograft
