#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <neurograft/core/parallel.hpp>
#include <neurograft/world/world.hpp>

namespace neurograft {

/// Looks for values that cannot be: not finite, or negative where the array does not allow it. What
/// a process owns is looked at after each of its steps, and all compartments, which are few;
/// everything every second day and before a checkpoint. Reading each array over voxels at every
/// step would take a third of a run's time.
class Guard {
 public:
  /// Gives the arrays that were added since the last call to `process`, unless they have an owner.
  /// To be called after each process is bound, in order.
  void take_over(World& world, const std::string& process);

  /// Where the compartments are, which must not change until this is called again: to find them
  /// anew after each step would cost more than to read them.
  void locate(const World& world);

  /// After a step of the process that was bound as number `stage`. Throws NumericalError.
  void check_step(const World& world, std::size_t stage, Threads threads) const;

  /// Everything. Throws NumericalError, which names the owner of the array.
  static void check_all(const World& world, Threads threads);

 private:
  struct Owned {
    std::string process;
    std::vector<ArrayHandle> tissue, fields;
  };

  struct Compartment {
    const double* values;
    std::uint32_t count;
    bool may_be_negative;
  };

  std::vector<Owned> stages_;
  std::vector<Compartment> compartments_;  // in the order of the world's
};

}  // namespace neurograft
