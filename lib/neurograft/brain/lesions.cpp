#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <queue>
#include <unordered_set>
#include <utility>

#include <neurograft/brain/align.hpp>
#include <neurograft/brain/distance.hpp>
#include <neurograft/brain/lesions.hpp>
#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/core/ranges.hpp>
#include <neurograft/core/units.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

constexpr std::size_t kind_count_of_mix = 4;
/// Blocks of a lesion's own draws: kind and size in the first, one per attempt at a centre after.
constexpr std::uint32_t first_attempt = 1;
constexpr std::uint32_t attempts = 256;

void check_mix(const std::vector<double>& mix) {
  double sum = 0.0;
  bool valid = mix.size() == kind_count_of_mix;
  for (const double share : mix) {
    valid = valid && share >= 0.0;
    sum += share;
  }
  if (valid && sum > 0.0) return;
  throw InputError(Problem{"lesions", "mix",
                           "must be four shares >= 0, not all 0: active, chronic active, inactive, "
                           "remyelinated",
                           ""});
}

std::uint8_t draw_kind(std::uint32_t word, const std::vector<double>& mix) {
  double left = math::uniform(word) * std::accumulate(mix.begin(), mix.end(), 0.0);
  for (std::size_t kind = 0; kind + 1 < kind_count_of_mix; ++kind) {
    left -= mix[kind];
    if (left < 0.0) return static_cast<std::uint8_t>(kind + 1);
  }
  return static_cast<std::uint8_t>(kind_count_of_mix);
}

/// White matter voxels with what is needed to draw from them.
class WhiteMatter {
 public:
  WhiteMatter(const Grid& grid, double distance_scale_mm)
      : grid_(grid),
        around_(neighbours(grid.geometry(), Connectivity::faces)),
        free_(grid.geometry().voxels(), 0) {
    const std::vector<double> depth = ventricle_distance_mm(grid);
    double sum = 0.0;
    for (VoxelIndex voxel = 0; voxel < grid.parenchyma_size(); ++voxel) {
      if (grid.label(voxel) != Label::white) continue;
      sum += std::isfinite(depth[voxel]) ? math::exp(-depth[voxel] / distance_scale_mm) : 1.0;
      voxels_.push_back(grid.linear(voxel));
      cumulative_.push_back(sum);
      free_[grid.linear(voxel)] = 1;
    }
  }

  std::size_t size() const { return voxels_.size(); }

  /// A free voxel, drawn by weight; `no_voxel` if none came up.
  std::uint32_t draw_centre(const Stream& stream, std::uint32_t id) const {
    for (std::uint32_t attempt = 0; attempt < attempts; ++attempt) {
      const Block words = stream.block(id, first_attempt + attempt);
      const double uniform = (static_cast<double>(words[0]) + math::uniform(words[1])) * 0x1p-32;
      const auto at =
          std::upper_bound(cumulative_.begin(), cumulative_.end(), uniform * cumulative_.back());
      const auto n = std::min<std::size_t>(static_cast<std::size_t>(at - cumulative_.begin()),
                                           voxels_.size() - 1);
      if (free_[voxels_[n]] != 0) return voxels_[n];
    }
    return no_voxel;
  }

  /// Takes up to `count` connected free voxels around a centre, the nearest first.
  std::vector<std::uint32_t> take_around(std::uint32_t centre, std::size_t count) {
    using Entry = std::pair<double, std::size_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> frontier;
    std::unordered_set<std::size_t> seen{centre};
    frontier.emplace(0.0, centre);
    std::vector<std::uint32_t> taken;
    while (!frontier.empty() && taken.size() < count) {
      const std::size_t voxel = frontier.top().second;
      frontier.pop();
      free_[voxel] = 0;
      taken.push_back(static_cast<std::uint32_t>(voxel));
      for_each_neighbour(grid_.geometry(), around_, voxel, [&](std::size_t next, double) {
        if (free_[next] != 0 && seen.insert(next).second) {
          frontier.emplace(squared_distance(centre, next), next);
        }
      });
    }
    std::sort(taken.begin(), taken.end());
    return taken;
  }

 private:
  double squared_distance(std::size_t a, std::size_t b) const {
    const auto p = coordinates(grid_.geometry(), a), q = coordinates(grid_.geometry(), b);
    double sum = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double mm = (p[axis] - q[axis]) * grid_.geometry().spacing_mm[axis];
      sum += mm * mm;
    }
    return sum;
  }

  const Grid& grid_;
  std::vector<Neighbour> around_;
  std::vector<std::uint8_t> free_;
  std::vector<std::uint32_t> voxels_;
  std::vector<double> cumulative_;
};

