#include <algorithm>

#include <neurograft/io/config_check.hpp>
#include <neurograft/io/schema.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

// Of a list, or of sections with names: no experiment has more, and checks go over all pairs.
constexpr std::size_t most_entries = 1000;

}  // namespace

/// Walks the config once, table by table.
class ConfigChecker {
 public:
  ConfigChecker(const Config& config, std::span<const ParameterTable> tables) : config_(config) {
    result_.file_ = config.name();
    result_.tables_.assign(tables.begin(), tables.end());
    result_.problems_ = config.problems();
  }

  ResolvedConfig run() {
    fill_defaults();
    for (const ConfigValue& value : config_.root().values) check_root_value(value);
    check_tables(config_.root(), "");
    for (auto& [name, entries] : result_.lists_) sort_named(name, entries);
    return std::move(result_);
  }

 private:
  void fill_defaults() {
    for (const ParameterTable& table : result_.tables_) {
      if (table.repeated || table.named) {
        std::vector<SectionValues>& entries = result_.lists_[table.section];
        for (const ParameterTable& known : table.known) {
          entries.push_back(defaults(known, known.section));
        }
      } else {
        result_.single_[table.section] = defaults(table, table.section);
      }
    }
  }

  static SectionValues defaults(const ParameterTable& table, std::string name) {
    SectionValues section;
    section.name = std::move(name);
    for (const ParameterInfo& info : table.parameters) section.values[info.key] = info.fallback;
    return section;
  }

  const ParameterTable* find(std::string_view path) const {
    for (const ParameterTable& table : result_.tables_) {
      if (table.section == path) return &table;
    }
    return nullptr;
  }

  bool is_parent(const std::string& path) const {
    return std::any_of(result_.tables_.begin(), result_.tables_.end(), [&](const auto& table) {
      return table.section.compare(0, path.size() + 1, path + '.') == 0;
    });
  }

  void complain(const ConfigOrigin& origin, std::string what, std::string why = {},
                std::string hint = {}) {
    result_.problems_.push_back(
        {origin.order, {origin.where, std::move(what), std::move(why), std::move(hint)}});
  }

  void check_root_value(const ConfigValue& value) {
    const ParameterTable* table = find(value.key);
    if (table == nullptr) {
      const std::string home = only_section_with(value.key);
      complain(value.origin, fmt::format("key \"{}\" stands outside any section", value.key), "",
               home.empty() ? "" : fmt::format("it belongs in {}", home));
      return;
    }
    if (table->repeated && value.text == "[]") return;
    complain(value.origin, fmt::format("{} = {}", value.key, value.text), "must be a section",
             "write " + section_heading(*table));
  }

  /// Whether one more entry of this section is too many; said once.
  bool is_beyond_limit(std::size_t entries, const ConfigTable& entry, const ParameterTable& table) {
    if (entries < most_entries) return false;
    if (unknown_.insert(table.section).second) {
      complain(entry.origin,
               fmt::format("more than {} entries {}", most_entries, section_heading(table)),
               "no experiment has so many");
    }
    return true;
  }

  void check_tables(const ConfigTable& parent, const std::string& prefix) {
    for (const ConfigTable& child : parent.tables) {
      const std::string path = prefix.empty() ? child.name : prefix + '.' + child.name;
      const ParameterTable* table = find(path);
      if (table == nullptr) {
        check_undeclared(child, path);
      } else if (table->named && !child.in_list) {
        check_named(child, *table);
      } else if (table->repeated != child.in_list) {
        complain_form(child, *table);
      } else if (table->repeated) {
        check_entry(child, *table);
      } else {
        result_.sections_given_[path] = child.origin;
        check_values(child, *table, path, result_.single_[path]);
        check_inner(child, path, table);
      }
    }
  }

  void check_undeclared(const ConfigTable& child, const std::string& path) {
    if (is_parent(path) && !child.in_list) {
      for (const ConfigValue& value : child.values) {
        complain(value.origin, fmt::format("unknown key \"{}\" in [{}]", value.key, path));
      }
      check_tables(child, path);
      return;
    }
    if (!unknown_.insert(path).second) return;
    std::vector<std::string> names;
    for (const ParameterTable& table : result_.tables_) names.push_back(table.section);
    const std::string nearest = nearest_name(path, names);
    complain(
        child.origin,
        child.in_list ? fmt::format("unknown section [[{}]]", path)
                      : fmt::format("unknown section [{}]", path),
        "",
        nearest.empty() ? "" : fmt::format("did you mean {}?", section_heading(*find(nearest))));
  }

  /// [drug] for [[drug]] or the other way round.
  void complain_form(const ConfigTable& child, const ParameterTable& table) {
    if (!unknown_.insert(table.section).second) return;
    if (table.repeated && child.origin.order >= Config::first_override) {
      const bool keyed = !child.values.empty() || child.tables.empty();
      complain(child.origin, keyed ? fmt::format("[[{}]] has no entries to set", table.section)
                                   : fmt::format("[[{}]] has no entry \"{}\"", table.section,
                                                 child.tables.front().name));
    } else if (table.repeated) {
      complain(child.origin, fmt::format("[{}] is a list of entries", table.section), "",
               "write " + section_heading(table));
    } else {
      complain(child.origin, fmt::format("[[{}]] is not a list", table.section), "",
               "write " + section_heading(table));
    }
  }

