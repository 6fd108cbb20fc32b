#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <neurograft/core/parameter.hpp>
#include <neurograft/io/config_check.hpp>
#include <neurograft/study/target.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr double not_given = std::numeric_limits<double>::quiet_NaN();

struct Entry {
  std::string name;
  std::string kind;
  std::string readout;
  std::string per;
  double per_d;
  double minus_d;
  std::string per_experiment;
  std::string minus_experiment;
  std::string statistic;
  std::string measure;
  double at_d;
  double from_d;
  double to_d;
  double level;
  double value;
  double error;
  std::int64_t n;
  std::int64_t successes;
  double above;
  double below;
  double at_least;
  double at_most;
  std::string source;
};

constexpr std::array measures{
    std::pair{"value", Measure::value},
    std::pair{"largest", Measure::largest},
    std::pair{"smallest", Measure::smallest},
    std::pair{"mean", Measure::mean},
    std::pair{"day_of_largest", Measure::day_of_largest},
    std::pair{"first_day_above", Measure::first_day_above},
    std::pair{"first_day_below", Measure::first_day_below},
};

Measure measure_named(const std::string& name) {
  return std::ranges::find(measures, name, [](const auto& one) { return std::string(one.first); })
      ->second;
}

bool is_first_day(Measure measure) {
  return measure == Measure::first_day_above || measure == Measure::first_day_below;
}

const Section<Entry>& entry_section() {
  constexpr Grade setting = Grade::setting;
  const auto number = [](const char* key, const char* unit, const char* meaning) {
    return ParameterInfo{key, unit, not_given, any_number, meaning, "", setting};
  };
  const auto text = [](const char* key, const char* meaning) {
    return ParameterInfo{key, "", "", any_number, meaning, "", setting};
  };
  std::vector<std::string> names;
  for (const auto& one : measures) names.emplace_back(one.first);
  static const Section<Entry> section(
      "target", "A measured value to compare with",
      {{text("name", "What tables call it"), &Entry::name},
       {{"kind",
         "",
         "normal",
         any_number,
         "Law of the measurement's error",
         "",
         setting,
         {"normal", "binomial", "bounds"}},
        &Entry::kind},
       {text("readout", "Readout with one value per record"), &Entry::readout},
       {text("per", "Readout to divide it by"), &Entry::per},
       {number("per_d", "d", "Divided by its own value on this day"), &Entry::per_d},
       {number("minus_d", "d", "Less its own value on this day"), &Entry::minus_d},
       {text("per_experiment", "Divided by the mean in this experiment"), &Entry::per_experiment},
       {text("minus_experiment", "Less the mean in this experiment"), &Entry::minus_experiment},
       {{"statistic",
         "",
         "mean",
         any_number,
         "What is taken of the values of several runs",
         "",
         setting,
         {"mean", "sd"}},
        &Entry::statistic},
       {{"measure", "", "value", any_number, "What is read off the curve", "", setting, names},
        &Entry::measure},
       {number("at_d", "d", "Day from injection"), &Entry::at_d},
       {number("from_d", "d", "First day looked at"), &Entry::from_d},
       {number("to_d", "d", "Last day looked at"), &Entry::to_d},
       {number("level", "", "Level of a first day"), &Entry::level},
       {number("value", "", "Measured value"), &Entry::value},
       {{"error", "", not_given, positive, "Its standard error", "", setting}, &Entry::error},
       {{"n", "", std::int64_t{0}, within(1.0, 1e9), "Animals or patients", "", setting},
        &Entry::n},
       {{"successes", "", std::int64_t{-1}, within(0.0, 1e9), "How many of n had the event", "",
         setting},
        &Entry::successes},
       {number("above", "", "The event is a value above this"), &Entry::above},
       {number("below", "", "The event is a value below this"), &Entry::below},
       {number("at_least", "", "Lowest value in bounds"), &Entry::at_least},
       {number("at_most", "", "Highest value in bounds"), &Entry::at_most},
       {text("source", "Where it was published"), &Entry::source}});
  return section;
}

// What no single key shows, of one entry.
class EntryRules {
 public:
  EntryRules(ResolvedConfig& config, const SectionValues& given, std::string address)
      : config_(config), given_(given), entry_(entry_section().read(given)), address_(address) {}

