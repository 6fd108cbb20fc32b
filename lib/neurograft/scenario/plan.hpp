#pragma once

#include <filesystem>
#include <vector>

#include <neurograft/io/config_check.hpp>
#include <neurograft/scenario/processes.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// Fills in what happens in a run and to whom: injections, lesions, insults, drug courses. Sites
/// outside tissue are rejected in the config; throws InputError for what else is wrong.
void plan_events(ResolvedConfig& config, const World& world, const std::filesystem::path& directory,
                 std::vector<std::filesystem::path>& files, ProcessInputs& inputs);

}  // namespace neurograft
