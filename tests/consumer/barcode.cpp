#include "barcode.hpp"

namespace barcoded {

using namespace neurograft;

const Section<BarcodeParameters>& barcode_section() {
  static const Section<BarcodeParameters> section(
      "barcode", "Lineage barcodes of donor cells",
      {{{"silencing_per_d", "1/d", 0.02, non_negative, "Rate at which a barcode falls silent",
         "assumed", Grade::assumed},
        &BarcodeParameters::silencing_per_d}});
  return section;
}

void Barcode::bind(World& world, ReadoutTable& readouts) {
  barcode_ = world.agents().add_integer_column("barcode");
  lost_ = world.compartments().add("barcodes_silenced", "cell", "cells that lost their barcode", 1);
  readouts.add({"barcodes_silenced", "cell", "cells that lost their barcode", {}},
               [lost = lost_](const World& w, Threads, std::span<double> out) {
                 out[0] = w.compartments().scalar(lost);
               });
}

void Barcode::step(World& world, const StepContext& context) {
  Agents& agents = world.agents();
  const auto kind = agents.kind();
  const auto state = agents.state();
  const auto id = agents.id();
  const auto barcode = agents.integer_column(barcode_);
  const Stream stream = context.stream(user_stream("barcode"));
  const std::uint64_t threshold =
      math::bernoulli_threshold(math::probability(parameters_.silencing_per_d * context.dt_d));

  const auto step_block = [&](std::size_t begin, std::size_t end) {
    double lost = 0.0;
    for (std::size_t slot = begin; slot < end; ++slot) {
      if (kind[slot] != donor || !is_in_tissue(state[slot])) continue;
      const Block words = stream.block(id[slot]);
      if (barcode[slot] == none) {
        barcode[slot] = 1 + words[0] % 1000000U;
      } else if (barcode[slot] != silenced && words[1] < threshold) {
        barcode[slot] = silenced;
        lost += 1.0;
      }
    }
    return lost;
  };
  world.compartments().scalar(lost_) +=
      blocked_sum(context.threads, agents.size(), agent_block, step_block);
}

}  // namespace barcoded
