#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/core/export.hpp>
#include <neurograft/core/parameter.hpp>

/// @file
/// A config as the user wrote it: every key with its value and its place. Nothing is judged here;
/// `check` (config_check.hpp) holds it against parameter tables.
namespace neurograft {

/// Where something was said, and its rank when problems are sorted: file lines, then overrides.
struct ConfigOrigin {
  std::string where;      ///< "trial.toml:12" or "--set graft.cells=-3"
  std::size_t order = 0;  ///< line of the file, or past all lines for an override
};

/// A key and its value.
struct ConfigValue {
  std::string key;             ///< within its table
  std::optional<Value> value;  ///< none if no parameter can have such a value (a date, mixed lists)
  std::string text;            ///< as a message shows it: `-3`, `"icv"`, or `a date`
  ConfigOrigin origin;         ///< where it was set
  std::vector<std::string> items{};  ///< of a list: each element as TOML writes it
};

/// A [table], or one entry of a [[list]], with the tables inside it.
struct NEUROGRAFT_API ConfigTable {
  std::string name;                 ///< within its parent; empty for the whole file
  bool in_list = false;             ///< an entry of [[name]]
  ConfigOrigin origin;              ///< of its heading, or the override that made it
  std::vector<ConfigValue> values;  ///< in file order
  std::vector<ConfigTable> tables;  ///< in file order

  const ConfigValue* find(std::string_view key) const noexcept;  ///< null: no such key
};

/// A problem with its rank.
struct ConfigProblem {
  std::size_t order = 0;  ///< as ConfigOrigin::order
  Problem problem;        ///< what is wrong
};

/// A parsed TOML file and the settings made on top of it. A value: copies are independent.
class NEUROGRAFT_API Config {
 public:
  /// Reads and parses. Throws InputError if the file cannot be read or is not TOML (with the line).
  static Config from_file(const std::filesystem::path& path);

  /// Parses `text`; `name` stands for the file in messages. Throws InputError.
  static Config from_string(std::string text, std::string name = "config");

  ///@{
  /// Sets one key, over whatever the file says: "graft.cells"; an entry of a list by its name, kind
  /// or index from 0, "drug.tacrolimus.stop_d"; a named section, "fields.cytokine.decay_per_d".
  /// An empty list for a list of tables takes its entries away: "drug" to no drugs. A path that
  /// leads nowhere is reported by `check`, with all other problems.
  Config& set(std::string_view key_path, Value value) &;
  Config set(std::string_view key_path, Value value) &&;
  ///@}

  ///@{
  /// The same from text, "graft.cells=5e6". The value is read as TOML; what is not TOML is a
  /// string, so that `brain.source=phantom` needs no quotes.
  Config& set_text(std::string_view assignment) &;
  Config set_text(std::string_view assignment) &&;
  ///@}

  const std::filesystem::path& path() const noexcept { return path_; }  ///< empty if from text
  std::filesystem::path directory() const;  ///< what relative inputs are relative to
  const std::string& name() const noexcept { return name_; }  ///< the file in messages
  const std::string& text() const noexcept { return text_; }  ///< the file, byte by byte
  /// KEY=VALUE each, in the order they were made.
  const std::vector<std::string>& overrides() const noexcept { return overrides_; }

  /// The file followed by one comment line per override: what went in, for provenance.
  std::string text_with_overrides() const;

  /// The whole file, overrides in place.
  const ConfigTable& root() const noexcept { return root_; }

  /// Overrides that lead nowhere.
  const std::vector<ConfigProblem>& problems() const noexcept { return problems_; }

  /// Rank of the first override; lines of the file are below it.
  static constexpr std::size_t first_override = std::size_t{1} << 40;

 private:
  void place(std::string_view key_path, ConfigValue value);
  ConfigTable* entry_called(const std::string& name, const std::string& list,
                            const std::vector<ConfigTable*>& entries, const ConfigOrigin& origin);
  void complain(const ConfigOrigin& origin, std::string what, std::string why, std::string hint);

  std::filesystem::path path_;
  std::string name_;
  std::string text_;
  std::vector<std::string> overrides_;
  ConfigTable root_;
  std::vector<ConfigProblem> problems_;
};

}  // namespace neurograft
