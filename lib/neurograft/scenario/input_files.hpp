#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <neurograft/io/config_check.hpp>
#include <neurograft/scenario/settings.hpp>

/// The files that a config has read besides itself.
namespace neurograft {

/// A path as a config gives it: a relative one counts from the config's folder.
std::filesystem::path resolve(const std::string& path, const std::filesystem::path& directory);

/// A file and the key of [brain] that asks for it; both empty if none is needed.
struct BrainFile {
  std::string key;
  std::filesystem::path path;
  std::string hint;  ///< what to do if it is missing; may be empty

  bool is_needed() const noexcept { return !path.empty(); }
};

/// What a [brain] section reads.
struct BrainFiles {
  BrainFile image;         ///< T1 without skull or segmentation
  BrainFile parcellation;  ///< seeds the ventricles of a T1
  BrainFile labels;        ///< label table of a segmentation
  BrainFile tracts;        ///< label image of white-matter tracts
  BrainFile tract_names;   ///< their names; not needed for the JHU atlas
};
BrainFiles brain_files(const BrainSettings& settings, const std::filesystem::path& directory);

/// Every file that a config reads besides itself: brain, tracts, lesion mask.
std::vector<std::filesystem::path> input_paths(const ResolvedConfig& config,
                                               const std::filesystem::path& directory);

/// Throws InputError if the file is needed and is not there, or is a folder.
void require_file(const BrainFile& file);

/// Adds every file of the config that is missing to its problems, before any of them is read.
void check_files(ResolvedConfig& config, const std::filesystem::path& directory);

}  // namespace neurograft
