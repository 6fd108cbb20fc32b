#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/engine/readout.hpp>

namespace neurograft {

std::size_t Readout::size() const noexcept {
  std::size_t product = 1;
  for (const ReadoutDimension& dimension : dimensions) product *= dimension.size();
  return product;
}

void ReadoutTable::add(Readout readout, Evaluate evaluate) {
  for (const Readout& known : readouts_) {
    if (known.name == readout.name) throw Error("a readout named \"" + known.name + "\" exists");
  }
  readouts_.push_back(std::move(readout));
  evaluate_.push_back(std::move(evaluate));
}

void ReadoutTable::add_late(std::function<void(const World&, ReadoutTable&)> declare) {
  late_.push_back(std::move(declare));
}

void ReadoutTable::complete(const World& world) {
  const auto late = std::move(late_);
  late_.clear();
  for (const auto& declare : late) declare(world, *this);
}

void ReadoutTable::evaluate(std::size_t index, const World& world, Threads threads,
                            std::span<double> out) const {
  evaluate_[index](world, threads, out);
}

}  // namespace neurograft
