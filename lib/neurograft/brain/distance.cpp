#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include <neurograft/brain/distance.hpp>

namespace neurograft {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The cost of a step of n voxels along an axis is (h max(0, |n| - gap))^2: convex in n, so the
/// curves of two sites cross once and the nearest sites follow each other along the line.
class LineTransform {
 public:
  LineTransform(int length, double spacing_mm, double gap)
      : spacing_mm_(spacing_mm),
        gap_(gap),
        site_(static_cast<std::size_t>(length)),
        begin_(static_cast<std::size_t>(length) + 1),
        value_(static_cast<std::size_t>(length)) {}

  /// Replaces the squared distances of one line, `stride` apart, by those with this axis added.
  void run(double* line, std::size_t stride) {
    const int length = static_cast<int>(site_.size());
    for (int x = 0; x < length; ++x) value_[x] = line[static_cast<std::size_t>(x) * stride];
    std::size_t sites = 0;
    for (int x = 0; x < length; ++x) {
      if (value_[x] == infinity) continue;
      int from = 0;
      while (sites > 0) {
        from = first_better(x, site_[sites - 1]);
        if (from > begin_[sites - 1]) break;
        --sites;
        from = 0;
      }
      if (from >= length) continue;
      site_[sites] = x;
      begin_[sites] = from;
      ++sites;
    }
    if (sites == 0) return;
    begin_[sites] = length;
    for (std::size_t s = 0; s < sites; ++s) {
      for (int x = begin_[s]; x < begin_[s + 1]; ++x) {
        line[static_cast<std::size_t>(x) * stride] = cost(x, site_[s]);
      }
    }
  }

 private:
  double cost(int x, int site) const {
    const double beyond = std::abs(x - site) - gap_;
    const double mm = beyond > 0.0 ? spacing_mm_ * beyond : 0.0;
    return value_[site] + mm * mm;
  }

  /// First x at which the later site costs less than the earlier one; the length if none. Starts
  /// where the parabolas without gap cross, which is at most a few steps away.
  int first_better(int later, int earlier) const {
    const int length = static_cast<int>(site_.size());
    const double rise = (value_[later] - value_[earlier]) / (spacing_mm_ * spacing_mm_);
    const double crossing = 0.5 * (rise / (later - earlier) + later + earlier);
    int x = crossing > 0.0 ? (crossing < length ? static_cast<int>(crossing) : length) : 0;
    const auto better = [&](int at) { return cost(at, later) < cost(at, earlier); };
    while (x > 0 && better(x - 1)) --x;
    while (x < length && !better(x)) ++x;
    return x;
  }

  double spacing_mm_;
  double gap_;
  std::vector<int> site_;
  std::vector<int> begin_;
  std::vector<double> value_;
};

void sweep(const Geometry& geometry, std::size_t axis, double gap, std::vector<double>& squared) {
  const std::array<std::size_t, 3> extent{static_cast<std::size_t>(geometry.size[0]),
                                          static_cast<std::size_t>(geometry.size[1]),
                                          static_cast<std::size_t>(geometry.size[2])};
  const std::array<std::size_t, 3> stride{1, extent[0], extent[0] * extent[1]};
  // Neighbouring lines one after the other: they share cache lines.
  const std::size_t u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;
  LineTransform transform(geometry.size[axis], geometry.spacing_mm[axis], gap);
  for (std::size_t a = 0; a < extent[v]; ++a) {
    for (std::size_t b = 0; b < extent[u]; ++b) {
      transform.run(squared.data() + a * stride[v] + b * stride[u], stride[axis]);
    }
  }
}

/// Distance of parenchyma voxels to the surface of the voxels that `is_feature` picks.
template <class IsFeature>
std::vector<double> parenchyma_distance_mm(const Grid& grid, IsFeature is_feature) {
  std::vector<std::uint8_t> features(grid.geometry().voxels());
  for (std::size_t linear = 0; linear < features.size(); ++linear) {
    const VoxelIndex voxel = grid.compact(linear);
    features[linear] = is_feature(voxel == no_voxel ? Label::outside : grid.label(voxel)) ? 1 : 0;
  }
  const std::vector<double> everywhere = distance_mm(grid.geometry(), features, DistanceTo::face);
  std::vector<double> result(grid.parenchyma_size());
  for (VoxelIndex voxel = 0; voxel < result.size(); ++voxel) {
    result[voxel] = everywhere[grid.linear(voxel)];
  }
  return result;
}

}  // namespace

std::vector<double> distance_mm(const Geometry& geometry, std::span<const std::uint8_t> features,
                                DistanceTo to) {
  std::vector<double> squared(features.size());
  for (std::size_t voxel = 0; voxel < features.size(); ++voxel) {
    squared[voxel] = features[voxel] != 0 ? 0.0 : infinity;
  }
  const double gap = to == DistanceTo::face ? 0.5 : 0.0;
  for (std::size_t axis = 0; axis < 3; ++axis) sweep(geometry, axis, gap, squared);
  for (double& value : squared) value = std::sqrt(value);
  return squared;
}

std::vector<double> ventricle_distance_mm(const Grid& grid) {
  return parenchyma_distance_mm(grid, [](Label label) { return label == Label::ventricle; });
}

std::vector<double> pial_distance_mm(const Grid& grid) {
  return parenchyma_distance_mm(grid, [](Label label) {
    return label == Label::subarachnoid_csf || label == Label::outside;
  });
}

}  // namespace neurograft
