#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/io/field_recorder.hpp>

namespace neurograft {
namespace {

constexpr std::uint64_t chunk_voxels = std::uint64_t{1} << 18;

const NamedArrays::Entry* find(const World& world, const std::string& name) {
  for (const NamedArrays* arrays : {&world.tissue(), &world.fields(), &world.maps()}) {
    if (arrays->contains(name)) return &arrays->entries()[arrays->find(name).index];
  }
  return nullptr;
}

std::array<std::uint64_t, 3> size_zyx(const Grid& grid) {
  const auto& size = grid.geometry().size;
  return {static_cast<std::uint64_t>(size[2]), static_cast<std::uint64_t>(size[1]),
          static_cast<std::uint64_t>(size[0])};
}

/// Whole slices, as many as make a chunk of about a megabyte.
std::uint64_t chunk_slices(const std::array<std::uint64_t, 3>& size) {
  return std::clamp<std::uint64_t>(chunk_voxels / (size[1] * size[2]), 1, size[0]);
}

}  // namespace

std::vector<std::string> missing_fields(const World& world, std::span<const std::string> names) {
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    const auto* entry = find(world, name);
    if (entry == nullptr || entry->values.size() != world.grid().parenchyma_size()) {
      missing.push_back(name);
    }
  }
  return missing;
}

std::string recordable_fields(const World& world) {
  std::string names;
  for (const NamedArrays* arrays : {&world.tissue(), &world.fields(), &world.maps()}) {
    for (const auto& entry : arrays->entries()) {
      if (entry.values.size() != world.grid().parenchyma_size()) continue;
      names += (names.empty() ? "" : ", ") + entry.name;
    }
  }
  return names;
}

FieldRecorder::FieldRecorder(RecordStore& store, std::vector<std::string> names, RecordTimes times)
    : store_(store), names_(std::move(names)), times_(std::move(times)) {}

void FieldRecorder::write_frame_of_reference(const Grid& grid) {
  const Geometry& geometry = grid.geometry();
  for (const std::size_t axis : {2, 1, 0}) {
    std::vector<double> centres;
    for (int i = 0; i < geometry.size[axis]; ++i) {
      centres.push_back((i + 0.5) * geometry.spacing_mm[axis]);
    }
    const std::string name(1, "xyz"[axis]);
    store_.fixed_scale("/fields/" + name, std::span<const double>(centres), "mm",
                       "voxel centre along " + name);
  }
  if (store_.resumed()) return;
  Hdf5File& file = store_.file();
  file.set_attribute("/fields", "origin", std::vector<double>{0.0, 0.0, 0.0});
  file.set_attribute("/fields", "spacing",
                     std::vector<double>(geometry.spacing_mm.begin(), geometry.spacing_mm.end()));
  file.set_attribute("/fields", "affine",
                     std::vector<double>(geometry.affine.begin(), geometry.affine.end()));

  std::vector<Label> labels(geometry.voxels(), Label::outside);
  for (VoxelIndex v = 0; v < grid.size(); ++v) labels[grid.linear(v)] = grid.label(v);
  const auto size = size_zyx(grid);
  file.create_dataset("/fields/label", ElementType::u8,
                      {.size = {size[0], size[1], size[2]},
                       .chunk = {chunk_slices(size), size[1], size[2]},
                       .compress = true});
  file.write("/fields/label", ElementType::u8, labels.data(), 0, size[0]);
  file.set_attribute("/fields/label", "units", std::string("1"));
  file.set_attribute("/fields/label", "long_name", std::string("what a voxel is made of"));
  file.set_attribute("/fields/label", "flag_values", std::vector<std::uint8_t>{0, 1, 2, 3, 4});
  file.set_attribute("/fields/label", "flag_meanings",
                     std::string("outside subarachnoid_csf ventricle grey white"));
  for (unsigned axis = 0; axis < 3; ++axis) {
    file.attach_scale("/fields/label", axis, std::string("/fields/") + "zyx"[axis]);
  }
}

void FieldRecorder::begin(const World& world, const ReadoutTable& /*readouts*/) {
  std::vector<Problem> problems;
  for (const std::string& name : missing_fields(world, names_)) {
    problems.push_back({"output.fields", "no array \"" + name + "\" over the brain's voxels", "",
                        "there are: " + recordable_fields(world)});
  }
  if (!problems.empty()) throw InputError(std::move(problems));

  frame_ = store_.declare({.path = "/fields/frame",
                           .type = ElementType::f64,
                           .row = {},
                           .axes = {},
                           .units = "d",
                           .long_name = "time since the first injection",
                           .scale = true,
                           .chunk = {}});
  write_frame_of_reference(world.grid());
  const auto size = size_zyx(world.grid());
  for (const std::string& name : names_) {
    const auto& entry = *find(world, name);
    handles_.push_back(
        store_.declare({.path = "/fields/" + name,
                        .type = ElementType::f32,
                        .row = {size[0], size[1], size[2]},
                        .axes = {"/fields/frame", "/fields/z", "/fields/y", "/fields/x"},
                        .units = entry.unit.empty() ? "1" : entry.unit,
                        .long_name = entry.long_name,
                        .bulk = true,
                        .chunk = {1, chunk_slices(size), size[1], size[2]}}));
  }
}

void FieldRecorder::record(const World& world, const ReadoutTable& /*readouts*/,
                           Threads /*threads*/) {
  const Grid& grid = world.grid();
  std::vector<float> image(grid.geometry().voxels(), std::numeric_limits<float>::quiet_NaN());
  for (std::size_t n = 0; n < names_.size(); ++n) {
    const std::vector<double>& values = find(world, names_[n])->values;
    for (VoxelIndex v = 0; v < grid.parenchyma_size(); ++v) {
      image[grid.linear(v)] = static_cast<float>(values[v]);
    }
    store_.append(handles_[n], std::span<const float>(image));
  }
  store_.append_one(frame_, world.day());
}

}  // namespace neurograft
