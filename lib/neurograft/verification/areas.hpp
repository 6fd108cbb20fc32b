#pragma once

#include <span>
#include <string_view>

#include <neurograft/core/parallel.hpp>
#include <neurograft/verification/check.hpp>

namespace neurograft::verification {

/// Closed forms of one part of the model.
struct Area {
  std::string_view name;     ///< as `neurograft selftest` takes it
  std::string_view meaning;  ///< one line
  Checks (*run)(Threads);    ///< seconds; the same result for any number of threads
};

/// All areas, in the order in which they are shown.
std::span<const Area> areas();

/// The area of that name. Throws InputError, naming the nearest or all, for another.
const Area& area(std::string_view name);

}  // namespace neurograft::verification
