#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <neurograft/brain/distance.hpp>
#include <neurograft/brain/tracts.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/io/nifti.hpp>
#include <neurograft/scenario/terrain.hpp>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

void add_map(World& world, const char* name, const char* unit, const char* long_name,
             std::span<const double> values) {
  const ArrayHandle handle = world.maps().add(name, unit, long_name, values.size());
  std::copy(values.begin(), values.end(), world.maps()[handle].begin());
}

void add_vessels(World& world, double grey_over_white) {
  std::vector<double> density(world.grid().parenchyma_size(), 1.0);
  for (VoxelIndex voxel = 0; voxel < density.size(); ++voxel) {
    if (world.grid().label(voxel) == Label::grey) density[voxel] = grey_over_white;
  }
  add_map(world, "vessel_density", "1", "vessel length per volume, white matter = 1", density);
}

// Where no axis stands out the direction is left open: a wrong one would be worse than none.
constexpr double least_clarity = 0.5;

void add_fibres(World& world, std::span<const std::uint8_t> labels) {
  const auto directions = fibre_directions(world.grid(), labels);
  constexpr std::array names{"fibre_x", "fibre_y", "fibre_z"};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::vector<double> component(directions.size());
    for (std::size_t voxel = 0; voxel < directions.size(); ++voxel) {
      const auto& d = directions[voxel];
      const double clarity =
          std::sqrt(double{d[0]} * d[0] + double{d[1]} * d[1] + double{d[2]} * d[2]);
      if (clarity >= least_clarity) component[voxel] = d[axis] / clarity;
    }
    add_map(world, names[axis], "1", "unit vector along fibres, zero where unknown", component);
  }
}

fs::path atlas_of(const BrainSettings& settings, const fs::path& directory) {
  if (settings.tracts != "jhu") {
    return fs::path(settings.tracts).is_absolute() ? fs::path(settings.tracts)
                                                   : directory / settings.tracts;
  }
  return fs::path(settings.templates) / "JHU-WhiteMatter-labels-1mm.nii.gz";
}

}  // namespace

std::vector<std::string> add_terrain(World& world, const BrainSettings& settings,
                                     const fs::path& directory, std::vector<fs::path>& inputs) {
  add_map(world, "wall_distance", "mm", "depth below the ventricle wall",
          ventricle_distance_mm(world.grid()));
  add_map(world, "pial_distance", "mm", "depth below the pial surface",
          pial_distance_mm(world.grid()));
  add_vessels(world, settings.vessel_density_grey);

  // The atlas lies in the space of colin27; a brain of another space needs its own.
  const bool in_template_space = settings.source != "phantom" && settings.source != "patch";
  if (settings.tracts == "none" || (settings.tracts == "jhu" && !in_template_space)) return {};
  const fs::path atlas = atlas_of(settings, directory);
  inputs.push_back(atlas);
  const auto labels = atlas_labels(world.grid(), read_nifti(atlas.string()));
  const std::vector<TractGroup>& groups = jhu_tract_groups();
  const auto tract = tract_of_voxel(labels, groups);
  std::vector<double> number(tract.begin(), tract.end());
  add_map(world, "tract_id", "1", "white-matter tract, 0 for none", number);
  add_fibres(world, labels);
  std::vector<std::string> names;
  for (const TractGroup& group : groups) names.push_back(group.name);
  return names;
}

}  // namespace neurograft
