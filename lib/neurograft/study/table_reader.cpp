#include <algorithm>
#include <cmath>
#include <utility>

#include <neurograft/io/config_check.hpp>
#include <neurograft/study/table_reader.hpp>

#include <fmt/format.h>

namespace neurograft {

TableReader::TableReader(const ConfigTable& table, std::string name, std::vector<Problem>& problems)
    : table_(table), name_(std::move(name)), problems_(problems) {}

bool TableReader::has(std::string_view key) const {
  return table_.find(key) != nullptr ||
         std::ranges::any_of(table_.tables, [&](const ConfigTable& t) { return t.name == key; });
}

const ConfigValue* TableReader::take(std::string_view key) {
  known_.emplace(key);
  return table_.find(key);
}

void TableReader::complain(std::string_view key, std::string what, std::string why,
                           std::string hint) {
  const ConfigValue* value = table_.find(key);
  const ConfigOrigin& origin = value == nullptr ? table_.origin : value->origin;
  problems_.push_back({origin.where, std::move(what), std::move(why), std::move(hint)});
}

void TableReader::require(std::string_view key, std::string hint) {
  known_.emplace(key);
  if (!has(key)) complain(key, fmt::format("{} has no {}", name_, key), "it is needed", hint);
}

template <class T>
std::optional<T> TableReader::typed(std::string_view key, const char* what) {
  const ConfigValue* found = take(key);
  if (found == nullptr) return std::nullopt;
  if (found->value) {
    if (const T* value = std::get_if<T>(&*found->value)) return *value;
  }
  complain(key, fmt::format("{} = {}", key, found->text), fmt::format("must be {}", what));
  return std::nullopt;
}

std::optional<double> TableReader::number(std::string_view key) {
  const ConfigValue* found = take(key);
  if (found != nullptr && found->value) {
    if (const auto* whole = std::get_if<std::int64_t>(&*found->value)) {
      return static_cast<double>(*whole);
    }
  }
  const std::optional<double> value = typed<double>(key, "a number");
  if (!value || std::isfinite(*value)) return value;
  complain(key, fmt::format("{} = {}", key, found->text), "must be finite");
  return std::nullopt;
}

std::optional<std::int64_t> TableReader::whole(std::string_view key, std::int64_t lowest,
                                               std::int64_t highest) {
  const std::optional<double> value = number(key);
  if (!value) return std::nullopt;
  if (*value == std::floor(*value) && *value >= static_cast<double>(lowest) &&
      *value <= static_cast<double>(highest)) {
    return static_cast<std::int64_t>(*value);
  }
  complain(key, fmt::format("{} = {}", key, *value),
           *value > static_cast<double>(highest)
               ? fmt::format("must be at most {}", highest)
               : fmt::format("must be a whole number of {} or more", lowest));
  return std::nullopt;
}

std::optional<bool> TableReader::flag(std::string_view key) {
  return typed<bool>(key, "true or false");
}

std::optional<std::string> TableReader::text(std::string_view key) {
  return typed<std::string>(key, "a text");
}

std::optional<std::vector<double>> TableReader::numbers(std::string_view key) {
  return typed<std::vector<double>>(key, "a list of numbers");
}

std::vector<std::string> TableReader::items(std::string_view key) {
  const ConfigValue* found = take(key);
  if (found == nullptr) return {};
  if (!found->items.empty()) return found->items;
  if (found->value && found->text != "[]") return {to_string(*found->value)};
  complain(key, fmt::format("{} = {}", key, found->text), "must be a list with something in it");
  return {};
}

std::vector<std::string> TableReader::texts(std::string_view key) {
  const ConfigValue* found = take(key);
  if (found == nullptr) return {};
  if (found->value) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&*found->value)) return *list;
    if (const auto* one = std::get_if<std::string>(&*found->value)) return {*one};
  }
  if (found->text != "[]") {
    complain(key, fmt::format("{} = {}", key, found->text), "must be a list of texts");
  }
  return {};
}

std::vector<const ConfigTable*> TableReader::tables(std::string_view name) {
  known_.emplace(name);
  sections_.emplace(name);
  std::vector<const ConfigTable*> found;
  for (const ConfigTable& table : table_.tables) {
    if (table.name == name) found.push_back(&table);
  }
  return found;
}

void TableReader::finish() {
  const std::vector<std::string> names(known_.begin(), known_.end());
  const auto report = [&](const std::string& key, const ConfigOrigin& origin) {
    const std::string nearest = nearest_name(key, names);
    problems_.push_back({origin.where, fmt::format("unknown key \"{}\" in {}", key, name_), "",
                         nearest.empty() ? "" : fmt::format("did you mean \"{}\"?", nearest)});
  };
  for (const ConfigValue& value : table_.values) {
    if (!known_.contains(value.key)) {
      report(value.key, value.origin);
    } else if (sections_.contains(value.key)) {
      complain(value.key, fmt::format("{} = {}", value.key, value.text), "must be a section",
               fmt::format("write [{}]", value.key));
    }
  }
  for (const ConfigTable& table : table_.tables) {
    if (!known_.contains(table.name)) {
      report(table.name, table.origin);
    } else if (!sections_.contains(table.name)) {
      problems_.push_back({table.origin.where, fmt::format("[{}] is a section", table.name),
                           "a value is needed", ""});
    }
  }
}

}  // namespace neurograft
