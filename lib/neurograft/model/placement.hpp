#pragma once

#include <array>

#include <neurograft/core/random.hpp>
#include <neurograft/world/grid.hpp>

/// Where injected cells and lesions lie: uniform draws by volume, and the share of a voxel that a
/// ball covers.
namespace neurograft {

using Point = std::array<double, 3>;  ///< [mm] from the low corner of the grid

/// A position and the voxel that holds it.
struct Place {
  float x, y, z;
  VoxelIndex voxel;
};

/// The compact voxel that holds a point, or `no_voxel`.
VoxelIndex voxel_at(const Grid& grid, const Point& point) noexcept;

/// Uniform in a voxel, from words 1 to 3.
Place place_in_voxel(const Grid& grid, VoxelIndex voxel, const Block& words) noexcept;

/// Uniform in the parenchyma within `radius_mm` of a site that is parenchyma itself. Uses blocks 2
/// and up of the agent's draws; blocks 0 and 1 are left for its heading.
Place place_in_ball(const Grid& grid, const Point& site, double radius_mm, const Stream& draws,
                    AgentId id) noexcept;

/// The share of a voxel within the ball, from 6 x 6 x 6 points.
double share_inside(const Grid& grid, VoxelIndex voxel, const Point& site,
                    double radius_mm) noexcept;

}  // namespace neurograft
