#include "summary.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>
#include <vector>

#include <neurograft/io/schema.hpp>

#include "text.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

using Summary = std::map<std::string, double>;

/// Parts of a breakdown: "donor_deaths_by_cause.washout" gives ("washout", value).
std::vector<std::pair<std::string, double>> parts(const Summary& summary, const std::string& name) {
  std::vector<std::pair<std::string, double>> result;
  for (const auto& [key, value] : summary) {
    if (key.size() <= name.size() + 1 || key.compare(0, name.size(), name) != 0) continue;
    if (key[name.size()] == '_' || std::isalnum(static_cast<unsigned char>(key[name.size()]))) {
      continue;
    }
    result.emplace_back(key.substr(name.size() + 1), value);
  }
  return result;
}

std::string cells_line(const Summary& summary) {
  std::string line;
  for (const auto& [key, word] : {std::pair{"donor_injected", "injected"},
                                  {"donor_attached_total", "attached"},
                                  {"donor_born", "born"},
                                  {"donor_deaths", "dead"},
                                  {"donor_alive", "alive"}}) {
    const auto found = summary.find(key);
    if (found == summary.end()) continue;
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", count_text(found->second), word);
  }
  return line;
}

std::string deaths_line(const Summary& summary) {
  auto causes = parts(summary, "donor_deaths_by_cause");
  std::stable_sort(causes.begin(), causes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string line;
  for (const auto& [cause, count] : causes) {
    if (count <= 0.0) continue;
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", cause, count_text(count));
  }
  return line;
}

std::string volume_line(const Summary& summary) {
  std::string line;
  const auto whole = summary.find("pbvc");
  if (whole != summary.end()) line = fmt::format("{:+.3f} % since day 0", whole->second);
  for (const std::string name : {"pbvc", "pbvc_by_tissue"}) {
    for (const auto& [tissue, percent] : parts(summary, name)) {
      if (std::isnan(percent)) continue;  // no such tissue, or not yet day 0
      line += fmt::format("{}{} {:+.3f} %", line.empty() ? "" : ", ", tissue, percent);
    }
  }
  return line;
}

}  // namespace

std::string json_summary(const RunResult& result, const std::filesystem::path& output) {
  std::string line = "{";
  for (const auto& [name, value] : result.summary) {
    line += fmt::format("{}: {}, ", json_text(name), json_number(value));
  }
  return line + fmt::format(
                    "\"end\": {}, \"output\": {}, \"wall_s\": {:.3f}, "
                    "\"peak_memory_bytes\": {}, \"checkpoints\": {}, \"checkpoint_bytes\": {}, "
                    "\"checkpoint_s\": {:.3f}, \"resumed\": {}}}",
                    json_text(to_string(result.end)), json_text(output.string()), result.wall_s,
                    result.peak_memory_bytes, result.checkpoints, result.checkpoint_bytes,
                    result.checkpoint_s, result.resumed);
}

std::string text_summary(const RunResult& result, const std::filesystem::path& output) {
  std::string text;
  const auto add = [&text](const char* label, const std::string& line) {
    if (!line.empty()) text += fmt::format("{:<13}{}\n", label, line);
  };
  if (result.end == RunEnd::stopped) add("stopped", "before the end of the run");
  add("donor cells", cells_line(result.summary));
  add("deaths", deaths_line(result.summary));
  add("brain volume", volume_line(result.summary));
  if (result.end != RunEnd::already_complete) {
    add("cost", fmt::format("{}, {} of memory", duration_text(result.wall_s),
                            bytes_text(static_cast<double>(result.peak_memory_bytes))));
    if (result.checkpoints > 0) {
      add("checkpoints", fmt::format("{}, the last of {} in {:.2g} s", result.checkpoints,
                                     bytes_text(static_cast<double>(result.checkpoint_bytes)),
                                     result.checkpoint_s));
    }
  }
  add("results", output.string());
  add("look at it", fmt::format("neurograft info {0}, neurograft report {0}", output.string()));
  add("", fmt::format("python3 -c 'import xarray; print(xarray.open_dataset(\"{}\", "
                      "group=\"series\"))'",
                      output.string()));
  return text;
}

std::string cost_table(const RunResult& result) {
  std::vector<ProcessCost> costs = result.costs;
  std::stable_sort(costs.begin(), costs.end(),
                   [](const auto& a, const auto& b) { return a.seconds > b.seconds; });
  double total = 0.0;
  std::size_t width = 7;
  for (const ProcessCost& cost : costs) {
    total += cost.seconds;
    width = std::max(width, cost.process.size());
  }
  if (!(total > 0.0)) return {};
  std::string text =
      fmt::format("{:<{}} {:>10} {:>8} {:>9}\n", "process", width, "seconds", "share %", "steps");
  for (const ProcessCost& cost : costs) {
    if (cost.seconds < 0.005 * total) continue;  // /provenance/costs has them all
    text += fmt::format("{:<{}} {:>10.2f} {:>8.1f} {:>9}\n", cost.process, width, cost.seconds,
                        100.0 * cost.seconds / total, cost.steps);
  }
  return text;
}

}  // namespace neurograft::command
