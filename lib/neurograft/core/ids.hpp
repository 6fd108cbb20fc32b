#pragma once

#include <cstdint>

namespace neurograft {

/// Whole base steps since `start_d`. Tick 0 is the start of the run.
using Tick = std::int64_t;

/// Identity of an agent: unique over all kinds, given once, never used again.
using AgentId = std::uint32_t;

/// Index into the grid's compact voxel list.
using VoxelIndex = std::uint32_t;

inline constexpr VoxelIndex no_voxel = 0xffffffffU;  ///< outside the brain or the image
inline constexpr AgentId no_agent = 0xffffffffU;     ///< no agent; never given as an id

}  // namespace neurograft
