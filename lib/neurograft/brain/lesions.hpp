#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <neurograft/core/parameter.hpp>
#include <neurograft/world/grid.hpp>

/// Lesions of white matter, drawn or taken from a mask.
///
/// The generator gives each lesion a log-normal volume and a centre in white matter, with a
/// probability per volume that falls as exp(-depth / scale) from the ventricle wall (uniform in a
/// map without ventricle), and grows it from there through white matter, the nearest voxels first,
/// until it has its volume or meets other lesions. Laws are per volume, so that number and volume
/// hold at any resolution; a lesion has at least one voxel.
/// Assumptions: lesions are round where tissue lets them be; kind does not depend on size or place.
namespace neurograft {

/// The [lesions] section: what to draw, or the mask to read.
struct LesionParameters {
  std::string mask;
  std::int64_t count;
  double volume_ml;
  double median_volume_ml;
  double log_sd;
  double distance_scale_mm;
  std::vector<double> mix;
  std::vector<double> longest_age_d;
  std::int64_t seed;
};
const Section<LesionParameters>& lesion_section();

/// One lesion.
struct Lesion {
  std::uint32_t id = 0;               ///< 1, 2, ...
  std::uint8_t kind = 0;              ///< 1 active, 2 chronic active, 3 inactive, 4 remyelinated
  std::vector<std::uint32_t> voxels;  ///< linear indices of the image, ascending; never empty
};

/// Volume of all lesions [mL].
double lesion_volume_ml(const Geometry& geometry, const std::vector<Lesion>& lesions) noexcept;

/// Draws `count` lesions, or lesions of `volume_ml` in all (the last one cut to fit); none if both
/// are 0. Throws InputError if both are given, the mix has not four shares >= 0 with a sum > 0, or
/// white matter has no room for what is asked.
std::vector<Lesion> generate_lesions(const Grid& grid, const LesionParameters& parameters);

/// Lesions of a mask.
struct MaskLesions {
  std::vector<Lesion> lesions;
  double outside_white_ml = 0.0;  ///< part of the mask that lies on other tissue, left out [mL]
  std::size_t missed = 0;         ///< parts of the mask without the middle of any voxel, left out
  double missed_ml = 0.0;         ///< their volume in the mask [mL]
};

/// Takes the lesions of a mask (above 0.5 is lesion): parts that touch by face, edge or corner are
/// one lesion; its kind is drawn from the mix. The mask may have another grid and is placed by its
/// affine. Throws InputError if the mask is empty, or a part lies wholly outside white matter
/// (all such parts are named).
MaskLesions lesions_from_mask(const Grid& grid, const Image& mask, const std::string& source,
                              const LesionParameters& parameters);

}  // namespace neurograft