[[noreturn]] void no_room(const std::string& what) {
  throw InputError(Problem{"lesions", what, "white matter has no room for them",
                           "ask for fewer, or for smaller ones by median_volume_ml and log_sd"});
}

// The parts of a mask, in its own grid.
Components parts_of_mask(const Image& mask) {
  Mask marked(mask.geometry.voxels());
  for (std::size_t voxel = 0; voxel < marked.size(); ++voxel) {
    marked[voxel] = mask.values[voxel] > 0.5F ? 1 : 0;
  }
  return connected_components(mask.geometry, marked, Connectivity::corners);
}

// Their numbers as an image, whose floats hold them exactly.
Image numbered(const Geometry& geometry, const Components& parts) {
  return {geometry, 1, std::vector<float>(parts.id.begin(), parts.id.end())};
}

}  // namespace

const Section<LesionParameters>& lesion_section() {
  using P = LesionParameters;
  static const Section<P> section{
      "lesions",
      "Lesions present at the start: drawn by the generator, or read from a mask.",
      {
          {{"mask", "", std::string{}, any_number,
            "NIfTI image of lesions; instead of the generator", "user's choice", Grade::setting},
           &P::mask},
          {{"count", "", std::int64_t{0}, within(0.0, 1e5),
            "number of lesions to draw; or volume_ml", "user's choice", Grade::setting},
           &P::count},
          {{"volume_ml", "mL", 0.0, ranges::volume, "total volume of lesions to draw; or count",
            "user's choice", Grade::setting},
           &P::volume_ml},
          {{"median_volume_ml", "mL", 0.07, ranges::some_volume, "median volume of one lesion",
            "assumed", Grade::assumed},
           &P::median_volume_ml},
          {{"log_sd", "", 1.5, Range{0.0, 3.0},
            "s.d. of the natural logarithm of a lesion's volume", "assumed", Grade::assumed},
           &P::log_sd},
          {{"distance_scale_mm", "mm", 4.0, within(0.1, 1e3),
            "depth below the ventricle wall over which lesion probability falls to 1/e", "assumed",
            Grade::assumed},
           &P::distance_scale_mm},
          {{"mix", "", std::vector<double>{0.27, 0.30, 0.28, 0.15}, ranges::weight,
            "shares of active, chronic active, inactive and remyelinated lesions; the first two "
            "are "
            "57 % of lesions in progressive MS, the rest of the split is assumed",
            "10.1007/s00401-018-1818-y", Grade::assumed},
           &P::mix},
          {{"longest_age_d", "d", std::vector<double>{60.0, 3650.0, 5475.0, 3650.0}, ranges::span_d,
            "how long before the start lesions of these kinds arose, at most; drawn evenly",
            "assumed: active ones are weeks old, the others years", Grade::assumed},
           &P::longest_age_d},
          {{"seed", "", std::int64_t{1}, non_negative, "seed of the generator and of kinds",
            "user's choice", Grade::setting},
           &P::seed},
      }};
  return section;
}

double lesion_volume_ml(const Geometry& geometry, const std::vector<Lesion>& lesions) noexcept {
  std::size_t voxels = 0;
  for (const Lesion& lesion : lesions) voxels += lesion.voxels.size();
  return static_cast<double>(voxels) * geometry.voxel_volume_mm3() / units::mm3_per_ml;
}

std::vector<Lesion> generate_lesions(const Grid& grid, const LesionParameters& parameters) {
  if (parameters.count > 0 && parameters.volume_ml > 0.0) {
    throw InputError(Problem{"lesions.count", "both count and volume_ml are given",
                             "sizes are drawn, so one of them follows from the other", "give one"});
  }
  if (parameters.count == 0 && !(parameters.volume_ml > 0.0)) return {};
  check_mix(parameters.mix);

  WhiteMatter white(grid, parameters.distance_scale_mm);
  const double voxel_ml = grid.voxel_volume_mm3() / units::mm3_per_ml;
  const bool by_volume = parameters.volume_ml > 0.0;
  const double wanted = by_volume ? std::max(1.0, std::floor(parameters.volume_ml / voxel_ml + 0.5))
                                  : static_cast<double>(parameters.count);
  const std::string request = by_volume ? "volume_ml = " + fmt::format("{:g}", parameters.volume_ml)
                                        : "count = " + std::to_string(parameters.count);
  if (wanted > static_cast<double>(white.size())) no_room(request);

  const Stream stream(static_cast<std::uint64_t>(parameters.seed), StreamCode::lesion_generator, 0);
  std::vector<Lesion> lesions;
  for (double have = 0.0; have < wanted;) {
    Lesion lesion;
    lesion.id = static_cast<std::uint32_t>(lesions.size() + 1);
    const Block words = stream.block(lesion.id, 0);
    lesion.kind = draw_kind(words[0], parameters.mix);
    const double normal = static_cast<double>(math::normal_pair(words[1], words[2])[0]);
    const double volume_ml = parameters.median_volume_ml * math::exp(parameters.log_sd * normal);
    double voxels = std::max(1.0, std::floor(volume_ml / voxel_ml + 0.5));
    if (by_volume) voxels = std::min(voxels, wanted - have);
    const std::uint32_t centre = white.draw_centre(stream, lesion.id);
    if (centre == no_voxel) no_room(request);
    lesion.voxels = white.take_around(centre, static_cast<std::size_t>(voxels));
    have += by_volume ? static_cast<double>(lesion.voxels.size()) : 1.0;
    lesions.push_back(std::move(lesion));
  }
  return lesions;
}

