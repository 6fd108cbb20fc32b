#include <algorithm>

#include <neurograft/core/units.hpp>
#include <neurograft/model/brain_volume.hpp>
#include <neurograft/model/region_sums.hpp>

namespace neurograft {
namespace {

double water(double inflammatory, double leak) noexcept {
  return 1.0 - (1.0 - leak) / (1.0 + inflammatory);
}

// Sum of `value(voxel)` over parenchyma with a label.
template <class Value>
double sum_over(const World& world, Label label, Threads threads, Value value) {
  return blocked_sum(threads, world.grid().parenchyma_size(), voxel_block,
                     [&](std::size_t begin, std::size_t end) {
                       double sum = 0.0;
                       for (std::size_t v = begin; v < end; ++v) {
                         if (world.grid().label(static_cast<VoxelIndex>(v)) == label)
                           sum += value(v);
                       }
                       return sum;
                     });
}

}  // namespace

std::array<double, 3> parenchymal_volume_ml(const World& world, const TissueState& tissue,
                                            const FieldState& fields, const VolumeLaw& law,
                                            Threads threads) {
  const auto axon = world.tissue()[tissue.axon_fraction];
  const auto original = world.tissue()[tissue.myelin_original];
  const auto regenerated = world.tissue()[tissue.myelin_remyelinated];
  const auto leak = world.tissue()[tissue.barrier_leak];
  const auto inflammatory = world.fields()[fields.inflammatory];
  const std::array<double, 2> axon_share{law.axon_share(Label::grey), law.axon_share(Label::white)};
  const std::array<double, 2> myelin_share{law.myelin_share(Label::grey),
                                           law.myelin_share(Label::white)};
  const RegionSums sums = over_regions(
      world, world.tissue()[tissue.lesion_kind], threads,
      [&](std::size_t begin, std::size_t end, double* values) {
        for (std::size_t v = begin; v < end; ++v) {
          const std::size_t white = world.grid().labels()[v] == Label::white ? 1 : 0;
          const double myelin = original[v] + law.remyelinated_thickness * regenerated[v];
          values[v - begin] = 1.0 - axon_share[white] * (1.0 - axon[v]) -
                              myelin_share[white] * (1.0 - myelin) +
                              law.water_swelling * water(inflammatory[v], leak[v]);
        }
      });
  const double voxel_ml = world.grid().voxel_volume_mm3() / units::mm3_per_ml;
  const double grey = sums.sum[region_grey] * voxel_ml;
  const double white = sums.sum[region_white] * voxel_ml;
  return {grey + white, grey, white};
}

double t2_lesion_volume_ml(const World& world, const TissueState& tissue, const FieldState& fields,
                           const VolumeLaw& law, Threads threads) {
  const auto axon = world.tissue()[tissue.axon_fraction];
  const auto original = world.tissue()[tissue.myelin_original];
  const auto regenerated = world.tissue()[tissue.myelin_remyelinated];
  const auto leak = world.tissue()[tissue.barrier_leak];
  const auto kind = world.tissue()[tissue.lesion_kind];
  const auto passed = world.tissue()[tissue.rim_progress];
  const auto inflammatory = world.fields()[fields.inflammatory];
  const auto ramp = [&law](double signal) {
    return std::clamp((signal - law.t2_faint) / (law.t2_bright - law.t2_faint), 0.0, 1.0);
  };
  return sum_over(world, Label::white, threads,
                  [&](std::size_t v) {
                    const double myelin = original[v] + law.remyelinated_thickness * regenerated[v];
                    const double wet = water(inflammatory[v], leak[v]);
                    if (kind[v] != 0.0) return ramp(1.0 - myelin + wet);
                    // A rim on its way has left its myelin to the share it has not passed.
                    const double before_rim = 1.0 - passed[v];
                    return passed[v] + before_rim * ramp(axon[v] - myelin / before_rim + wet);
                  }) *
         world.grid().voxel_volume_mm3() / units::mm3_per_ml;
}

double axon_volume_mm3(const World& world, const TissueState& tissue, const VolumeLaw& law,
                       Threads threads) {
  const auto axon = world.tissue()[tissue.axon_fraction];
  const auto sum = [&](Label label) {
    return law.axon_share(label) *
           sum_over(world, label, threads, [&](std::size_t v) { return axon[v]; });
  };
  return (sum(Label::grey) + sum(Label::white)) * world.grid().voxel_volume_mm3();
}

double degeneration_for_atrophy(const World& world, const VolumeLaw& law, double atrophy_per_y) {
  double shrinking = 0.0;
  for (VoxelIndex v = 0; v < world.grid().parenchyma_size(); ++v) {
    const Label label = world.grid().label(v);
    shrinking += law.axon_share(label) + law.myelin_share(label);
  }
  return atrophy_per_y * static_cast<double>(world.grid().parenchyma_size()) / shrinking;
}

}  // namespace neurograft
