#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/core/parameter.hpp>

/// What the parameter tables say, for other readers: editors and scripts.
namespace neurograft {

/// JSON Schema (draft 2020-12) of a config file, for completion and checking in an editor.
std::string json_schema(std::span<const ParameterTable> tables);

/// All parameters as a JSON list of objects: section, key, type, unit, default, minimum, maximum,
/// choices, meaning, source, grade. A default that is not finite is null.
std::string json_parameters(std::span<const ParameterTable> tables);

/// The tables, each followed by one for every known name of a named section ("fields.antigen"), for
/// lists that show them all.
std::vector<ParameterTable> with_known_names(std::span<const ParameterTable> tables);

/// As a config names it: "[graft]", "[[drug]]", "[fields.NAME]".
std::string section_heading(const ParameterTable& table);

/// "whole number", "list of numbers", ...: the type that the default fixes.
std::string_view type_name(const Value& value) noexcept;

/// What the value may be: ">= 0", `"icv" or "parenchymal"`; empty for anything of its type.
std::string allowed_text(const ParameterInfo& info);

/// A JSON string in quotes, and a JSON number (null if not finite).
std::string json_text(std::string_view text);
std::string json_number(double x);

/// A JSON list of what `write` makes of each item.
template <class T, class Write>
std::string json_list(const std::vector<T>& items, Write write) {
  std::string text = "[";
  for (const T& item : items) text += (text.size() > 1 ? ", " : "") + write(item);
  return text + "]";
}

}  // namespace neurograft
