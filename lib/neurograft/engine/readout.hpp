#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/parallel.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// A named axis of a readout besides time: labels, or numbers with a unit.
struct ReadoutDimension {
  std::string name;                 ///< "state", "cause", "region", "depth"
  std::vector<std::string> labels;  ///< one per entry; empty if `values` are given
  std::vector<double> values;       ///< coordinates, e.g. the middle of a depth band
  std::string unit;                 ///< of `values`

  /// How many labels, or values where there are no labels.
  std::size_t size() const noexcept { return labels.empty() ? values.size() : labels.size(); }
};

/// A quantity that a process offers for recording.
struct NEUROGRAFT_API Readout {
  std::string name;                          ///< dataset in /series
  std::string unit;                          ///< "cell", "1", "mL"
  std::string long_name;                     ///< one line
  std::vector<ReadoutDimension> dimensions;  ///< empty for one value per record

  std::size_t size() const noexcept;  ///< values per record: 1 without dimensions
};

/// All readouts of a simulation, with the functions that evaluate them.
class NEUROGRAFT_API ReadoutTable {
 public:
  /// Fills `out`, which has the readout's size, from the world as it is.
  using Evaluate = std::function<void(const World& world, Threads threads, std::span<double> out)>;

  /// Adds a readout; `evaluate` fills `size()` values, the last dimension fastest. Throws Error if
  /// the name is taken.
  void add(Readout readout, Evaluate evaluate);

  /// Sizes of dimensions may depend on what later processes declare: such readouts are given as a
  /// function called after all processes are bound.
  void add_late(std::function<void(const World& world, ReadoutTable& table)> declare);

  /// Calls the late declarations. Once, by Simulation.
  void complete(const World& world);

  /// In order of declaration, late ones last; `evaluate` takes the index in here.
  const std::vector<Readout>& readouts() const noexcept { return readouts_; }

  /// Evaluates readout `index` into `out`, which has its size.
  void evaluate(std::size_t index, const World& world, Threads threads,
                std::span<double> out) const;

 private:
  std::vector<Readout> readouts_;
  std::vector<Evaluate> evaluate_;
  std::vector<std::function<void(const World&, ReadoutTable&)>> late_;
};

}  // namespace neurograft
