#pragma once

#include <neurograft/io/config_check.hpp>

namespace neurograft {

/// Adds to the config's problems what no single key shows: steps that do not divide a day, events
/// outside the run, drugs after its end, voxels smaller than a cell, settings that exclude one
/// another.
void check_settings(ResolvedConfig& config);

}  // namespace neurograft
