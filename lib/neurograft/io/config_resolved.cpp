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
  if (!key.empty()) unusable_.insert({std::string(address), std::string(key)});
  problems_.push_back({order(address, key),
                       {where(address, key), std::move(what), std::move(why), std::move(hint)}});
}

std::vector<std::string> ResolvedConfig::addresses() const {
  std::vector<std::string> result;
  for (const ParameterTable& table : tables_) {
    if (!table.repeated && !table.named) {
      result.push_back(table.section);
      continue;
    }
    const std::vector<SectionValues>& list = entries(table.section);
    for (std::size_t i = 0; i < list.size(); ++i) {
      result.push_back(table.named ? fmt::format("{}.{}", table.section, list[i].name)
                                   : fmt::format("{}[{}]", table.section, i));
    }
  }
  return result;
}

// "drug[0]", "drug.tacrolimus" by the entry's name, "brain.labels".
std::optional<ResolvedConfig::Place> ResolvedConfig::place_named(std::string_view name) const {
  for (const std::string& address : addresses()) {
    const SectionValues* values = find(address);
    const std::string own = address.substr(0, address.find('[')) + "." + values->name;
    if (name == address || name == own) return Place{address, {}};
    for (const auto& [key, value] : values->values) {
      if (name == address + "." + key || name == own + "." + key) return Place{address, key};
    }
  }
  return std::nullopt;
}

// The key that was given this file, or for "tracts.txt:3" this file with a line in it.
std::optional<ResolvedConfig::Place> ResolvedConfig::place_of_file(std::string_view file) const {
  for (const auto& [place, origin] : keys_given_) {
    const SectionValues* values = find(place.first);
    if (values == nullptr || !values->values.contains(place.second)) continue;
    const auto* text = std::get_if<std::string>(&values->at(place.second));
    if (text == nullptr || text->size() < 3) continue;
    const std::size_t at = file.rfind(*text);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = file.substr(at + text->size());
    if (rest.empty() || rest.front() == ':') return Place{place.first, place.second};
  }
  return std::nullopt;
}

void ResolvedConfig::add_problem(Problem problem, std::string_view about) {
  std::optional<Place> place = place_named(problem.where);
  const bool names_itself = place.has_value();
  if (!place) place = place_of_file(problem.where);
  if (!place) place = place_named(about);
  if (place) {
    // "half_life_h = 0" names its key.
    const SectionValues* values = find(place->address);
    const std::string word = problem.what.substr(0, problem.what.find(' '));
    std::string subject = fmt::format("[{}]: ", place->address);
    if (place->key.empty() && values->values.contains(word)) {
      place->key = word;
      subject = place->address + ".";
    } else if (!place->key.empty()) {
      subject = fmt::format("{}.{} = {}: ", place->address, place->key,
                            to_string(values->at(place->key)));
    }
    if (!usable(place->address, place->key)) return;
    const std::string old = names_itself || problem.where.empty() ? "" : problem.where + ": ";
    problem.what = subject + old + problem.what;
    problem.where = where(place->address, place->key);
  }
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
