#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/core/reduce.hpp>
#include <neurograft/model/diffusion_operator.hpp>

namespace neurograft {
namespace {

bool positive_and_finite(double x) {
  return x > 0.0 && std::isfinite(x);
}

void require(bool holds, const char* what, double value, const char* why) {
  if (holds) return;
  throw InputError(
      Problem{"diffusion", std::string(what) + " = " + std::to_string(value), why, ""});
}

void require_decay(double decay_per_d) {
  require(decay_per_d >= 0.0 && std::isfinite(decay_per_d), "decay [1/d]", decay_per_d,
          "must be >= 0");
}

}  // namespace

DiffusionStencil::DiffusionStencil(const Grid& grid, double white_to_grey,
                                   std::span<const double> axis_ratio)
    : size_(grid.parenchyma_size()),
      voxel_volume_mm3_(grid.voxel_volume_mm3()),
      white_to_grey_(white_to_grey),
      zeros_(voxel_block, 0.0) {
  require(positive_and_finite(white_to_grey), "ratio of D in white to grey matter", white_to_grey,
          "must be > 0");
  if (!axis_ratio.empty() && axis_ratio.size() != 3 * size_) {
    throw InputError(Problem{"diffusion", "the tensor and the grid disagree in size",
                             "one value per axis and parenchyma voxel", ""});
  }
  for (const double ratio : axis_ratio) {
    require(positive_and_finite(ratio), "ratio of D along an axis", ratio, "must be > 0");
  }
  add_faces(grid, axis_ratio);
  add_pieces({&grid.neighbours(0), size_});
}

DiffusionStencil::DiffusionStencil(const std::array<std::vector<double>, 3>& faces,
                                   std::span<const std::array<VoxelIndex, 6>> neighbours)
    : size_(neighbours.size()), zeros_(voxel_block, 0.0) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    face_[axis].reserve(size_ + 1);
    face_[axis].push_back(0.0);
    face_[axis].insert(face_[axis].end(), faces[axis].begin(), faces[axis].end());
  }
  add_pieces(neighbours);
}

void DiffusionStencil::add_faces(const Grid& grid, std::span<const double> axis_ratio) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double h = grid.geometry().spacing_mm[axis];
    const auto relative_d = [&](VoxelIndex voxel) {
      const double tissue = grid.label(voxel) == Label::white ? white_to_grey_ : 1.0;
      return axis_ratio.empty() ? tissue : tissue * axis_ratio[axis * size_ + voxel];
    };
    face_[axis].assign(size_ + 1, 0.0);
    for (VoxelIndex voxel = 0; voxel < size_; ++voxel) {
      for (std::size_t side = 0; side < 2; ++side) {
        const VoxelIndex neighbour = grid.neighbours(voxel)[2 * axis + side];
        if (neighbour == no_voxel) continue;
        const double d = relative_d(voxel);
        if (neighbour >= size_) {
          open_faces_.push_back({voxel, static_cast<std::uint8_t>(axis),
                                 grid.label(neighbour) == Label::ventricle, 2.0 * d / h, 1.0 / h});
        } else if (side == 1) {
          const double other = relative_d(neighbour);
          face_[axis][voxel + 1] = 2.0 * d * other / ((d + other) * h * h);
        }
      }
    }
  }
}

void DiffusionStencil::add_pieces(std::span<const std::array<VoxelIndex, 6>> neighbours) {
  const auto beside = [&](VoxelIndex voxel) {
    std::array<VoxelIndex, 4> result{};
    for (std::size_t face = 0; face < 4; ++face) {
      const VoxelIndex neighbour = neighbours[voxel][2 + face];
      result[face] = neighbour < size_ ? neighbour : no_voxel;
    }
    return result;
  };
  const auto continues = [](const Piece& piece, const std::array<VoxelIndex, 4>& next) {
    for (std::size_t face = 0; face < 4; ++face) {
      const VoxelIndex expected =
          piece.beside[face] == no_voxel ? no_voxel : piece.beside[face] + piece.length;
      if (next[face] != expected) return false;
    }
    return true;
  };
  for (VoxelIndex voxel = 0; voxel < size_; ++voxel) {
    const std::array<VoxelIndex, 4> next = beside(voxel);
    const bool new_block = voxel % voxel_block == 0;
    if (new_block) first_piece_.push_back(pieces_.size());
    if (!new_block && neighbours[voxel][0] == voxel - 1 && continues(pieces_.back(), next)) {
      ++pieces_.back().length;
    } else {
      pieces_.push_back({voxel, 1, next});
    }
  }
  first_piece_.push_back(pieces_.size());
}

