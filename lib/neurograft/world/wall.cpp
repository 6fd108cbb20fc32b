#include <algorithm>
#include <array>
#include <cmath>

#include <neurograft/world/wall.hpp>

namespace neurograft {
namespace {

// First moment of the ventricle about a face centre under a kernel (1 - r^2 / R^2), which is even
// in all directions on the half-shifted lattice of a face: the local wall normal, towards the
// ventricle. Beyond the grid's edge its last layer is taken to go on.
std::array<double, 3> wall_normal(const Grid& grid, const std::array<int, 3>& centre,
                                  const std::array<double, 3>& offset) {
  const Geometry& geometry = grid.geometry();
  constexpr int reach = 4;
  constexpr double radius = 3.5;  // [voxels]
  std::array<double, 3> normal{};
  for (int dk = -reach; dk <= reach; ++dk) {
    const int k = std::clamp(centre[2] + dk, 0, geometry.size[2] - 1);
    for (int dj = -reach; dj <= reach; ++dj) {
      const int j = std::clamp(centre[1] + dj, 0, geometry.size[1] - 1);
      for (int di = -reach; di <= reach; ++di) {
        const int i = std::clamp(centre[0] + di, 0, geometry.size[0] - 1);
        const std::array<double, 3> away{di - offset[0], dj - offset[1], dk - offset[2]};
        const double distance2 = away[0] * away[0] + away[1] * away[1] + away[2] * away[2];
        if (distance2 >= radius * radius) continue;
        const VoxelIndex voxel = grid.compact(geometry.index(i, j, k));
        if (voxel == no_voxel || grid.label(voxel) != Label::ventricle) continue;
        const double weight = 1.0 - distance2 / (radius * radius);
        for (std::size_t axis = 0; axis < 3; ++axis) {
          normal[axis] += weight * away[axis] * geometry.spacing_mm[axis];
        }
      }
    }
  }
  return normal;
}

}  // namespace

Wall::Wall(const Grid& grid) : area_by_voxel_(grid.parenchyma_size()) {
  const Geometry& geometry = grid.geometry();
  for (VoxelIndex voxel = 0; voxel < grid.parenchyma_size(); ++voxel) {
    for (std::size_t face = 0; face < 6; ++face) {
      const VoxelIndex neighbour = grid.neighbours(voxel)[face];
      if (neighbour == no_voxel || grid.label(neighbour) != Label::ventricle) continue;
      const std::size_t axis = face / 2;
      std::array<double, 3> offset{};
      offset[axis] = face % 2 == 0 ? -0.5 : 0.5;
      const std::array<double, 3> normal = wall_normal(grid, grid.coordinates(voxel), offset);
      const double length =
          std::sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
      const double cosine = length > 0.0 ? std::abs(normal[axis]) / length : 1.0;
      const double full = geometry.voxel_volume_mm3() / geometry.spacing_mm[axis];
      // A face is never worth nothing: a lone cell pushed against it must be able to attach.
      const double area = full * std::max(cosine, 0.05);
      faces_.push_back({voxel, static_cast<std::uint8_t>(face), static_cast<float>(area)});
      area_by_voxel_[voxel] += static_cast<float>(area);
      cumulative_.push_back((cumulative_.empty() ? 0.0 : cumulative_.back()) + area);
    }
  }
}

std::size_t Wall::face_at(double uniform) const noexcept {
  const double target = uniform * total_area_mm2();
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), target);
  return std::min<std::size_t>(static_cast<std::size_t>(found - cumulative_.begin()),
                               cumulative_.size() - 1);
}

}  // namespace neurograft
