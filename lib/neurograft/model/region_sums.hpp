#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <neurograft/core/parallel.hpp>
#include <neurograft/world/world.hpp>

/// Sums over regions of the parenchyma.
namespace neurograft {

/// Whole, white matter, grey matter, all lesions, then lesions by kind.
inline constexpr std::size_t region_count = 9;
inline constexpr std::size_t region_white = 1;
inline constexpr std::size_t region_grey = 2;
inline constexpr std::size_t region_all_lesions = 3;

struct RegionSums {
  std::array<double, region_count> sum{};
  std::array<double, region_count> voxels{};
};

/// `fill(begin, end, values)` gives the values of voxels [begin, end); sums are in fixed blocks.
RegionSums over_regions(const World& world, std::span<const double> lesion_kind, Threads threads,
                        FunctionRef<void(std::size_t begin, std::size_t end, double* values)> fill);

}  // namespace neurograft
