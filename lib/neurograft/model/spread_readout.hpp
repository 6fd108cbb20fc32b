#pragma once

#include <neurograft/engine/readout.hpp>

namespace neurograft {

/// Adds the readouts `donor_centre` and `donor_spread` [mm] by axis of the grid: mean and standard
/// deviation of the places of living donor cells in tissue, the mean from the grid's corner; NaN
/// without such cells. A random walk along one axis spreads as sqrt(2 D t).
void add_spread_readouts(ReadoutTable& readouts);

}  // namespace neurograft
