#pragma once

#include <string>

#include <neurograft/world/world.hpp>

namespace neurograft {

/// What is wrong with a world, the first thing found; empty: nothing, as in every world that a
/// simulation of this library makes.
/// - An agent has an unknown kind or state, a place outside the image, a voxel of the wrong kind,
///   an id that was not given yet, or a birth to come.
/// - A hazard is negative or not finite.
/// - A value of an array is not finite, or negative where it may not be.
std::string unsound(const World& world);

}  // namespace neurograft
