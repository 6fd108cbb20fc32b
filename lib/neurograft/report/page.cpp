#include <neurograft/core/error.hpp>
#include <neurograft/core/version.hpp>
#include <neurograft/io/schema.hpp>
#include <neurograft/report/page.hpp>
#include <neurograft/report/page_data.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr std::string_view title_mark = "<!--NEUROGRAFT_TITLE-->";
constexpr std::string_view data_mark = "<!--NEUROGRAFT_DATA-->";

// In a JSON string only; so no text of a run can end the element that holds it.
std::string inside_script(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string as_html(std::string_view text) {
  std::string html;
  for (const char c : text) {
    if (c == '<') {
      html += "&lt;";
    } else if (c == '&') {
      html += "&amp;";
    } else {
      html += c;
    }
  }
  return html;
}

void put(std::string& page, std::string_view mark, const std::string& text) {
  const std::size_t at = page.find(mark);
  if (at == std::string::npos) {
    throw Error(fmt::format("the page has no {}: the build of the report page is broken", mark));
  }
  page.replace(at, mark.size(), text);
}

}  // namespace

std::string report_page(std::span<const std::filesystem::path> runs_or_study,
                        std::span<const ParameterTable> tables, const std::filesystem::path& page) {
  if (page_template().empty()) {
    throw InputError({"report", "this build has no report page",
                      "Node.js or its packages were missing when it was made",
                      "install nodejs and npm and build again, or use `neurograft export`"});
  }
  std::string title, runs, blobs, study = "null";
  std::size_t count = 0;
  for (const std::filesystem::path& path : runs_or_study) {
    if (std::filesystem::is_directory(path)) {
      if (study != "null") {
        throw InputError({path.string(), "is a second study's folder", "a page shows one study",
                          "make a page for each"});
      }
      study = page_study(path, page);
      title = study_name(path);
      continue;
    }
    const ResultsFile file(path);
    if (title.empty()) title = file.title();
    if (runs_or_study.size() > 1 && study == "null") {
      title = fmt::format("{} runs side by side", runs_or_study.size());
    }
    const PageRun run = page_run(file, tables, count);
    runs += (runs.empty() ? "" : ",") + run.json;
    for (const std::string& blob : run.blobs) {
      blobs +=
          fmt::format("<script type=\"text/plain\" id=\"blob-{}\">{}</script>\n", count++, blob);
    }
  }
  const std::string json = fmt::format(R"({{"version":{},"study":{},"runs":[{}]}})",
                                       json_text(build_info().version), study, runs);
  std::string html(page_template());
  put(html, data_mark,
      fmt::format("<script type=\"application/json\" id=\"neurograft-data\">{}</script>\n{}",
                  inside_script(json), blobs));
  put(html, title_mark, as_html(title.empty() ? "neurograft" : title + " - neurograft"));
  return html;
}

}  // namespace neurograft
