#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/io/config.hpp>

namespace neurograft {

/// Takes values out of a table of a study file by key, and collects what is wrong: a missing key, a
/// wrong type, a value out of range, and at last every key that nobody asked for, or that is a
/// section where a value belongs, or the other way round.
class TableReader {
 public:
  /// `name` stands for the table in messages: "study", "[design]", "axis 2".
  TableReader(const ConfigTable& table, std::string name, std::vector<Problem>& problems);

  bool has(std::string_view key) const;

  /// Values as written; none if the key is not there, or is wrong, which is then a problem.
  std::optional<double> number(std::string_view key);
  std::optional<std::int64_t> whole(std::string_view key, std::int64_t lowest,
                                    std::int64_t highest = std::int64_t{1} << 53);
  std::optional<bool> flag(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  std::optional<std::vector<double>> numbers(std::string_view key);

  /// Each element of a list as a config would have it; one text or number counts as a list of one.
  std::vector<std::string> items(std::string_view key);

  /// A list of texts.
  std::vector<std::string> texts(std::string_view key);

  /// The tables of this name: entries of [[name]], or [name].
  std::vector<const ConfigTable*> tables(std::string_view name);

  /// Adds a problem about a key, or about the table itself.
  void complain(std::string_view key, std::string what, std::string why = {},
                std::string hint = {});

  /// A key that must be there.
  void require(std::string_view key, std::string hint = {});

  /// Reports what was not asked for.
  void finish();

 private:
  const ConfigValue* take(std::string_view key);
  template <class T>
  std::optional<T> typed(std::string_view key, const char* what);

  const ConfigTable& table_;
  std::string name_;
  std::vector<Problem>& problems_;
  std::set<std::string, std::less<>> known_;
  std::set<std::string, std::less<>> sections_;  ///< those that were asked for as tables
};

}  // namespace neurograft
