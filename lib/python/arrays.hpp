#pragma once

#include <memory>

#include "bindings.hpp"

namespace neurograft::python {

/// Named arrays of a run: a mapping from names to numpy views.
struct Arrays {
  std::shared_ptr<Run> run;
  NamedArrays& (World::*of)();
  bool writable;

  NamedArrays& get() const { return (run->world().*of)(); }
};

/// Columns of agents: the same.
struct Columns {
  std::shared_ptr<Run> run;
};

/// The voxels of a run.
struct Voxels {
  std::shared_ptr<Run> run;
  const Grid& get() const { return run->simulation.world().grid(); }
};

}  // namespace neurograft::python
