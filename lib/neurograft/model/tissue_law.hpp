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
/// With x^ = x / healthy density, u = (a - m - r)+ bare axons, m = m_o + m_r, G = g0 + g1 + g2,
/// s(x) = x / (1 + x), h(x, K) = 1 / (1 + (x / K)^2), F the age factor:
///
///   stimulus S = (1 - E) s(d / K_d + (I / K_I)^2 + danger / K_x + lesion drive)
///   g0' = -k_a S g0 + k_h g0 (1 - G^)+ + k_r g2 (1 - g0^)+
///   g1' = k_a S g0 + k_g S G (1 - G^ / G_max)+ - w,   w = k_s F (1 + r s(R) + n N / (N + K_N))
///                                                         h(d, K_s) g1
///   g2' = w - k_r g2
///   B   = u / (u + K_b) (s_0 + (1 - s_0) s(g1^)),  K = 1 + (p_max - 1) B
///   p'  = (rho_h (1 - B) + rho F c B) p (1 - p^ / K) + k_m F c B (p_r - p)+ - D
///   c'  = -(births and arrivals of the B terms) / (N_c p_r)
///   D   = delta B_c F c u / (u + K_u) h(d, K_dd) h(I, K_di) (1 + t T / (1 + T)) p
///   q'  = D - F q / tau_q - toxin q
///   o'  = (F q / tau_q) h(I, K_di) u / (u + K_s) + mu (o_r m min(1, 2 p^) - o)
///         + k_v min(p, p_r) (m - o^)+
///         - (toxin + k_i (1 - h(I, 1)) / (1 + T) + k_v (o^ - a)+) o
///   L   = (k_un + k_g1 g1^) (m - c_o o^)+ / m          loss rate of myelin
///   f   = F k_m min(u, (o^ - m)+)                      new sheaths
///   m_o' = -(L + A_m) m_o,  m_r' = f - (L + A_m) m_r
///   d'  = (L + A_m) m - F (k_0 + k_c (g1^ + g2^)) d
///   a'  = -A_m m - A_u (a - m),  A_m = k_my / (1 + t_a s(T)) + degeneration
///                          A_u = k_dem (1 + i I) / (1 + t_a s(T)) + degeneration
///   b'  = k_b (1 - E_b) s(drive + I^2) (1 - b) - b / tau_b
///
/// o^ counts donor oligodendrocytes with the host's, and p / K in p' and arrivals
/// count donor precursors with OPC. k_r g2 ends as resting microglia as far as those are short; the
/// rest dies. E and E_b are drug effects.
///
/// Each flux is computed once and moves between two pools, so that myelin formed, lost and cleared
/// balance to rounding; a pool whose fluxes are all exactly zero keeps its bits, so the healthy
/// state is an exact fixed point. The explicit midpoint rule (second order) is used, with steps no
/// longer than `max_substep_d` unless all is nearly still; a step that would make a pool negative
/// is taken in halves.
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
