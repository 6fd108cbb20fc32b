#include <algorithm>
#include <cctype>
#include <sstream>

#include <neurograft/io/config_toml.hpp>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace neurograft::toml_text {
namespace {

ConfigOrigin origin_at(const std::string& name, const toml::source_region& source) {
  const std::size_t line = source.begin.line;
  return {line == 0 ? name : fmt::format("{}:{}", name, line), line};
}

std::string kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time";
    case toml::node_type::date_time:
      return "a date and time";
    case toml::node_type::table:
      return "a table";
    default:
      return "a list of mixed or nested values";
  }
}

std::optional<Value> list_value(const toml::array& list) {
  std::vector<double> numbers;
  std::vector<std::string> strings;
  for (const toml::node& item : list) {
    if (item.is_integer() || item.is_floating_point()) {
      numbers.push_back(item.value<double>().value());
    } else if (const auto text = item.value<std::string>(); text && item.is_string()) {
      strings.push_back(*text);
    } else {
      return std::nullopt;
    }
  }
  if (!numbers.empty() && !strings.empty()) return std::nullopt;
  if (!strings.empty()) return Value(std::move(strings));
  return Value(std::move(numbers));
}

std::optional<Value> value_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return Value(flag->get());
  if (const auto* whole = node.as_integer()) return Value(whole->get());
  if (const auto* real = node.as_floating_point()) return Value(real->get());
  if (const auto* text = node.as_string()) return Value(text->get());
  if (const auto* list = node.as_array()) return list_value(*list);
  return std::nullopt;
}

std::vector<std::string> item_texts(const toml::array& list) {
  std::vector<std::string> texts;
  for (const toml::node& item : list) {
    const std::optional<Value> value = value_of(item);
    texts.push_back(value ? to_string(*value) : kind_of(item));
  }
  return texts;
}

ConfigValue config_value(const toml::node& node) {
  ConfigValue result;
  result.value = value_of(node);
  result.text = result.value ? to_string(*result.value) : kind_of(node);
  if (const auto* list = node.as_array()) result.items = item_texts(*list);
  return result;
}

bool is_list_of_tables(const toml::node& node) {
  const toml::array* list = node.as_array();
  return list != nullptr && !list->empty() && list->is_homogeneous<toml::table>();
}

ConfigTable config_table(const toml::table& source, const std::string& file) {
  ConfigTable result;
  const auto add_table = [&](const toml::key& key, const toml::node& node, bool in_list) {
    ConfigTable table = config_table(*node.as_table(), file);
    table.name = std::string(key.str());
    table.in_list = in_list;
    table.origin = origin_at(file, node.source());
    if (table.origin.order == 0) table.origin = origin_at(file, key.source());
    result.tables.push_back(std::move(table));
  };
  for (const auto& [key, node] : source) {
    if (node.is_table()) {
      add_table(key, node, false);
    } else if (is_list_of_tables(node)) {
      for (const toml::node& entry : *node.as_array()) add_table(key, entry, true);
    } else {
      ConfigValue value = config_value(node);
      value.key = std::string(key.str());
      value.origin = origin_at(file, key.source());
      result.values.push_back(std::move(value));
    }
  }
  // The parser hands keys over in alphabetical order.
  const auto earlier = [](const auto& a, const auto& b) { return a.origin.order < b.origin.order; };
  std::stable_sort(result.values.begin(), result.values.end(), earlier);
  std::stable_sort(result.tables.begin(), result.tables.end(), earlier);
  return result;
}

// The line of the first key with more names than may be; 0: none. toml++ recurses over the names of
// a dotted key, until the stack ends; over brackets it does not. Words apart by a blank are no key.
int line_of_long_key(std::string_view text) {
  std::size_t names = 1;
  int line = 1;
  char last = '\n';  // that is no blank
  bool after_blank = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t') {
      after_blank = true;
      continue;
    }
    const bool of_name = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
                         c == '"' || c == '\'' || static_cast<unsigned char>(c) > 127;
    const bool dot = c == '.' && last != '.' && last != '\n';
    if (dot) {
      if (++names > most_names) return line;
    } else if (!of_name || (after_blank && last != '.')) {
      names = 1;
    }
    if (c == '\n') ++line;
    last = of_name || dot ? c : '\n';
    after_blank = false;
  }
  return 0;
}

}  // namespace

ConfigTable parse(std::string_view text, const std::string& name) {
  if (const int line = line_of_long_key(text); line != 0) {
    throw InputError(Problem{fmt::format("{}:{}", name, line),
                             fmt::format("a key of more than {} names", most_names),
                             "no section is nested as deeply", ""});
  }
  try {
    return config_table(toml::parse(text, name), name);
  } catch (const toml::parse_error& error) {
    throw InputError(Problem{origin_at(name, error.source()).where,
                             std::string(error.description()), "not valid TOML", ""});
  }
}

ConfigValue parse_value(std::string_view text) {
  try {
    const toml::table parsed = line_of_long_key(text) == 0
                                   ? toml::parse(fmt::format("value = {}\n", text))
                                   : toml::table();
    const toml::node* node = parsed.get("value");
    if (parsed.size() == 1 && node != nullptr) {
      ConfigValue value = config_value(*node);
      if (value.value) return value;
    }
  } catch (const toml::parse_error&) {
    // Not TOML: a bare word, taken as a string below.
  }
  ConfigValue value;
  value.value = std::string(text);
  value.text = to_string(*value.value);
  return value;
}

}  // namespace neurograft::toml_text