  void check_named(const ConfigTable& child, const ParameterTable& table) {
    for (const ConfigValue& value : child.values) {
      complain(value.origin,
               fmt::format("key \"{}\" in [{}] belongs to no name", value.key, table.section), "",
               "write " + section_heading(table));
    }
    for (const ConfigTable& entry : child.tables) {
      const std::string address = table.section + '.' + entry.name;
      if (entry.in_list) {
        complain(entry.origin, fmt::format("[[{}]] is not a list", address), "",
                 fmt::format("write [{}]", address));
        continue;
      }
      if (!is_plain(entry.name)) {
        complain(entry.origin, fmt::format("name \"{}\" in [{}]", entry.name, table.section),
                 "must be letters, digits, _ and -");
        continue;
      }
      if (const std::string meant = known_name_like(entry.name, table); !meant.empty()) {
        complain(entry.origin,
                 fmt::format("unknown name \"{}\" in [{}]", entry.name, table.section),
                 "too like a known name to be a new one",
                 fmt::format("did you mean [{}.{}]?", table.section, meant));
        continue;
      }
      if (is_beyond_limit(result_.lists_[table.section].size(), entry, table)) continue;
      result_.sections_given_[address] = entry.origin;
      check_values(entry, table, address, named_entry(entry.name, table));
      check_inner(entry, address, &table);
    }
  }

  /// A slip in a known name would otherwise quietly make something new.
  static std::string known_name_like(const std::string& name, const ParameterTable& table) {
    if (table.find_known(name) != nullptr) return {};
    std::vector<std::string> names;
    for (const ParameterTable& known : table.known) names.push_back(known.section);
    std::string nearest = nearest_name(name, names);
    const bool derived = name.compare(0, nearest.size() + 1, nearest + '_') == 0;
    return derived ? std::string{} : nearest;
  }

  /// The values of `[section.NAME]`: there from the start for a known name, else new.
  SectionValues& named_entry(const std::string& name, const ParameterTable& table) {
    std::vector<SectionValues>& entries = result_.lists_[table.section];
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const SectionValues& e) { return e.name == name; });
    if (found != entries.end()) return *found;
    return entries.emplace_back(defaults(table, name));
  }

  static bool is_plain(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-';
    });
  }

  void check_entry(const ConfigTable& child, const ParameterTable& table) {
    std::vector<SectionValues>& entries = result_.lists_[table.section];
    if (is_beyond_limit(entries.size(), child, table)) return;
    const std::string address = fmt::format("{}[{}]", table.section, entries.size());
    result_.sections_given_[address] = child.origin;
    SectionValues values = defaults(table, "");
    check_values(child, table, address, values);
    check_inner(child, address, &table);
    values.name = entry_name(values, entries.size());
    entries.push_back(std::move(values));
  }

  static std::string entry_name(const SectionValues& values, std::size_t index) {
    for (const char* key : {"name", "kind"}) {
      if (!values.is_given(key)) continue;
      const auto* text = std::get_if<std::string>(&values.at(key));
      if (text != nullptr && !text->empty()) return *text;
    }
    return std::to_string(index);
  }

  /// Tables inside a section: sections of their own ([graft.extra]), or a key given as a table.
  void check_inner(const ConfigTable& section, const std::string& address,
                   const ParameterTable* table) {
    ConfigTable others;
    for (const ConfigTable& child : section.tables) {
      const ParameterInfo* info = table->find(child.name);
      if (info == nullptr) {
        others.tables.push_back(child);
        continue;
      }
      ConfigValue value{
          child.name, {}, child.in_list ? "a list of tables" : "a table", child.origin};
      refuse(value, address, check_value(value, *info));
    }
    check_tables(others, address);
  }

  void check_values(const ConfigTable& section, const ParameterTable& table,
                    const std::string& address, SectionValues& values) {
    for (const ConfigValue& given : section.values) {
      const ParameterInfo* info = table.find(given.key);
      if (info == nullptr) {
        complain_unknown_key(given, table, address);
        continue;
      }
      result_.keys_given_[{address, given.key}] = given.origin;
      values.given[given.key] = given.origin.where;
      CheckedValue checked = check_value(given, *info);
      if (checked.value) {
        values.values[given.key] = std::move(*checked.value);
      } else {
        refuse(given, address, checked);
      }
    }
  }

  void refuse(const ConfigValue& given, const std::string& address, const CheckedValue& checked) {
    result_.unusable_.insert({address, given.key});
    complain(given.origin,
             fmt::format("{}.{} {} {}", address, given.key, given.value ? "=" : "is", given.text),
             checked.why, checked.hint);
  }

  void complain_unknown_key(const ConfigValue& given, const ParameterTable& table,
                            const std::string& address) {
    std::vector<std::string> keys;
    for (const ParameterInfo& info : table.parameters) keys.push_back(info.key);
    const std::string nearest = nearest_name(given.key, keys);
    std::string hint;
    if (!nearest.empty()) {
      hint = fmt::format("did you mean \"{}\"?", nearest);
    } else if (const std::string home = only_section_with(given.key); !home.empty()) {
      hint = fmt::format("it belongs in {}", home);
    }
    const std::string section =
        table.repeated ? section_heading(table) : fmt::format("[{}]", address);
    complain(given.origin, fmt::format("unknown key \"{}\" in {}", given.key, section), "",
             std::move(hint));
  }

  std::string only_section_with(const std::string& key) const {
    std::string found;
    for (const ParameterTable& table : result_.tables_) {
      if (table.find(key) == nullptr) continue;
      if (!found.empty()) return {};
      found = section_heading(table);
    }
    return found;
  }

  /// By name, so that the order in the file, which means nothing, changes nothing.
  void sort_named(const std::string& section, std::vector<SectionValues>& entries) const {
    if (!find(section)->named) return;
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
  }

  const Config& config_;
  ResolvedConfig result_;
  std::set<std::string> unknown_;  ///< sections reported once, however often they occur
};

ResolvedConfig check(const Config& config, std::span<const ParameterTable> tables) {
  return ConfigChecker(config, tables).run();
}

}  // namespace neurograft