  void check() {
    need_text("readout", entry_.readout);
    need_text("source", entry_.source);
    for (const char* key : {"at_d", "per_d", "minus_d", "from_d", "to_d", "level", "value", "error",
                            "above", "below", "at_least", "at_most"}) {
      const bool is_nan = given_.is_given(key) && std::isnan(std::get<double>(given_.at(key)));
      if (is_nan) config_.reject(address_, key, "must be finite");
    }
    if (given_.is_given("n") && entry_.n < 1) config_.reject(address_, "n", "must be >= 1");
    check_measure();
    if (given_.is_given("per_d")) refuse("minus_d", "is given with per_d: one of them");
    if (given_.is_given("per_experiment")) {
      refuse("minus_experiment", "is given with per_experiment: one of them");
    }
    if (entry_.kind == "binomial") return check_binomial();
    for (const char* key : {"successes", "above", "below"}) {
      refuse(key, "is for a target of kind = \"binomial\"");
    }
    need("error");
    entry_.kind == "bounds" ? check_bounds() : check_normal();
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

  void check_measure() {
    const Measure measure = measure_named(entry_.measure);
    if (measure == Measure::value) {
      need("at_d");
      for (const char* key : {"from_d", "to_d"}) refuse(key, "a value is that of the day at_d");
    } else {
      refuse("at_d", "is for measure = \"value\"; others take from_d and to_d");
      if (entry_.from_d > entry_.to_d) config_.reject(address_, "to_d", "must be >= from_d");
    }
    if (is_first_day(measure)) {
      need("level");
    } else {
      refuse("level", "is for a first day above or below it");
    }
  }

  void check_normal() {
    need("value");
    for (const char* key : {"at_least", "at_most"}) {
      refuse(key, "is for a target of kind = \"bounds\"");
    }
  }

  void check_bounds() {
    refuse("value", "a target of bounds has at_least and at_most instead");
    if (!given_.is_given("at_least") && !given_.is_given("at_most")) {
      config_.reject(address_, "", "needs \"at_least\" or \"at_most\"");
    }
    if (entry_.at_least > entry_.at_most) {
      config_.reject(address_, "at_most", "must be >= at_least");
    }
  }

  void check_binomial() {
    need("successes");
    need("n");
    for (const char* key : {"value", "error", "at_least", "at_most"}) {
      refuse(key, "a binomial target has successes and n instead");
    }
    if (given_.is_given("above")) refuse("below", "the event is above or below, not both");
    if (entry_.statistic != "mean") refuse("statistic", "of events the share is taken");
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
  target.name = entry.name;
  target.readout = entry.readout;
  target.per = entry.per;
  target.per_d = if_given(entry.per_d);
  target.minus_d = if_given(entry.minus_d);
  target.per_experiment = entry.per_experiment;
  target.minus_experiment = entry.minus_experiment;
  if (entry.statistic == "sd") target.statistic = Statistic::standard_deviation;
  target.measure = measure_named(entry.measure);
  target.day = std::isnan(entry.at_d) ? 0.0 : entry.at_d;
  target.from_d = if_given(entry.from_d);
  target.to_d = if_given(entry.to_d);
  target.level = std::isnan(entry.level) ? 0.0 : entry.level;
  target.above = if_given(entry.above);
  target.below = if_given(entry.below);
  target.value = entry.value;
  target.error = entry.error;
  target.n = entry.n;
  target.source = entry.source;
  if (entry.kind == "binomial") {
    target.kind = TargetKind::binomial;
    target.value = static_cast<double>(entry.successes) / static_cast<double>(entry.n);
    target.error = binomial_error(entry.successes, entry.n);
  } else if (entry.kind == "bounds") {
    target.kind = TargetKind::bounds;
    target.at_least = if_given(entry.at_least);
    target.at_most = if_given(entry.at_most);
    target.value = target.at_least ? *target.at_least : *target.at_most;
  }
  if (target.name.empty()) {
    target.name = target.readout;
    if (!target.per.empty()) target.name += " per " + target.per;
    if (target.measure == Measure::value) target.name += fmt::format(", day {:g}", target.day);
    if (target.measure != Measure::value) target.name += ", " + entry.measure;
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

}  // namespace neurograft
