#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include <neurograft/io/schema.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

struct JsonValue {
  std::string operator()(bool x) const { return x ? "true" : "false"; }
  std::string operator()(std::int64_t x) const { return std::to_string(x); }
  std::string operator()(double x) const { return json_number(x); }
  std::string operator()(const std::string& x) const { return json_text(x); }
  std::string operator()(const std::vector<double>& x) const { return json_list(x, json_number); }
  std::string operator()(const std::vector<std::string>& x) const {
    return json_list(x, [](const std::string& item) { return json_text(item); });
  }
};

std::string json_value(const Value& value) {
  return std::visit(JsonValue{}, value);
}

/// Members of a JSON object, in the order added.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, std::string value) {
    members_.emplace_back(name, std::move(value));
    return *this;
  }

  bool empty() const { return members_.empty(); }

  std::string text() const {
    std::string result = "{";
    for (const auto& [name, value] : members_) {
      result += fmt::format("{}{}: {}", result.size() > 1 ? ", " : "", json_text(name), value);
    }
    return result + "}";
  }

  /// One member a line; what is inside them moves in by two columns.
  std::string block() const {
    std::string result = "{";
    for (const auto& [name, value] : members_) {
      result += fmt::format("{}\n  {}: ", result.size() > 1 ? "," : "", json_text(name));
      for (const char c : value) {
        result += c;
        if (c == '\n') result += "  ";
      }
    }
    return result + (members_.empty() ? "}" : "\n}");
  }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

bool is_number(const Value& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

bool is_list(const Value& value) {
  return std::holds_alternative<std::vector<double>>(value) ||
         std::holds_alternative<std::vector<std::string>>(value);
}

std::string_view json_type(const Value& value) {
  static constexpr std::array<std::string_view, 6> names{"boolean", "integer", "number",
                                                         "string",  "array",   "array"};
  return names.at(value.index());
}

void add_range(JsonObject& object, const Range& range) {
  if (std::isfinite(range.lowest)) {
    object.add(range.open_below ? "exclusiveMinimum" : "minimum", json_number(range.lowest));
  }
  if (std::isfinite(range.highest)) object.add("maximum", json_number(range.highest));
}

void add_choices(JsonObject& object, const ParameterInfo& info) {
  if (info.choices.empty()) return;
  std::vector<std::string> names = info.choices;
  const auto* fallback = std::get_if<std::string>(&info.fallback);
  if (fallback != nullptr && std::find(names.begin(), names.end(), *fallback) == names.end()) {
    names.push_back(*fallback);  // the default is always allowed
  }
  object.add("enum", json_value(names));
}

bool is_finite(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  return number == nullptr || std::isfinite(*number);
}

std::string property(const ParameterInfo& info) {
  JsonObject object;
  object.add("type", json_text(json_type(info.fallback)));
  if (is_list(info.fallback)) {
    JsonObject items;
    const bool numbers = std::holds_alternative<std::vector<double>>(info.fallback);
    items.add("type", json_text(numbers ? "number" : "string"));
    if (numbers) add_range(items, info.range);
    add_choices(items, info);
    object.add("items", items.text());
  } else {
    if (is_number(info.fallback)) add_range(object, info.range);
    add_choices(object, info);
  }
  if (is_finite(info.fallback)) object.add("default", json_value(info.fallback));
  const std::string unit = info.unit.empty() ? "" : fmt::format(" [{}]", info.unit);
  object.add("description", json_text(fmt::format("{}{} ({}; {})", info.meaning, unit,
                                                  to_string(info.grade), info.source)));
  return object.text();
}

/// Sections nest by the points in their names: [graft] holds [[graft.extra]].
struct Node {
  const ParameterTable* table = nullptr;
  std::map<std::string, Node> children;
};

std::string object_schema(const Node& node) {
  JsonObject properties;
  if (node.table != nullptr) {
    for (const ParameterInfo& info : node.table->parameters) {
      properties.add(info.key, property(info));
    }
  }
  const auto wrapped = [](const Node& child) {
    const std::string inner = object_schema(child);
    if (child.table == nullptr || (!child.table->repeated && !child.table->named)) return inner;
    JsonObject outer;
    outer.add("type", child.table->repeated ? "\"array\"" : "\"object\"");
    if (!child.table->known.empty()) {
      JsonObject names;
      for (const ParameterTable& known : child.table->known) {
        names.add(known.section, object_schema({&known, {}}));
      }
      outer.add("properties", names.block());
    }
    outer.add(child.table->repeated ? "items" : "additionalProperties", inner);
    return outer.block();
  };
  for (const auto& [name, child] : node.children) properties.add(name, wrapped(child));
  JsonObject object;
  object.add("type", "\"object\"");
  if (node.table != nullptr) object.add("description", json_text(node.table->meaning));
  object.add("properties", properties.block());
  object.add("additionalProperties", "false");
  return object.block();
}

}  // namespace

