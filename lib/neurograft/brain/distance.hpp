#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <neurograft/world/grid.hpp>

namespace neurograft {

/// What a distance is measured to.
enum class DistanceTo {
  centre,  ///< the nearest feature voxel's centre
  face,    ///< the nearest point of a feature voxel's box: the tissue surface
};

/// Exact Euclidean distance from each voxel's centre to the nearest feature voxel (not 0 in
/// `features`) [mm]; 0 in feature voxels, infinity if there are none. One lower envelope per line
/// and axis, after Felzenszwalb and Huttenlocher 2012, doi 10.4086/toc.2012.v008a019.
std::vector<double> distance_mm(const Geometry& geometry, std::span<const std::uint8_t> features,
                                DistanceTo to);

/// Depth below the ventricle wall of each parenchyma voxel's centre [mm]; infinity without
/// ventricle. Size parenchyma_size().
std::vector<double> ventricle_distance_mm(const Grid& grid);

/// Depth below the pial surface, where parenchyma meets subarachnoid CSF or the outside [mm];
/// infinity if it meets neither. The edge of the image is no surface. Size parenchyma_size().
std::vector<double> pial_distance_mm(const Grid& grid);

}  // namespace neurograft
