#pragma once

#include <string>
#include <vector>

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/model/donor_density.hpp>
#include <neurograft/model/state.hpp>

/// Survival, rest, division and fate of donor cells, and the one draw on all their hazards. Per
/// day:
///
/// - early post-graft death mu_e exp(-t / tau) (1 + n / n_death), t since grafting, n the local
///   donor density: its integral mu_e tau is what differs between preparations;
/// - baseline death; hazards that other processes laid on the cell's state or voxel (`Hazards`);
/// - stem cells: rest and wake; active ones divide at ln 2 / T_d (1 - n / n_crowd), up to a cap,
/// into
///   two stem cells, one and one committed, or two committed cells; and commit without division;
/// - a committed cell becomes OPC-like with probability p_o f(I), else an astrocyte; in grey matter
///   p_o is lower;
/// - OPC-like cells become premyelinating at delta g(debris) f(I), f(I) = 1 / (1 + (I / K_I)^2) and
///   g(d) = 1 / (1 + (d / K_d)^2): debris blocks differentiation, not recruitment;
/// - premyelinating cells mature at a rate times the share of axons that lack myelin, and die
///   otherwise: without axons to ensheath they do not survive.
///
/// All hazards of a cell add up to H over the step, and an event happens with chance 1 - exp(-H);
/// a second word picks which, in proportion. Competing risks are therefore exact whatever the step,
/// and each cell dies once. A cell that is in suspension or on the wall neither divides nor
/// commits.
///
/// Most cells are done with by one subtraction (thinning; Lewis & Shedler 1979,
/// doi 10.1002/nav.3800260304): each carries how much hazard it is to meet until its next trial,
/// exponential with mean 1 in whole units of `hazard_unit`, and is counted down by B >= H, a bound
/// for all cells of its voxel, per step. A trial, which so comes with chance 1 - exp(-B), is an
/// event with chance (1 - exp(-H)) / (1 - exp(-B)).
namespace neurograft {

struct LifecycleParameters {
  double early_death_per_d;
  double early_decay_d;
  double early_density_per_mm3;
  double baseline_death_per_d;
  double rest_per_d;
  double wake_per_d;
  double doubling_time_d;
  std::int64_t division_cap;
  double symmetric_share;
  double asymmetric_share;
  double crowding_per_mm3;
  double commit_per_d;
  double oligodendrocyte_share;
  double oligodendrocyte_share_grey;
  double differentiation_per_d;
  double maturation_per_d;
  double unmatched_death_per_d;
  double inflammation_half;
  double debris_half;
  double wall_layer_mm;
  double density_mm;

  /// Of active stem cells without crowding.
  double division_per_d() const noexcept {
    constexpr double natural_log_2 = 0.693147180559945309;
    return natural_log_2 / doubling_time_d;
  }
};

const Section<LifecycleParameters>& lifecycle_section();

class Lifecycle final : public Process {
 public:
  /// One parameter set per donor cell product; an agent's `product` is an index into it.
  explicit Lifecycle(std::vector<LifecycleParameters> products);

  std::string_view name() const noexcept override { return "lifecycle"; }
  void bind(World& world, ReadoutTable& readouts) override;
  void step(World& world, const StepContext& context) override;

 private:
  struct Local;
  struct Outcome;
  class Sweep;

  /// Early death over a step of a lone cell grafted `age` ticks ago.
  double early_at_age(std::size_t product, std::size_t age, Tick period) const;
  /// That of a cell of the last graft, by product: no cell has a higher one.
  std::vector<double> youngest_early(const World& world, const StepContext& context) const;

  std::vector<LifecycleParameters> products_;
  /// Early hazard integrated over one tick, by age in ticks; zero beyond the end.
  std::vector<std::vector<double>> early_by_age_;
  TissueState tissue_;
  FieldState fields_;
  GraftState graft_;
  ArrayHandle born_;
  CauseHandle early_, baseline_;
  DonorDensities densities_;
};

}  // namespace neurograft
