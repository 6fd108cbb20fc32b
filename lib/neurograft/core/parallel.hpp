#pragma once

#include <cstddef>
#include <type_traits>

#include <neurograft/core/export.hpp>

namespace neurograft {

/// How many threads a simulation may use. A value, not a global: several simulations may run in
/// one process with different numbers.
struct Threads {
  int count = 1;  ///< at least 1; with 1 all is done in the calling thread
};

/// The processors this process may use, at least 1: its affinity mask, less where a control group
/// or Slurm (SLURM_CPUS_PER_TASK) has given it fewer.
NEUROGRAFT_API Threads available_threads() noexcept;

/// A non-owning reference to something callable; lives no longer than the call it is passed to.
template <class Signature>
class FunctionRef;

/// For callables that take `Arguments` and give `Result`: two pointers, nothing is allocated.
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  /// Refers to `f` without copying it. Implicit, so that a lambda can be passed as it is.
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>) FunctionRef(F&& f)
  noexcept  // NOLINT: implicit by design, as std::function
      : object_(const_cast<void*>(static_cast<const void*>(&f))),
        call_([](void* object, Arguments... arguments) -> Result {
          return (*static_cast<std::remove_reference_t<F>*>(object))(arguments...);
        }) {}

  /// Calls what it refers to, and throws what that throws.
  Result operator()(Arguments... arguments) const { return call_(object_, arguments...); }

 private:
  void* object_;
  Result (*call_)(void*, Arguments...);
};

/// Calls `body(begin, end)` for consecutive blocks of [0, count). Block boundaries depend on
/// `block` alone, never on the number of threads; which thread takes a block is not defined, so
/// a body writes only what its indices own. If bodies throw, the exception of the lowest block is
/// rethrown after all have ended.
NEUROGRAFT_API void parallel_for(Threads threads, std::size_t count, std::size_t block,
                                 FunctionRef<void(std::size_t begin, std::size_t end)> body);

/// Sum of `body(begin, end)` over blocks of fixed size, added in block order: the same bits for any
/// number of threads.
NEUROGRAFT_API double blocked_sum(Threads threads, std::size_t count, std::size_t block,
                                  FunctionRef<double(std::size_t begin, std::size_t end)> body);

/// Largest `body(begin, end)` over all blocks; `lowest` if there are none.
NEUROGRAFT_API double blocked_max(Threads threads, std::size_t count, std::size_t block,
                                  double lowest,
                                  FunctionRef<double(std::size_t begin, std::size_t end)> body);

///@{
/// Block sizes that keep a block's columns in the second-level cache.
inline constexpr std::size_t agent_block = 8192;
inline constexpr std::size_t voxel_block = 4096;
///@}

}  // namespace neurograft
