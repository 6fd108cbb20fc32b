#include <algorithm>
#include <cmath>
#include <cstddef>

#include <neurograft/brain/align.hpp>
#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/brain/tracts.hpp>

namespace neurograft {
namespace {

using Vector = std::array<double, 3>;
using Symmetric = std::array<Vector, 3>;

constexpr int callosal_genu = 3, callosal_body = 4, callosal_splenium = 5;

/// Axis of the patient's space that the fibres of a label do not follow.
enum class Across { nothing, back_front, down_up };

Across across(int label) {
  switch (label) {
    case callosal_body:
    case 7:  // corticospinal tract, right and left, from pons
    case 8:
    case 15:  // cerebral peduncle
    case 16:
    case 19:  // posterior limb of the internal capsule
    case 20:
    case 25:  // superior corona radiata
    case 26:
      return Across::back_front;
    case callosal_genu:
    case callosal_splenium:
    case 17:  // anterior limb
    case 18:
    case 29:  // posterior thalamic radiation
    case 30:
      return Across::down_up;
    default:
      return Across::nothing;
  }
}

/// Labels that the atlas cuts out of one bundle share its shape: the corticospinal chain.
int bundle(int label) {
  switch (label) {
    case 15:
    case 19:
    case 25:
      return 7;
    case 16:
    case 20:
    case 26:
      return 8;
    default:
      return label;
  }
}

double norm(const Vector& v) {
  return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

struct PrincipalAxis {
  Vector direction{};
  double clarity = 0.0;  ///< 1 - second / first variance
};

/// The first eigenvector of a covariance by repeated squaring: 2^8 steps of the power method. The
/// largest column then points along it.
PrincipalAxis principal_axis(const Symmetric& covariance) {
  constexpr int squarings = 8;
  Symmetric power = covariance;
  for (int n = 0; n < squarings; ++n) {
    const double trace = power[0][0] + power[1][1] + power[2][2];
    if (!(trace > 0.0)) return {};
    Symmetric square{};
    for (std::size_t a = 0; a < 3; ++a) {
      for (std::size_t b = 0; b < 3; ++b) {
        for (std::size_t c = 0; c < 3; ++c) {
          square[a][b] += power[a][c] / trace * (power[c][b] / trace);
        }
      }
    }
    power = square;
  }
  Vector best = power[0];
  for (const Vector& column : power) {
    if (norm(column) > norm(best)) best = column;
  }
  const double length = norm(best);
  if (!(length > 0.0)) return {};
  for (double& component : best) component /= length;

  // The other two variances follow from the trace and the sum of squares.
  double first = 0.0, squares = 0.0;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      first += best[a] * covariance[a][b] * best[b];
      squares += covariance[a][b] * covariance[a][b];
    }
  }
  const double rest = covariance[0][0] + covariance[1][1] + covariance[2][2] - first;
  const double rest_squares = std::max(0.0, squares - first * first);
  const double second = 0.5 * (rest + std::sqrt(std::max(0.0, 2.0 * rest_squares - rest * rest)));
  return {best, std::clamp(1.0 - second / first, 0.0, 1.0)};
}

/// Axes of the image in the patient's space (left-right, back-front, down-up), as unit vectors.
std::array<Vector, 3> image_axes(const Geometry& geometry) {
  std::array<Vector, 3> axes{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (std::size_t row = 0; row < 3; ++row) axes[axis][row] = geometry.affine[4 * row + axis];
    const double length = norm(axes[axis]);
    for (double& component : axes[axis]) component /= length > 0.0 ? length : 1.0;
  }
  return axes;
}

/// Takes an axis of the patient's space out of a covariance along the image's axes.
void flatten(Symmetric& covariance, const std::array<Vector, 3>& axes, std::size_t world_axis) {
  const Vector normal{axes[0][world_axis], axes[1][world_axis], axes[2][world_axis]};
  Symmetric projected{};
  const auto projector = [&](std::size_t a, std::size_t b) {
    return (a == b ? 1.0 : 0.0) - normal[a] * normal[b];
  };
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      for (std::size_t c = 0; c < 3; ++c) {
        for (std::size_t d = 0; d < 3; ++d) {
          projected[a][b] += projector(a, c) * covariance[c][d] * projector(d, b);
        }
      }
    }
  }
  covariance = projected;
}

