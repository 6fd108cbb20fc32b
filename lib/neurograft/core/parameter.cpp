#include <cmath>

#include <neurograft/core/error.hpp>
#include <neurograft/core/parameter.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

std::string number_text(double x) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x > 0 ? "inf" : "-inf";
  std::string text = fmt::format("{}", x);
  // TOML tells integers and floats apart by the point or exponent.
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else if ((code < 0x20 && c != '\t') || code == 0x7f) {
      result += fmt::format("\\u{:04X}", code);
    } else {
      result += c;
    }
  }
  return result + '"';
}

template <class T, class Write>
std::string list_text(const std::vector<T>& items, Write write) {
  std::string text = "[";
  for (const T& item : items) {
    if (text.size() > 1) text += ", ";
    text += write(item);
  }
  return text + "]";
}

struct ValueText {
  std::string operator()(bool x) const { return x ? "true" : "false"; }
  std::string operator()(std::int64_t x) const { return fmt::format("{}", x); }
  std::string operator()(double x) const { return number_text(x); }
  std::string operator()(const std::string& x) const { return quoted(x); }
  std::string operator()(const std::vector<double>& x) const { return list_text(x, number_text); }
  std::string operator()(const std::vector<std::string>& x) const { return list_text(x, quoted); }
};

}  // namespace

std::string_view to_string(Grade grade) noexcept {
  switch (grade) {
    case Grade::measured:
      return "measured";
    case Grade::derived:
      return "derived";
    case Grade::calibrated:
      return "calibrated";
    case Grade::assumed:
      return "assumed";
    case Grade::hypothesis:
      return "hypothesis";
    case Grade::setting:
      return "setting";
  }
  return "unknown";
}

std::string to_string(const Value& value) {
  return std::visit(ValueText{}, value);
}

std::string to_string(const Range& range) {
  const bool below = std::isfinite(range.lowest);
  const bool above = std::isfinite(range.highest);
  if (below && above) {
    return fmt::format("in {}{}, {}]", range.open_below ? '(' : '[', range.lowest, range.highest);
  }
  if (below) return fmt::format("{} {}", range.open_below ? ">" : ">=", range.lowest);
  if (above) return fmt::format("<= {}", range.highest);
  return "any number";
}

const ParameterInfo* ParameterTable::find(std::string_view key) const noexcept {
  for (const ParameterInfo& parameter : parameters) {
    if (parameter.key == key) return &parameter;
  }
  return nullptr;
}

const ParameterTable* ParameterTable::find_known(std::string_view name) const noexcept {
  for (const ParameterTable& table : known) {
    if (table.section == name) return &table;
  }
  return nullptr;
}

const Value& SectionValues::at(std::string_view key) const {
  const auto found = values.find(std::string(key));
  if (found == values.end()) {
    throw Error(fmt::format("config section \"{}\" has no parameter \"{}\"", name, key));
  }
  return found->second;
}

bool SectionValues::is_given(std::string_view key) const {
  return given.find(std::string(key)) != given.end();
}

}  // namespace neurograft
