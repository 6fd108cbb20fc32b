#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <neurograft/io/dataset_length.hpp>
#include <neurograft/io/hdf5_file.hpp>

namespace neurograft {

/// A dataset to which rows are appended.
struct RecordedDataset {
  std::string path;  ///< "/series/pbvc"
  ElementType type = ElementType::f64;
  std::vector<std::uint64_t> row;  ///< shape of one row; empty for one value
  std::vector<std::string> axes;   ///< the scale on each axis, the row axis first; none for a scale
  std::string units;               ///< empty: no such attribute
  std::string long_name;
  bool scale = false;                ///< it is itself the scale of the row axis
  bool bulk = false;                 ///< many rows at a time: compressed, in larger chunks
  std::vector<std::uint64_t> chunk;  ///< empty: chosen here
};

/// Names one dataset of a store.
struct RecordHandle {
  std::size_t index = 0;
};

/// The file that a run writes to, as datasets that grow by rows. Appended rows wait in memory and
/// go to the file in large pieces. After a resume the datasets exist: declaring one finds it.
class RecordStore {
 public:
  /// A new file.
  explicit RecordStore(const std::filesystem::path& path);

  /// A file that holds these datasets, each cut to its length here. Throws InputError if one is
  /// missing or shorter.
  RecordStore(const std::filesystem::path& path, std::span<const DatasetLength> lengths);

  bool resumed() const noexcept { return resumed_; }
  Hdf5File& file();

  /// Makes the dataset, or finds it after a resume. Throws InputError if it is there with another
  /// shape or type, or missing.
  RecordHandle declare(const RecordedDataset& dataset);

  /// Declares a row axis without values: a bare netCDF dimension that grows with `extend`.
  RecordHandle declare_dimension(const std::string& path);

  /// Makes a fixed scale with values or labels; nothing after a resume.
  void fixed_scale(const std::string& path, std::span<const double> values,
                   const std::string& units, const std::string& long_name);
  void fixed_scale(const std::string& path, std::span<const std::string> labels,
                   const std::string& long_name);

  /// Appends whole rows; elements are converted by the file if T differs from what was declared.
  template <class T>
  void append(RecordHandle handle, std::span<const T> values) {
    append_bytes(handle, element_type<T>(), std::as_bytes(values));
  }
  template <class T>
  void append_one(RecordHandle handle, T value) {
    append(handle, std::span<const T>(&value, 1));
  }
  void append_text(RecordHandle handle, std::string text);
  void extend(RecordHandle handle, std::uint64_t rows);

  /// Rows appended so far, those in memory included.
  std::uint64_t rows(RecordHandle handle) const { return entries_.at(handle.index).rows; }
  std::vector<DatasetLength> lengths() const;

  /// Writes what waits in memory.
  void flush();

  /// Flushes and closes the file, so that it can be copied; `reopen` goes on.
  void close();
  void reopen();

 private:
  struct Entry {
    std::string path;
    ElementType type = ElementType::f64;
    std::size_t row_elements = 1;
    std::uint64_t rows = 0;  ///< written and waiting
    std::uint64_t written = 0;
    std::vector<std::byte> waiting;
    std::vector<std::string> waiting_text;
  };

  void append_bytes(RecordHandle handle, ElementType type, std::span<const std::byte> bytes);
  void check_found(const RecordedDataset& dataset, Entry& entry);
  void create(const RecordedDataset& dataset);
  void flush(Entry& entry);

  std::filesystem::path path_;
  std::optional<Hdf5File> file_;
  bool resumed_ = false;
  std::vector<Entry> entries_;
};

}  // namespace neurograft
