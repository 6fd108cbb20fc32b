#pragma once

#include <cstdint>

#include <neurograft/engine/readout.hpp>

/// Signs of overgrowth: donor cells that still divide, the largest clone, the highest local density
/// and cells near the aqueduct, where a mass would block the flow of CSF.
namespace neurograft {

struct ReadoutsParameters;

/// Number of living donor cells of the most numerous clone. Suspended cells do not divide, so each
/// is its own clone.
std::uint64_t largest_clone(const Agents& agents, Threads threads);

/// Highest density of donor cells [cell/mm3]: in tissue per voxel volume, on the wall per wall area
/// and layer. Wall areas below a quarter of a voxel face are taken as that, as a single cell on a
/// sliver of wall is no crowd.
double peak_donor_density(const World& world, double wall_layer_mm, Threads threads);

/// Cells near the aqueduct are offered if the map `aqueduct_distance` [mm] exists.
void add_safety_readouts(const World& world, ReadoutTable& readouts,
                         const ReadoutsParameters& parameters);

}  // namespace neurograft
