#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/study/draws.hpp>
#include <neurograft/study/unit_points.hpp>

#include <boost/random/sobol.hpp>

namespace neurograft {
namespace {

// All at 0 until they are drawn.
UnitPoints blank_points(const char* where, std::size_t count, std::size_t dimensions) {
  if (dimensions == 0) throw InputError(Problem{where, "no dimensions", "at least one", ""});
  if (count > most_points) {
    throw InputError(Problem{where, std::to_string(count) + " points",
                             "at most " + std::to_string(most_points), ""});
  }
  return {dimensions, std::vector<double>(count * dimensions)};
}

}  // namespace

UnitPoints uniform_points(std::size_t count, std::size_t dimensions, std::uint64_t seed) {
  UnitPoints points = blank_points("uniform_points", count, dimensions);
  const Stream stream = design_stream(seed, DesignDraw::uniform_point);
  double* value = points.values.data();
  for (std::uint32_t i = 0; i < count; ++i) {
    StreamEngine engine = stream.engine(i);
    for (std::size_t d = 0; d < dimensions; ++d) {
      const std::uint32_t high = engine();
      *value++ = math::fine_uniform(high, engine());
    }
  }
  return points;
}

UnitPoints latin_hypercube(std::size_t count, std::size_t dimensions, std::uint64_t seed) {
  UnitPoints points = blank_points("latin_hypercube", count, dimensions);
  const Stream places = design_stream(seed, DesignDraw::hypercube_place);
  double* value = points.values.data();
  for (std::uint32_t i = 0; i < count; ++i) {
    StreamEngine engine = places.engine(i);
    // 24 bits, so that adding a stratum's number rounds nothing and no point leaves its stratum.
    for (std::size_t d = 0; d < dimensions; ++d) *value++ = ((engine() >> 8) + 0.5) * 0x1p-24;
  }
  const Stream orders = design_stream(seed, DesignDraw::hypercube_order);
  for (std::size_t d = 0; d < dimensions; ++d) {
    StreamEngine engine = orders.engine(static_cast<std::uint32_t>(d));
    const auto strata = random_order(static_cast<std::uint32_t>(count), engine);
    for (std::size_t i = 0; i < count; ++i) {
      double& x = points.values[i * dimensions + d];
      x = (strata[i] + x) / static_cast<double>(count);
    }
  }
  return points;
}

UnitPoints sobol_sequence(std::size_t count, std::size_t dimensions, std::uint64_t seed) {
  UnitPoints points = blank_points("sobol_sequence", count, dimensions);
  constexpr std::size_t most = boost::random::default_sobol_table::max_dimension;
  if (dimensions > most) {
    throw InputError(Problem{"sobol_sequence", std::to_string(dimensions) + " dimensions",
                             "at most " + std::to_string(most), ""});
  }
  const Stream stream = design_stream(seed, DesignDraw::sobol_shift);
  std::vector<std::uint64_t> shift(dimensions);
  for (std::size_t d = 0; d < dimensions; ++d) {
    const Block words = stream.block(static_cast<std::uint32_t>(d));
    shift[d] = std::uint64_t{words[0]} << 32 | words[1];
  }
  boost::random::sobol sequence(dimensions);
  double* value = points.values.data();
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t d = 0; d < dimensions; ++d) {
      // Boost leaves out the point 0, without which the points are no net.
      const std::uint64_t bits = (i == 0 ? 0 : sequence()) ^ shift[d];
      *value++ = math::fine_uniform(static_cast<std::uint32_t>(bits >> 32),
                                    static_cast<std::uint32_t>(bits));
    }
  }
  return points;
}

}  // namespace neurograft
