#include <algorithm>
#include <numeric>

#include <neurograft/core/error.hpp>
#include <neurograft/io/record_store.hpp>

namespace neurograft {
namespace {

// What grows by a row at a time is not compressed: each publish would move its last chunk and leave
// a hole in the file.
constexpr std::uint64_t small_chunk_bytes = std::uint64_t{8} << 10;
constexpr std::uint64_t bulk_chunk_bytes = std::uint64_t{128} << 10;
constexpr std::size_t waiting_bytes = std::size_t{1} << 20;
constexpr std::size_t waiting_texts = 1000;

std::uint64_t product(std::span<const std::uint64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{1}, std::multiplies<>());
}

/// Whole rows, as many as make a chunk of ordinary size.
std::vector<std::uint64_t> default_chunk(const RecordedDataset& dataset) {
  std::vector<std::uint64_t> chunk{1};
  for (const std::uint64_t n : dataset.row) chunk.push_back(std::max<std::uint64_t>(n, 1));
  const std::uint64_t row_bytes =
      product(chunk) * (dataset.type == ElementType::text ? 16 : size_of(dataset.type));
  const std::uint64_t target = dataset.bulk ? bulk_chunk_bytes : small_chunk_bytes;
  chunk[0] = std::max<std::uint64_t>(target / row_bytes, 1);
  return chunk;
}

}  // namespace

RecordStore::RecordStore(const std::filesystem::path& path)
    : path_(path), file_(std::in_place, path, Hdf5File::Mode::create) {}

RecordStore::RecordStore(const std::filesystem::path& path, std::span<const DatasetLength> lengths)
    : path_(path), file_(std::in_place, path, Hdf5File::Mode::modify), resumed_(true) {
  std::vector<Problem> problems;
  for (const DatasetLength& length : lengths) {
    if (!file_->exists(length.dataset) || file_->rows(length.dataset) < length.rows) {
      problems.push_back({path.string(), length.dataset + " is missing or too short",
                          "the output is older than the checkpoint", "start afresh"});
    }
  }
  if (!problems.empty()) throw InputError(std::move(problems));
  for (const DatasetLength& length : lengths) file_->resize(length.dataset, length.rows);
}

Hdf5File& RecordStore::file() {
  if (!file_) throw Error("the output file is closed");
  return *file_;
}

RecordHandle RecordStore::declare(const RecordedDataset& dataset) {
  Entry entry;
  entry.path = dataset.path;
  entry.type = dataset.type;
  entry.row_elements = static_cast<std::size_t>(product(dataset.row));
  for (const Entry& known : entries_) {
    if (known.path == dataset.path) throw Error("two recorders write " + dataset.path);
  }
  if (resumed_) {
    check_found(dataset, entry);
  } else {
    create(dataset);
  }
  entries_.push_back(std::move(entry));
  return {entries_.size() - 1};
}

void RecordStore::check_found(const RecordedDataset& dataset, Entry& entry) {
  const auto mismatch = [&](const std::string& what) {
    throw InputError({path_.string(), dataset.path + " " + what,
                      "the output was written by another configuration", "start afresh"});
  };
  if (!file().exists(dataset.path)) mismatch("is missing");
  std::vector<std::uint64_t> size = file().size(dataset.path);
  if (size.empty() || file().type(dataset.path) != dataset.type) mismatch("has another type");
  entry.rows = entry.written = size[0];
  size.erase(size.begin());
  if (size != dataset.row) mismatch("has another shape");
}

void RecordStore::create(const RecordedDataset& dataset) {
  Layout layout;
  layout.size = dataset.row;
  layout.size.insert(layout.size.begin(), 0);
  layout.chunk = dataset.chunk.empty() ? default_chunk(dataset) : dataset.chunk;
  layout.extendible = true;
  layout.compress = dataset.bulk;
  file().create_dataset(dataset.path, dataset.type, layout);
  if (!dataset.units.empty()) file().set_attribute(dataset.path, "units", dataset.units);
  if (!dataset.long_name.empty()) {
    file().set_attribute(dataset.path, "long_name", dataset.long_name);
  }
  if (dataset.scale) file().make_scale(dataset.path);
  for (unsigned axis = 0; axis < dataset.axes.size(); ++axis) {
    file().attach_scale(dataset.path, axis, dataset.axes[axis]);
  }
}

