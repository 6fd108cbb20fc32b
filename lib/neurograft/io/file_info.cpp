#include <cstdio>
#include <optional>
#include <type_traits>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/file_info.hpp>
#include <neurograft/io/hdf5_file.hpp>

namespace neurograft {
namespace {

constexpr std::size_t values_shown = 14;

std::string text_of(const std::optional<Attribute>& value) {
  if (!value) return "unknown";
  return std::visit(
      [](const auto& held) -> std::string {
        using T = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return held.empty() ? "unknown" : held;
        } else if constexpr (std::is_integral_v<T>) {
          return std::to_string(held);
        } else {
          return "several values";
        }
      },
      *value);
}

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

double element(const Hdf5File& file, const std::string& dataset, std::uint64_t row) {
  double value = 0.0;
  file.read(dataset, ElementType::f64, &value, row, 1);
  return value;
}

/// "12 from day -90 to day 365".
std::string span_of(const Hdf5File& file, const std::string& days) {
  const std::uint64_t count = file.exists(days) ? file.rows(days) : 0;
  if (count == 0) return "none";
  return std::to_string(count) + " from day " + short_number(element(file, days, 0)) + " to day " +
         short_number(element(file, days, count - 1));
}

std::string line(const std::string& name, const std::string& value) {
  return name + std::string(name.size() < 12 ? 12 - name.size() : 1, ' ') + value + "\n";
}

std::string head(const Hdf5File& file) {
  const auto complete = file.attribute("/", "complete");
  const bool is_complete = complete && *complete == Attribute{std::int64_t{1}};
  std::string text = line("title", file.text_attribute("/", "title"));
  text += line("complete", is_complete ? "yes" : "no: the run was stopped or is still going on");
  text += line("source", file.text_attribute("/", "source") + ", results version " +
                             text_of(file.attribute("/", "results_version")));
  if (!file.exists("/provenance")) return text;
  const auto of_run = [&](const char* name) {
    return text_of(file.attribute("/provenance", name));
  };
  text += line("config", of_run("config_name") + ", seed " + of_run("seed"));
  text += line("run", "began " + of_run("start") + ", " + of_run("threads") + " threads, " +
                          of_run("processor"));
  const auto paths = file.read_all_text("/provenance/inputs/path");
  const auto digests = file.read_all_text("/provenance/inputs/sha256");
  for (std::size_t i = 0; i < paths.size() && i < 3; ++i) {
    text += line(i == 0 ? "inputs" : "", paths[i] + "  sha256 " + digests[i].substr(0, 12));
  }
  if (paths.size() > 3) text += line("", "and " + std::to_string(paths.size() - 3) + " more");
  const std::uint64_t resumes = file.rows("/provenance/resumes/resume");
  if (resumes > 0) text += line("resumed", std::to_string(resumes) + " times");
  return text;
}

std::string series(const Hdf5File& file) {
  std::string text = line("records", span_of(file, "/series/time"));
  if (!file.exists("/series")) return text;
  std::size_t shown = 0;
  std::string others;
  const std::uint64_t records = file.rows("/series/time");
  for (const std::string& name : file.children("/series")) {
    const std::string path = "/series/" + name;
    if (file.text_attribute(path, "CLASS") == "DIMENSION_SCALE") continue;
    const bool one_number = file.size(path).size() == 1;
    if (one_number && records > 0 && shown < values_shown) {
      text += "  " + name + " = " + short_number(element(file, path, records - 1)) + " " +
              file.text_attribute(path, "units") + "\n";
      ++shown;
    } else {
      others += (others.empty() ? "" : ", ") + name;
    }
  }
  if (!others.empty()) text += "  also: " + others + "\n";
  return text;
}

std::string fields_and_agents(const Hdf5File& file) {
  std::string text;
  if (file.exists("/fields")) {
    std::string names;
    for (const std::string& name : file.children("/fields")) {
      if (file.size("/fields/" + name).size() == 4) names += (names.empty() ? "" : ", ") + name;
    }
    text += line("fields",
                 names.empty() ? "none" : names + "; frames: " + span_of(file, "/fields/frame"));
  }
  if (file.exists("/agents")) {
    text += line("agents", "frames: " + span_of(file, "/agents/frame") +
                               "; rows: " + std::to_string(file.rows("/agents/row")));
  }
  if (file.exists("/events")) text += line("events", std::to_string(file.rows("/events/event")));
  return text;
}

}  // namespace

std::string file_info(const std::filesystem::path& path) {
  const Hdf5File file(path, Hdf5File::Mode::read);
  if (!file.attribute("/", "complete")) {
    throw IoError({path.string(), "is not an output file", "it has no attribute \"complete\"", ""});
  }
  return head(file) + series(file) + fields_and_agents(file);
}

bool is_results_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;  // a pipe would be waited for
  try {
    return Hdf5File(path, Hdf5File::Mode::read).attribute("/", "results_version").has_value();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace neurograft
