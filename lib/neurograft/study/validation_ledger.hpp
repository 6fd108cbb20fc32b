#pragma once

#include <filesystem>
#include <string>

#include <neurograft/study/validation.hpp>

namespace neurograft {

/// Why donor cells died, as a table in Markdown: for each experiment with a graft the mean over its
/// runs that are done, at their last record, in per cent of all cells that were injected or born:
/// alive, and dead by cause. Causes of which no experiment has a death are left out. Empty if no
/// experiment has donor cells.
std::string markdown_of_ledger(const Validation& validation, const std::filesystem::path& folder);

}  // namespace neurograft