RecordHandle RecordStore::declare_dimension(const std::string& path) {
  const RecordHandle handle = declare({.path = path,
                                       .type = ElementType::f32,
                                       .row = {},
                                       .axes = {},
                                       .units = {},
                                       .long_name = {},
                                       .chunk = {}});
  if (!resumed_) file().make_scale(path, false);
  return handle;
}

void RecordStore::fixed_scale(const std::string& path, std::span<const double> values,
                              const std::string& units, const std::string& long_name) {
  if (resumed_) return;
  const std::uint64_t chunk = values.empty() ? 1 : 0;
  Layout layout{.size = {values.size()}, .chunk = {}};
  if (chunk > 0) layout.chunk = {chunk};
  file().create_dataset(path, ElementType::f64, layout);
  file().write(path, ElementType::f64, values.data(), 0, values.size());
  if (!units.empty()) file().set_attribute(path, "units", units);
  if (!long_name.empty()) file().set_attribute(path, "long_name", long_name);
  file().make_scale(path);
}

void RecordStore::fixed_scale(const std::string& path, std::span<const std::string> labels,
                              const std::string& long_name) {
  if (resumed_) return;
  Layout layout{.size = {labels.size()}, .chunk = {}};
  if (labels.empty()) layout.chunk = {1};
  file().create_dataset(path, ElementType::text, layout);
  file().write_text(path, labels);
  if (!long_name.empty()) file().set_attribute(path, "long_name", long_name);
  file().make_scale(path);
}

void RecordStore::append_bytes(RecordHandle handle, ElementType type,
                               std::span<const std::byte> bytes) {
  Entry& entry = entries_.at(handle.index);
  const std::size_t row_bytes = entry.row_elements * size_of(type);
  if (type != entry.type || (row_bytes > 0 && bytes.size() % row_bytes != 0)) {
    throw Error(entry.path + ": rows of another type or length than declared");
  }
  if (row_bytes == 0) {
    ++entry.rows;
    return;
  }
  const std::uint64_t rows = bytes.size() / row_bytes;
  if (bytes.size() >= waiting_bytes) {
    flush(entry);
    file().resize(entry.path, entry.written + rows);
    file().write(entry.path, entry.type, bytes.data(), entry.written, rows);
    entry.written += rows;
    entry.rows += rows;
    return;
  }
  entry.waiting.insert(entry.waiting.end(), bytes.begin(), bytes.end());
  entry.rows += rows;
  if (entry.waiting.size() >= waiting_bytes) flush(entry);
}

void RecordStore::append_text(RecordHandle handle, std::string text) {
  Entry& entry = entries_.at(handle.index);
  if (entry.type != ElementType::text) throw Error(entry.path + " does not hold text");
  entry.waiting_text.push_back(std::move(text));
  ++entry.rows;
  if (entry.waiting_text.size() >= waiting_texts) flush(entry);
}

void RecordStore::extend(RecordHandle handle, std::uint64_t rows) {
  entries_.at(handle.index).rows += rows;
}

std::vector<DatasetLength> RecordStore::lengths() const {
  std::vector<DatasetLength> result;
  for (const Entry& entry : entries_) result.push_back({entry.path, entry.rows});
  return result;
}

void RecordStore::flush(Entry& entry) {
  if (entry.rows == entry.written) return;
  file().resize(entry.path, entry.rows);
  if (!entry.waiting.empty()) {
    file().write(entry.path, entry.type, entry.waiting.data(), entry.written,
                 entry.rows - entry.written);
    entry.waiting.clear();
  }
  if (!entry.waiting_text.empty()) {
    file().write_text(entry.path, entry.waiting_text, entry.written);
    entry.waiting_text.clear();
  }
  entry.written = entry.rows;
}

void RecordStore::flush() {
  for (Entry& entry : entries_) flush(entry);
}

void RecordStore::close() {
  flush();
  file().close();
  file_.reset();
}

void RecordStore::reopen() {
  file_.emplace(path_, Hdf5File::Mode::modify);
}

}  // namespace neurograft
