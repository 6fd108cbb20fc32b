#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/core/version.hpp>
#include <neurograft/model/dose_schedule.hpp>
#include <neurograft/model/protocol.hpp>
#include <neurograft/scenario/branch.hpp>
#include <neurograft/scenario/build.hpp>
#include <neurograft/scenario/settings.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

// Entries of the sections that describe events: they are judged by what happened, not key by key.
const std::set<std::string, std::less<>> event_sections{"graft", "graft.extra", "insult", "drug"};

std::string shown_address(const ParameterTable& table, const SectionValues& entry,
                          std::size_t number) {
  if (!table.repeated && !table.named) return table.section;
  const bool has_name = !entry.name.empty();
  return fmt::format("{}.{}", table.section, has_name ? entry.name : std::to_string(number));
}

std::vector<SectionValues> entries_of(const ResolvedConfig& config, const ParameterTable& table) {
  if (table.repeated || table.named) return config.entries(table.section);
  return {config.section(table.section)};
}

// Entries of both sides that stand for the same thing, none where one side lacks it: those of one
// name in a named section, else of one number.
using Pair = std::pair<const SectionValues*, const SectionValues*>;
std::vector<Pair> pairs_of(const ParameterTable& table, const std::vector<SectionValues>& before,
                           const std::vector<SectionValues>& after) {
  std::vector<Pair> pairs;
  if (table.named) {
    std::map<std::string_view, Pair> by_name;
    for (const SectionValues& entry : before) by_name[entry.name].first = &entry;
    for (const SectionValues& entry : after) by_name[entry.name].second = &entry;
    for (const auto& [name, pair] : by_name) pairs.push_back(pair);
    return pairs;
  }
  for (std::size_t n = 0; n < std::max(before.size(), after.size()); ++n) {
    pairs.emplace_back(n < before.size() ? &before[n] : nullptr,
                       n < after.size() ? &after[n] : nullptr);
  }
  return pairs;
}

// A value of an entry, or the default of one that exists without being given; else nothing.
std::string text_in(const ParameterTable& table, const SectionValues* entry,
                    const std::string& name, const std::string& key) {
  if (entry != nullptr) return to_string(entry->at(key));
  const ParameterTable* known = table.find_known(name);
  const ParameterInfo* info = known == nullptr ? nullptr : known->find(key);
  return info == nullptr ? std::string() : to_string(info->fallback);
}

// All keys with other values, and entries that only one side has.
class Differences {
 public:
  void compare(const ParameterTable& table, const ResolvedConfig& before,
               const ResolvedConfig& after) {
    const std::vector<SectionValues> old_entries = entries_of(before, table);
    const std::vector<SectionValues> new_entries = entries_of(after, table);
    std::size_t number = 0;
    for (const auto& [old_entry, new_entry] : pairs_of(table, old_entries, new_entries)) {
      const SectionValues& any = new_entry != nullptr ? *new_entry : *old_entry;
      const std::string address = shown_address(table, any, number++);
      for (const ParameterInfo& info : table.parameters) {
        ConfigChange change{address + "." + info.key, text_in(table, old_entry, any.name, info.key),
                            text_in(table, new_entry, any.name, info.key)};
        if (change.before != change.after) changes.push_back(std::move(change));
      }
    }
  }

  std::vector<ConfigChange> changes;
};

class BranchCheck {
 public:
  BranchCheck(const std::string& checkpoint, const CheckpointHeader& parent,
              const ResolvedConfig& before, const ResolvedConfig& after)
      : checkpoint_(checkpoint), day_(parent.day), before_(before), after_(after) {}

  void check_key(const std::string& section, const std::string& key, const ConfigChange& change) {
    const bool saved_state = section == "brain" || section == "lesions" ||
                             (section == "host" && key != "adherence") ||
                             (section == "simulation" && (key == "start_d" || key == "step_h"));
    if (saved_state) {
      refuse(change.key, describe(change), "it is part of the saved state");
    } else if (key == "enabled") {
      refuse(change.key, describe(change), "a process goes on or stays off");
    }
  }

  void check_injections() { check_events("graft", injections_of(before_), injections_of(after_)); }

  void check_insults() { check_events("insult", insults_of(before_), insults_of(after_)); }

  void check_drugs() {
    const auto& old_drugs = before_.entries("drug");
    const auto& new_drugs = after_.entries("drug");
    const double until_h = pharmacology_until_h();
    for (std::size_t n = 0; n < std::max(old_drugs.size(), new_drugs.size()); ++n) {
      const std::vector<std::string> old_doses =
          n < old_drugs.size() ? doses_of(before_, old_drugs[n], until_h) : none();
      const std::vector<std::string> new_doses =
          n < new_drugs.size() ? doses_of(after_, new_drugs[n], until_h) : none();
      const std::string name = n < new_drugs.size() ? new_drugs[n].name : old_drugs[n].name;
      if (n >= new_drugs.size() || (n < old_drugs.size() && old_drugs[n].name != name)) {
        refuse("drug." + old_drugs[n].name, "is not number " + std::to_string(n) + " of the drugs",
               "the saved state holds the drugs of its run, in their order",
               "keep the entry, and end it with stop_d");
      } else if (old_doses != new_doses) {
        refuse("drug." + name, "has other doses before the branch",
               fmt::format("they were given by day {:g}", day_),
               "change stop_d or later doses, or add a further [[drug]]");
      }
    }
  }

