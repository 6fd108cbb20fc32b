#pragma once

#include <cstdint>

#include <neurograft/neurograft.hpp>

namespace barcoded {

/// A number that differs when any bit of a world's state differs, and does not depend on the order
/// of agents in memory: columns of living agents by id, and all named arrays.
std::uint64_t digest(const neurograft::World& world);

}  // namespace barcoded