/// Voxel offsets within a radius, with their lengths along the image's axes [mm].
std::vector<Neighbour> ball(const Geometry& geometry, double radius_mm) {
  std::array<int, 3> reach{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    reach[axis] = std::max(1, static_cast<int>(radius_mm / geometry.spacing_mm[axis]));
  }
  std::vector<Neighbour> result;
  for (int k = -reach[2]; k <= reach[2]; ++k) {
    for (int j = -reach[1]; j <= reach[1]; ++j) {
      for (int i = -reach[0]; i <= reach[0]; ++i) {
        const double mm = norm(
            {i * geometry.spacing_mm[0], j * geometry.spacing_mm[1], k * geometry.spacing_mm[2]});
        if (mm <= radius_mm) result.push_back({i, j, k, mm});
      }
    }
  }
  return result;
}

/// Covariance [mm2] of the places of voxels of the same bundle around one; 0 with fewer than four.
Symmetric covariance_around(const Grid& grid, std::span<const std::uint8_t> labels,
                            const std::vector<Neighbour>& offsets, VoxelIndex voxel) {
  const Geometry& geometry = grid.geometry();
  const auto [i, j, k] = grid.coordinates(voxel);
  const int own = bundle(labels[voxel]);
  double count = 0.0;
  Vector sum{};
  Symmetric square{};
  for (const Neighbour& step : offsets) {
    if (!geometry.contains(i + step.i, j + step.j, k + step.k)) continue;
    const VoxelIndex other = grid.compact(geometry.index(i + step.i, j + step.j, k + step.k));
    if (other >= labels.size() || bundle(labels[other]) != own) continue;
    const Vector p{step.i * geometry.spacing_mm[0], step.j * geometry.spacing_mm[1],
                   step.k * geometry.spacing_mm[2]};
    count += 1.0;
    for (std::size_t a = 0; a < 3; ++a) {
      sum[a] += p[a];
      for (std::size_t b = 0; b < 3; ++b) square[a][b] += p[a] * p[b];
    }
  }
  if (count < 4.0) return {};
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      square[a][b] = square[a][b] / count - sum[a] / count * (sum[b] / count);
    }
  }
  return square;
}

}  // namespace

const std::vector<TractGroup>& jhu_tract_groups() {
  static const std::vector<TractGroup> groups{
      {"corticospinal", {7, 8, 15, 16, 19, 20, 25, 26}},
      {"callosal_genu", {callosal_genu}},
      {"callosal_body", {callosal_body}},
      {"callosal_splenium", {callosal_splenium}},
      {"thalamic_radiation", {17, 18, 29, 30}},
      {"cingulum", {35, 36, 37, 38}},
  };
  return groups;
}

std::vector<std::uint8_t> atlas_labels(const Grid& grid, const Image& atlas) {
  const Image placed = resample_nearest(atlas, grid.geometry());
  std::vector<std::uint8_t> labels(grid.parenchyma_size(), 0);
  for (VoxelIndex voxel = 0; voxel < labels.size(); ++voxel) {
    if (grid.label(voxel) != Label::white) continue;
    const float value = placed.values[grid.linear(voxel)];
    if (value >= 0.0F && value < static_cast<float>(tract_label_count)) {
      labels[voxel] = static_cast<std::uint8_t>(value);
    }
  }
  return labels;
}

std::vector<std::uint8_t> tract_of_voxel(std::span<const std::uint8_t> labels,
                                         const std::vector<TractGroup>& groups) {
  std::array<std::uint8_t, tract_label_count> group_of{};
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const int label : groups[group].labels) {
      group_of.at(static_cast<std::size_t>(label)) = static_cast<std::uint8_t>(group + 1);
    }
  }
  std::vector<std::uint8_t> result(labels.size());
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    result[voxel] = group_of[labels[voxel]];
  }
  return result;
}

std::vector<std::array<float, 3>> fibre_directions(const Grid& grid,
                                                   std::span<const std::uint8_t> labels,
                                                   double radius_mm) {
  constexpr std::size_t back_front = 1, down_up = 2;
  const std::array<Vector, 3> axes = image_axes(grid.geometry());
  const std::vector<Neighbour> offsets = ball(grid.geometry(), radius_mm);
  std::vector<std::array<float, 3>> result(labels.size(), {0.0F, 0.0F, 0.0F});
  for (VoxelIndex voxel = 0; voxel < labels.size(); ++voxel) {
    const int label = labels[voxel];
    if (label == 0) continue;
    Symmetric covariance = covariance_around(grid, labels, offsets, voxel);
    if (across(label) == Across::back_front) flatten(covariance, axes, back_front);
    if (across(label) == Across::down_up) flatten(covariance, axes, down_up);
    const PrincipalAxis axis = principal_axis(covariance);
    for (std::size_t a = 0; a < 3; ++a) {
      result[voxel][a] = static_cast<float>(axis.direction[a] * axis.clarity);
    }
  }
  return result;
}

}  // namespace neurograft
