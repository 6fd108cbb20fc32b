#pragma once

#include <neurograft/core/parallel.hpp>
#include <neurograft/verification/check.hpp>

/// Walkers in tissue without borders: mean squared displacement of the persistent walk,
/// 6 D (t - tau (1 - exp(-t / tau))), from ballistic to diffusive and for steps of 1 h to a day; T
/// cells by their motility coefficient; spread along and across fibres, 2 D t and 2 D t / ratio;
/// drift v |g| / (|g| + g_half) along a gradient.
namespace neurograft::verification {

Checks motion_checks(Threads threads);

}  // namespace neurograft::verification
