#pragma once

#include <string>

/// Numbers as people read them, and words to them.
namespace neurograft::command {

/// Writes to stderr at once. What nobody can read (a closed terminal, a full disk) is no error: it
/// must not end a run.
void tell(const std::string& text) noexcept;

std::string duration_text(double seconds);  ///< "45 s", "2 min 3 s", "3 h 12 min"
std::string bytes_text(double bytes);       ///< "812 MB"
std::string count_text(double count);       ///< "24,000,000"

}  // namespace neurograft::command
