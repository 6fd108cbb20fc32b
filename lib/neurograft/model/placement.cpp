#include <neurograft/model/placement.hpp>

namespace neurograft {
namespace {

// 24 bits: exact in a float, never 1.
double unit(std::uint32_t word) noexcept {
  return (static_cast<double>(word >> 8) + 0.5) * 0x1p-24;
}

}  // namespace

VoxelIndex voxel_at(const Grid& grid, const Point& p) noexcept {
  return grid.voxel_at(static_cast<float>(p[0]), static_cast<float>(p[1]),
                       static_cast<float>(p[2]));
}

Place place_in_voxel(const Grid& grid, VoxelIndex voxel, const Block& words) noexcept {
  const auto [i, j, k] = grid.coordinates(voxel);
  const auto& h = grid.geometry().spacing_mm;
  const Place place{static_cast<float>((i + unit(words[1])) * h[0]),
                    static_cast<float>((j + unit(words[2])) * h[1]),
                    static_cast<float>((k + unit(words[3])) * h[2]), voxel};
  if (grid.voxel_at(place.x, place.y, place.z) == voxel) return place;
  // Rounding to float put it across a face.
  const Point c = grid.centre_mm(voxel);
  return {static_cast<float>(c[0]), static_cast<float>(c[1]), static_cast<float>(c[2]), voxel};
}

// Uniform in the ball, by rejection of the cube; then of what is not parenchyma. The site itself is
// parenchyma and serves if, improbably, every attempt fails.
Place place_in_ball(const Grid& grid, const Point& site, double radius, const Stream& draws,
                    AgentId id) noexcept {
  constexpr std::uint32_t first_attempt = 2;  // blocks 0 and 1 are for the heading
  constexpr std::uint32_t attempts = 1000;
  for (std::uint32_t number = first_attempt; radius > 0.0 && number < attempts; ++number) {
    const Block words = draws.block(id, number);
    const double u = 2.0 * unit(words[0]) - 1.0;
    const double v = 2.0 * unit(words[1]) - 1.0;
    const double w = 2.0 * unit(words[2]) - 1.0;
    if (u * u + v * v + w * w > 1.0) continue;
    const auto x = static_cast<float>(site[0] + radius * u);
    const auto y = static_cast<float>(site[1] + radius * v);
    const auto z = static_cast<float>(site[2] + radius * w);
    const VoxelIndex voxel = grid.voxel_at(x, y, z);
    if (voxel < grid.parenchyma_size()) return {x, y, z, voxel};
  }
  return {static_cast<float>(site[0]), static_cast<float>(site[1]), static_cast<float>(site[2]),
          voxel_at(grid, site)};
}

double share_inside(const Grid& grid, VoxelIndex voxel, const Point& site, double radius) noexcept {
  constexpr int points = 6;
  const auto corner = grid.coordinates(voxel);
  const auto& h = grid.geometry().spacing_mm;
  const auto offset = [&](std::size_t axis, int point) {
    return (corner[axis] + (point + 0.5) / points) * h[axis] - site[axis];
  };
  int inside = 0;
  for (int a = 0; a < points; ++a) {
    for (int b = 0; b < points; ++b) {
      for (int c = 0; c < points; ++c) {
        const double x = offset(0, a), y = offset(1, b), z = offset(2, c);
        inside += x * x + y * y + z * z <= radius * radius;
      }
    }
  }
  return static_cast<double>(inside) / (points * points * points);
}

}  // namespace neurograft
