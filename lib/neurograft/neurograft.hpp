#pragma once

/// @file
/// All that a program needs to build a scenario, add processes and recorders of its own, run it,
/// read its state, and stop and resume it.

/// @namespace neurograft
/// The whole library. Lengths are in mm, times in days from the first injection day, counts in
/// cells; a name says so where a unit differs (`step_h`, `wall_s`). Whatever is thrown by the
/// library itself is a neurograft::Error.

#include <neurograft/core/error.hpp>
#include <neurograft/core/ids.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/parallel.hpp>
#include <neurograft/core/parameter.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/core/version.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/engine/readout.hpp>
#include <neurograft/engine/recorder.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/io/checkpoint.hpp>
#include <neurograft/io/config.hpp>
#include <neurograft/io/config_check.hpp>
#include <neurograft/io/output_file.hpp>
#include <neurograft/model/state.hpp>
#include <neurograft/scenario/build.hpp>
#include <neurograft/scenario/run.hpp>
#include <neurograft/world/world.hpp>
