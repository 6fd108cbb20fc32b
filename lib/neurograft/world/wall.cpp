#include <neurograft/world/wall.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace neurograft {
namespace {

// Gradient of the ventricle indicator over a 5x5x5 neighbourhood, by distance-weighted first
// moments: direction of the local wall normal, towards the ventricle.
std::array<double, 3> wall_normal(const Grid& grid, const std::array<int, 3>& centre,
                                  const std::array<double, 3>& offset) {
  const Geometry& geometry = grid.geometry();
  std::array<double, 3> normal{};
  constexpr int reach = 2;
  for (int dk = -reach; dk <= reach; ++dk) {
    for (int dj = -reach; dj <= reach; ++dj) {
      for (int di = -reach; di <= reach; ++di) {
        const int i = centre[0] + di;
        const int j = centre[1] + dj;
        const int k = centre[2] + dk;
        if (!geometry.contains(i, j, k)) continue;
        const VoxelIndex voxel = grid.compact(geometry.index(i, j, k));
        if (voxel == no_voxel || grid.label(voxel) != Label::ventricle) continue;
        const std::array<double, 3> away{(di - offset[0]) * geometry.spacing_mm[0],
                                         (dj - offset[1]) * geometry.spacing_mm[1],
                                         (dk - offset[2]) * geometry.spacing_mm[2]};
        const double distance =
            std::sqrt(away[0] * away[0] + away[1] * away[1] + away[2] * away[2]);
        // Voxels in the corners of the cube would favour the diagonals.
        if (distance > (reach + 0.5) * geometry.spacing_mm[0]) continue;
        for (std::size_t axis = 0; axis < 3; ++axis) normal[axis] += away[axis];
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
      const double length = std::sqrt(normal[0] * normal[0] + normal[1] * normal[1] +
                                      normal[2] * normal[2]);
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
