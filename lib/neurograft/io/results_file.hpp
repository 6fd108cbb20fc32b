#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/world/image.hpp>

/// All that a results file holds, for what shows it or hands it on: the report and the exports.
namespace neurograft {

/// A further axis of a readout: its labels, or its numbers as text.
struct ResultsAxis {
  std::string name;
  std::string unit;  ///< empty for labels
  std::vector<std::string> labels;
  bool is_text = false;  ///< labels; else numbers
};

/// A readout over all records.
struct ResultsReadout {
  std::string name;
  std::string unit;
  std::string long_name;
  std::vector<ResultsAxis> axes;  ///< besides time; none: one number per record
  std::vector<double> values;     ///< records x axes, the last axis fastest

  /// Numbers per record.
  std::size_t parts() const noexcept;
  /// Labels of one part along all axes, in the order of `axes`.
  std::vector<std::string> part_labels(std::size_t part) const;
};

/// What happened when.
struct ResultsEvent {
  double day = 0.0;
  std::string kind;
  std::string what;
  double amount = 0.0;
  std::string unit;
};

/// A parameter of grade assumed or hypothesis that the run rests on and its config does not give.
struct ResultsAssumption {
  std::string name, value, unit, grade, meaning;
};

/// A recorded array over tissue voxels, or a column of agents.
struct ResultsArray {
  std::string name;
  std::string unit;
  std::string long_name;
  ElementType type = ElementType::f32;
  std::vector<std::string> meanings{};  ///< names of the values 0, 1, ... of a u8 column
};

/// An open results file. All members throw IoError for what cannot be read.
class ResultsFile {
 public:
  /// Throws IoError if it is no results file.
  explicit ResultsFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const noexcept { return file_.path(); }
  std::string title() const;
  bool complete() const;

  const std::vector<double>& days() const noexcept { return days_; }  ///< of the records [d]
  std::vector<std::string> readout_names() const;                     ///< in the order of the file
  ResultsReadout readout(const std::string& name) const;
  std::vector<ResultsReadout> readouts() const;
  std::vector<ResultsEvent> events() const;
  std::vector<ResultsAssumption> assumptions() const;
  /// Attributes of /provenance as text, in the order of the file.
  std::vector<std::pair<std::string, std::string>> provenance() const;
  std::string config_written() const;   ///< TOML
  std::string config_resolved() const;  ///< TOML, every value
  /// Files that the run read: role and path.
  std::vector<std::pair<std::string, std::string>> inputs() const;

  /// Whether there is a grid, with labels and perhaps fields.
  bool has_images() const;
  Geometry geometry() const;               ///< of the grid
  std::vector<Label> labels() const;       ///< geometry().voxels(), x fastest
  std::vector<double> field_days() const;  ///< day of each frame
  std::vector<ResultsArray> fields() const;
  /// One frame: geometry().voxels() values, x fastest, NaN outside tissue.
  std::vector<float> field(const std::string& name, std::size_t frame) const;

  std::vector<double> agent_days() const;           ///< day of each frame; empty without agents
  std::vector<ResultsArray> agent_columns() const;  ///< in the order of the file
  std::uint64_t agents(std::size_t frame) const;    ///< rows of a frame

  /// A column over one frame, converted to T; or `most` of its rows, from `begin` on.
  template <class T>
  std::vector<T> agent_column(const std::string& name, std::size_t frame, std::uint64_t begin = 0,
                              std::uint64_t most = ~std::uint64_t{0}) const {
    const auto [first, count] = rows_of(frame);
    std::vector<T> values(begin < count ? std::min(count - begin, most) : 0);
    if (!values.empty()) {
      file_.read("/agents/" + name, element_type<T>(), values.data(), first + begin, values.size());
    }
    return values;
  }

 private:
  std::pair<std::uint64_t, std::uint64_t> rows_of(std::size_t frame) const;
  ResultsArray describe(const std::string& dataset, const std::string& name) const;
  bool is_scale(const std::string& dataset) const;

  Hdf5File file_;
  std::vector<double> days_;
};

/// Cells of some kinds per cubic millimetre [cell/mm3], geometry().voxels() values. `kinds` are
/// those of the column `kind`. Throws IoError if the file has no such frame.
std::vector<float> cell_density(const ResultsFile& file, std::size_t frame,
                                const std::vector<std::string>& kinds);

}  // namespace neurograft
