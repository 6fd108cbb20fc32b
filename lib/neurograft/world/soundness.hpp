#pragma once

#include <string>

#include <neurograft/world/world.hpp>

namespace neurograft {

/// What is wrong with an agent that no simulation of this library makes: an unknown kind or state,
/// a place outside the image, a voxel of the wrong kind, an id that was not given yet, a birth to
/// come. Null: nothing.
const char* fault_of_agent(const World& world, std::size_t slot) noexcept;

/// The same of all agents of a world, as one that was read: names the first; empty: nothing.
std::string unsound_agent(const World& world);

}  // namespace neurograft
