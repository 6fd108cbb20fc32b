#include <algorithm>

#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/model/state.hpp>
#include <neurograft/scenario/host.hpp>

namespace neurograft {

double age_factor(const HostSettings& host) {
  return math::exp(-std::max(0.0, host.age_y - host.age_reference_y) / host.age_scale_y);
}

void set_host(World& world, const HostSettings& host, const VolumeLaw& volume) {
  const HostState state = HostState::bind(world);
  NamedArrays& compartments = world.compartments();
  compartments.scalar(state.age_factor) = age_factor(host);
  compartments.scalar(state.body_mass_kg) = host.body_mass_kg;
  compartments.scalar(state.node_volume_ml) = host.node_volume_ml;
  compartments.scalar(state.mismatch) = static_cast<double>(host.hla_mismatches) / 6.0;
  double gain = host.response_gain;
  if (host.draw_response_gain) {
    const Block words = Stream(world.seed(), StreamCode::host_draw, 0).block(0);
    gain *= math::exp(host.response_gain_sigma * math::normal_pair(words[0], words[1])[0]);
    gain = std::min(gain, host_section().table().find("response_gain")->range.highest);
  }
  compartments.scalar(state.response_gain) = gain;
  compartments.scalar(state.degeneration_per_y) =
      degeneration_for_atrophy(world, volume, host.degeneration_percent_per_y / 100.0);
}

}  // namespace neurograft
