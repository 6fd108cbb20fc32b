#include <algorithm>
#include <cmath>
#include <limits>

#include <neurograft/brain/align.hpp>
#include <neurograft/brain/classes.hpp>
#include <neurograft/brain/distance.hpp>
#include <neurograft/brain/neighbourhood.hpp>
#include <neurograft/brain/segment.hpp>
#include <neurograft/core/error.hpp>

namespace neurograft {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::size_t voxels_in(double mm3, const Geometry& geometry) {
  return static_cast<std::size_t>(std::ceil(mm3 / geometry.voxel_volume_mm3()));
}

Mask keep_component(const Components& parts, std::uint32_t id) {
  Mask mask(parts.id.size());
  for (std::size_t voxel = 0; voxel < mask.size(); ++voxel) {
    mask[voxel] = id != 0 && parts.id[voxel] == id ? 1 : 0;
  }
  return mask;
}

/// Everything that cannot be reached from the edge of the image without crossing the mask.
void fill_holes(const Geometry& geometry, Mask& mask) {
  Mask empty(mask.size());
  for (std::size_t voxel = 0; voxel < mask.size(); ++voxel) empty[voxel] = mask[voxel] == 0 ? 1 : 0;
  const Components parts = connected_components(geometry, empty, Connectivity::faces);
  std::vector<std::uint8_t> open(parts.voxels.size(), 0);
  for (std::size_t voxel = 0; voxel < mask.size(); ++voxel) {
    const auto at = coordinates(geometry, voxel);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      if (at[axis] == 0 || at[axis] == geometry.size[axis] - 1) open[parts.id[voxel]] = 1;
    }
  }
  for (std::size_t voxel = 0; voxel < mask.size(); ++voxel) {
    if (parts.id[voxel] != 0 && open[parts.id[voxel]] == 0) mask[voxel] = 1;
  }
}

/// The brain: the largest part of what is not 0 after opening, holes filled.
Mask find_brain(const Image& t1, double opening_mm) {
  const Geometry& geometry = t1.geometry;
  Mask mask(geometry.voxels()), work(geometry.voxels());
  for (std::size_t voxel = 0; voxel < mask.size(); ++voxel) {
    mask[voxel] = t1.values[voxel] > 0.0F ? 1 : 0;
    work[voxel] = mask[voxel] == 0 ? 1 : 0;
  }
  const std::vector<double> depth = distance_mm(geometry, work, DistanceTo::face);
  for (std::size_t voxel = 0; voxel < mask.size(); ++voxel) {
    work[voxel] = depth[voxel] > opening_mm ? 1 : 0;
  }
  const Components cores = connected_components(geometry, work, Connectivity::faces);
  const std::vector<double> from_core =
      distance_mm(geometry, keep_component(cores, cores.largest()), DistanceTo::face);
  for (std::size_t voxel = 0; voxel < mask.size(); ++voxel) {
    if (from_core[voxel] > opening_mm) mask[voxel] = 0;
  }
  fill_holes(geometry, mask);
  return mask;
}

/// Grey or white by brightness, and by what the neighbours are where brightness leaves it open
/// (two rounds of iterated conditional modes).
void separate_grey_and_white(const Image& t1, const TissueClasses& classes,
                             std::vector<Label>& labels) {
  constexpr double neighbour_weight = 0.5;
  constexpr int rounds = 2;
  const auto around = neighbours(t1.geometry, Connectivity::faces);
  const double half_gap = 0.5 * (classes.mean[2] - classes.mean[1]);
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    if (!is_parenchyma(labels[voxel])) continue;
    const bool bright = static_cast<double>(t1.values[voxel]) >= classes.grey_white();
    labels[voxel] = bright ? Label::white : Label::grey;
  }
  for (int round = 0; round < rounds; ++round) {
    const std::vector<Label> before = labels;
    for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
      if (!is_parenchyma(before[voxel])) continue;
      double pull = (static_cast<double>(t1.values[voxel]) - classes.grey_white()) / half_gap;
      for_each_neighbour(t1.geometry, around, voxel, [&](std::size_t next, double) {
        if (before[next] == Label::white) pull += neighbour_weight / 3.0;
        if (before[next] == Label::grey) pull -= neighbour_weight / 3.0;
      });
      labels[voxel] = pull >= 0.0 ? Label::white : Label::grey;
    }
  }
}

