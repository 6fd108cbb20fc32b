#include <algorithm>
#include <cmath>
#include <cstddef>

#include <neurograft/brain/label_table.hpp>
#include <neurograft/core/error.hpp>

#include <fmt/format.h>

namespace neurograft {

Label label_from_name(std::string_view name, const std::string& where) {
  const auto found = std::find(label_names.begin(), label_names.end(), name);
  if (found != label_names.end()) return static_cast<Label>(found - label_names.begin());
  std::string choices;
  for (const std::string_view choice : label_names) {
    choices += (choices.empty() ? "" : ", ") + std::string(choice);
  }
  throw InputError(
      Problem{where, "label \"" + std::string(name) + "\"", "must be one of " + choices, ""});
}

LabelMap apply_label_table(const Image& segmentation, const LabelTable& table,
                           const std::string& source) {
  if (segmentation.channels != 1) {
    throw InputError(
        Problem{source, "segmentation has " + std::to_string(segmentation.channels) + " channels",
                "one label per voxel is needed", ""});
  }
  LabelMap map{segmentation.geometry, {}, source};
  map.labels.reserve(segmentation.values.size());
  std::map<int, std::size_t> unknown;
  for (std::size_t voxel = 0; voxel < segmentation.values.size(); ++voxel) {
    const float value = segmentation.values[voxel];
    if (value != std::floor(value) || std::abs(value) >= 0x1p24F) {
      throw InputError(Problem{source, "value " + fmt::format("{:g}", value),
                               "a segmentation holds whole numbers",
                               "is it a probability map or a scan?"});
    }
    const int key = static_cast<int>(value);
    const auto entry = table.find(key);
    if (entry == table.end() && key != 0) ++unknown[key];
    map.labels.push_back(entry == table.end() ? Label::outside : entry->second);
  }
  if (!unknown.empty()) {
    std::string list;
    for (const auto& [value, count] : unknown) {
      list += (list.empty() ? "" : ", ") + std::to_string(value) + " (" + std::to_string(count) +
              " voxels)";
    }
    throw InputError(Problem{source, "labels without an entry: " + list,
                             "the table must name every value",
                             "add them to brain.labels, as \"outside\" if they are not wanted"});
  }
  return map;
}

}  // namespace neurograft
