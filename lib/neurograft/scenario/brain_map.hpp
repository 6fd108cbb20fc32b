#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <neurograft/core/parameter.hpp>
#include <neurograft/scenario/settings.hpp>
#include <neurograft/world/image.hpp>

/// The brain that a config asks for.
namespace neurograft {

/// The label map of a [brain] section, resampled, scaled and with ventricles enlarged as asked.
/// Relative paths are relative to `directory`; files read are added to `inputs`. The segmentation
/// of colin27 is computed once and kept in the user's cache folder. Throws InputError.
LabelMap brain_map(const BrainSettings& settings, const std::filesystem::path& directory,
                   std::vector<std::filesystem::path>& inputs);
LabelMap brain_map(const SectionValues& brain_section, const std::filesystem::path& directory);

/// Volumes by tissue, size and spacing, in a few lines.
std::string describe_brain(const LabelMap& map);

}  // namespace neurograft
