#pragma once

#include <neurograft/model/brain_volume.hpp>
#include <neurograft/scenario/settings.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// How much slower an old host repairs: exp(-(age - reference) / scale) above the reference age.
double age_factor(const HostSettings& host);

/// Writes a host's factors into the world (`HostState`). The individual's response gain is drawn,
/// if asked for, from the seed of the run.
void set_host(World& world, const HostSettings& host, const VolumeLaw& volume);

}  // namespace neurograft
