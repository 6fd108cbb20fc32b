#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace neurograft {

/// Above this a text file was named by mistake, and must not fill the memory [byte].
inline constexpr std::size_t largest_text_file = std::size_t{16} << 20;
/// The same of what this program wrote itself: the plan of a million runs, and its tables.
inline constexpr std::size_t largest_own_file = std::size_t{2} << 30;

/// All bytes of a text file, a pipe too. Throws InputError if it cannot be read, is a folder or is
/// larger than `most`, of which hardly more is then read; `what` it is begins the message.
std::string read_text_file(const std::filesystem::path& path, const std::string& what = {},
                           std::size_t most = largest_text_file);

}  // namespace neurograft
