#pragma once

#include <neurograft/core/parallel.hpp>
#include <neurograft/model/lifecycle.hpp>
#include <neurograft/verification/check.hpp>

/// Fates of donor cells that chance decides one by one: survival exp(-mu t) and
/// exp(-mu_e tau (1 - exp(-t / tau))); hazards that compete, each taking its share of
/// 1 - exp(-sum); rest and waking; clones of the linear birth-death process, mean e = exp((b - d)
/// t) and variance (b + d) / (b - d) e (e - 1), extinct with chance d (e - 1) / (b e - d);
/// suspended cells that split between wall, outflow and death by their rates.
namespace neurograft::verification {

/// Parameters under which nothing happens to a cell.
LifecycleParameters eventless();

Checks donor_cell_checks(Threads threads);

}  // namespace neurograft::verification