MaskLesions lesions_from_mask(const Grid& grid, const Image& mask, const std::string& source,
                              const LesionParameters& parameters) {
  check_mix(parameters.mix);
  const Geometry& geometry = grid.geometry();
  Mask marked(geometry.voxels());
  const Components in_mask = parts_of_mask(mask);
  const Image placed = resample_nearest(numbered(mask.geometry, in_mask), geometry);
  std::vector<bool> met(in_mask.voxels.size(), false);
  for (std::size_t voxel = 0; voxel < marked.size(); ++voxel) {
    const auto part = static_cast<std::size_t>(placed.values[voxel]);
    marked[voxel] = part > 0 ? 1 : 0;
    met[part] = true;
  }
  const Components parts = connected_components(geometry, marked, Connectivity::corners);
  if (parts.count() == 0) {
    throw InputError(Problem{source, "marks no voxel of the brain", "values above 0.5 are lesion",
                             "is it in the space of the brain image?"});
  }
  std::vector<Lesion> found(parts.voxels.size());
  std::size_t outside = 0;
  for (std::size_t voxel = 0; voxel < marked.size(); ++voxel) {
    if (parts.id[voxel] == 0) continue;
    const VoxelIndex compact = grid.compact(voxel);
    if (compact != no_voxel && grid.label(compact) == Label::white) {
      found[parts.id[voxel]].voxels.push_back(static_cast<std::uint32_t>(voxel));
    } else {
      ++outside;
    }
  }
  std::vector<Problem> problems;
  std::uint32_t named = 0;  // components are numbered in the order of their first voxels
  for (std::size_t voxel = 0; voxel < marked.size(); ++voxel) {
    if (parts.id[voxel] <= named) continue;
    named = parts.id[voxel];
    if (!found[named].voxels.empty()) continue;
    const auto [i, j, k] = coordinates(geometry, voxel);
    problems.push_back(
        {source,
         "lesion at voxel (" + std::to_string(i) + ", " + std::to_string(j) + ", " +
             std::to_string(k) + ") of the brain grid lies outside white matter",
         "lesions are modelled in white matter",
         "remove it from the mask; or is the mask not in the space of the brain image?"});
  }
  if (!problems.empty()) throw InputError(problems);
  const auto white = static_cast<std::size_t>(std::ranges::count(grid.labels(), Label::white));
  std::size_t marked_white = 0;
  for (const Lesion& lesion : found) marked_white += lesion.voxels.size();
  if (2 * marked_white > white) {
    throw InputError(Problem{source, "marks more than half of the white matter",
                             "values above 0.5 are lesion", "is it a lesion mask?"});
  }

  const Stream stream(static_cast<std::uint64_t>(parameters.seed), StreamCode::lesion_generator, 0);
  MaskLesions result;
  result.outside_white_ml =
      static_cast<double>(outside) * geometry.voxel_volume_mm3() / units::mm3_per_ml;
  for (std::size_t part = 1; part < met.size(); ++part) {
    if (met[part]) continue;
    ++result.missed;
    result.missed_ml += static_cast<double>(in_mask.voxels[part]) *
                        mask.geometry.voxel_volume_mm3() / units::mm3_per_ml;
  }
  for (std::size_t part = 1; part < found.size(); ++part) {
    found[part].id = static_cast<std::uint32_t>(part);
    found[part].kind = draw_kind(stream.block(found[part].id, 0)[0], parameters.mix);
    result.lesions.push_back(std::move(found[part]));
  }
  return result;
}

}  // namespace neurograft