  void refuse(const std::string& key, const std::string& what, const std::string& why,
              const std::string& hint = {}) {
    problems_.push_back({checkpoint_, key + " " + what, why, hint});
  }

  void finish() {
    if (!problems_.empty()) throw InputError(std::move(problems_));
  }

 private:
  static std::vector<std::string> none() { return {}; }

  static std::string describe(const ConfigChange& change) {
    return fmt::format("is {} here and {} in the saved run",
                       change.after.empty() ? "missing" : change.after,
                       change.before.empty() ? "missing" : change.before);
  }

  using Events = std::vector<std::pair<double, std::string>>;  // day, and all that is said of it

  static std::string text_of(const SectionValues& entry) {
    std::string text;
    for (const auto& [key, value] : entry.values) text += key + "=" + to_string(value) + "\n";
    return text;
  }

  static Events injections_of(const ResolvedConfig& config) {
    Events events;
    const auto add = [&](const SectionValues& entry) {
      if (std::get<double>(entry.at("cells")) > 0.0) {
        events.emplace_back(std::get<double>(entry.at("day")), text_of(entry));
      }
    };
    add(config.section("graft"));
    for (const SectionValues& entry : config.entries("graft.extra")) add(entry);
    return events;
  }

  static Events insults_of(const ResolvedConfig& config) {
    Events events;
    for (const SectionValues& entry : config.entries("insult")) {
      events.emplace_back(std::get<double>(entry.at("start_d")), text_of(entry));
    }
    return events;
  }

  void check_events(const std::string& section, const Events& before, const Events& after) {
    const auto past = [&](const Events& events) {
      Events found;
      for (const auto& event : events) {
        if (event.first <= day_) found.push_back(event);
      }
      std::ranges::sort(found);
      return found;
    };
    if (past(before) != past(after)) {
      refuse("[" + section + "]", fmt::format("differs up to day {:g}", day_),
             "it has happened in the saved state",
             "only what comes later may change, as further [[...]] entries");
    }
  }

  // A step of the drugs that has begun has taken its doses.
  double pharmacology_until_h() const {
    const double step_h = std::get<double>(after_.section("pharmacology").at("every_h"));
    const double start_d = std::get<double>(after_.section("simulation").at("start_d"));
    const double hours = (day_ - start_d) * 24.0;
    return std::ceil((hours - same_time_h) / step_h) * step_h;
  }

  // Each dose so far as a text, or the whole of a constant effect that has begun.
  static std::vector<std::string> doses_of(const ResolvedConfig& config, const SectionValues& entry,
                                           double until_h) {
    const DrugCourse course = drug_section().read(entry);
    const HostSettings host = host_section().read(config.section("host"));
    const double start_d = std::get<double>(config.section("simulation").at("start_d"));
    const DoseSchedule schedule(course, host.body_mass_kg, start_d);
    std::vector<std::string> doses;
    if (course.is_constant_effect()) {
      if (schedule.start_h() >= until_h - same_time_h) return doses;
      doses.push_back(
          fmt::format("from {} to {}", schedule.start_h(), std::min(schedule.stop_h(), until_h)));
      for (const double effect : course.constant_effects())
        doses.push_back(fmt::format("{}", effect));
      return doses;
    }
    for (std::size_t n = 0; n < schedule.size() && schedule.hours(n) < until_h - same_time_h; ++n) {
      doses.push_back(fmt::format("{} mg at {} h", schedule.mg(n), schedule.hours(n)));
    }
    if (!doses.empty()) doses.push_back(course.profile_name());
    return doses;
  }

  const std::string& checkpoint_;
  double day_;
  const ResolvedConfig& before_;
  const ResolvedConfig& after_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<ConfigChange> changes_of_branch(const std::string& checkpoint,
                                            const CheckpointHeader& parent,
                                            const ResolvedConfig& config,
                                            const std::vector<std::string>& input_sha256) {
  if (parent.run.results_version != results_version) {
    throw InputError(Problem{checkpoint,
                             fmt::format("was written by results version {}, not {}",
                                         parent.run.results_version, results_version),
                             "what follows would not be one run", "run its parent again"});
  }
  const std::vector<ParameterTable> tables = parameter_tables();
  const ResolvedConfig before = check(Config::from_string(parent.run.config, checkpoint), tables);
  before.throw_if_problems();
  BranchCheck judge(checkpoint, parent, before, config);
  if (parent.run.input_sha256 != input_sha256) {
    judge.refuse("the files that the config reads", "are not those of the saved run",
                 "they are part of the saved state");
  }
  Differences differences;
  for (const ParameterTable& table : tables) {
    const std::size_t known = differences.changes.size();
    differences.compare(table, before, config);
    if (event_sections.contains(table.section)) continue;
    for (std::size_t n = known; n < differences.changes.size(); ++n) {
      const ConfigChange& change = differences.changes[n];
      judge.check_key(table.section, change.key.substr(change.key.rfind('.') + 1), change);
    }
  }
  judge.check_injections();
  judge.check_insults();
  judge.check_drugs();
  judge.finish();
  return std::move(differences.changes);
}

}  // namespace neurograft
