#include <algorithm>
#include <cmath>
#include <type_traits>

#include <neurograft/core/error.hpp>
#include <neurograft/io/results_file.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::string as_text(const Attribute& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using T = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return held;
        } else if constexpr (std::is_arithmetic_v<T>) {
          return fmt::format("{}", held);
        } else {
          return fmt::format("{} values", held.size());
        }
      },
      value);
}

template <std::size_t N>
std::array<double, N> numbers(const Hdf5File& file, const char* name) {
  std::array<double, N> values{};
  const std::optional<Attribute> found = file.attribute("/fields", name);
  const auto* list = found ? std::get_if<std::vector<double>>(&*found) : nullptr;
  if (list == nullptr || list->size() != N) {
    throw IoError(Problem{file.path().string(), fmt::format("/fields has no {}", name),
                          fmt::format("{} numbers are expected", N), ""});
  }
  std::ranges::copy(*list, values.begin());
  return values;
}

}  // namespace

std::size_t ResultsReadout::parts() const noexcept {
  std::size_t product = 1;
  for (const ResultsAxis& axis : axes) product *= axis.labels.size();
  return product;
}

std::vector<std::string> ResultsReadout::part_labels(std::size_t part) const {
  std::vector<std::string> labels(axes.size());
  for (std::size_t n = axes.size(); n-- > 0;) {
    const std::size_t size = axes[n].labels.size();
    labels[n] = axes[n].labels[part % size];
    part /= size;
  }
  return labels;
}

ResultsFile::ResultsFile(const std::filesystem::path& path) : file_(path, Hdf5File::Mode::read) {
  if (!file_.exists("/series/time") || !file_.attribute("/", "results_version")) {
    throw IoError(Problem{path.string(), "is no results file",
                          "it has no curves in /series, or no results version",
                          "results files are written by `neurograft run`"});
  }
  days_ = file_.read_all<double>("/series/time");
}

std::string ResultsFile::title() const {
  return file_.text_attribute("/", "title");
}

bool ResultsFile::complete() const {
  return file_.attribute("/", "complete") == Attribute{std::int64_t{1}};
}

bool ResultsFile::is_scale(const std::string& dataset) const {
  return file_.text_attribute(dataset, "CLASS") == "DIMENSION_SCALE";
}

ResultsReadout ResultsFile::readout(const std::string& name) const {
  const std::string path = "/series/" + name;
  ResultsReadout result{name,
                        file_.text_attribute(path, "units"),
                        file_.text_attribute(path, "long_name"),
                        {},
                        file_.read_all<double>(path)};
  const std::vector<std::uint64_t> size = file_.size(path);
  for (unsigned n = 1; n < size.size(); ++n) {
    const std::string scale = file_.scale_of(path, n);
    if (scale.empty()) throw IoError(Problem{path, "has an axis without a scale", "", ""});
    ResultsAxis axis{scale.substr(scale.rfind('/') + 1), "", {}};
    if (file_.type(scale) == ElementType::text) {
      axis.labels = file_.read_all_text(scale);
      axis.is_text = true;
    } else {
      axis.unit = file_.text_attribute(scale, "units");
      for (const double x : file_.read_all<double>(scale))
        axis.labels.push_back(fmt::format("{}", x));
    }
    result.axes.push_back(std::move(axis));
  }
  return result;
}

std::vector<std::string> ResultsFile::readout_names() const {
  std::vector<std::string> names = file_.children("/series");
  std::erase_if(names, [&](const std::string& name) { return is_scale("/series/" + name); });
  return names;
}

std::vector<ResultsReadout> ResultsFile::readouts() const {
  std::vector<ResultsReadout> all;
  for (const std::string& name : readout_names()) all.push_back(readout(name));
  return all;
}

std::vector<ResultsEvent> ResultsFile::events() const {
  if (!file_.is_group("/events")) return {};
  const auto day = file_.read_all<double>("/events/day");
  const auto kind = file_.read_all_text("/events/kind");
  const auto what = file_.read_all_text("/events/what");
  const auto amount = file_.read_all<double>("/events/amount");
  const auto unit = file_.read_all_text("/events/unit");
  std::vector<ResultsEvent> events;
  for (std::size_t n = 0; n < day.size(); ++n) {
    events.push_back({day[n], kind[n], what[n], amount[n], unit[n]});
  }
  return events;
}

std::vector<ResultsAssumption> ResultsFile::assumptions() const {
  const std::string group = "/provenance/assumed/";
  if (!file_.exists(group + "name")) return {};
  const auto name = file_.read_all_text(group + "name");
  const auto value = file_.read_all_text(group + "value");
  const auto unit = file_.read_all_text(group + "unit");
  const auto grade = file_.read_all_text(group + "grade");
  const auto meaning = file_.read_all_text(group + "meaning");
  std::vector<ResultsAssumption> all;
  for (std::size_t n = 0; n < name.size(); ++n) {
    all.push_back({name[n], value[n], unit[n], grade[n], meaning[n]});
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> ResultsFile::provenance() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const std::string& name : file_.attributes("/provenance")) {
    if (const auto value = file_.attribute("/provenance", name)) {
      all.emplace_back(name, as_text(*value));
    }
  }
  return all;
}

