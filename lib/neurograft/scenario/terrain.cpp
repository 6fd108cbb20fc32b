#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include <neurograft/brain/align.hpp>
#include <neurograft/brain/distance.hpp>
#include <neurograft/brain/tracts.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/io/nifti.hpp>
#include <neurograft/scenario/input_files.hpp>
#include <neurograft/scenario/terrain.hpp>
#include <neurograft/scenario/value_table.hpp>

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

constexpr std::array fibre_maps{"fibre_x", "fibre_y", "fibre_z"};

void add_fibre_map(World& world, std::size_t axis, std::span<const double> component) {
  add_map(world, fibre_maps[axis], "1", "unit vector along fibres, zero where unknown", component);
}

// One direction for all of a patch.
void add_patch_fibres(World& world, const std::vector<double>& direction) {
  double largest = 0.0;
  for (const double d : direction) largest = std::max(largest, std::abs(d));
  double squares = 0.0;  // of components over the largest: none becomes 0 or infinite
  for (const double d : direction) squares += (d / largest) * (d / largest);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::vector<double> component(world.grid().parenchyma_size(),
                                        direction[axis] / largest / std::sqrt(squares));
    add_fibre_map(world, axis, component);
  }
}

void add_fibres(World& world, std::span<const std::uint8_t> labels) {
  const auto directions = fibre_directions(world.grid(), labels);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::vector<double> component(directions.size());
    for (std::size_t voxel = 0; voxel < directions.size(); ++voxel) {
      const auto& d = directions[voxel];
      const double clarity =
          std::sqrt(double{d[0]} * d[0] + double{d[1]} * d[1] + double{d[2]} * d[2]);
      if (clarity >= least_clarity) component[voxel] = d[axis] / clarity;
    }
    add_fibre_map(world, axis, component);
  }
}

// Distance of every voxel to the aqueduct, if it is known where that is.
void add_aqueduct(World& world, const BrainSettings& settings) {
  std::vector<double> place = settings.aqueduct_mm;
  // On ch2bet the dark canal between tectum and tegmentum, z = -14 to -8.
  if (place.empty() && settings.source == "colin27") place = {0.0, -36.0, -11.0};
  if (place.empty()) return;
  const Geometry& geometry = world.grid().geometry();
  const auto aqueduct = grid_position(geometry, {place[0], place[1], place[2]});
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (aqueduct[axis] >= 0.0 && aqueduct[axis] <= geometry.size[axis] * geometry.spacing_mm[axis])
      continue;
    throw InputError(Problem{"brain.aqueduct_mm", "is outside the image",
                             "it is a place in the image's own space, by its affine", ""});
  }
  std::vector<double> distance(world.grid().parenchyma_size());
  for (VoxelIndex voxel = 0; voxel < distance.size(); ++voxel) {
    const auto centre = world.grid().centre_mm(voxel);
    double squares = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      squares += (centre[axis] - aqueduct[axis]) * (centre[axis] - aqueduct[axis]);
    }
    distance[voxel] = std::sqrt(squares);
  }
  add_map(world, "aqueduct_distance", "mm", "distance to the cerebral aqueduct", distance);
}

// One tract per name; a name may have several values.
std::vector<TractGroup> read_tract_groups(const fs::path& file) {
  std::vector<TractGroup> groups;
  read_value_table(file, "names of the tracts of brain.tracts", "3 corticospinal",
                   [&](int value, const std::string& name, const std::string& where) {
                     if (value < 1 || value >= tract_label_count) {
                       throw InputError(Problem{
                           where, "value " + std::to_string(value),
                           "tracts have values 1 to " + std::to_string(tract_label_count - 1),
                           "renumber the label image"});
                     }
                     auto group = std::ranges::find(groups, name, &TractGroup::name);
                     if (group == groups.end()) group = groups.insert(group, {name, {}});
                     group->labels.push_back(value);
                   });
  return groups;
}

}  // namespace

std::vector<std::string> add_terrain(World& world, const BrainSettings& settings,
                                     const fs::path& directory, std::vector<fs::path>& inputs) {
  add_map(world, "wall_distance", "mm", "depth below the ventricle wall",
          ventricle_distance_mm(world.grid()));
  add_map(world, "pial_distance", "mm", "depth below the pial surface",
          pial_distance_mm(world.grid()));
  add_vessels(world, settings.vessel_density_grey);
  add_aqueduct(world, settings);
  if (!settings.patch_fibres.empty()) add_patch_fibres(world, settings.patch_fibres);

  const BrainFiles files = brain_files(settings, directory);
  if (!files.tracts.is_needed()) return {};
  for (const BrainFile* file : {&files.tracts, &files.tract_names}) {
    require_file(*file);
    if (file->is_needed()) inputs.push_back(file->path);
  }
  const std::vector<TractGroup> groups = files.tract_names.is_needed()
                                             ? read_tract_groups(files.tract_names.path)
                                             : jhu_tract_groups();
  const auto labels = atlas_labels(world.grid(), read_nifti(files.tracts.path.string()));
  const auto tract = tract_of_voxel(labels, groups);
  std::vector<double> number(tract.begin(), tract.end());
  add_map(world, "tract_id", "1", "white-matter tract, 0 for none", number);
  add_fibres(world, labels);
  std::vector<std::string> names;
  for (const TractGroup& group : groups) names.push_back(group.name);
  return names;
}

}  // namespace neurograft
