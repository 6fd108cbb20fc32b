#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace neurograft {

/// What one element of a dataset is, in memory and in the file.
enum class ElementType : std::uint8_t { u8, u16, u32, u64, i16, i32, i64, f32, f64, text };

/// Bytes of one element; 0 for text.
std::size_t size_of(ElementType type) noexcept;

/// The element type of a C++ number or of an enum by its underlying number.
template <class T>
constexpr ElementType element_type() {
  if constexpr (std::is_enum_v<T>) {
    return element_type<std::underlying_type_t<T>>();
  } else if constexpr (std::is_floating_point_v<T>) {
    return sizeof(T) == 4 ? ElementType::f32 : ElementType::f64;
  } else if constexpr (std::is_unsigned_v<T>) {
    return sizeof(T) == 1   ? ElementType::u8
           : sizeof(T) == 2 ? ElementType::u16
           : sizeof(T) == 4 ? ElementType::u32
                            : ElementType::u64;
  } else {
    static_assert(sizeof(T) >= 2);
    return sizeof(T) == 2 ? ElementType::i16 : sizeof(T) == 4 ? ElementType::i32 : ElementType::i64;
  }
}

/// An attribute's value. Integers read from a file come as `std::int64_t`, or as `std::uint64_t`
/// where they were stored without sign; lists as doubles.
using Attribute = std::variant<std::int64_t, std::uint64_t, double, std::string,
                               std::vector<double>, std::vector<std::uint8_t>>;

/// Size and storage of a dataset, outermost axis first.
struct Layout {
  std::vector<std::uint64_t> size;   ///< empty: a single value
  std::vector<std::uint64_t> chunk;  ///< empty: one contiguous block
  bool extendible = false;           ///< along the first axis; needs chunks
  bool compress = false;             ///< shuffle and deflate; needs chunks
};

/// An open HDF5 file. Groups and datasets are named by absolute path; links and attributes keep
/// the order in which they were made. Rows run along the first axis. Every failure throws IoError
/// with path and operation; HDF5 prints nothing.
class Hdf5File {
 public:
  enum class Mode { create, read, modify };

  Hdf5File(const std::filesystem::path& path, Mode mode);
  ~Hdf5File();
  Hdf5File(Hdf5File&& other) noexcept;
  Hdf5File& operator=(Hdf5File&&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

  /// Writes everything out and closes; unlike the destructor, reports failure.
  void close();

  bool exists(const std::string& object) const;
  bool is_group(const std::string& object) const;

  /// Names of what a group holds, in the order of making.
  std::vector<std::string> children(const std::string& group) const;

  /// Makes a group, and those above it as needed.
  void create_group(const std::string& group);

  /// Makes a dataset, and the groups above it as needed. Axes of size 0 may later grow.
  void create_dataset(const std::string& dataset, ElementType type, const Layout& layout);

  /// Removes a group or dataset.
  void remove(const std::string& object);

  ElementType type(const std::string& dataset) const;
  std::vector<std::uint64_t> size(const std::string& dataset) const;

  /// Rows along the first axis; 1 for a single value.
  std::uint64_t rows(const std::string& dataset) const;

  /// Whether a dataset is a single value or a list with every element stored, uncompressed, in the
  /// file: then it takes no more memory than the file is long.
  bool is_stored_list(const std::string& dataset) const;

  /// Lengthens or cuts the first axis of an extendible dataset.
  void resize(const std::string& dataset, std::uint64_t rows);

  void write(const std::string& dataset, ElementType type, const void* values,
             std::uint64_t first_row, std::uint64_t rows);
  void read(const std::string& dataset, ElementType type, void* values, std::uint64_t first_row,
            std::uint64_t rows) const;
  void write_text(const std::string& dataset, std::span<const std::string> values,
                  std::uint64_t first_row = 0);
  std::vector<std::string> read_text(const std::string& dataset, std::uint64_t first_row,
                                     std::uint64_t rows) const;

  /// All values of a dataset, converted to T, last axis fastest.
  template <class T>
  std::vector<T> read_all(const std::string& dataset) const {
    std::vector<T> values(elements(dataset));
    read(dataset, element_type<T>(), values.data(), 0, rows(dataset));
    return values;
  }
  std::vector<std::string> read_all_text(const std::string& dataset) const;

  /// Makes a contiguous dataset of these values, one axis.
  template <class T>
  void write_all(const std::string& dataset, std::span<const T> values) {
    create_dataset(dataset, element_type<T>(), {.size = {values.size()}, .chunk = {}});
    write(dataset, element_type<T>(), values.data(), 0, values.size());
  }
  void write_all_text(const std::string& dataset, std::span<const std::string> values);

  /// Makes a dataset that is one text.
  void write_one_text(const std::string& dataset, const std::string& text);

  void set_attribute(const std::string& object, const std::string& name, const Attribute& value);
  std::optional<Attribute> attribute(const std::string& object, const std::string& name) const;
  /// Names of an object's attributes, in the order of making.
  std::vector<std::string> attributes(const std::string& object) const;
  /// A text attribute, or `fallback` if it is not there or no text.
  std::string text_attribute(const std::string& object, const std::string& name,
                             std::string_view fallback = {}) const;

  /// Makes a dataset a dimension scale of its own name. With `values_matter` false it is a bare
  /// dimension: netCDF readers see its length, not its (absent) values.
  void make_scale(const std::string& dataset, bool values_matter = true);
  void attach_scale(const std::string& dataset, unsigned axis, const std::string& scale);
  /// Path of the first scale of an axis; empty if it has none.
  std::string scale_of(const std::string& dataset, unsigned axis) const;

 private:
  std::size_t elements(const std::string& dataset) const;

  std::filesystem::path path_;
  std::int64_t id_ = -1;
};

}  // namespace neurograft
