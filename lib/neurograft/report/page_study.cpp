#include <algorithm>
#include <array>

#include <neurograft/core/error.hpp>
#include <neurograft/io/csv.hpp>
#include <neurograft/io/schema.hpp>
#include <neurograft/io/text_file.hpp>
#include <neurograft/report/page_data.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

// In the order in which they are read: what came out first.
constexpr std::array<const char*, 14> known_tables{
    "arms",        "effects", "dose_effect",       "power",     "points",     "comparisons",
    "sensitivity", "fit",     "posterior_summary", "posterior", "validation", "ledger",
    "design",      "runs"};

// "run": link from the page to its results file.
std::string run_links(const fs::path& folder, const fs::path& page) {
  std::string links;
  const fs::path runs = folder / "runs";
  if (!fs::is_directory(runs)) return "{}";
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(runs)) {
    if (fs::exists(entry.path() / "run.h5")) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  const fs::path from = fs::weakly_canonical(fs::absolute(page)).parent_path();
  for (const fs::path& run : found) {
    links +=
        fmt::format("{}{}:{}", links.empty() ? "" : ",", json_text(run.filename().string()),
                    json_text((fs::canonical(run) / "run.h5").lexically_relative(from).string()));
  }
  return "{" + links + "}";
}

}  // namespace

std::string study_name(const fs::path& folder) {
  return fs::canonical(folder).filename().string();
}

std::string page_study(const fs::path& folder, const fs::path& page) {
  std::string tables;
  for (const char* name : known_tables) {
    const fs::path path = folder / fmt::format("{}.csv", name);
    if (!fs::exists(path)) continue;
    tables += fmt::format("{}{}:{}", tables.empty() ? "" : ",", json_text(name),
                          json_text(read_text_file(path, {}, largest_own_file)));
  }
  if (tables.empty()) {
    throw IoError(Problem{folder.string(), "is no study's folder", "it has none of its tables",
                          "`neurograft sweep collect DIR` writes them"});
  }
  const fs::path plan = folder / "plan.toml";
  return fmt::format(
      R"({{"title":{},"plan":{},"runs":{},"tables":{{{}}}}})",
      json_text("Study " + study_name(folder)),
      fs::exists(plan) ? json_text(read_text_file(plan, {}, largest_own_file)) : "null",
      run_links(folder, page), tables);
}

}  // namespace neurograft
