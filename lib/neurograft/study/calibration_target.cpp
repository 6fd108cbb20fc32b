#include <algorithm>
#include <cmath>
#include <limits>

#include <neurograft/core/parameter.hpp>
#include <neurograft/io/config_check.hpp>
#include <neurograft/study/calibration_target.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr double not_given = std::numeric_limits<double>::quiet_NaN();

struct Entry {
  std::string kind;
  std::string readout;
  std::string per;
  double at_d;
  double value;
  double error;
  std::int64_t n;
  std::int64_t successes;
  double above;
  double below;
  std::string source;
};

const Section<Entry>& entry_section() {
  constexpr Grade setting = Grade::setting;
  static const Section<Entry> section(
      "target", "A measured value to calibrate on",
      {{{"kind",
         "",
         "normal",
         any_number,
         "Law of the measurement's error",
         "",
         setting,
         {"normal", "binomial"}},
        &Entry::kind},
       {{"readout", "", "", any_number, "Readout with one value per record", "", setting},
        &Entry::readout},
       {{"per", "", "", any_number, "Readout to divide it by", "", setting}, &Entry::per},
       {{"at_d", "d", not_given, any_number, "Day from injection", "", setting}, &Entry::at_d},
       {{"value", "", not_given, any_number, "Measured value", "", setting}, &Entry::value},
       {{"error", "", not_given, positive, "Its standard error", "", setting}, &Entry::error},
       {{"n", "", std::int64_t{0}, within(1.0, 1e9), "Animals or patients", "", setting},
        &Entry::n},
       {{"successes", "", std::int64_t{-1}, within(0.0, 1e9), "How many of n had the event", "",
         setting},
        &Entry::successes},
       {{"above", "", not_given, any_number, "The event is a value above this", "", setting},
        &Entry::above},
       {{"below", "", not_given, any_number, "The event is a value below this", "", setting},
        &Entry::below},
       {{"source", "", "", any_number, "Where it was published", "", setting}, &Entry::source}});
  return section;
}

// What no single key shows, of one entry.
class EntryRules {
 public:
  EntryRules(ResolvedConfig& config, const SectionValues& given, std::string address)
      : config_(config), given_(given), entry_(entry_section().read(given)), address_(address) {}

  void check() {
    need("at_d");
    need_text("readout", entry_.readout);
    need_text("source", entry_.source);
    for (const char* key : {"at_d", "value", "error", "above", "below"}) {
      const bool is_nan = given_.is_given(key) && std::isnan(std::get<double>(given_.at(key)));
      if (is_nan) config_.reject(address_, key, "must be finite");
    }
    if (given_.is_given("n") && entry_.n < 1) config_.reject(address_, "n", "must be >= 1");
    entry_.kind == "binomial" ? check_binomial() : check_normal();
  }

 private:
  void need(const char* key) {
    if (!given_.is_given(key)) config_.reject(address_, "", fmt::format("needs \"{}\"", key));
  }

  void need_text(const char* key, const std::string& text) {
    if (!given_.is_given(key)) return need(key);
    if (text.empty()) config_.reject(address_, key, "must not be empty");
  }

  void refuse(const char* key, const char* why) {
    if (given_.is_given(key)) config_.reject(address_, key, why);
  }

  void check_normal() {
    need("value");
    need("error");
    for (const char* key : {"successes", "above", "below"}) {
      refuse(key, "is for a target of kind = \"binomial\"");
    }
  }

  void check_binomial() {
    need("successes");
    need("n");
    for (const char* key : {"value", "error"}) {
      refuse(key, "a binomial target has successes and n instead");
    }
    if (given_.is_given("above")) refuse("below", "the event is above or below, not both");
    if (given_.is_given("successes") && entry_.successes < 0) {
      config_.reject(address_, "successes", "must be >= 0");
    } else if (given_.is_given("n") && entry_.successes > entry_.n && entry_.n > 0) {
      config_.reject(address_, "successes", fmt::format("must be <= n = {}", entry_.n));
    }
  }

  ResolvedConfig& config_;
  const SectionValues& given_;
  Entry entry_;
  std::string address_;
};

std::optional<double> if_given(double x) {
  return std::isnan(x) ? std::nullopt : std::optional(x);
}

Target target_of(const Entry& entry) {
  Target target;
  target.readout = entry.readout;
  target.per = entry.per;
  target.above = if_given(entry.above);
  target.below = if_given(entry.below);
  target.day = entry.at_d;
  target.value = entry.value;
  target.error = entry.error;
  target.n = entry.n;
  target.source = entry.source;
  if (entry.kind == "binomial") {
    target.kind = TargetKind::binomial;
    target.value = static_cast<double>(entry.successes) / static_cast<double>(entry.n);
    target.error = binomial_error(entry.successes, entry.n);
  }
  return target;
}

}  // namespace

std::vector<Target> read_targets(const Config& config) {
  ParameterTable table = entry_section().table();
  table.repeated = true;
  ResolvedConfig resolved = check(config, std::span(&table, 1));
  const std::vector<SectionValues>& entries = resolved.entries("target");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EntryRules(resolved, entries[i], fmt::format("target[{}]", i)).check();
  }
  resolved.throw_if_problems();
  if (entries.empty()) {
    throw InputError(Problem{config.name(), "no targets", "", "write [[target]] entries"});
  }
  std::vector<Target> targets;
  for (const SectionValues& entry : entries) {
    targets.push_back(target_of(entry_section().read(entry)));
  }
  return targets;
}

std::vector<std::string> readouts_of(std::span<const Target> targets) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const Target& target : targets) {
    add(fmt::format("{}@{}", target.readout, target.day));
    if (!target.per.empty()) add(fmt::format("{}@{}", target.per, target.day));
  }
  return names;
}

double binomial_error(std::int64_t successes, std::int64_t n) noexcept {
  const double count = static_cast<double>(n);
  const double p = (static_cast<double>(successes) + 0.5) / (count + 1.0);
  return std::sqrt(p * (1.0 - p) / count);
}

double simulated_value(const Target& target, double readout, double per) noexcept {
  const double value = target.per.empty() ? readout : readout / per;
  // What failed is no event that did not occur.
  if (!std::isfinite(value)) return value;
  if (target.above) return value > *target.above ? 1.0 : 0.0;
  if (target.below) return value < *target.below ? 1.0 : 0.0;
  return value;
}

double distance(std::span<const Target> targets, std::span<const double> simulated) {
  if (targets.empty() || targets.size() != simulated.size()) {
    throw Error(
        fmt::format("distance: {} targets, {} simulated values", targets.size(), simulated.size()));
  }
  double sum = 0.0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const double off = (simulated[i] - targets[i].value) / targets[i].error;
    sum += off * off;
  }
  const double result = std::sqrt(sum / static_cast<double>(targets.size()));
  return std::isfinite(result) ? result : std::numeric_limits<double>::infinity();
}

}  // namespace neurograft
