#pragma once

#include <neurograft/core/parallel.hpp>
#include <neurograft/verification/check.hpp>

/// Substances against closed forms: point sources, screened profiles, layers, unlike D along the
/// axes, curved borders, decay, sources that decay within minutes, amounts that are kept or booked;
/// and the order at which errors fall with voxel size and sub-step.
namespace neurograft::verification {

Checks diffusion_checks(Threads threads);

}  // namespace neurograft::verification
