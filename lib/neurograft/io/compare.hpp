#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace neurograft {

/// The first place where two output files differ.
struct Difference {
  std::string dataset;                  ///< "/series/pbvc", or the group if all of it is missing
  std::string what;                     ///< "values differ", "missing in B.h5", "lengths differ"
  std::optional<std::uint64_t> row;     ///< along the dataset's first axis
  std::optional<std::uint64_t> record;  ///< record of `/series` or frame
  std::optional<double> day;            ///< of that record
  std::vector<std::uint64_t> index;     ///< along the further axes
  std::string left, right;              ///< the two values, with all their digits
};

/// The difference as one line.
std::string to_string(const Difference& difference);

/// Compares `/series`, `/fields`, `/agents` and `/events` bit by bit (a NaN equals the same NaN; 0
/// and -0 differ). Returns the earliest record in the first group that differs, or nothing if all
/// are identical. Attributes and provenance do not count. Throws IoError if a file cannot be read.
std::optional<Difference> compare(const std::filesystem::path& a, const std::filesystem::path& b);

/// A key whose resolved value differs between two results files, "-" where a file has none.
struct SettingDifference {
  std::string key;  ///< "graft.cells", "drug[0].stop_d"
  std::string left, right;
};

/// All of them, in the order of the first file. Throws IoError as `compare` does.
std::vector<SettingDifference> config_differences(const std::filesystem::path& a,
                                                  const std::filesystem::path& b);

}  // namespace neurograft