/// Subarachnoid CSF that the outside can be reached from without crossing tissue or ventricle.
Mask open_csf(const Geometry& geometry, const std::vector<Label>& labels, const Mask& ventricle) {
  const auto around = neighbours(geometry, Connectivity::faces);
  Mask csf(labels.size());
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    csf[voxel] = labels[voxel] == Label::subarachnoid_csf && ventricle[voxel] == 0 ? 1 : 0;
  }
  const Components parts = connected_components(geometry, csf, Connectivity::faces);
  std::vector<std::uint8_t> open(parts.voxels.size(), 0);
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    if (csf[voxel] == 0) continue;
    for_each_neighbour(geometry, around, voxel, [&](std::size_t next, double) {
      if (labels[next] == Label::outside) open[parts.id[voxel]] = 1;
    });
  }
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) csf[voxel] = open[parts.id[voxel]];
  return csf;
}

Mask find_ventricles(const Image& t1, const std::vector<Label>& labels, const Mask& region,
                     const TissueClasses& classes, const SegmentSettings& settings) {
  const Geometry& geometry = t1.geometry;
  Mask dark(labels.size()), ventricle(labels.size());
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    dark[voxel] = labels[voxel] == Label::subarachnoid_csf ? 1 : 0;
    ventricle[voxel] = dark[voxel] != 0 && region[voxel] != 0 ? 1 : 0;
  }
  // Where the regions overlap a fissure by a few voxels, growth would follow it.
  const std::size_t least = voxels_in(settings.island_mm3, geometry);
  const Components seeds = connected_components(geometry, ventricle, Connectivity::faces);
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    if (seeds.voxels[seeds.id[voxel]] < least) ventricle[voxel] = 0;
  }
  for (const std::size_t voxel : grow_order(geometry, ventricle, dark, settings.growth_mm)) {
    ventricle[voxel] = 1;
  }
  // Ducts and horns may be narrower than a voxel: they show as a dark path through tissue. A step
  // costs more the brighter it is, and outside the regions; most in open CSF, so that no path takes
  // a short cut through a cistern.
  constexpr double outside_region = 3.0, in_cistern = 7.0, per_brightness = 4.0;
  constexpr double cost_limit = 400.0;
  const Mask cistern = open_csf(geometry, labels, ventricle);
  const double gap = classes.mean[1] - classes.csf_grey();
  const auto cost = [&](std::size_t voxel) {
    if (labels[voxel] == Label::outside) return infinity;
    if (region[voxel] == 0 && cistern[voxel] != 0) return in_cistern;
    const double excess =
        std::max(0.0, (static_cast<double>(t1.values[voxel]) - classes.csf_grey()) / gap);
    return (1.0 + per_brightness * excess) * (region[voxel] != 0 ? 1.0 : outside_region);
  };
  join_components(geometry, ventricle, cost, cost_limit, least);
  return ventricle;
}

/// CSF that is shut in by tissue: ventricle where it touches the ventricle, else, if small, a
/// perivascular space that goes to the tissue around it.
void settle_islands(const Geometry& geometry, std::vector<Label>& labels, double island_mm3) {
  const auto around = neighbours(geometry, Connectivity::faces);
  Mask csf(labels.size());
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    csf[voxel] = labels[voxel] == Label::subarachnoid_csf ? 1 : 0;
  }
  const Components parts = connected_components(geometry, csf, Connectivity::faces);
  std::vector<std::array<std::size_t, 5>> contacts(parts.voxels.size());
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    for_each_neighbour(geometry, around, voxel, [&](std::size_t next, double) {
      ++contacts[parts.id[voxel]][static_cast<std::size_t>(labels[next])];
    });
  }
  const std::size_t small = voxels_in(island_mm3, geometry);
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    const std::uint32_t part = parts.id[voxel];
    if (part == 0) continue;
    const auto [outside, csf_inside, ventricle, grey, white] = contacts[part];
    if (outside > 0) continue;
    if (ventricle > 0) {
      labels[voxel] = Label::ventricle;
    } else if (parts.voxels[part] < small) {
      labels[voxel] = white > grey ? Label::white : Label::grey;
    }
  }
}

