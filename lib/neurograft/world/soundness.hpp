#pragma once

#include <string>

#include <neurograft/world/world.hpp>

namespace neurograft {

/// What is wrong with the agents of a world that was not made by a simulation of this program, as
/// one that was read: an unknown kind or state, a place that is not in its voxel or a voxel of the
/// wrong kind, an id that was not given yet, a birth in the future. Names the first such agent;
/// empty: nothing.
std::string unsound_agent(const World& world);

}  // namespace neurograft
