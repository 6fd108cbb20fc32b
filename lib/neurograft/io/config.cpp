#include <algorithm>

#include <neurograft/io/config.hpp>
#include <neurograft/io/config_toml.hpp>
#include <neurograft/io/text_file.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    parts.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// What an entry of a list goes by: its `name`, else its `kind`.
std::string entry_name(const ConfigTable& entry) {
  for (const char* key : {"name", "kind"}) {
    const ConfigValue* value = entry.find(key);
    if (value == nullptr || !value->value) continue;
    if (const auto* text = std::get_if<std::string>(&*value->value)) return *text;
  }
  return {};
}

bool is_index(const std::string& text) {
  return !text.empty() && text.size() < 7 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string names_of(const std::vector<ConfigTable*>& entries) {
  std::string names;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string name = entry_name(*entries[i]);
    names += fmt::format("{}{}", i == 0 ? "" : ", ", name.empty() ? std::to_string(i) : name);
  }
  return names;
}

}  // namespace

const ConfigValue* ConfigTable::find(std::string_view key) const noexcept {
  for (const ConfigValue& value : values) {
    if (value.key == key) return &value;
  }
  return nullptr;
}

Config Config::from_file(const std::filesystem::path& path) {
  Config config = from_string(read_text_file(path, "config"), path.string());
  config.path_ = path;
  return config;
}

Config Config::from_string(std::string text, std::string name) {
  Config config;
  config.root_ = toml_text::parse(text, name);
  config.root_.origin = {name, 0};
  config.name_ = std::move(name);
  config.text_ = std::move(text);
  return config;
}

Config& Config::set(std::string_view key_path, Value value) & {
  ConfigValue item;
  item.text = to_string(value);
  item.value = std::move(value);
  overrides_.push_back(fmt::format("{}={}", key_path, item.text));
  place(key_path, std::move(item));
  return *this;
}

Config Config::set(std::string_view key_path, Value value) && {
  set(key_path, std::move(value));
  return std::move(*this);
}

Config& Config::set_text(std::string_view assignment) & {
  overrides_.emplace_back(assignment);
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    complain({"--set " + overrides_.back(), first_override + overrides_.size()}, "no value", "",
             "write KEY=VALUE");
    return *this;
  }
  place(trimmed(assignment.substr(0, equals)),
        toml_text::parse_value(trimmed(assignment.substr(equals + 1))));
  return *this;
}

Config Config::set_text(std::string_view assignment) && {
  set_text(assignment);
  return std::move(*this);
}

std::filesystem::path Config::directory() const {
  const std::filesystem::path parent = path_.parent_path();
  return parent.empty() ? std::filesystem::path(".") : parent;
}

std::string Config::text_with_overrides() const {
  std::string text = text_;
  if (!text.empty() && text.back() != '\n') text += '\n';
  for (const std::string& override_text : overrides_) {
    std::string line = override_text;
    std::replace(line.begin(), line.end(), '\n', ' ');
    text += "# --set " + line + '\n';
  }
  return text;
}

void Config::place(std::string_view key_path, ConfigValue value) {
  value.origin = {"--set " + overrides_.back(), first_override + overrides_.size()};
  std::vector<std::string> parts = split(key_path);
  if (std::find(parts.begin(), parts.end(), "") != parts.end()) {
    return complain(value.origin, fmt::format("bad key \"{}\"", key_path), "a name is empty",
                    "write SECTION.KEY=VALUE");
  }
  if (parts.size() > toml_text::most_names) {
    return complain(value.origin, "bad key",
                    fmt::format("more than {} names", toml_text::most_names),
                    "write SECTION.KEY=VALUE");
  }
  value.key = parts.back();
  parts.pop_back();
  ConfigTable* table = &root_;
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    std::vector<ConfigTable*> matches;
    for (ConfigTable& child : table->tables) {
      if (child.name == *part) matches.push_back(&child);
    }
    if (matches.empty()) {
      table = &table->tables.emplace_back(ConfigTable{*part, false, value.origin, {}, {}});
    } else if (!matches.front()->in_list) {
      table = matches.front();
    } else {
      const std::string list = *part++;
      if (part == parts.end()) {
        std::string address;
        for (auto above = parts.begin(); above != parts.end(); ++above) {
          address += (above == parts.begin() ? "" : ".") + *above;
        }
        return complain(value.origin, fmt::format("[[{}]] is a list", address), "",
                        fmt::format("name the entry, as in {}.ENTRY.{}; it has {}", address,
                                    value.key, names_of(matches)));
      }
      table = entry_called(*part, list, matches, value.origin);
      if (table == nullptr) return;
    }
  }
  if (value.text == "[]") {  // the file's entries, if it is a list of tables
    const auto gone = std::erase_if(table->tables, [&](const ConfigTable& child) {
      return child.in_list && child.name == value.key;
    });
    if (gone > 0) return;
  }
  const auto old = std::find_if(table->values.begin(), table->values.end(),
                                [&](const ConfigValue& item) { return item.key == value.key; });
  if (old != table->values.end()) table->values.erase(old);
  table->values.push_back(std::move(value));
}

ConfigTable* Config::entry_called(const std::string& name, const std::string& list,
                                  const std::vector<ConfigTable*>& entries,
                                  const ConfigOrigin& origin) {
  std::vector<ConfigTable*> called;
  for (ConfigTable* entry : entries) {
    if (entry_name(*entry) == name) called.push_back(entry);
  }
  if (called.size() == 1) return called.front();
  if (called.size() > 1) {
    complain(origin, fmt::format("[[{}]] has {} entries \"{}\"", list, called.size(), name), "",
             "use the index, from 0");
    return nullptr;
  }
  if (is_index(name) && std::stoul(name) < entries.size()) return entries[std::stoul(name)];
  complain(origin, fmt::format("[[{}]] has no entry \"{}\"", list, name), "",
           "it has " + names_of(entries));
  return nullptr;
}

void Config::complain(const ConfigOrigin& origin, std::string what, std::string why,
                      std::string hint) {
  problems_.push_back(
      {origin.order, {origin.where, std::move(what), std::move(why), std::move(hint)}});
}

}  // namespace neurograft
