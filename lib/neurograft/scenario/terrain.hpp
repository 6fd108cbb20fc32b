#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <neurograft/scenario/settings.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// Adds the fixed maps of a brain to `World::maps()`: distances to the ventricle wall and the pial
/// surface and, where known, to the aqueduct [mm], relative vessel density, tract numbers and fibre
/// directions. Returns the names of the tracts, by number - 1. Throws InputError.
std::vector<std::string> add_terrain(World& world, const BrainSettings& settings,
                                     const std::filesystem::path& directory,
                                     std::vector<std::filesystem::path>& inputs);

}  // namespace neurograft
