#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <neurograft/core/parallel.hpp>
#include <neurograft/world/image.hpp>

/// Which voxels touch, and what follows from it: components, geodesic distance, cheapest paths. A
/// mask has one byte per voxel of a geometry, not 0 where true.
namespace neurograft {

using Mask = std::vector<std::uint8_t>;

/// Voxels touch by faces (6), or by faces, edges and corners (26).
enum class Connectivity { faces, corners };

/// Offset of a neighbour and its distance [mm].
struct Neighbour {
  int i, j, k;
  double mm;
};

/// The neighbours of a voxel in a fixed order.
std::vector<Neighbour> neighbours(const Geometry& geometry, Connectivity connectivity);

/// Image coordinates of a linear index.
inline std::array<int, 3> coordinates(const Geometry& geometry, std::size_t linear) noexcept {
  const auto nx = static_cast<std::size_t>(geometry.size[0]);
  const auto ny = static_cast<std::size_t>(geometry.size[1]);
  return {static_cast<int>(linear % nx), static_cast<int>(linear / nx % ny),
          static_cast<int>(linear / nx / ny)};
}

/// Calls `visit(linear, mm)` for each neighbour of a voxel that lies in the image.
template <class Visit>
void for_each_neighbour(const Geometry& geometry, const std::vector<Neighbour>& around,
                        std::size_t linear, Visit&& visit) {
  const auto [i, j, k] = coordinates(geometry, linear);
  for (const Neighbour& step : around) {
    if (!geometry.contains(i + step.i, j + step.j, k + step.k)) continue;
    visit(geometry.index(i + step.i, j + step.j, k + step.k), step.mm);
  }
}

/// Connected parts of a mask, numbered 1, 2, ... in the order of their first voxels.
struct Components {
  std::vector<std::uint32_t> id;    ///< per voxel; 0 outside the mask
  std::vector<std::size_t> voxels;  ///< voxels[n] of component n; voxels[0] is unused

  std::size_t count() const noexcept { return voxels.size() - 1; }
  std::uint32_t largest() const noexcept;  ///< 0 if there is none; the first of equals
};

Components connected_components(const Geometry& geometry, std::span<const std::uint8_t> mask,
                                Connectivity connectivity);

/// Voxels that can be reached from `from` by face steps through `allowed`, the nearest to `from`
/// first (Euclidean, to its faces), of equals the lowest index; `from` itself is left out. None
/// farther than `limit_mm`, and at most `limit_count`.
std::vector<std::size_t> grow_order(
    const Geometry& geometry, std::span<const std::uint8_t> from,
    std::span<const std::uint8_t> allowed, double limit_mm,
    std::size_t limit_count = std::numeric_limits<std::size_t>::max());

/// Joins the components of `mask` (by faces) to the largest one: each, largest first, along the
/// path of least sum of `cost` over the voxels entered (face steps), which are added to the mask.
/// Components below `least_voxels` are taken off instead, and so are those that cannot be
/// reached for at most `cost_limit`. A voxel of infinite cost is never entered.
void join_components(const Geometry& geometry, Mask& mask, FunctionRef<double(std::size_t)> cost,
                     double cost_limit, std::size_t least_voxels);

}  // namespace neurograft
