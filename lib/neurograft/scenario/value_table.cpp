#include <algorithm>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/text_file.hpp>
#include <neurograft/scenario/value_table.hpp>

#include <fmt/format.h>

namespace neurograft {

void read_value_table(const std::filesystem::path& path, const std::string& what,
                      const std::string& example, const AcceptValue& accept) {
  std::istringstream file(read_text_file(path, what));
  std::vector<Problem> problems;
  std::set<int> seen;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    const std::string where = fmt::format("{}:{}", path.string(), ++number);
    line.resize(std::min(line.size(), line.find('#')));
    for (char& c : line) {
      if (c == ',' || c == '=' || c == ';') c = ' ';
    }
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    std::istringstream words(line);
    int value = 0;
    std::string name;
    std::string rest;
    if (!(words >> value >> name) || words >> rest) {
      problems.push_back({where, "not a value and a name", "as in: " + example, ""});
      continue;
    }
    if (!seen.insert(value).second) {
      problems.push_back({where, fmt::format("value {} again", value), "one line per value", ""});
      continue;
    }
    try {
      accept(value, name, where);
    } catch (const InputError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  if (!problems.empty()) throw InputError(std::move(problems));
}

}  // namespace neurograft
