#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <neurograft/world/grid.hpp>

/// White-matter tracts from an atlas of labels, and coarse fibre directions along them.
namespace neurograft {

/// Values of a tract atlas lie below this; 0 is no tract.
inline constexpr int tract_label_count = 256;

/// Labels of an atlas that are reported as one tract.
struct TractGroup {
  std::string name;
  std::vector<int> labels;
};

/// Tracts that carry the trial's functions, in the labels of `JHU-WhiteMatter-labels` (1 to 48):
/// corticospinal (brainstem, peduncle, posterior limb, superior corona radiata), callosal_genu,
/// callosal_body, callosal_splenium, thalamic_radiation (anterior limb, posterior radiation),
/// cingulum. Which labels make up the corticospinal and thalamic groups is assumed.
const std::vector<TractGroup>& jhu_tract_groups();

/// The label of a tract atlas at each parenchyma voxel, 0 where it has none or the voxel is not
/// white matter. The atlas may have another grid and is placed by its affine (nearest voxel).
std::vector<std::uint8_t> atlas_labels(const Grid& grid, const Image& atlas);

/// For each parenchyma voxel 1 + the index of its group, 0 for none. Size of `labels`.
std::vector<std::uint8_t> tract_of_voxel(std::span<const std::uint8_t> labels,
                                         const std::vector<TractGroup>& groups);

/// Fibre directions along JHU tracts, along the axes of the image; {0, 0, 0} where none is known.
/// The direction is the principal axis of the voxels of the same label within `radius_mm`; the
/// labels of the corticospinal chain count as one bundle. Where an atlas label is a sheet that its
/// fibres cross the short way, a plane is given from anatomy: coronal for callosal body and
/// corticospinal chain, axial for genu, splenium, anterior limb and posterior thalamic radiation.
/// The length, in [0, 1], is how clearly one axis stands out: 1 - (second / first variance). Grade:
/// assumed; no tensor image is behind it.
std::vector<std::array<float, 3>> fibre_directions(const Grid& grid,
                                                   std::span<const std::uint8_t> labels,
                                                   double radius_mm = 6.0);

}  // namespace neurograft
