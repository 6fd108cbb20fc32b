#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <neurograft/io/config.hpp>

/// The only door to the TOML parser.
namespace neurograft::toml_text {

/// The most names that a dotted key may have; no section is nested as deeply.
inline constexpr std::size_t most_names = 32;

/// Parses a document. Throws InputError with `name` and the line of the first syntax error, or of a
/// key of more than `most_names`.
ConfigTable parse(std::string_view text, const std::string& name);

/// Parses one value as it stands on the right of an equals sign; what is not TOML is a string.
/// `key` and `origin` of the result are left empty.
ConfigValue parse_value(std::string_view text);

}  // namespace neurograft::toml_text
