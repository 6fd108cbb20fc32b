#include <algorithm>

#include <neurograft/io/config.hpp>
#include <neurograft/report/page_data.hpp>

namespace neurograft {
namespace {

// A number is the same number whether it was written 5 or 5.0; an empty list has no type.
bool same(const Value& a, const Value& b) {
  const auto number = [](const Value& value, double& x) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) x = static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value)) x = *real;
    return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
  };
  double x = 0.0, y = 0.0;
  if (number(a, x) && number(b, y)) return x == y;
  return to_string(a) == to_string(b);
}

class Comparison {
 public:
  explicit Comparison(std::span<const ParameterTable> tables) : tables_(tables) {}

  void add(const ConfigTable& section) {
    const auto table = std::ranges::find(tables_, section.name, &ParameterTable::section);
    const ParameterTable* known = table == tables_.end() ? nullptr : &*table;
    if (known != nullptr && known->named) {
      for (const ConfigTable& entry : section.tables) {
        const ParameterTable* own = known->find_known(entry.name);
        compare(section.name + "." + entry.name, entry, own != nullptr ? own : known);
      }
      return;
    }
    std::string name = section.name;
    if (section.in_list) name += "." + entry_name(section);
    compare(name, section, known);
    for (const ConfigTable& inner : section.tables) {
      const std::string both = section.name + "." + inner.name;
      const auto found = std::ranges::find(tables_, both, &ParameterTable::section);
      compare(both + (inner.in_list ? "." + std::to_string(inner_count_[both]++) : ""), inner,
              found == tables_.end() ? nullptr : &*found);
    }
  }

  std::vector<ChangedParameter> changed;

 private:
  std::string entry_name(const ConfigTable& entry) {
    for (const char* key : {"name", "kind"}) {
      const ConfigValue* value = entry.find(key);
      if (value != nullptr && value->value) {
        if (const auto* text = std::get_if<std::string>(&*value->value)) return *text;
      }
    }
    return std::to_string(inner_count_[entry.name]++);
  }

  void compare(const std::string& name, const ConfigTable& values, const ParameterTable* table) {
    for (const ConfigValue& one : values.values) {
      const ParameterInfo* info = table == nullptr ? nullptr : table->find(one.key);
      if (info == nullptr || !one.value) continue;  // `name` of an entry, say
      if (same(*one.value, info->fallback)) continue;
      changed.push_back({name + "." + one.key, to_string(*one.value), to_string(info->fallback),
                         info->unit, info->meaning, info->source,
                         std::string(to_string(info->grade))});
    }
  }

  std::span<const ParameterTable> tables_;
  std::map<std::string, int> inner_count_;
};

}  // namespace

std::vector<ChangedParameter> changed_parameters(const std::string& config_resolved,
                                                 std::span<const ParameterTable> tables) {
  const Config config = Config::from_string(config_resolved, "config_resolved");
  Comparison comparison(tables);
  for (const ConfigTable& section : config.root().tables) comparison.add(section);
  return std::move(comparison.changed);
}

}  // namespace neurograft
