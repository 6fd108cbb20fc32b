#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include <neurograft/io/compare.hpp>
#include <neurograft/io/hdf5_file.hpp>

namespace neurograft {
namespace {

constexpr std::uint64_t bytes_at_once = std::uint64_t{8} << 20;

template <class T>
T value_at(const std::vector<std::byte>& bytes, std::size_t element) {
  T value;
  std::memcpy(&value, bytes.data() + element * sizeof(T), sizeof(T));
  return value;
}

std::string number_text(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

std::string element_text(ElementType type, const std::vector<std::byte>& bytes, std::size_t i) {
  switch (type) {
    case ElementType::u8:
      return std::to_string(value_at<std::uint8_t>(bytes, i));
    case ElementType::u16:
      return std::to_string(value_at<std::uint16_t>(bytes, i));
    case ElementType::u32:
      return std::to_string(value_at<std::uint32_t>(bytes, i));
    case ElementType::u64:
      return std::to_string(value_at<std::uint64_t>(bytes, i));
    case ElementType::i16:
      return std::to_string(value_at<std::int16_t>(bytes, i));
    case ElementType::i32:
      return std::to_string(value_at<std::int32_t>(bytes, i));
    case ElementType::i64:
      return std::to_string(value_at<std::int64_t>(bytes, i));
    case ElementType::f32:
      return number_text(static_cast<double>(value_at<float>(bytes, i)), 9);
    case ElementType::f64:
      return number_text(value_at<double>(bytes, i), 17);
    case ElementType::text:
      break;
  }
  return {};
}

/// Two open files and where they differ in one dataset.
class Comparer {
 public:
  Comparer(const Hdf5File& a, const Hdf5File& b) : a_(a), b_(b) {}

  std::optional<Difference> dataset(const std::string& path) const {
    const auto size_a = a_.size(path);
    const auto size_b = b_.size(path);
    if (a_.type(path) != b_.type(path)) return note(path, "element types differ");
    if (size_a.size() != size_b.size()) return note(path, "numbers of axes differ");
    for (std::size_t axis = 1; axis < size_a.size(); ++axis) {
      if (size_a[axis] != size_b[axis]) return lengths(path, size_a[axis], size_b[axis]);
    }
    const std::uint64_t rows_a = size_a.empty() ? 1 : size_a[0];
    const std::uint64_t rows_b = size_b.empty() ? 1 : size_b[0];
    const std::uint64_t common = std::min(rows_a, rows_b);
    auto found =
        a_.type(path) == ElementType::text ? texts(path, common) : numbers(path, size_a, common);
    if (!found && rows_a != rows_b) {
      found = lengths(path, rows_a, rows_b);
      found->row = common;
    }
    return found;
  }

  /// The difference in the earliest record among all datasets of a group.
  std::optional<Difference> group(const std::string& name) const {
    const bool in_a = a_.exists(name);
    const bool in_b = b_.exists(name);
    if (!in_a && !in_b) return std::nullopt;
    if (in_a != in_b) return missing(name, in_a ? b_ : a_);
    const auto names_a = a_.children(name);
    const auto names_b = b_.children(name);
    for (const std::string& child : names_a) {
      if (!b_.exists(name + "/" + child)) return missing(name + "/" + child, b_);
    }
    for (const std::string& child : names_b) {
      if (!a_.exists(name + "/" + child)) return missing(name + "/" + child, a_);
    }
    std::optional<Difference> first;
    for (const std::string& child : names_a) {
      auto found = dataset(name + "/" + child);
      if (!found) continue;
      locate(name, *found);
      // A difference without a record concerns the whole dataset, hence all records.
      if (!first || found->record < first->record) first = std::move(found);
    }
    return first;
  }

 private:
  static Difference note(const std::string& path, std::string what) {
    return {path, std::move(what), {}, {}, {}, {}, {}, {}};
  }
  static Difference missing(const std::string& path, const Hdf5File& file) {
    return note(path, "missing in " + file.path().string());
  }
  static Difference lengths(const std::string& path, std::uint64_t a, std::uint64_t b) {
    Difference difference = note(path, "lengths differ");
    difference.left = std::to_string(a);
    difference.right = std::to_string(b);
    return difference;
  }

  std::optional<Difference> texts(const std::string& path, std::uint64_t rows) const {
    const auto left = a_.read_text(path, 0, rows);
    const auto right = b_.read_text(path, 0, rows);
    const auto [at, other] = std::mismatch(left.begin(), left.end(), right.begin());
    if (at == left.end()) return std::nullopt;
    Difference difference = note(path, "values differ");
    difference.row = static_cast<std::uint64_t>(at - left.begin());
    difference.left = "\"" + *at + "\"";
    difference.right = "\"" + *other + "\"";
    return difference;
  }

  std::optional<Difference> numbers(const std::string& path, const std::vector<std::uint64_t>& size,
                                    std::uint64_t rows) const {
    const ElementType type = a_.type(path);
    const std::size_t width = size_of(type);
    std::size_t per_row = 1;
    for (std::size_t axis = 1; axis < size.size(); ++axis) per_row *= size[axis];
    if (per_row == 0) return std::nullopt;
    const std::uint64_t step = std::max<std::uint64_t>(bytes_at_once / (per_row * width), 1);
    std::vector<std::byte> left, right;
    for (std::uint64_t first = 0; first < rows; first += step) {
      const std::uint64_t count = std::min(step, rows - first);
      left.resize(count * per_row * width);
      right.resize(left.size());
      a_.read(path, type, left.data(), first, count);
      b_.read(path, type, right.data(), first, count);
      if (std::memcmp(left.data(), right.data(), left.size()) == 0) continue;
      const auto at = std::mismatch(left.begin(), left.end(), right.begin()).first;
      const std::size_t element = static_cast<std::size_t>(at - left.begin()) / width;
      Difference difference = note(path, "values differ");
      difference.row = first + element / per_row;
      std::size_t rest = element % per_row;
      for (std::size_t axis = size.size(); axis-- > 1; rest /= size[axis]) {
        difference.index.insert(difference.index.begin(), rest % size[axis]);
      }
      difference.left = element_text(type, left, element);
      difference.right = element_text(type, right, element);
      return difference;
    }
    return std::nullopt;
  }

  /// Finds the record and its day from the row.
  void locate(const std::string& group, Difference& difference) const {
    if (!difference.row) return;
    const bool series = group == "/series";
    const std::string days = group + (series ? "/time" : group == "/events" ? "/day" : "/frame");
    std::uint64_t record = *difference.row;
    const std::string name = difference.dataset.substr(group.size() + 1);
    const bool by_frame = name == "frame" || name == "offset" || name == "count";
    if (group == "/agents" && !by_frame) {
      const auto offsets = a_.read_all<std::uint64_t>("/agents/offset");
      const auto after = std::upper_bound(offsets.begin(), offsets.end(), record);
      record = static_cast<std::uint64_t>(after - offsets.begin());
      record = record == 0 ? 0 : record - 1;
    }
    difference.record = record;
    if (!a_.exists(days)) return;
    const auto values = a_.read_all<double>(days);
    if (record < values.size()) difference.day = values[record];
  }

  const Hdf5File& a_;
  const Hdf5File& b_;
};

}  // namespace

std::string to_string(const Difference& difference) {
  std::string text = difference.dataset;
  if (difference.row) text += " row " + std::to_string(*difference.row);
  if (!difference.index.empty()) {
    text += " [";
    for (std::size_t i = 0; i < difference.index.size(); ++i) {
      text += (i == 0 ? "" : ", ") + std::to_string(difference.index[i]);
    }
    text += "]";
  }
  if (difference.record) text += ", record " + std::to_string(*difference.record);
  if (difference.day) text += ", day " + number_text(*difference.day, 10);
  text += ": " + difference.what;
  if (!difference.left.empty()) text += ", " + difference.left + " and " + difference.right;
  return text;
}

std::optional<Difference> compare(const std::filesystem::path& a, const std::filesystem::path& b) {
  const Hdf5File file_a(a, Hdf5File::Mode::read);
  const Hdf5File file_b(b, Hdf5File::Mode::read);
  const Comparer comparer(file_a, file_b);
  for (const char* group : {"/series", "/fields", "/agents", "/events"}) {
    if (auto difference = comparer.group(group)) return difference;
  }
  return std::nullopt;
}

namespace {

// Keys and values of a resolved config, which has one "key = value" a line, in its order.
std::vector<std::pair<std::string, std::string>> settings_of(const Hdf5File& file) {
  std::istringstream text(file.read_text("/provenance/config_resolved", 0, 1).at(0));
  std::vector<std::pair<std::string, std::string>> settings;
  std::map<std::string, int> entries;
  std::string section;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("[[")) {
      section = line.substr(2, line.find(']') - 2);
      section += "[" + std::to_string(entries[section]++) + "]";
    } else if (line.starts_with('[')) {
      section = line.substr(1, line.find(']') - 1);
    } else if (const auto equals = line.find(" = "); equals != std::string::npos) {
      settings.emplace_back(section + "." + line.substr(0, equals), line.substr(equals + 3));
    }
  }
  return settings;
}

}  // namespace

std::vector<SettingDifference> config_differences(const std::filesystem::path& a,
                                                  const std::filesystem::path& b) {
  const auto left = settings_of(Hdf5File(a, Hdf5File::Mode::read));
  const auto right = settings_of(Hdf5File(b, Hdf5File::Mode::read));
  std::map<std::string, std::string> other(right.begin(), right.end());
  std::vector<SettingDifference> differences;
  for (const auto& [key, value] : left) {
    const auto found = other.find(key);
    if (found == other.end()) {
      differences.push_back({key, value, "-"});
      continue;
    }
    if (found->second != value) differences.push_back({key, value, found->second});
    other.erase(found);
  }
  for (const auto& [key, value] : right) {
    if (other.contains(key)) differences.push_back({key, "-", value});
  }
  return differences;
}

}  // namespace neurograft
