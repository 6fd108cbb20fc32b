#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include <neurograft/model/tissue_parameters.hpp>

/// Resident tissue of one piece of brain, in amounts per volume: axons, myelin, debris, the
/// oligodendrocyte lineage, microglia and the blood-brain barrier.
///
/// In words. Bare axons and the inflammatory phase let OPC multiply, logistically, using up the
/// pool's renewal capacity. OPC differentiate where axons are bare, unless debris or inflammation
/// block it; the cells mature if they find axons and wrap them, each with as much sheath as an
/// oligodendrocyte keeps in health. Myelin without its cell decays slowly and is stripped by
/// inflammatory microglia; lost myelin is debris until microglia clear it. Debris, cytokines and
/// dying grafted cells activate microglia; as debris falls they turn reparative, the sooner among
/// neural stem cells, and the benefit stays when those are gone. Bare axons die, faster in
/// inflammation. Age slows recruitment, differentiation, maturation, sheaths, clearance and switch.
///
/// In chronic lesions OPC are present but hardly differentiate: a share B_c is imposed there. In a
/// voxel on its way into one the axons of the share r that the rim has passed are not repaired.
///
/// The equations are in docs/model/tissue.md, and written out plainly once more in
/// tests/unit/model/test_tissue_law.cpp, which holds this law to them.
///
/// Each flux is computed once and moves between two pools, so that myelin formed, lost and cleared
/// balance to rounding; a pool whose fluxes are all exactly zero keeps its bits, so the healthy
/// state is an exact fixed point. The explicit midpoint rule (second order) is used, with steps no
/// longer than `max_substep_d` unless all is nearly still; a step that would make a pool negative,
/// or more myelin than axons, is taken in halves.
///
/// Assumptions: well mixed within a voxel; arriving OPC come from healthy tissue within reach;
/// homeostatic replacement keeps the OPC pool, as loss of one is met by division of a neighbour
/// (doi 10.1038/nn.3390). Limits: sheaths are not told apart by thickness here (`brain_volume`
/// does), nor old from new oligodendrocytes.
namespace neurograft {

/// A value in all places of a number, or of several numbers side by side.
template <class Real>
constexpr Real everywhere(double value) noexcept {
  if constexpr (std::is_same_v<Real, double>) {
    return value;
  } else {
    Real result{};
    for (std::size_t lane = 0; lane < sizeof(Real) / sizeof(double); ++lane) result[lane] = value;
    return result;
  }
}

/// Healthy densities of one tissue.
template <class Real>
struct BasicTissueReference {
  Real oligodendrocytes;  ///< [cell/mm3]
  Real opc;               ///< [cell/mm3]
  Real microglia;         ///< [cell/mm3]
  Real turnover_per_d;    ///< of oligodendrocytes [1/d]
};

/// The amounts of one voxel; units as in `TissueState`.
template <class Real>
struct BasicTissueVoxel {
  Real axon = everywhere<Real>(1.0);             ///< [1]
  Real myelin_original = everywhere<Real>(1.0);  ///< [1]
  Real myelin_remyelinated{};                    ///< [1]
  Real debris{};                                 ///< [1]
  Real opc{};                                    ///< [cell/mm3]
  Real premyelinating{};                         ///< [cell/mm3]
  Real oligodendrocytes{};                       ///< [cell/mm3]
  Real opc_capacity = everywhere<Real>(1.0);     ///< [1]
  Real resting{};                                ///< microglia [cell/mm3]
  Real inflammatory{};                           ///< microglia [cell/mm3]
  Real reparative{};                             ///< microglia [cell/mm3]
  Real barrier_leak{};                           ///< [1]

