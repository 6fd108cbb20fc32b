#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/brain/resample.hpp>
#include <neurograft/core/error.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr std::size_t label_count = 5;
using Shares = std::array<float, label_count>;  ///< of a voxel's volume, by label

/// A stretch of source voxels under one target voxel, along one axis.
struct Overlap {
  int first = 0;
  std::vector<double> share;  ///< of the target voxel
};

std::vector<Overlap> overlaps(int source, int target, double ratio) {
  std::vector<Overlap> result(static_cast<std::size_t>(target));
  for (int t = 0; t < target; ++t) {
    const double low = t * ratio, high = low + ratio;
    Overlap& overlap = result[static_cast<std::size_t>(t)];
    overlap.first = static_cast<int>(std::floor(low + 1e-9));
    for (int s = overlap.first; s < source && s < high - 1e-9; ++s) {
      overlap.share.push_back((std::min(high, s + 1.0) - std::max(low, double(s))) / ratio);
    }
  }
  return result;
}

Geometry target_geometry(const Geometry& source, double resolution_mm) {
  Geometry target = source;
  double voxels = 1.0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double ratio = resolution_mm / source.spacing_mm[axis];
    const double count = std::ceil(source.size[axis] / ratio - 1e-9);
    voxels *= count;
    if (!(voxels <= 0x1p29)) {
      throw InputError(Problem{"brain", "resolution_mm = " + fmt::format("{:g}", resolution_mm),
                               "the grid would have more than 2^29 voxels", "raise it"});
    }
    target.size[axis] = static_cast<int>(count);
    target.spacing_mm[axis] = resolution_mm;
  }
  // The corner of voxel 0 stays where it is, so its centre moves by half the growth of a voxel.
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double ratio = resolution_mm / source.spacing_mm[axis];
      target.affine[4 * row + 3] += 0.5 * (ratio - 1.0) * source.affine[4 * row + axis];
      target.affine[4 * row + axis] = source.affine[4 * row + axis] * ratio;
    }
  }
  return target;
}

std::vector<Shares> label_shares(const LabelMap& map, const Geometry& target) {
  std::array<std::vector<Overlap>, 3> along;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    along[axis] = overlaps(map.geometry.size[axis], target.size[axis],
                           target.spacing_mm[axis] / map.geometry.spacing_mm[axis]);
  }
  std::vector<Shares> result(target.voxels());
  for (std::size_t voxel = 0; voxel < result.size(); ++voxel) {
    const auto at = coordinates(target, voxel);
    const Overlap& x = along[0][static_cast<std::size_t>(at[0])];
    const Overlap& y = along[1][static_cast<std::size_t>(at[1])];
    const Overlap& z = along[2][static_cast<std::size_t>(at[2])];
    double inside = 0.0;
    std::array<double, label_count> sum{};
    for (std::size_t c = 0; c < z.share.size(); ++c) {
      for (std::size_t b = 0; b < y.share.size(); ++b) {
        for (std::size_t a = 0; a < x.share.size(); ++a) {
          const Label label = map.at(x.first + static_cast<int>(a), y.first + static_cast<int>(b),
                                     z.first + static_cast<int>(c));
          const double share = x.share[a] * y.share[b] * z.share[c];
          sum[static_cast<std::size_t>(label)] += share;
          inside += share;
        }
      }
    }
    sum[0] += 1.0 - inside;  // beyond the edge of the source
    for (std::size_t n = 0; n < label_count; ++n) result[voxel][n] = static_cast<float>(sum[n]);
  }
  return result;
}

/// Gives voxels to tissues in turn, each its volume.
class Allotment {
 public:
  Allotment(const Geometry& geometry, const std::vector<Shares>& shares)
      : geometry_(geometry),
        shares_(shares),
        around_(neighbours(geometry, Connectivity::corners)),
        labels_(shares.size(), Label::outside) {
    for (std::size_t voxel = 0; voxel < shares.size(); ++voxel) {
      if (shares[voxel][0] < 1.0F) open_.push_back(voxel);
    }
  }

  /// Voxels of a label's volume.
  std::size_t voxels_of(Label label) const {
    double sum = 0.0;
    for (const Shares& of : shares_)
      sum += static_cast<double>(of[static_cast<std::size_t>(label)]);
    return static_cast<std::size_t>(std::floor(sum + 0.5));
  }

  /// Keeps the fullest `count` voxels as brain; the rest stays outside.
  void keep_brain(std::size_t count) {
    rank(Label::outside, count);
    open_.resize(std::min(count, open_.size()));
  }

  void give(Label label, std::size_t count) {
    count = std::min(count, open_.size());
    rank(label, count);
    for (std::size_t n = 0; n < count; ++n) labels_[open_[n]] = label;
    open_.erase(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(count));
  }

