#pragma once

#include <string>
#include <vector>

#include <neurograft/engine/readout.hpp>
#include <neurograft/model/state.hpp>

/// Mean axon and myelin fraction along named white-matter tracts.
namespace neurograft {

/// `tracts[i]` names the voxels with value i + 1 in the map `tract_id`. Adds nothing without names
/// or without the map. A tract without voxels reads 0.
void add_tract_readouts(const World& world, ReadoutTable& readouts, const TissueState& tissue,
                        const std::vector<std::string>& tracts);

}  // namespace neurograft
