#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace neurograft {

/// Takes one line of a table; may throw InputError, whose problems are collected.
using AcceptValue =
    std::function<void(int value, const std::string& name, const std::string& where)>;

/// Reads what the values of a label image stand for: lines of a whole number and a name, apart by
/// blanks, `,`, `;` or `=`; `#` begins a comment. `what` and `example` are for messages. Throws
/// InputError with all that is wrong.
void read_value_table(const std::filesystem::path& path, const std::string& what,
                      const std::string& example, const AcceptValue& accept);

}  // namespace neurograft
