#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <neurograft/core/math.hpp>
#include <neurograft/study/distribution.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr double half_log_two_pi = 0.91893853320467274178;

// Everything that is wrong with the numbers of a law.
class Demands {
 public:
  void require(bool holds, std::string what, std::string why) {
    if (!holds) problems_.push_back({"", std::move(what), std::move(why), ""});
  }

  void finite(const char* name, double x) {
    require(std::isfinite(x), named(name, x), "must be finite");
  }

  void positive(const char* name, double x) {
    finite(name, x);
    require(!std::isfinite(x) || x > 0.0, named(name, x), "must be > 0");
  }

  // A comparison with NaN fails, so that no bound can be one.
  void in_order(const Value& lowest, const Value& highest, bool holds) {
    require(holds, "lowest = " + to_string(lowest),
            "must be below highest = " + to_string(highest));
  }

  void meet() const {
    if (!problems_.empty()) throw InputError(problems_);
  }

 private:
  static std::string named(const char* name, double x) {
    return fmt::format("{} = {}", name, to_string(Value(x)));
  }

  std::vector<Problem> problems_;
};

}  // namespace

Distribution Distribution::continuous(DistributionKind kind, double lowest, double highest) {
  Distribution law;
  law.kind_ = kind;
  law.lowest_ = lowest;
  law.highest_ = highest;
  law.from_ = law.scaled(lowest);
  law.to_ = law.scaled(highest);
  return law;
}

void Distribution::centre_at(double centre, double spread) {
  centre_ = scaled(centre);
  spread_ = spread;
  const double from = (from_ - centre_) / spread_;
  const double to = (to_ - centre_) / spread_;
  below_ = math::normal_cumulative(from);
  above_ = math::normal_cumulative(-to);
  // Taken from the tail on whose side the support lies, where all digits hold.
  within_ =
      from > 0.0 ? math::normal_cumulative(-from) - above_ : math::normal_cumulative(to) - below_;
  Demands demands;
  demands.require(within_ > 0.0,
                  fmt::format("lowest = {} and highest = {}", to_string(Value(lowest_)),
                              to_string(Value(highest_))),
                  "hold none of the distribution");
  demands.meet();
}

Distribution Distribution::uniform(double lowest, double highest) {
  Demands demands;
  demands.finite("lowest", lowest);
  demands.finite("highest", highest);
  demands.in_order(lowest, highest, lowest < highest);
  demands.meet();
  return continuous(DistributionKind::uniform, lowest, highest);
}

Distribution Distribution::log_uniform(double lowest, double highest) {
  Demands demands;
  demands.positive("lowest", lowest);
  demands.positive("highest", highest);
  demands.in_order(lowest, highest, lowest < highest);
  demands.meet();
  return continuous(DistributionKind::log_uniform, lowest, highest);
}

Distribution Distribution::normal(double mean, double sd, double lowest, double highest) {
  Demands demands;
  demands.finite("mean", mean);
  demands.positive("sd", sd);
  demands.in_order(lowest, highest, lowest < highest);
  demands.meet();
  Distribution law = continuous(DistributionKind::normal, lowest, highest);
  law.centre_at(mean, sd);
  return law;
}

Distribution Distribution::log_normal(double median, double sigma, double lowest, double highest) {
  Demands demands;
  demands.positive("median", median);
  demands.positive("sigma", sigma);
  demands.require(lowest >= 0.0, "lowest = " + to_string(Value(lowest)), "must be >= 0");
  demands.in_order(lowest, highest, lowest < highest);
  demands.meet();
  Distribution law = continuous(DistributionKind::log_normal, lowest, highest);
  law.centre_at(median, sigma);
  return law;
}

Distribution Distribution::whole(std::int64_t lowest, std::int64_t highest) {
  Demands demands;
  demands.in_order(lowest, highest, lowest < highest);
  demands.meet();
  return continuous(DistributionKind::whole, static_cast<double>(lowest),
                    static_cast<double>(highest));
}

Distribution Distribution::choice(std::vector<Value> values, std::vector<double> weights) {
  if (weights.empty()) weights.assign(values.size(), 1.0);
  Demands demands;
  demands.require(!values.empty(), "values = []", "must not be empty");
  demands.require(weights.size() == values.size(), "weights = " + to_string(Value(weights)),
                  fmt::format("must be as many as values, {}", values.size()));
  demands.require(
      std::ranges::all_of(weights, [](double w) { return std::isfinite(w) && w > 0.0; }),
      "weights = " + to_string(Value(weights)), "every element must be finite and > 0");
  demands.meet();
  Distribution law =
      continuous(DistributionKind::choice, 0.0, static_cast<double>(values.size() - 1));
  law.values_ = std::move(values);
  double sum = 0.0;
  for (const double weight : weights) law.cumulative_.push_back(sum += weight);
  for (double& chance : law.cumulative_) chance /= sum;
  return law;
}

bool Distribution::is_of_logarithm() const noexcept {
  return kind_ == DistributionKind::log_uniform || kind_ == DistributionKind::log_normal;
}

bool Distribution::is_normal() const noexcept {
  return kind_ == DistributionKind::normal || kind_ == DistributionKind::log_normal;
}

double Distribution::scaled(double x) const noexcept {
  return is_of_logarithm() ? math::log(x) : x;
}

double Distribution::quantile(double u) const noexcept {
  double y = 0.0;
  if (kind_ == DistributionKind::whole) {
    y = std::floor(lowest_ + u * (highest_ - lowest_ + 1.0));
  } else if (kind_ == DistributionKind::choice) {
    y = static_cast<double>(std::ranges::upper_bound(cumulative_, u) - cumulative_.begin());
  } else if (is_normal()) {
    // From the nearer tail, where all digits hold.
    const double below = below_ + u * within_;
    const double above = above_ + (1.0 - u) * within_;
    y = centre_ +
        spread_ * (below < above ? math::normal_quantile(below) : -math::normal_quantile(above));
  } else {
    y = from_ + u * (to_ - from_);
  }
  return std::clamp(is_of_logarithm() ? math::exp(y) : y, lowest_, highest_);
}

double Distribution::log_density(double x) const noexcept {
  if (!contains(x)) return -std::numeric_limits<double>::infinity();
  if (kind_ == DistributionKind::whole) return -math::log(highest_ - lowest_ + 1.0);
  if (kind_ == DistributionKind::choice) {
    const auto i = static_cast<std::size_t>(x);
    return math::log(cumulative_[i] - (i == 0 ? 0.0 : cumulative_[i - 1]));
  }
  const double y = scaled(x);
  const double z = (y - centre_) / spread_;
  const double of_y = is_normal() ? -0.5 * z * z - half_log_two_pi - math::log(spread_ * within_)
                                  : -math::log(to_ - from_);
  return is_of_logarithm() ? of_y - y : of_y;
}

bool Distribution::contains(double x) const noexcept {
  if (!std::isfinite(x) || x < lowest_ || x > highest_) return false;
  const bool discrete = kind_ == DistributionKind::whole || kind_ == DistributionKind::choice;
  return discrete ? std::floor(x) == x : !is_of_logarithm() || x > 0.0;
}

Value Distribution::setting(double x) const {
  if (kind_ == DistributionKind::whole) return static_cast<std::int64_t>(x);
  if (kind_ == DistributionKind::choice) return values_.at(static_cast<std::size_t>(x));
  return x;
}

}  // namespace neurograft
