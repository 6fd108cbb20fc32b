#pragma once

#include <neurograft/core/parallel.hpp>
#include <neurograft/verification/check.hpp>

/// Drug levels: one oral dose (Bateman), equal rates of absorption and elimination, two
/// compartments after an intravenous dose, the sum of doses in a regular course
/// 1 / (1 - exp(-k tau)), steady trough, mean and peak, and the mean of a saturating effect over an
/// interval in which the level falls as exp(-k t):
/// ln((C_0^n + EC50^n) / (C_T^n + EC50^n)) / (n k T).
namespace neurograft::verification {

Checks pharmacokinetics_checks(Threads threads);

}  // namespace neurograft::verification
