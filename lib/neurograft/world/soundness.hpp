#pragma once

#include <string>

#include <neurograft/world/world.hpp>

namespace neurograft {

/// What is wrong with the agents of a world: an unknown kind or state, a place outside the image, a
/// voxel of the wrong kind, an id that was not given yet, a birth to come. Names the first such
/// agent; empty: nothing, as in every world that a simulation of this library makes.
std::string unsound_agent(const World& world);

}  // namespace neurograft