/// Gives the false grey rim back to white matter. A grey voxel near the ventricle stays grey only
/// if most of the tissue behind it is grey: caudate and thalamus do border the ventricle.
void correct_rim(const Geometry& geometry, std::vector<Label>& labels,
                 const SegmentSettings& settings) {
  Mask ventricle(labels.size());
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    ventricle[voxel] = labels[voxel] == Label::ventricle ? 1 : 0;
  }
  const std::vector<double> depth = distance_mm(geometry, ventricle, DistanceTo::face);
  std::array<int, 3> reach{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    reach[axis] = static_cast<int>(settings.behind_mm / geometry.spacing_mm[axis]);
  }
  const std::vector<Label> before = labels;
  for (std::size_t voxel = 0; voxel < labels.size(); ++voxel) {
    if (before[voxel] != Label::grey || depth[voxel] > settings.rim_mm) continue;
    const auto [i, j, k] = coordinates(geometry, voxel);
    long white = 0, grey = 0;
    for (int c = std::max(0, k - reach[2]); c <= std::min(geometry.size[2] - 1, k + reach[2]);
         ++c) {
      for (int b = std::max(0, j - reach[1]); b <= std::min(geometry.size[1] - 1, j + reach[1]);
           ++b) {
        for (int a = std::max(0, i - reach[0]); a <= std::min(geometry.size[0] - 1, i + reach[0]);
             ++a) {
          const std::size_t other = geometry.index(a, b, c);
          if (!(depth[other] > settings.rim_mm)) continue;
          const double x = (a - i) * geometry.spacing_mm[0], y = (b - j) * geometry.spacing_mm[1],
                       z = (c - k) * geometry.spacing_mm[2];
          if (x * x + y * y + z * z > settings.behind_mm * settings.behind_mm) continue;
          white += before[other] == Label::white ? 1 : 0;
          grey += before[other] == Label::grey ? 1 : 0;
        }
      }
    }
    // With nothing behind, it is a wall between two ventricles: septum or fornix.
    if (white >= grey) labels[voxel] = Label::white;
  }
}

Mask ventricle_region(const Image& parcellation, const std::vector<int>& ventricle_labels,
                      const Geometry& geometry) {
  const Image placed = resample_nearest(parcellation, geometry);
  Mask region(geometry.voxels());
  for (std::size_t voxel = 0; voxel < region.size(); ++voxel) {
    const int value = static_cast<int>(placed.values[voxel]);
    region[voxel] =
        std::find(ventricle_labels.begin(), ventricle_labels.end(), value) != ventricle_labels.end()
            ? 1
            : 0;
  }
  return region;
}

}  // namespace

std::vector<int> jhu189_ventricles() {
  return {171, 172, 173, 174, 175, 176, 177, 178, 179, 180, 181};
}

LabelMap segment(const Image& t1, const Image& parcellation,
                 const std::vector<int>& ventricle_labels, const std::string& source,
                 const SegmentSettings& settings) {
  const Mask brain = find_brain(t1, settings.opening_mm);
  std::vector<float> values;
  for (std::size_t voxel = 0; voxel < brain.size(); ++voxel) {
    if (brain[voxel] != 0) values.push_back(t1.values[voxel]);
  }
  const TissueClasses classes = fit_tissue_classes(values, source);

  LabelMap map{t1.geometry, std::vector<Label>(brain.size(), Label::outside), source};
  for (std::size_t voxel = 0; voxel < brain.size(); ++voxel) {
    if (brain[voxel] == 0) continue;
    const bool dark = static_cast<double>(t1.values[voxel]) < classes.csf_grey();
    map.labels[voxel] = dark ? Label::subarachnoid_csf : Label::grey;
  }
  separate_grey_and_white(t1, classes, map.labels);

  const Mask region = ventricle_region(parcellation, ventricle_labels, t1.geometry);
  const Mask ventricles = find_ventricles(t1, map.labels, region, classes, settings);
  if (std::find(ventricles.begin(), ventricles.end(), 1) == ventricles.end()) {
    throw InputError(Problem{source, "no dark voxel where the parcellation has ventricles",
                             "both must show one head in one space", "check their affines"});
  }
  for (std::size_t voxel = 0; voxel < brain.size(); ++voxel) {
    if (ventricles[voxel] != 0) map.labels[voxel] = Label::ventricle;
  }
  settle_islands(t1.geometry, map.labels, settings.island_mm3);
  correct_rim(t1.geometry, map.labels, settings);
  return map;
}

}  // namespace neurograft