std::string ResultsFile::config_written() const {
  return file_.read_all_text("/provenance/config_written").front();
}

std::string ResultsFile::config_resolved() const {
  return file_.read_all_text("/provenance/config_resolved").front();
}

std::vector<std::pair<std::string, std::string>> ResultsFile::inputs() const {
  std::vector<std::pair<std::string, std::string>> all;
  if (!file_.exists("/provenance/inputs/path")) return all;
  const auto paths = file_.read_all_text("/provenance/inputs/path");
  const auto roles = file_.read_all_text("/provenance/inputs/role");
  for (std::size_t n = 0; n < paths.size(); ++n) all.emplace_back(roles[n], paths[n]);
  return all;
}

bool ResultsFile::has_images() const {
  return file_.exists("/fields/label");
}

Geometry ResultsFile::geometry() const {
  Geometry geometry;
  const std::vector<std::uint64_t> size = file_.size("/fields/label");  // z, y, x
  if (size.size() != 3)
    throw IoError(Problem{path().string(), "/fields/label is no image", "", ""});
  for (std::size_t axis = 0; axis < 3; ++axis)
    geometry.size[axis] = static_cast<int>(size[2 - axis]);
  geometry.spacing_mm = numbers<3>(file_, "spacing");
  geometry.affine = numbers<16>(file_, "affine");
  return geometry;
}

std::vector<Label> ResultsFile::labels() const {
  std::vector<Label> labels;
  for (const std::uint8_t code : file_.read_all<std::uint8_t>("/fields/label")) {
    labels.push_back(static_cast<Label>(code));
  }
  return labels;
}

std::vector<double> ResultsFile::field_days() const {
  return file_.exists("/fields/frame") ? file_.read_all<double>("/fields/frame")
                                       : std::vector<double>{};
}

ResultsArray ResultsFile::describe(const std::string& dataset, const std::string& name) const {
  return {name, file_.text_attribute(dataset, "units"), file_.text_attribute(dataset, "long_name"),
          file_.type(dataset), words_of(file_.text_attribute(dataset, "flag_meanings"))};
}

std::vector<ResultsArray> ResultsFile::fields() const {
  std::vector<ResultsArray> all;
  if (!file_.is_group("/fields")) return all;
  for (const std::string& name : file_.children("/fields")) {
    const std::string path = "/fields/" + name;
    if (!is_scale(path) && file_.size(path).size() == 4) all.push_back(describe(path, name));
  }
  return all;
}

std::vector<float> ResultsFile::field(const std::string& name, std::size_t frame) const {
  std::vector<float> values(geometry().voxels());
  file_.read("/fields/" + name, ElementType::f32, values.data(), frame, 1);
  return values;
}

std::vector<double> ResultsFile::agent_days() const {
  return file_.exists("/agents/frame") ? file_.read_all<double>("/agents/frame")
                                       : std::vector<double>{};
}

std::vector<ResultsArray> ResultsFile::agent_columns() const {
  std::vector<ResultsArray> all;
  if (!file_.is_group("/agents")) return all;
  for (const std::string& name : file_.children("/agents")) {
    const std::string path = "/agents/" + name;
    if (!is_scale(path) && name != "offset" && name != "count") all.push_back(describe(path, name));
  }
  return all;
}

std::pair<std::uint64_t, std::uint64_t> ResultsFile::rows_of(std::size_t frame) const {
  std::uint64_t first = 0, count = 0;
  file_.read("/agents/offset", ElementType::u64, &first, frame, 1);
  file_.read("/agents/count", ElementType::u64, &count, frame, 1);
  return {first, count};
}

std::uint64_t ResultsFile::agents(std::size_t frame) const {
  return rows_of(frame).second;
}

std::vector<float> cell_density(const ResultsFile& file, std::size_t frame,
                                const std::vector<std::string>& kinds) {
  const Geometry geometry = file.geometry();
  std::vector<std::uint8_t> wanted(256, 0);
  for (const ResultsArray& column : file.agent_columns()) {
    if (column.name != "kind") continue;
    for (std::size_t n = 0; n < column.meanings.size(); ++n) {
      wanted[n] = std::ranges::find(kinds, column.meanings[n]) != kinds.end() ? 1 : 0;
    }
  }
  const auto kind = file.agent_column<std::uint8_t>("kind", frame);
  const std::array<std::vector<float>, 3> place = {file.agent_column<float>("x", frame),
                                                   file.agent_column<float>("y", frame),
                                                   file.agent_column<float>("z", frame)};
  std::vector<float> density(geometry.voxels(), 0.0F);
  for (std::size_t n = 0; n < kind.size(); ++n) {
    if (wanted[kind[n]] == 0) continue;
    std::array<int, 3> voxel{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double at = static_cast<double>(place[axis][n]) / geometry.spacing_mm[axis];
      voxel[axis] = std::clamp(static_cast<int>(std::floor(at)), 0, geometry.size[axis] - 1);
    }
    density[geometry.index(voxel[0], voxel[1], voxel[2])] += 1.0F;  // exact up to 16 million
  }
  const auto per_cell = static_cast<float>(1.0 / geometry.voxel_volume_mm3());
  for (float& value : density) value *= per_cell;
  return density;
}

}  // namespace neurograft
