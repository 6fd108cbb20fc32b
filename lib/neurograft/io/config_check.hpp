#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/parameter.hpp>
#include <neurograft/io/config.hpp>

namespace neurograft {

/// A config held against parameter tables: every section complete, defaults filled in, and the list
/// of all that is wrong. Sections are addressed as messages show them: "graft", "drug[1]" (from 0),
/// "fields.cytokine".
class NEUROGRAFT_API ResolvedConfig {
 public:
  /// Values of a section that is given at most once. Throws Error if no table declares it.
  const SectionValues& section(std::string_view name) const;

  /// Entries of [[name]] in the order given, or of [name.NAME] in alphabetical order. Throws Error
  /// if no such table was declared. An entry's own `name` is its name, kind or index.
  const std::vector<SectionValues>& entries(std::string_view name) const;

  /// Whether the config mentions the section at all.
  bool is_given(std::string_view address) const;

  /// Where a key was set; for a default, where its section begins; else the file.
  std::string where(std::string_view address, std::string_view key = {}) const;

  /// False if the value given was found wrong; if of a wrong type or out of range, the default
  /// stands in for it. A further check of it could report a second problem that is not there.
  bool usable(std::string_view address, std::string_view key) const;

  /// Adds `where: address.key = value (why); hint`, or `where: [address] (why)` without a key.
  /// A key gets one problem only, the first: it is not usable from then on.
  void reject(std::string_view address, std::string_view key, std::string why,
              std::string hint = {});

  /// Adds a problem found elsewhere (a process, an image, a label table); these come last. It gets
  /// the place of what it is about: of the section or key that its `where` names, of the key whose
  /// value is the file that it names, else of `about`, an address or `address.key`. A key that is
  /// not usable gets no second problem.
  void add_problem(Problem problem, std::string_view about = {});

  /// Everything wrong so far: whole file first, then in file order, overrides last.
  std::vector<Problem> problems() const;

  /// Throws InputError with all problems, if there are any.
  void throw_if_problems() const;

  /// All values, defaults included, as TOML in a stable order. Parsed and checked against the same
  /// tables, it gives the same values.
  std::string resolved_toml() const;

  /// FNV-1a of `resolved_toml`, 64 bits: differs whenever a value that the run uses differs.
  std::uint64_t hash() const;

 private:
  friend class ConfigChecker;

  struct Slot {
    std::string heading;  ///< "[graft]", "[[drug]]", "[fields.cytokine]"
    const SectionValues* values;
  };

  /// A section, or a key in one.
  struct Place {
    std::string address;
    std::string key;  ///< may be empty
  };

  const SectionValues* find(std::string_view address) const;
  std::optional<Place> place_named(std::string_view name) const;
  std::optional<Place> place_of_file(std::string_view file) const;
  std::vector<std::string> addresses() const;
  std::vector<Slot> slots(const ParameterTable& table) const;
  std::size_t order(std::string_view address, std::string_view key) const;

  using KeyAddress = std::pair<std::string, std::string>;

  std::string file_;
  std::vector<ParameterTable> tables_;
  std::map<std::string, SectionValues, std::less<>> single_;
  std::map<std::string, std::vector<SectionValues>, std::less<>> lists_;
  std::map<std::string, ConfigOrigin, std::less<>> sections_given_;  ///< by address
  std::map<KeyAddress, ConfigOrigin> keys_given_;
  std::set<KeyAddress> unusable_;
  std::vector<ConfigProblem> problems_;
};

/// Checks every section and key of `config` against the tables: unknown names (with the nearest
/// known one), types, ranges, choices, lists, numbers that are not finite. Collects all problems
/// and throws none: the caller adds its own cross-checks and then calls `throw_if_problems`. Whole
/// floats are taken for whole numbers (5e6) and whole numbers for floats.
NEUROGRAFT_API ResolvedConfig check(const Config& config, std::span<const ParameterTable> tables);

/// A value of the type of `info.fallback`, or why there is none, e.g. `must be >= 0`.
struct CheckedValue {
  std::optional<Value> value;  ///< none if a rule is broken
  std::string why;             ///< the rule; empty if there is a value
  std::string hint;            ///< what to do about it; may be empty
};
/// Converts `given` to the type of `info.fallback` where nothing is lost by it, and holds it
/// against the range and the choices. What equals the fallback is always good.
NEUROGRAFT_API CheckedValue check_value(const ConfigValue& given, const ParameterInfo& info);

/// The candidate that was probably meant by `name`: a slip of the fingers, or another or a missing
/// unit suffix. Empty if none is near.
NEUROGRAFT_API std::string nearest_name(std::string_view name,
                                        std::span<const std::string> candidates);

}  // namespace neurograft
