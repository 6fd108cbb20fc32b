#include <cmath>

#include <neurograft/core/error.hpp>
#include <neurograft/study/validation.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

// As people read it: four digits, and words for what is not a number.
std::string rounded(double x) {
  if (std::isnan(x)) return "-";
  if (std::isinf(x)) return x > 0.0 ? "never" : "-";
  if (x != 0.0 && (std::abs(x) < 1e-3 || std::abs(x) >= 1e5)) return fmt::format("{:.2e}", x);
  return fmt::format("{:.3g}", x);
}

std::string rounded(const Interval& interval) {
  return rounded(interval.low) + " to " + rounded(interval.high);
}

// A bar would end the cell of a table.
std::string cell(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '|' ? std::string("\\|") : std::string(1, c);
  return safe;
}

}  // namespace

std::string measured_text(const TargetResult& result) {
  const Target& target = *result.target;
  if (target.kind == TargetKind::bounds) {
    if (target.at_least && target.at_most) return rounded(result.measured);
    return target.at_least ? "at least " + rounded(*target.at_least)
                           : "at most " + rounded(*target.at_most);
  }
  return fmt::format("{} ({})", rounded(target.value), rounded(result.measured));
}

std::string model_text(const TargetResult& result) {
  if (result.values.empty()) return "no run";
  if (!std::isfinite(result.mean.mean)) return "some runs never";
  if (!std::isfinite(result.mean.low)) return rounded(result.mean.mean);
  return fmt::format("{} ({})", rounded(result.mean.mean),
                     rounded(Interval{result.mean.low, result.mean.high}));
}

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::miss:
      return "miss";
    default:
      return "open";
  }
}

CsvTable table_of_results(const Validation& validation, const std::vector<TargetResult>& results) {
  CsvTable table{
      {"id", "experiment", "target", "measured", "measured_low", "measured_high", "n", "runs",
       "failed", "model", "model_low", "model_high", "runs_low", "runs_high", "verdict", "source"},
      {}};
  for (const TargetResult& result : results) {
    const Target& target = *result.target;
    const bool bounds = target.kind == TargetKind::bounds;
    table.rows.push_back({validation.id, result.experiment->name, target.name,
                          bounds ? "" : csv_number(target.value), csv_number(result.measured.low),
                          csv_number(result.measured.high), std::to_string(target.n),
                          std::to_string(result.values.size()), std::to_string(result.failed),
                          csv_number(result.mean.mean), csv_number(result.mean.low),
                          csv_number(result.mean.high), csv_number(result.runs.low),
                          csv_number(result.runs.high), std::string(to_string(result.verdict)),
                          target.source});
  }
  return table;
}

std::string markdown_of_results(const std::vector<TargetResult>& results) {
  std::string text =
      "| experiment | target | measured (95 %) | model (95 % of mean) | 95 % of runs | runs | |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const TargetResult& result : results) {
    const Target& target = *result.target;
    // Of a share or a spread single runs have none.
    const bool has_none =
        target.is_share() || target.statistic != Statistic::mean || result.values.size() < 2;
    const std::string spread = has_none || std::isnan(result.runs.low)
                                   ? "-"
                                   : rounded(Interval{result.runs.low, result.runs.high});
    const std::string verdict =
        result.verdict == Verdict::miss ? "**miss**" : std::string(to_string(result.verdict));
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", result.experiment->name,
                        cell(target.name), measured_text(result), model_text(result), spread,
                        result.values.size(), verdict);
  }
  return text;
}

std::string with_results(const std::string& page, const std::string& page_name,
                         const std::string& id, const std::string& body) {
  const std::string begin = "<!-- begin " + id + " -->\n";
  const std::string end = "<!-- end " + id + " -->";
  const std::size_t first = page.find(begin);
  const std::size_t last = page.find(end, first == std::string::npos ? 0 : first);
  if (first == std::string::npos || last == std::string::npos) {
    throw InputError(Problem{page_name, "has no place for the results of " + id,
                             "they stand between two comments",
                             "add the lines <!-- begin " + id + " --> and " + end});
  }
  return page.substr(0, first + begin.size()) + body + page.substr(last);
}

}  // namespace neurograft
