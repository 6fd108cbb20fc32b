#pragma once

#include <array>
#include <string>

#include <neurograft/world/image.hpp>

/// Images of one head on different grids, brought together through their affines.
namespace neurograft {

using Affine = std::array<double, 16>;  ///< row-major 4x4, last row 0 0 0 1

/// The point `affine` maps `p` to.
std::array<double, 3> mapped(const Affine& affine, const std::array<double, 3>& p) noexcept;

/// The map that applies `second` after `first`.
Affine compose(const Affine& second, const Affine& first) noexcept;

/// The inverse map. Throws InputError, naming `where`, if the affine is singular.
Affine inverse(const Affine& affine, const std::string& where);

/// A point of the image's own space (scanner or template) [mm] as a position on its grid: [mm] from
/// the low corner of voxel (0, 0, 0) along the image's axes, in the grid's spacing, which differs
/// from that of the affine in a scaled brain. Throws InputError if the affine is singular.
std::array<double, 3> grid_position(const Geometry& geometry, const std::array<double, 3>& point);

/// `image` at the centres of the voxels of `target`: its nearest voxel, 0 beyond its edge. First
/// channel only. Throws InputError if the image's affine is singular.
Image resample_nearest(const Image& image, const Geometry& target);

}  // namespace neurograft