std::string json_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string json_number(double x) {
  return std::isfinite(x) ? fmt::format("{}", x) : "null";
}

std::string section_heading(const ParameterTable& table) {
  if (table.repeated) return fmt::format("[[{}]]", table.section);
  return fmt::format("[{}{}]", table.section, table.named ? ".NAME" : "");
}

std::string_view type_name(const Value& value) noexcept {
  switch (value.index()) {
    case 0:
      return "true or false";
    case 1:
      return "whole number";
    case 2:
      return "number";
    case 3:
      return "text";
    case 4:
      return "list of numbers";
    default:
      return "list of texts";
  }
}

std::string allowed_text(const ParameterInfo& info) {
  std::string text;
  for (const std::string& name : info.choices) {
    text += fmt::format("{}\"{}\"", text.empty() ? "" : " or ", name);
  }
  if (!text.empty()) return text;
  const bool numeric =
      is_number(info.fallback) || std::holds_alternative<std::vector<double>>(info.fallback);
  const std::string range = to_string(info.range);
  return numeric && range != to_string(any_number) ? range : "";
}

std::vector<ParameterTable> with_known_names(std::span<const ParameterTable> tables) {
  std::vector<ParameterTable> result;
  for (const ParameterTable& table : tables) {
    result.push_back(table);
    for (ParameterTable known : table.known) {
      known.section = fmt::format("{}.{}", table.section, known.section);
      result.push_back(std::move(known));
    }
  }
  return result;
}

std::string json_schema(std::span<const ParameterTable> tables) {
  Node root;
  for (const ParameterTable& table : tables) {
    Node* node = &root;
    std::string_view path = table.section;
    for (std::size_t end = 0; end != std::string_view::npos;) {
      end = path.find('.');
      node = &node->children[std::string(path.substr(0, end))];
      if (end != std::string_view::npos) path.remove_prefix(end + 1);
    }
    node->table = &table;
  }
  std::string text = object_schema(root);
  const std::string head =
      "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
      "  \"title\": \"neurograft config\",";
  return head + text.substr(1) + "\n";
}

std::string json_parameters(std::span<const ParameterTable> tables) {
  std::string text;
  for (const ParameterTable& table : tables) {
    for (const ParameterInfo& info : table.parameters) {
      JsonObject object;
      object.add("section", json_text(table.section)).add("key", json_text(info.key));
      object.add("heading", json_text(section_heading(table)));
      object.add("type", json_text(type_name(info.fallback))).add("unit", json_text(info.unit));
      object.add("default", json_value(info.fallback));
      add_range(object, info.range);
      if (!info.choices.empty()) object.add("choices", json_value(info.choices));
      object.add("meaning", json_text(info.meaning)).add("source", json_text(info.source));
      object.add("grade", json_text(to_string(info.grade)));
      text += (text.empty() ? "[\n" : ",\n") + object.text();
    }
  }
  return text.empty() ? "[]\n" : text + "\n]\n";
}

}  // namespace neurograft
