#pragma once

#include <array>

#include <neurograft/core/parallel.hpp>
#include <neurograft/model/state.hpp>

/// What imaging would see of the tissue: volume of parenchyma and of T2 lesions.
///
///   V  = sum of V_vox [1 - s_a (1 - a) - s_m (1 - m*) + s_w w],   m* = m_o + theta m_r,
///   w  = 1 - (1 - b) / (1 + I),
///   T2 = sum over white matter of V_vox ramp(x), x = r - m* + w,  r = 1 in lesions, else a,
///        and the share of a voxel that a rim has passed, in full,
///
/// with s_a, s_m the volume shares of axons (in grey matter neurites) and myelin, s_w the swelling
/// by oedema, theta the thickness of remyelinated sheaths; ramp rises from 0 at x = t2_faint to 1
/// at t2_bright. Less inflammation means less water: volume falls without loss of tissue
/// (pseudoatrophy). Assumptions: lost axons and myelin are not replaced by anything (no gliosis).
namespace neurograft {

struct VolumeLaw {
  double white_axon_share;
  double white_myelin_share;
  double grey_axon_share;
  double grey_myelin_share;
  double water_swelling;
  double remyelinated_thickness;
  double t2_faint;
  double t2_bright;

  double axon_share(Label label) const noexcept {
    return label == Label::white ? white_axon_share : grey_axon_share;
  }
  double myelin_share(Label label) const noexcept {
    return label == Label::white ? white_myelin_share : grey_myelin_share;
  }
};

/// Parenchymal volume of the whole brain, of grey and of white matter [mL].
std::array<double, 3> parenchymal_volume_ml(const World& world, const TissueState& tissue,
                                            const FieldState& fields, const VolumeLaw& law,
                                            Threads threads);

/// T2-like lesion volume of white matter [mL].
double t2_lesion_volume_ml(const World& world, const TissueState& tissue, const FieldState& fields,
                           const VolumeLaw& law, Threads threads);

/// Volume of axons and neurites in the brain [mm3].
double axon_volume_mm3(const World& world, const TissueState& tissue, const VolumeLaw& law,
                       Threads threads);

/// Loss of axons per year in normal-appearing tissue, for `HostState::degeneration_per_y`, at which
/// the whole brain shrinks by `atrophy_per_y` [1/y]: an axon takes its myelin with it, and both are
/// only a part of the volume. Lesions are counted as normal-appearing here; they are about one per
/// cent of a brain.
double degeneration_for_atrophy(const World& world, const VolumeLaw& law, double atrophy_per_y);

}  // namespace neurograft
