#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/core/export.hpp>

namespace neurograft {

/// Names one array of a `NamedArrays`; found once in `bind`, used in loops.
struct ArrayHandle {
  std::uint32_t index = 0xffffffffU;  ///< place in NamedArrays::entries; by default none
};

/// Arrays of doubles under unique names: tissue and fields per voxel, compartments of any length.
/// A checkpoint, a comparison and the memory estimate walk them, so what is kept here resumes
/// exactly without further code.
class NEUROGRAFT_API NamedArrays {
 public:
  /// One array.
  struct Entry {
    std::string name;              ///< as in the output file, e.g. "axon_fraction"
    std::string unit;              ///< "cell/mm3", "1" for a pure number
    std::string long_name;         ///< one line for a reader
    std::vector<double> values;    ///< one per parenchyma voxel, or a compartment's
    std::string owner{};           ///< process that keeps it; for messages
    bool may_be_negative = false;  ///< else a value below zero is an error
  };

  /// Adds an array. Throws Error if the name is taken.
  ArrayHandle add(std::string name, std::string unit, std::string long_name, std::size_t size,
                  double fill = 0.0);

  /// The same, or the array of this name if it is there, whatever its size: for what several
  /// processes share.
  ArrayHandle find_or_add(std::string name, std::string unit, std::string long_name,
                          std::size_t size, double fill = 0.0);

  /// Allows values below zero, as of a balance or a potential. What is not finite is always an
  /// error.
  void allow_negative(ArrayHandle handle) noexcept {
    entries_[handle.index].may_be_negative = true;
  }

  /// The array of this name; throws Error, naming what exists, if there is none.
  ArrayHandle find(std::string_view name) const;
  bool contains(std::string_view name) const noexcept;  ///< whether one has this name

  ///@{
  /// All values of an array. The handle is not checked. The span holds while others are added.
  std::span<double> operator[](ArrayHandle handle) noexcept {
    return entries_[handle.index].values;
  }
  std::span<const double> operator[](ArrayHandle handle) const noexcept {
    return entries_[handle.index].values;
  }
  ///@}

  ///@{
  /// First value: for compartments of length 1.
  double& scalar(ArrayHandle handle) noexcept { return entries_[handle.index].values[0]; }
  double scalar(ArrayHandle handle) const noexcept { return entries_[handle.index].values[0]; }
  ///@}

  ///@{
  /// All arrays in the order they were added. Sizes are not to be changed.
  std::vector<Entry>& entries() noexcept { return entries_; }
  const std::vector<Entry>& entries() const noexcept { return entries_; }
  ///@}

 private:
  std::vector<Entry> entries_;
};

}  // namespace neurograft
