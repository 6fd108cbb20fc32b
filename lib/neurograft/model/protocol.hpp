#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>
#include <neurograft/model/state.hpp>

/// Timed events: cells are injected, lesions appear, insults act.
///
/// Rule. Each event falls on a whole tick and is applied at its start, before that tick is
/// recorded. A run that resumes from a tick does not open it again, so nothing happens twice and
/// no state is needed beyond what the events change.
///
/// Injection. `icv`: each cell is suspended at a uniform place in the ventricles (mixing within
/// hours against a washout of a third of a day: assumed). `parenchymal`: active cells, uniform in
/// the parenchyma within `radius_mm` of the site. The share 1 - viability is dead on arrival and
/// counted under the cause `non_viable`.
///
/// Lesion. What tissue loses at onset, by kind, relative to what was there: axons, myelin (part of
/// it stays as debris), oligodendrocytes, OPC and their capacity; microglia become inflammatory or
/// reparative, the barrier leaks. A lesion older than the run gets the state of its kind at tick 0.
/// The tissue process must have set healthy tissue in its `bind`.
///
/// Insults. `cuprizone`: oligodendrocytes die at a constant rate from start + lag until stop +
/// persist; published as `insult_cuprizone`, the hazard integrated up to now, of which the tissue
/// process applies what is new at each of its steps. `lpc`: at start, myelin within the radius
/// becomes debris and cells are killed; a voxel partly inside is hit in proportion. `sensitising`:
/// at start, `antigen_cells` [cell-equivalents] are added to `sensitising_antigen`; the periphery
/// moves what it finds there into the nodes and sets it to 0.
///
/// Another donor. The response is one for all donors, as the immune system of the host sees few
/// antigens: of what it holds against earlier ones the share `shared_mismatches` also answers this
/// one. The periphery takes the rest away at its next step (`alloresponse_lost`), so that what is
/// left of earlier grafts is forgotten in the same measure: right where they are gone.
///
/// Limits. An injection is one moment, not an infusion; needle damage is not modelled.
namespace neurograft {

/// Cells given at one time.
struct Injection {
  double day = 0.0;
  double cells = 0.0;           ///< number, whole; non-viable ones included
  std::string route = "icv";    ///< "icv" or "parenchymal"
  std::vector<double> site_mm;  ///< x, y, z from the low corner of the grid; parenchymal only
  double radius_mm = 0.0;       ///< of the deposit; 0: all at the site
  double viability = 1.0;       ///< share alive on arrival
  std::int64_t product = 0;     ///< index of the donor cell product, below 256
  double hla1 = 0.0;            ///< expression at injection, in [0, 1]
  double hla2 = 0.0;
  /// Share of this donor's mismatches that earlier donors and exposures had too, in [0, 1].
  double shared_mismatches = 1.0;
  std::string name{};  ///< for messages; empty: its number
};

/// A lesion that appears, or at tick 0 one that is there already.
struct LesionOnset {
  double day = 0.0;      ///< when it is applied
  double onset_d = 0.0;  ///< when it arose; earlier than `day` for an established lesion
  std::uint32_t id = 0;  ///< 1, 2, ...
  LesionKind kind = LesionKind::active;  ///< not none, not toxic
  std::vector<VoxelIndex> voxels;
};

/// One [[insult]] entry.
struct Insult {
  std::string kind;  ///< "cuprizone", "lpc" or "sensitising"
  double start_d;
  double stop_d;  ///< of cuprizone
  double kill_per_d;
  double lag_d;
  double persist_d;
  std::vector<double> site_mm;  ///< of lpc: x, y, z as above
  double radius_mm;
  double demyelination;         ///< share of myelin lost at once
  double oligodendrocyte_kill;  ///< share
  double opc_kill;              ///< share
  double axon_loss;             ///< share
  double antigen_cells;         ///< of a sensitising exposure [cell-equivalents]
};

/// Section of [[insult]] entries; the layer that reads them marks it repeated.
const Section<Insult>& insult_section();

/// State of a lesion at onset. Each list has four values: active, chronic active, inactive,
/// remyelinated.
struct ProtocolParameters {
  std::vector<double> axon_loss;
  std::vector<double> demyelination;
  std::vector<double> remyelinated_share;
  std::vector<double> debris_share;
  std::vector<double> oligodendrocyte_loss;
  std::vector<double> opc_loss;
  std::vector<double> capacity_loss;
  std::vector<double> inflammatory_fold;
  std::vector<double> reparative_fold;
  std::vector<double> barrier_leak;
};

const Section<ProtocolParameters>& protocol_section();

/// Process `protocol`. Compartments: `donor_injected` [cell] (cumulative, non-viable included),
/// `insult_cuprizone` [1], `sensitising_antigen` [cell-equivalents], `alloresponse_lost` [1].
class Protocol final : public Process {
 public:
  Protocol(ProtocolParameters parameters, std::vector<Injection> injections,
           std::vector<LesionOnset> lesions = {}, std::vector<Insult> insults = {});

  std::string_view name() const noexcept override { return "protocol"; }

  /// Throws InputError with all that is wrong: a time that is no whole tick or before the run, a
  /// site outside the brain, no ventricle for icv, a lesion voxel outside parenchyma.
  void bind(World& world, ReadoutTable& readouts) override;
  void begin_tick(World& world, const StepContext& context) override;
  void step(World& /*world*/, const StepContext& /*context*/) override {}

 private:
  void inject(World& world, const StepContext& context, const Injection& injection) const;
  bool place_cell(World& world, const StepContext& context, const Injection& injection,
                  bool suspended, std::size_t slot) const;
  void start_lesion(World& world, const StepContext& context, const LesionOnset& lesion) const;
  void start_insult(World& world, const StepContext& context, const Insult& insult) const;
  void apply_lpc(World& world, const StepContext& context, const Insult& insult) const;
  double cuprizone_until(double day) const noexcept;

  ProtocolParameters parameters_;
  std::vector<Injection> injections_;
  std::vector<LesionOnset> lesions_;
  std::vector<Insult> insults_;
  std::vector<Tick> injection_ticks_, lesion_ticks_, insult_ticks_;  ///< one per event
  std::vector<VoxelIndex> ventricle_;
  TissueState tissue_{};
  GraftState graft_{};
  CauseHandle non_viable_{};
  ArrayHandle donor_injected_{}, cuprizone_{}, antigen_{}, lost_{};
};

}  // namespace neurograft
