#include <algorithm>
#include <cmath>

#include <neurograft/io/config_check.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr double largest_whole = 9007199254740992.0;  // 2^53: above it floats skip whole numbers

std::optional<double> number_of(const Value& value) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  return std::nullopt;
}

/// The given value in the type of the default, if that loses nothing.
std::optional<Value> converted(const Value& value, const Value& fallback) {
  if (value.index() == fallback.index()) return value;
  const std::optional<double> number = number_of(value);
  if (std::holds_alternative<double>(fallback) && number) return Value(*number);
  if (std::holds_alternative<std::int64_t>(fallback) && number) {
    if (std::floor(*number) != *number || !(std::abs(*number) <= largest_whole)) return {};
    return Value(static_cast<std::int64_t>(*number));
  }
  const auto* list = std::get_if<std::vector<double>>(&value);  // an empty list has no type
  if (std::holds_alternative<std::vector<std::string>>(fallback) && list && list->empty()) {
    return Value(std::vector<std::string>{});
  }
  return std::nullopt;
}

struct TypeRule {
  std::string operator()(bool) const { return "must be true or false"; }
  std::string operator()(std::int64_t) const { return "must be a whole number"; }
  std::string operator()(double) const { return "must be a number"; }
  std::string operator()(const std::string&) const { return "must be a text in quotes"; }
  std::string operator()(const std::vector<double>&) const { return "must be a list of numbers"; }
  std::string operator()(const std::vector<std::string>&) const {
    return "must be a list of texts in quotes";
  }
};

bool is_list(const Value& value) {
  return value.index() >= 4;
}

std::string number_rule(double x, const Range& range) {
  if (!std::isfinite(x)) return "must be finite";
  if (!range.contains(x)) return "must be " + to_string(range);
  return {};
}

bool has_control_character(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code < 0x20 || code == 0x7f;
  });
}

CheckedValue check_text(const std::string& text, const ParameterInfo& info) {
  if (has_control_character(text)) return {{}, "must not hold control characters", {}};
  const std::vector<std::string>& names = info.choices;
  if (names.empty() || std::find(names.begin(), names.end(), text) != names.end()) return {};
  std::string list;
  for (const std::string& name : names) {
    list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", name);
  }
  const std::string nearest = nearest_name(text, names);
  return {{},
          "must be one of " + list,
          nearest.empty() ? "" : fmt::format("did you mean \"{}\"?", nearest)};
}

/// The rule that a value of the right type breaks, in `why`; empty if none.
CheckedValue broken_rule(const Value& value, const ParameterInfo& info) {
  if (const auto number = number_of(value)) return {{}, number_rule(*number, info.range), {}};
  if (const auto* text = std::get_if<std::string>(&value)) return check_text(*text, info);
  if (const auto* numbers = std::get_if<std::vector<double>>(&value)) {
    for (const double x : *numbers) {
      const std::string why = number_rule(x, info.range);
      if (!why.empty()) return {{}, "every element " + why, {}};
    }
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    for (const std::string& text : *texts) {
      CheckedValue broken = check_text(text, info);
      if (!broken.why.empty()) return {{}, "every element " + broken.why, broken.hint};
    }
  }
  return {};
}

/// Equal, NaN to NaN too: a default may stand for "not given".
bool same(const Value& a, const Value& b) {
  const auto* x = std::get_if<double>(&a);
  const auto* y = std::get_if<double>(&b);
  return a == b || (x && y && std::isnan(*x) && std::isnan(*y));
}

std::string wrong_type_hint(const ConfigValue& given, const ParameterInfo& info) {
  if (!given.value || is_list(*given.value) || !is_list(info.fallback)) return {};
  return fmt::format("write [{}]", given.text);
}

}  // namespace

CheckedValue check_value(const ConfigValue& given, const ParameterInfo& info) {
  const std::optional<Value> value =
      given.value ? converted(*given.value, info.fallback) : std::nullopt;
  if (!value) {
    return {{}, std::visit(TypeRule{}, info.fallback), wrong_type_hint(given, info)};
  }
  if (same(*value, info.fallback)) return {info.fallback, {}, {}};
  CheckedValue result = broken_rule(*value, info);
  if (result.why.empty()) result.value = value;
  return result;
}

}  // namespace neurograft
