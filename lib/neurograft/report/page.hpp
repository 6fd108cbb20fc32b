#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/core/parameter.hpp>

/// The report: one HTML file that needs no other file and no network.
namespace neurograft {

/// The page without data, bundled when this library was built; empty if Node.js was not there then.
std::string_view page_template() noexcept;

/// The page of runs, side by side if they are several, or of a study's folder. `page` is where it
/// will be, for links to runs. `tables` say what the defaults are.
/// Throws Error if the build has no page, IoError for what cannot be read.
std::string report_page(std::span<const std::filesystem::path> runs_or_study,
                        std::span<const ParameterTable> tables, const std::filesystem::path& page);

}  // namespace neurograft
