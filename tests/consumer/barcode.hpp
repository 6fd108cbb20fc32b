#pragma once

#include <neurograft/neurograft.hpp>

/// Lineage barcodes: each donor cell gets a random one when it is first seen in tissue, hands it to
/// its daughters, and may stop expressing it for good.
///
///   silencing: rate s per day, p = 1 - exp(-s dt)
///
/// A process of a user's own, with a column per agent, a compartment, a random stream and a
/// readout, and without a line in the library. It keeps nothing between steps, so runs that hold it
/// stop and resume exactly.
namespace barcoded {

struct BarcodeParameters {
  double silencing_per_d;
};
const neurograft::Section<BarcodeParameters>& barcode_section();

class Barcode final : public neurograft::Process {
 public:
  static constexpr std::uint32_t none = 0;
  static constexpr std::uint32_t silenced = 0xffffffffU;

  explicit Barcode(BarcodeParameters parameters) : parameters_(parameters) {}

  std::string_view name() const noexcept override { return "barcode"; }
  void bind(neurograft::World& world, neurograft::ReadoutTable& readouts) override;
  void step(neurograft::World& world, const neurograft::StepContext& context) override;

 private:
  BarcodeParameters parameters_;
  neurograft::ColumnHandle barcode_;
  neurograft::ArrayHandle lost_;
};

}  // namespace barcoded
