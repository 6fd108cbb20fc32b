#include <algorithm>
#include <cmath>
#include <cstdint>

#include <neurograft/core/math.hpp>
#include <neurograft/model/signalling_sources.hpp>

namespace neurograft {
namespace {

constexpr double chronic_active = static_cast<double>(LesionKind::chronic_active);
constexpr double active = static_cast<double>(LesionKind::active);

}  // namespace

std::vector<RimVoxel> lesion_rim(const Grid& grid, std::span<const double> lesion_id,
                                 std::span<const double> lesion_kind, double width_mm) {
  const auto voxels = static_cast<VoxelIndex>(grid.parenchyma_size());
  const auto tissue_beside = [&](VoxelIndex voxel, auto visit) {
    for (const VoxelIndex other : grid.neighbours(voxel)) {
      if (other < voxels) visit(other);
    }
  };
  std::vector<VoxelIndex> layer;
  for (VoxelIndex voxel = 0; voxel < voxels; ++voxel) {
    if (lesion_kind[voxel] != chronic_active) continue;
    bool at_border = false;
    tissue_beside(voxel,
                  [&](VoxelIndex other) { at_border |= lesion_id[other] != lesion_id[voxel]; });
    if (at_border) layer.push_back(voxel);
  }
  std::vector<RimVoxel> rim;
  if (layer.empty()) return rim;
  // Inwards, one layer of voxels at a time.
  std::vector<bool> taken(voxels, false);
  for (const VoxelIndex voxel : layer) taken[voxel] = true;
  const double layers = width_mm / math::cbrt(grid.voxel_volume_mm3());
  for (int depth = 0; depth < layers && !layer.empty(); ++depth) {
    const double share = std::min(1.0, layers - depth);
    std::vector<VoxelIndex> next;
    for (const VoxelIndex voxel : layer) {
      rim.push_back({voxel, share});
      tissue_beside(voxel, [&](VoxelIndex other) {
        if (taken[other] || lesion_id[other] != lesion_id[voxel]) return;
        taken[other] = true;
        next.push_back(other);
      });
    }
    layer = std::move(next);
  }
  std::ranges::sort(rim, {}, &RimVoxel::voxel);
  return rim;
}

SignallingSources::SignallingSources(const Signalling& process, const World& world,
                                     const StepContext& context)
    : process_(process),
      parameters_(process.parameters_),
      world_(world),
      threads_(context.threads),
      per_mm3_(1.0 / world.grid().voxel_volume_mm3()),
      per_mm3_per_d_(per_mm3_ / context.dt_d),
      g1_(world.tissue()[process.tissue_.microglia_inflammatory]),
      g2_(world.tissue()[process.tissue_.microglia_reparative]),
      kind_(world.tissue()[process.tissue_.lesion_kind]),
      deaths_(world.tissue()[process.graft_.deaths_in_tissue]),
      seen_(world.tissue()[process.deaths_seen_]),
      attached_(world.occupancy().of(Crowd::donor_attached)),
      in_tissue_(world.occupancy().of(Crowd::donor_tissue)),
      cd8_(world.occupancy().of(Crowd::cd8)),
      cd4_(world.occupancy().of(Crowd::cd4)),
      treg_(world.occupancy().of(Crowd::treg)) {}

double SignallingSources::donor_per_mm3(std::size_t v) const {
  // Signed numbers, whose conversion vectorises.
  return per_mm3_ * static_cast<std::int32_t>(attached_[v] + in_tissue_[v]);
}

double SignallingSources::deaths_per_mm3_per_d(std::size_t v) const {
  return per_mm3_per_d_ * (deaths_[v] - seen_[v]);
}

double SignallingSources::regulatory(std::size_t v) const {
  return g2_[v] / parameters_.microglia_reparative_per_mm3 +
         per_mm3_ * static_cast<std::int32_t>(treg_[v]) / parameters_.treg_per_mm3 +
         donor_per_mm3(v) / parameters_.donor_regulatory_per_mm3;
}

double SignallingSources::inflammatory(std::size_t v) const {
  const double t_cells = per_mm3_ * static_cast<std::int32_t>(cd8_[v] + cd4_[v]);
  return g1_[v] / parameters_.microglia_inflammatory_per_mm3 +
         t_cells / parameters_.t_cells_per_mm3 +
         deaths_per_mm3_per_d(v) / parameters_.danger_deaths_per_mm3_per_d;
}

double SignallingSources::trophic(std::size_t v) const {
  return donor_per_mm3(v) / parameters_.donor_trophic_per_mm3 +
         parameters_.microglia_trophic_weight * g2_[v] / parameters_.microglia_reparative_per_mm3;
}

double SignallingSources::chemoattractant(std::size_t v) const {
  const bool lesion = kind_[v] == active || kind_[v] == chronic_active;
  return g1_[v] / parameters_.microglia_inflammatory_per_mm3 +
         (lesion ? parameters_.lesion_chemoattractant_weight : 0.0) +
         parameters_.danger_chemoattractant_weight * deaths_per_mm3_per_d(v) /
             parameters_.danger_deaths_per_mm3_per_d;
}

double SignallingSources::antigen(std::size_t v) const {
  return (parameters_.antigen_shedding_per_d * donor_per_mm3(v) + deaths_per_mm3_per_d(v)) /
         parameters_.antigen_release_per_mm3_per_d;
}

template <class Law>
void SignallingSources::set(std::span<double> out, const Law& law) const {
  parallel_for(threads_, out.size(), voxel_block, [&](std::size_t begin, std::size_t end) {
    double* const to = out.data();
#pragma GCC ivdep
    for (std::size_t v = begin; v < end; ++v) to[v] = law(v);
  });
}

void SignallingSources::fill(std::string_view name, double k, double donor_production,
                             std::span<double> out) const {
  const auto release = [&](const auto& law) {
    set(out, [&](std::size_t v) { return k * law(v) + donor_production * donor_per_mm3(v); });
  };
  if (name == "regulatory") {
    release([&](std::size_t v) { return regulatory(v); });
  } else if (name == "inflammatory") {
    set(out, [&](std::size_t v) { return inflammatory(v); });
    for (const RimVoxel& rim :
         lesion_rim(world_.grid(), world_.tissue()[process_.tissue_.lesion_id], kind_,
                    parameters_.rim_width_mm)) {
      out[rim.voxel] += rim.share * parameters_.rim_level;
    }
    const double spared = 1.0 - world_.compartments().scalar(process_.drugs_.cytokine);
    const std::span<const double> r = world_.fields()[process_.built_in_.regulatory];
    release([&](std::size_t v) {
      return out[v] * spared / (1.0 + r[v] / parameters_.regulatory_half);
    });
  } else if (name == "trophic") {
    release([&](std::size_t v) { return trophic(v); });
  } else if (name == "chemoattractant") {
    release([&](std::size_t v) { return chemoattractant(v); });
  } else if (name == "antigen") {
    release([&](std::size_t v) { return antigen(v); });
  } else {
    release([](std::size_t) { return 0.0; });
  }
}

}  // namespace neurograft
