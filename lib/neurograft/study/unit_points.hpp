#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Points that fill the unit cube: where a study runs the model. Each input of the model is one
/// dimension, each run one point. A design is a pure function of its arguments, on every machine.
namespace neurograft {

/// Points in the open cube (0, 1)^dimensions, so that the inverse of any distribution is finite.
struct UnitPoints {
  std::size_t dimensions = 0;
  std::vector<double> values;  ///< point by point, [count() x dimensions]

  std::size_t count() const noexcept { return dimensions == 0 ? 0 : values.size() / dimensions; }
  std::span<const double> row(std::size_t i) const noexcept {
    return {values.data() + i * dimensions, dimensions};
  }
};

/// The most points that a design may have: a place within a stratum keeps 24 bits.
inline constexpr std::size_t most_points = std::size_t{1} << 28;

/// Independent uniform points. The first n points, and the first k coordinates of each, do not
/// depend on how many there are. Throws InputError without dimensions or above `most_points`.
UnitPoints uniform_points(std::size_t count, std::size_t dimensions, std::uint64_t seed);

/// Latin hypercube: in every dimension one point in each of `count` strata of equal width, at
/// random within it, the strata paired at random (McKay, Beckman and Conover 1979,
/// doi 10.1080/00401706.1979.10489755). Throws InputError as `uniform_points` does.
UnitPoints latin_hypercube(std::size_t count, std::size_t dimensions, std::uint64_t seed);

/// Sobol' sequence with the direction numbers of Joe and Kuo 2008 (doi 10.1137/070709359), moved by
/// a random digital shift in each dimension (L'Ecuyer and Lemieux 2002,
/// doi 10.1007/0-306-48102-2_20): each point is uniform, and the average over seeds has no bias.
/// Starts with the point that is 0 before the shift, so that the first 2^m points are a digital
/// net; take a power of two (Owen 2022, doi 10.1007/978-3-030-98319-2_4). The first n points do not
/// depend on how many there are. Throws InputError as `uniform_points` does, and above the 3667
/// dimensions that Boost has numbers for.
UnitPoints sobol_sequence(std::size_t count, std::size_t dimensions, std::uint64_t seed);

}  // namespace neurograft
