#pragma once

#include <filesystem>
#include <string>

#include <neurograft/scenario/run.hpp>

namespace neurograft::command {

/// One line of JSON: the final readouts by name, then end, output, wall_s, peak_memory_bytes,
/// resumed.
std::string json_summary(const RunResult& result, const std::filesystem::path& output);

/// A few lines: cells, deaths by cause, brain volume, what it cost, where the file is.
std::string text_summary(const RunResult& result, const std::filesystem::path& output);

/// Wall time by process, longest first.
std::string cost_table(const RunResult& result);

}  // namespace neurograft::command