DiffusionOperator::DiffusionOperator(const DiffusionStencil& stencil, double grey_mm2_per_d,
                                     double decay_per_d, const SurfaceExchange& exchange)
    : stencil_(&stencil), diffusivity_(grey_mm2_per_d), decay_(decay_per_d) {
  require(positive_and_finite(grey_mm2_per_d), "D [mm2/d]", grey_mm2_per_d, "must be > 0");
  require_decay(decay_per_d);
  for (const double velocity : {exchange.ventricle_mm_per_d, exchange.pia_mm_per_d}) {
    require(velocity >= 0.0, "exchange [mm/d]", velocity, "must be >= 0");
  }
  for (const double level : {exchange.ventricle_level, exchange.pia_level}) {
    require(level >= 0.0 && std::isfinite(level), "level in CSF", level, "must be >= 0");
  }
  for (const OpenFace& face : stencil.open_faces()) {
    const double velocity = face.ventricle ? exchange.ventricle_mm_per_d : exchange.pia_mm_per_d;
    if (velocity == 0.0) continue;
    const double in_series = 1.0 / (1.0 / velocity + 1.0 / (diffusivity_ * face.half_voxel_per_mm));
    exchange_.push_back({face.voxel, face.axis, face.ventricle, in_series * face.per_mm,
                         face.ventricle ? exchange.ventricle_level : exchange.pia_level});
  }
}

DiffusionOperator DiffusionOperator::with_decay(double decay_per_d) const {
  require_decay(decay_per_d);
  DiffusionOperator other = *this;
  other.decay_ = decay_per_d;
  return other;
}

double largest_of(std::span<const double> values, Threads threads) {
  return blocked_max(threads, values.size(), voxel_block, 0.0,
                     [values](std::size_t begin, std::size_t end) {
                       return largest_magnitude(values.data() + begin, end - begin);
                     });
}

double largest_difference(std::span<const double> a, std::span<const double> b, Threads threads) {
  return blocked_max(threads, a.size(), voxel_block, 0.0,
                     [a, b](std::size_t begin, std::size_t end) {
                       double most = 0.0;
                       for (std::size_t v = begin; v < end; ++v) {
                         most = std::max(most, std::abs(a[v] - b[v]));
                       }
                       return most;
                     });
}

bool is_physical(std::span<const double> values) noexcept {
  // A count without branches, which vectorises.
  std::int64_t unphysical = 0;
  for (const double x : values) {
    unphysical += x >= 0.0 && x <= std::numeric_limits<double>::max() ? 0 : 1;
  }
  return unphysical == 0;
}

void require_physical(std::span<const double> values, std::string_view what,
                      const SolverContext& context) {
  parallel_for(context.threads, values.size(), voxel_block,
               [&](std::size_t begin, std::size_t end) {
                 if (is_physical(values.subspan(begin, end - begin))) return;
                 for (std::size_t voxel = begin; voxel < end; ++voxel) {
                   if (is_physical(values.subspan(voxel, 1))) continue;
                   throw NumericalError("signalling", std::string(context.field),
                                        static_cast<std::int64_t>(voxel), context.tick,
                                        std::string(what) + " is " + shown(values[voxel]));
                 }
               });
}

FieldLedger steady_ledger(const DiffusionOperator& diffusion, const FieldSums& sums,
                          std::span<const double> u, double dt_d) {
  const double scale = dt_d * diffusion.stencil().voxel_volume_mm3();
  FieldLedger ledger{.produced = scale * sums.source,
                     .decayed = scale * diffusion.decay_per_d() * sums.level};
  for (const ExchangeFace& face : diffusion.exchange()) {
    const double lost = scale * face.rate_per_d * (u[face.voxel] - face.level);
    (face.ventricle ? ledger.lost_to_ventricle : ledger.lost_to_pia) += lost;
  }
  return ledger;
}

}  // namespace neurograft
