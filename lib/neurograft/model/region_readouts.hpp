#pragma once

#include <neurograft/engine/readout.hpp>
#include <neurograft/model/state.hpp>

/// Tissue by region: whole brain, white and grey matter, all lesions and lesions by kind.
/// Fractions and debris are means over the region's voxels, cells are totals. A region without
/// voxels reads 0 throughout; `region_volume` tells.
namespace neurograft {

void add_region_readouts(const TissueState& tissue, ReadoutTable& readouts);

}  // namespace neurograft
