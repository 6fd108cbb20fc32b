#pragma once

#include <neurograft/core/parallel.hpp>
#include <neurograft/verification/check.hpp>

/// Resident tissue in cases where one law alone acts: oligodendrocytes that are not replaced,
/// o = o_0 exp(-t / 300 y); OPC under constant stimulation, p = K / (1 + (K / p_0 - 1) exp(-r t));
/// exponential decay of debris, bare axons, myelin without its cell, barrier leak, and of axons
/// under imposed degeneration; and the order of the integration in its step.
namespace neurograft::verification {

Checks tissue_checks(Threads threads);

}  // namespace neurograft::verification