  Real myelin() const noexcept { return myelin_original + myelin_remyelinated; }
  bool operator==(const BasicTissueVoxel&) const = default;
};

/// What acts on a voxel during a step.
template <class Real>
struct BasicTissueInput {
  Real inflammatory{};                                 ///< field I
  Real regulatory{};                                   ///< field R
  Real trophic{};                                      ///< field T and what the hypotheses add
  Real donor_oligodendrocytes{};                       ///< [cell/mm3]
  Real donor_precursors{};                             ///< OPC-like and premyelinating [cell/mm3]
  Real donor_stem{};                                   ///< neural stem cells [cell/mm3]
  Real danger{};                                       ///< donor cells dying [cell/mm3/d]
  Real lesion_drive{};                                 ///< imposed activity of a lesion [1]
  Real toxin_per_d{};                                  ///< death rate of oligodendrocytes [1/d]
  Real microglia_block{};                              ///< drug effect in [0, 1]
  Real barrier_block{};                                ///< drug effect in [0, 1]
  Real age_factor = everywhere<Real>(1.0);             ///< [1]
  Real differentiation_share = everywhere<Real>(1.0);  ///< imposed; below 1 in chronic lesions [1]
  Real passed_by_rim{};       ///< share whose bare axons are not repaired [1]
  Real degeneration_per_d{};  ///< imposed axon loss [1/d]

  bool operator==(const BasicTissueInput&) const = default;
};

using TissueReference = BasicTissueReference<double>;
using TissueVoxel = BasicTissueVoxel<double>;
using TissueInput = BasicTissueInput<double>;

/// Voxels side by side, which are advanced together.
inline constexpr std::size_t tissue_lanes = 4;
using TissueLanes = std::array<double, tissue_lanes>;
using TissueReferences = BasicTissueReference<TissueLanes>;
using TissueVoxels = BasicTissueVoxel<TissueLanes>;
using TissueInputs = BasicTissueInput<TissueLanes>;

/// The voxel, input or reference of one lane, and its setting. All are numbers side by side, member
/// by member.
template <class One, class Lanes>
One lane_of(const Lanes& lanes, std::size_t lane) noexcept {
  constexpr std::size_t members = sizeof(One) / sizeof(double);
  const auto from = std::bit_cast<std::array<TissueLanes, members>>(lanes);
  std::array<double, members> one;
  for (std::size_t m = 0; m < members; ++m) one[m] = from[m][lane];
  return std::bit_cast<One>(one);
}
template <class Lanes, class One>
void set_lane(Lanes& lanes, std::size_t lane, const One& one) noexcept {
  constexpr std::size_t members = sizeof(One) / sizeof(double);
  static_assert(sizeof(Lanes) == members * sizeof(TissueLanes));
  std::byte* const to = reinterpret_cast<std::byte*>(&lanes) + lane * sizeof(double);
  const auto values = std::bit_cast<std::array<double, members>>(one);
  for (std::size_t m = 0; m < members; ++m) {
    std::memcpy(to + m * sizeof(TissueLanes), &values[m], sizeof(double));
  }
}

/// Myelin that changed place during a step, in units of full myelin.
struct MyelinLedger {
  double formed = 0.0;
  double lost = 0.0;
  double cleared = 0.0;
};

/// The law with its parameters. Copyable; no state.
class TissueLaw {
 public:
  explicit TissueLaw(const TissueParameters& parameters) : p_(parameters) {}

  /// The undisturbed voxel of a tissue: an exact fixed point without inputs.
  static TissueVoxel healthy(const TissueReference& reference) noexcept;

  /// White or grey matter's healthy densities.
  TissueReference white() const noexcept;
  TissueReference grey() const noexcept;

  /// Advances a voxel by `dt_d` > 0 with constant inputs; all amounts stay non-negative and
  /// 0 <= myelin <= axon <= 1. Values that are not finite come back as such: the caller checks.
  MyelinLedger advance(TissueVoxel& voxel, const TissueInput& input,
                       const TissueReference& reference, double dt_d) const noexcept;

  /// The same for voxels side by side, equal to the bit and faster; a lane that needs shorter steps
  /// is advanced alone. `dt_d` > 0.
  std::array<MyelinLedger, tissue_lanes> advance(TissueVoxels& voxels, const TissueInputs& inputs,
                                                 const TissueReferences& references,
                                                 double dt_d) const noexcept;

  /// One midpoint step of exactly `dt_d`, without control, or in halves if a pool would turn
  /// negative.
  void midpoint(TissueVoxel& voxel, const TissueInput& input, const TissueReference& reference,
                double dt_d, MyelinLedger& ledger) const noexcept;

 private:
  int steps_in(double dt_d) const noexcept;

  TissueParameters p_;
};

}  // namespace neurograft
