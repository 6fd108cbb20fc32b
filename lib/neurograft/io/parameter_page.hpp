#pragma once

#include <span>
#include <string>
#include <string_view>

#include <neurograft/core/parameter.hpp>

/// The reference page of all parameters, for people.
namespace neurograft {

/// A Markdown page: what the grades mean, how many parameters of each section have which, and a
/// table per section with key, unit, default, allowed values, meaning, source and grade. A section
/// all of whose keys and defaults are in an earlier one refers to it, and is not counted again. A
/// function of the tables alone.
std::string parameter_page(std::span<const ParameterTable> tables);

/// Text as Markdown shows it unchanged, within a cell of a table; what stands between backticks
/// stays code.
std::string markdown_cell(std::string_view text);

/// A source as `markdown_cell`, with its DOIs and the numbers of PMC, PubMed and ClinicalTrials.gov
/// as links.
std::string linked_source(std::string_view source);

}  // namespace neurograft
