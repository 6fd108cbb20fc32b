#pragma once

#include <cstdint>
#include <vector>

#include <neurograft/core/random.hpp>

/// Random integers and orders for designs and resamples, the same on every machine.
namespace neurograft {

/// What a design draws, each at its own tick of `StreamCode::study_design`, so that no two share
/// numbers. A number once released stays.
enum class DesignDraw : Tick {
  uniform_point = 0,      ///< entity: point
  hypercube_place = 1,    ///< entity: point
  hypercube_order = 2,    ///< entity: dimension
  sobol_shift = 3,        ///< entity: dimension
  morris_trajectory = 4,  ///< entity: trajectory
};

/// The draws of one purpose of a design.
constexpr Stream design_stream(std::uint64_t seed, DesignDraw purpose) noexcept {
  return {seed, StreamCode::study_design, static_cast<Tick>(purpose)};
}

/// An integer in [0, bound), all equally likely; `bound` >= 1. Lemire 2019, doi 10.1145/3230636.
std::uint32_t draw_below(std::uint32_t bound, StreamEngine& engine) noexcept;

/// 0 ... count - 1 in random order, all orders equally likely (Fisher-Yates).
std::vector<std::uint32_t> random_order(std::uint32_t count, StreamEngine& engine);

}  // namespace neurograft
