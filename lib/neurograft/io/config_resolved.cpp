#include <algorithm>
#include <limits>

#include <neurograft/io/config_check.hpp>

#include <fmt/format.h>

namespace neurograft {

const SectionValues& ResolvedConfig::section(std::string_view name) const {
  const auto found = single_.find(name);
  if (found == single_.end()) throw Error(fmt::format("no config section [{}] declared", name));
  return found->second;
}

const std::vector<SectionValues>& ResolvedConfig::entries(std::string_view name) const {
  const auto found = lists_.find(name);
  if (found == lists_.end()) throw Error(fmt::format("no config list [[{}]] declared", name));
  return found->second;
}

bool ResolvedConfig::is_given(std::string_view address) const {
  return sections_given_.find(address) != sections_given_.end();
}

std::string ResolvedConfig::where(std::string_view address, std::string_view key) const {
  const auto at_key = keys_given_.find({std::string(address), std::string(key)});
  if (at_key != keys_given_.end()) return at_key->second.where;
  const auto at_section = sections_given_.find(address);
  return at_section == sections_given_.end() ? file_ : at_section->second.where;
}

std::size_t ResolvedConfig::order(std::string_view address, std::string_view key) const {
  const auto at_key = keys_given_.find({std::string(address), std::string(key)});
  if (at_key != keys_given_.end()) return at_key->second.order;
  const auto at_section = sections_given_.find(address);
  return at_section == sections_given_.end() ? 0 : at_section->second.order;
}

bool ResolvedConfig::usable(std::string_view address, std::string_view key) const {
  return unusable_.find({std::string(address), std::string(key)}) == unusable_.end();
}

const SectionValues* ResolvedConfig::find(std::string_view address) const {
  if (const auto found = single_.find(address); found != single_.end()) return &found->second;
  for (const ParameterTable& table : tables_) {
    if (!table.repeated && !table.named) continue;
    const std::vector<SectionValues>& list = entries(table.section);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string own = table.named ? fmt::format("{}.{}", table.section, list[i].name)
                                          : fmt::format("{}[{}]", table.section, i);
      if (own == address) return &list[i];
    }
  }
  return nullptr;
}

void ResolvedConfig::reject(std::string_view address, std::string_view key, std::string why,
                            std::string hint) {
  if (!usable(address, key)) return;
  std::string what = fmt::format("[{}]", address);
  if (!key.empty()) {
    const SectionValues* values = find(address);
    if (values == nullptr) throw Error(fmt::format("no config section \"{}\"", address));
    what = fmt::format("{}.{} = {}", address, key, to_string(values->at(key)));
  }
  problems_.push_back({order(address, key),
                       {where(address, key), std::move(what), std::move(why), std::move(hint)}});
}

void ResolvedConfig::add_problem(Problem problem) {
  problems_.push_back({std::numeric_limits<std::size_t>::max(), std::move(problem)});
}

std::vector<Problem> ResolvedConfig::problems() const {
  std::vector<ConfigProblem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.order < b.order; });
  std::vector<Problem> result;
  for (ConfigProblem& item : sorted) result.push_back(std::move(item.problem));
  return result;
}

void ResolvedConfig::throw_if_problems() const {
  if (!problems_.empty()) throw InputError(problems());
}

std::vector<ResolvedConfig::Slot> ResolvedConfig::slots(const ParameterTable& table) const {
  if (!table.repeated && !table.named) {
    return {{fmt::format("[{}]", table.section), &section(table.section)}};
  }
  std::vector<Slot> result;
  for (const SectionValues& entry : entries(table.section)) {
    result.push_back({table.named ? fmt::format("[{}.{}]", table.section, entry.name)
                                  : fmt::format("[[{}]]", table.section),
                      &entry});
  }
  return result;
}

std::string ResolvedConfig::resolved_toml() const {
  std::string text;
  for (const ParameterTable& table : tables_) {
    for (const Slot& slot : slots(table)) {
      text += fmt::format("{}{}\n", text.empty() ? "" : "\n", slot.heading);
      for (const ParameterInfo& info : table.parameters) {
        text += fmt::format("{} = {}\n", info.key, to_string(slot.values->at(info.key)));
      }
    }
  }
  return text;
}

std::uint64_t ResolvedConfig::hash() const {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (const char c : resolved_toml()) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return hash;
}

}  // namespace neurograft
