#include <algorithm>
#include <array>

#include <neurograft/core/math.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/model/antigenicity.hpp>
#include <neurograft/world/voxel_cache.hpp>

namespace neurograft {
namespace {

// The target as a function of inflammation, in fixed-point units.
struct Target {
  float resting;
  float rise;
  float half;

  static Target of(double resting, double highest, double half) {
    return {static_cast<float>(resting) * hla_scale,
            static_cast<float>(highest - resting) * hla_scale, static_cast<float>(half)};
  }
  float at(float inflammation) const noexcept {
    const float level = resting + rise * (inflammation / (inflammation + half));
    return std::min(std::max(level, 0.0F), hla_scale);
  }
};

}  // namespace

const Section<AntigenicityParameters>& antigenicity_section() {
  using P = AntigenicityParameters;
  static const Section<P> section(
      "antigenicity", "HLA expression of donor cells",
      {{{"hla1_resting", "1", 0.22, fraction, "HLA-I in tissue without inflammation",
         "assumed: that of the graft; low on fresh fetal tissue, doi 10.1016/j.nbd.2010.10.008",
         Grade::assumed},
        &P::hla1_resting},
       {{"hla1_max", "1", 1.0, fraction, "HLA-I under full inflammation",
         "doi 10.1002/stem.1234 (interferon-gamma induces it; scale by definition)",
         Grade::assumed},
        &P::hla1_max},
       {{"hla1_inflammation_half", "1", 0.05, ranges::half_level,
         "Inflammation at which HLA-I has half risen", "assumed", Grade::assumed},
        &P::hla1_inflammation_half},
       {{"hla1_rate_per_d", "1/d", 0.4, ranges::rate_per_d,
         "Rate at which HLA-I follows its target",
         "assumed: as in a mean-field prototype of mouse allografts; on rat grafts by days 3-6, "
         "PMC4138731",
         Grade::assumed},
        &P::hla1_rate_per_d},
       {{"hla2_resting", "1", 0.02, fraction, "HLA-II in tissue without inflammation",
         "assumed: that of the graft", Grade::assumed},
        &P::hla2_resting},
       {{"hla2_max", "1", 0.6, fraction, "HLA-II under full inflammation",
         "assumed; interferon-gamma induces it, doi 10.1002/stem.1234", Grade::assumed},
        &P::hla2_max},
       {{"hla2_inflammation_half", "1", 0.1, ranges::half_level,
         "Inflammation at which HLA-II has half risen", "assumed", Grade::assumed},
        &P::hla2_inflammation_half},
       {{"hla2_rate_per_d", "1/d", 0.4, ranges::rate_per_d,
         "Rate at which HLA-II follows its target", "assumed: as HLA-I", Grade::assumed},
        &P::hla2_rate_per_d}});
  return section;
}

void Antigenicity::bind(World& world, ReadoutTable& /*readouts*/) {
  fields_ = FieldState::bind(world);
}

void Antigenicity::step(World& world, const StepContext& context) {
  const AntigenicityParameters& p = parameters_;
  const Target first = Target::of(p.hla1_resting, p.hla1_max, p.hla1_inflammation_half);
  const Target second = Target::of(p.hla2_resting, p.hla2_max, p.hla2_inflammation_half);
  const auto approach1 = static_cast<float>(math::probability(p.hla1_rate_per_d * context.dt_d));
  const auto approach2 = static_cast<float>(math::probability(p.hla2_rate_per_d * context.dt_d));

  const std::span<const double> inflammatory = world.fields()[fields_.inflammatory];
  Agents& agents = world.agents();
  const auto state = agents.state();
  const auto voxel = agents.voxel();
  const auto hla1 = agents.hla1();
  const auto hla2 = agents.hla2();
  parallel_for(context.threads, agents.size(), agent_block,
               [&](std::size_t begin, std::size_t end) {
                 VoxelCache<std::array<float, 2>> targets;
                 for (std::size_t slot = begin; slot < end; ++slot) {
                   if (!is_in_tissue(state[slot])) continue;
                   const auto [target1, target2] = targets.at(voxel[slot], [&](VoxelIndex at) {
                     constexpr double most = 1e30;  // beyond what a float can hold, inf / inf
                     const auto level = static_cast<float>(std::clamp(inflammatory[at], 0.0, most));
                     return std::array{first.at(level), second.at(level)};
                   });
                   hla1[slot] = relaxed_hla(hla1[slot], target1, approach1);
                   hla2[slot] = relaxed_hla(hla2[slot], target2, approach2);
                 }
               });
}

}  // namespace neurograft
