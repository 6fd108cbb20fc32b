#pragma once

#include <filesystem>
#include <string>

namespace neurograft {

/// What an output file holds, as a text of one screen: title, completeness, times, readouts with
/// the last values of those that are one number, fields, agent frames, events, seed, version,
/// config, inputs. Throws IoError if it is not an output file.
std::string file_info(const std::filesystem::path& path);

/// Whether a file is an output of this program, complete or not.
bool is_results_file(const std::filesystem::path& path);

}  // namespace neurograft
