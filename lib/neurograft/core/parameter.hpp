#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <neurograft/core/export.hpp>

/// @file
/// Every parameter is declared once, beside the code that uses it: key, unit, default, range,
/// meaning, source, grade. Config checking, the reference page, the schema and the provenance list
/// all come from these declarations.
namespace neurograft {

/// How well a default is known.
enum class Grade {
  measured,    ///< read off an experiment
  derived,     ///< arithmetic on measured values
  calibrated,  ///< fitted here to a stated target
  assumed,     ///< a choice; nothing better is known
  hypothesis,  ///< belongs to a mechanism that may not exist
  setting,     ///< a choice of the user's about the run, not a claim about biology
};

/// The enumerator's name, as "measured".
NEUROGRAFT_API std::string_view to_string(Grade grade) noexcept;

/// A setting's value. A list is homogeneous.
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<double>,
                           std::vector<std::string>>;

/// The value as TOML would write it.
NEUROGRAFT_API std::string to_string(const Value& value);

/// Closed interval of allowed values, ends included unless `open_below`.
struct Range {
  double lowest = -std::numeric_limits<double>::infinity();  ///< -infinity: no lower bound
  double highest = std::numeric_limits<double>::infinity();  ///< infinity: no upper bound
  bool open_below = false;                                   ///< lowest itself is not allowed

  /// False for NaN.
  bool contains(double x) const noexcept {
    return (open_below ? x > lowest : x >= lowest) && x <= highest;
  }
};

inline constexpr Range any_number{};  ///< no bound; configs refuse what is not finite all the same
inline constexpr Range non_negative{0.0};  ///< x >= 0
/// x > 0
inline constexpr Range positive{0.0, std::numeric_limits<double>::infinity(), true};
inline constexpr Range fraction{0.0, 1.0};  ///< 0 <= x <= 1

/// Both ends allowed.
constexpr Range within(double lowest, double highest) {
  return {lowest, highest};
}

/// The rule as text: ">= 0", "in [0, 1]".
NEUROGRAFT_API std::string to_string(const Range& range);

/// What is known of one parameter, without its place in a struct.
struct ParameterInfo {
  std::string key;                     ///< name within its section, unit as suffix
  std::string unit;                    ///< "1/d", "mm", "" for a pure number or a name
  Value fallback;                      ///< the default; its alternative fixes the type
  Range range;                         ///< of numbers, and of each element of a list of numbers
  std::string meaning;                 ///< one line
  std::string source;                  ///< DOI, registry id, or "assumed"
  Grade grade = Grade::assumed;        ///< how well `fallback` is known
  std::vector<std::string> choices{};  ///< allowed names, when it is a name; empty: free text
};

/// One section of the config and its parameters, without types: what `io` checks against.
struct NEUROGRAFT_API ParameterTable {
  std::string section;                    ///< "csf_transport", or "drug" for entries of [[drug]]
  std::string meaning;                    ///< one line
  bool repeated = false;                  ///< true for [[section]] lists
  bool named = false;                     ///< [section.NAME]: one table per name, as [fields.NAME]
  std::vector<ParameterInfo> parameters;  ///< each key once
  /// Of a named section: the names that exist without being given, with defaults of their own.
  /// The `section` of each is its name.
  std::vector<ParameterTable> known{};

  const ParameterInfo* find(std::string_view key) const noexcept;          ///< null: no such key
  const ParameterTable* find_known(std::string_view name) const noexcept;  ///< null: not in `known`
};

/// The values of one section, complete: given ones and defaults. `given` tells them apart.
struct NEUROGRAFT_API SectionValues {
  std::string name;                          ///< entry name for repeated or named sections
  std::map<std::string, Value> values;       ///< key -> value, for every declared key
  std::map<std::string, std::string> given;  ///< key -> where it was set ("trial.toml:12")

  const Value& at(std::string_view key) const;  ///< throws Error for a key that was not declared
  bool is_given(std::string_view key) const;    ///< false: the default stands in
};

/// A parameter bound to the member of `P` that holds it.
template <class P>
struct Bound {
  ParameterInfo info;  ///< of the parameter
  /// Of the type that `info.fallback` holds.
  std::variant<bool P::*, std::int64_t P::*, double P::*, std::string P::*,
               std::vector<double> P::*, std::vector<std::string> P::*>
      member;
};

/// A section whose values fill a struct `P`: the single declaration of a process's parameters.
/// The struct's own members carry no defaults; `defaults()` is the only source of them.
template <class P>
class Section {
 public:
  /// `name` is the heading without brackets, `meaning` one line on it.
  Section(std::string name, std::string meaning, std::initializer_list<Bound<P>> parameters)
      : bound_(parameters) {
    table_.section = std::move(name);
    table_.meaning = std::move(meaning);
    for (const Bound<P>& bound : bound_) table_.parameters.push_back(bound.info);
  }

  /// What `check` and `prepare` take; set its `repeated` or `named` in a copy.
  const ParameterTable& table() const noexcept { return table_; }

  /// A `P` with every fallback. Throws std::bad_variant_access if one has not its member's type.
  P defaults() const {
    P result{};
    for (const Bound<P>& bound : bound_) assign(result, bound, bound.info.fallback);
    return result;
  }

  /// A `P` from a section that was checked against `table()`. Throws Error if it lacks a key.
  P read(const SectionValues& section) const {
    P result{};
    for (const Bound<P>& bound : bound_) assign(result, bound, section.at(bound.info.key));
    return result;
  }

 private:
  static void assign(P& target, const Bound<P>& bound, const Value& value) {
    std::visit(
        [&](auto member) {
          using T = std::remove_cvref_t<decltype(target.*member)>;
          target.*member = std::get<T>(value);
        },
        bound.member);
  }

  ParameterTable table_;
  std::vector<Bound<P>> bound_;
};

}  // namespace neurograft
