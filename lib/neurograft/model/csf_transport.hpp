#pragma once

#include <neurograft/core/parameter.hpp>
#include <neurograft/engine/process.hpp>

/// Cells suspended in ventricular cerebrospinal fluid (CSF) attach to the ventricle wall, leave
/// with the bulk flow, or die. Each is a constant hazard,
///
///     dN/dt = -(k_attach + k_washout + k_death) N,
///
/// so the share that attaches in the end is k_attach / (k_attach + k_washout + k_death): the least
/// known number of the model, and reported. A cell that attaches takes a face of the wall, drawn by
/// area on the smooth wall (`Wall`), so that neither the rate nor the spread over the wall depends
/// on voxel size. A face whose voxel is at capacity is drawn again (the wall in a voxel takes one
/// cell at least); after `wall_attempts` draws the cell stays suspended.
///
/// Assumed: the ventricles are well mixed over an hour; a cell has no motion of its own in CSF.
/// Limits: no flow field, no settling under gravity, no difference between ventricles.
namespace neurograft {

struct CsfTransportParameters {
  double attach_per_d;
  double washout_per_d;
  double death_per_d;
  double wall_capacity_per_mm2;
};

const Section<CsfTransportParameters>& csf_transport_section();

class CsfTransport final : public Process {
 public:
  explicit CsfTransport(const CsfTransportParameters& parameters) : parameters_(parameters) {}

  std::string_view name() const noexcept override { return "csf_transport"; }
  void bind(World& world, ReadoutTable& readouts) override;
  /// Gives the cells that met the wall their places, in the order of their ids.
  void commit(World& world, const StepContext& context) override;
  void step(World& world, const StepContext& context) override;

 private:
  CsfTransportParameters parameters_;
  CauseHandle attach_, washout_, early_;
  ArrayHandle attached_total_{};
};

}  // namespace neurograft