  void give_rest(Label label) { give(label, open_.size()); }
  std::vector<Label> take() { return std::move(labels_); }

 private:
  float share(std::size_t voxel, Label label) const {
    const Shares& of = shares_[voxel];
    return label == Label::outside ? 1.0F - of[0] : of[static_cast<std::size_t>(label)];
  }

  /// How much of what can still become of a voxel is `label` (`outside`: brain at all); in equal
  /// cases the surroundings decide, then the index.
  void rank(Label label, std::size_t count) {
    struct Key {
      float own, near;
      std::size_t voxel;
    };
    std::vector<Key> keys;
    keys.reserve(open_.size());
    for (const std::size_t voxel : open_) {
      float near = 0.0F;
      for_each_neighbour(geometry_, around_, voxel,
                         [&](std::size_t next, double) { near += share(next, label); });
      float own = share(voxel, label);
      if (label == Label::grey) {
        const float white = share(voxel, Label::white);
        own = own + white > 0.0F ? own / (own + white) : 0.5F;
      }
      keys.push_back({own, near, voxel});
    }
    const auto before = [](const Key& a, const Key& b) {
      if (a.own != b.own) return a.own > b.own;
      if (a.near != b.near) return a.near > b.near;
      return a.voxel < b.voxel;
    };
    if (count < keys.size()) {
      std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count), keys.end(),
                       before);
    }
    for (std::size_t n = 0; n < keys.size(); ++n) open_[n] = keys[n].voxel;
  }

  const Geometry& geometry_;
  const std::vector<Shares>& shares_;
  std::vector<Neighbour> around_;
  std::vector<Label> labels_;
  std::vector<std::size_t> open_;
};

std::size_t ventricle_parts(const Geometry& geometry, const std::vector<Label>& labels,
                            Mask& mask) {
  mask.assign(labels.size(), 0);
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    mask[voxel] = labels[voxel] == Label::ventricle ? 1 : 0;
  }
  return connected_components(geometry, mask, Connectivity::faces).count();
}

/// Draws lost ducts again and gives ventricle voxels that remain cut off to their other tissue.
void mend_ventricles(const Geometry& geometry, const std::vector<Shares>& shares,
                     std::vector<Label>& labels) {
  Mask mask;
  if (ventricle_parts(geometry, labels, mask) <= 1) return;
  constexpr double cost_limit = 200.0;
  const auto cost = [&](std::size_t voxel) {
    const double empty = 1.0 - static_cast<double>(shares[voxel][2]);
    return labels[voxel] == Label::outside ? std::numeric_limits<double>::infinity()
                                           : 0.1 + 10.0 * empty * empty * empty;
  };
  join_components(geometry, mask, cost, cost_limit, 1);
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    if (mask[voxel] != 0) {
      labels[voxel] = Label::ventricle;
    } else if (labels[voxel] == Label::ventricle) {
      labels[voxel] = shares[voxel][4] >= shares[voxel][3] ? Label::white : Label::grey;
    }
  }
}

}  // namespace

LabelMap resample(const LabelMap& map, double resolution_mm) {
  if (!(resolution_mm > 0.0)) {
    throw InputError(Problem{"brain", "resolution_mm = " + fmt::format("{:g}", resolution_mm),
                             "must be > 0", ""});
  }
  const Geometry target = target_geometry(map.geometry, resolution_mm);
  const std::vector<Shares> shares = label_shares(map, target);
  Allotment allotment(target, shares);
  const std::size_t grey = allotment.voxels_of(Label::grey),
                    white = allotment.voxels_of(Label::white);
  const std::size_t ventricle = allotment.voxels_of(Label::ventricle);
  const std::size_t csf = allotment.voxels_of(Label::subarachnoid_csf);
  if (std::ranges::none_of(map.labels, is_parenchyma)) {
    throw InputError(Problem{map.source, "has no voxel of grey or white matter", "cells live there",
                             "look at its label table"});
  }
  if (grey + white == 0) {
    throw InputError(Problem{"brain", "resolution_mm = " + fmt::format("{:g}", resolution_mm),
                             "no brain voxel is left", "lower it"});
  }
  allotment.keep_brain(grey + white + ventricle + csf);
  allotment.give(Label::ventricle, ventricle);
  allotment.give(Label::subarachnoid_csf, csf);
  allotment.give(Label::grey, grey);
  allotment.give_rest(Label::white);

  LabelMap result{target, allotment.take(), map.source};
  Mask mask;
  if (ventricle_parts(map.geometry, map.labels, mask) == 1) {
    mend_ventricles(target, shares, result.labels);
  }
  return result;
}

}  // namespace neurograft
