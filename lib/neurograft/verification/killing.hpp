#pragma once

#include <neurograft/core/parallel.hpp>
#include <neurograft/verification/check.hpp>

/// The killing law h = k T / (n_half + n + T), n_half = k / (pi r^2 v), at voxels of 0.02 to 2 mm:
/// in bulk, for a sheet of cells on the ventricle wall, and for natural killer cells in a layer
/// whose density falls with depth; kills per killer from mass action to saturation; the share of
/// killers that are engaged, n / (n + n_half + T).
namespace neurograft::verification {

Checks killing_checks(Threads threads);

}  // namespace neurograft::verification
