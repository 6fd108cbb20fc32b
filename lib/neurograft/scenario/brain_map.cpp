#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include <neurograft/brain/label_table.hpp>
#include <neurograft/brain/patch.hpp>
#include <neurograft/brain/phantom.hpp>
#include <neurograft/brain/resample.hpp>
#include <neurograft/brain/segment.hpp>
#include <neurograft/brain/transform.hpp>
#include <neurograft/brain/volumes.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/io/nifti.hpp>
#include <neurograft/io/sha256.hpp>
#include <neurograft/scenario/brain_map.hpp>
#include <neurograft/scenario/input_files.hpp>
#include <neurograft/scenario/value_table.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

// Raised whenever the segmentation of the same image changes.
constexpr int segmentation_version = 1;

// Where computed label maps are kept; none if the user has no home.
std::optional<fs::path> cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return fs::path(cache) / "neurograft";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return fs::path(home) / ".cache" / "neurograft";
  }
  return std::nullopt;
}

// A cache that cannot be read or written costs time, never a run.
std::optional<LabelMap> from_cache(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  try {
    return read_label_map(file.string());
  } catch (const Error&) {
    return std::nullopt;
  }
}

void to_cache(const fs::path& file, const LabelMap& map) {
  try {
    fs::create_directories(file.parent_path());
    write_label_map(file.string(), map);
  } catch (const std::exception&) {
    return;
  }
}

LabelMap segmented_t1(const fs::path& t1, const fs::path& parcellation) {
  std::optional<fs::path> cached = cache_folder();
  if (cached) {
    *cached /=
        fmt::format("segmentation-{}-{}-{}.nii.gz", segmentation_version,
                    sha256_of_file(t1).substr(0, 16), sha256_of_file(parcellation).substr(0, 16));
    if (std::optional<LabelMap> map = from_cache(*cached)) return *std::move(map);
  }
  LabelMap map = segment(read_nifti(t1.string()), read_nifti(parcellation.string()),
                         jhu189_ventricles(), t1.filename().string());
  if (cached) to_cache(*cached, map);
  return map;
}

LabelTable read_label_table(const fs::path& path) {
  LabelTable table;
  read_value_table(path, "a label table", "2 white",
                   [&](int value, const std::string& tissue, const std::string& where) {
                     table.emplace(value, label_from_name(tissue, where));
                   });
  return table;
}

// The image of a brain as its files give it, on its own voxels.
LabelMap map_of_files(const BrainFiles& files, std::vector<fs::path>& inputs) {
  for (const BrainFile* file : {&files.image, &files.parcellation, &files.labels}) {
    require_file(*file);
    if (file->is_needed()) inputs.push_back(file->path);
  }
  const fs::path& image = files.image.path;
  if (files.parcellation.is_needed()) return segmented_t1(image, files.parcellation.path);
  if (!files.labels.is_needed()) return read_label_map(image.string());
  return apply_label_table(read_nifti(image.string()), read_label_table(files.labels.path),
                           image.string());
}

LabelMap tissue_patch(const BrainSettings& settings) {
  if (settings.patch_size_mm.size() != 3) {
    throw InputError(Problem{
        "", fmt::format("brain.patch_size_mm has {} numbers", settings.patch_size_mm.size()),
        "x, y and z are needed", ""});
  }
  PatchOptions options;
  options.size_mm = {settings.patch_size_mm[0], settings.patch_size_mm[1],
                     settings.patch_size_mm[2]};
  options.voxel_um = settings.patch_voxel_um;
  options.grey = settings.patch_tissue == "grey";
  // One layer is enough for a wall; what is suspended has no motion of its own.
  options.ventricle_mm = settings.patch_ventricle ? settings.patch_voxel_um / 1000.0 : 0.0;
  return patch(options);
}

bool has_spacing(const LabelMap& map, double spacing_mm) {
  for (const double spacing : map.geometry.spacing_mm) {
    if (std::abs(spacing - spacing_mm) > 1e-6) return false;
  }
  return true;
}

// Volumes in another unit, or of another species' brain.
void check_fit(const Fitted& fitted) {
  if (fitted.scale < 0.5 || fitted.scale > 2.0) {
    throw InputError(Problem{"brain.native_volume_ml",
                             fmt::format("scales lengths by {:.3g}", fitted.scale),
                             "0.5 to 2 is taken for a brain of the same kind", "it is in mL"});
  }
  const Volumes v = volumes(fitted.map);
  if (v.ventricle_ml > 0.3 * v.parenchyma_ml()) {
    throw InputError(
        Problem{"brain.ventricle_volume_ml",
                fmt::format("leaves {:.4g} mL of grey and white matter", v.parenchyma_ml()),
                "ventricles of more than 0.3 of that are no brain's", ""});
  }
}

std::optional<double> given(double volume_ml) {
  return volume_ml > 0.0 ? std::optional(volume_ml) : std::nullopt;
}

}  // namespace

LabelMap brain_map(const BrainSettings& settings, const fs::path& directory,
                   std::vector<fs::path>& inputs) {
  if (settings.source == "patch") return tissue_patch(settings);
  LabelMap map;
  if (settings.source == "phantom") {
    map = phantom(settings.resolution_mm);
  } else {
    map = map_of_files(brain_files(settings, directory), inputs);
    if (!has_spacing(map, settings.resolution_mm)) map = resample(map, settings.resolution_mm);
  }
  if (settings.native_volume_ml > 0.0 || settings.ventricle_volume_ml > 0.0) {
    Fitted fitted =
        fit_volumes(map, given(settings.native_volume_ml), given(settings.ventricle_volume_ml));
    map = fitted.map;
    check_fit(fitted);
    map.source += fmt::format(", lengths scaled by {:.6f}, ventricles {:.2f} mL", fitted.scale,
                              fitted.ventricle_ml);
  }
  return map;
}

LabelMap brain_map(const SectionValues& values, const fs::path& directory) {
  std::vector<fs::path> inputs;
  return brain_map(brain_section().read(values), directory, inputs);
}

std::string describe_brain(const LabelMap& map) {
  const Geometry& g = map.geometry;
  const Volumes v = volumes(map);
  std::string text = fmt::format(
      "source              {}\n"
      "voxels              {} x {} x {} of {:.4g} x {:.4g} x {:.4g} mm\n",
      map.source, g.size[0], g.size[1], g.size[2], g.spacing_mm[0], g.spacing_mm[1],
      g.spacing_mm[2]);
  const auto line = [&text](const char* name, double ml) {
    text += fmt::format("{:<20}{:.4g} mL\n", name, ml);
  };
  line("grey matter", v.grey_ml);
  line("white matter", v.white_ml);
  line("grey and white", v.parenchyma_ml());
  line("ventricles", v.ventricle_ml);
  line("subarachnoid CSF", v.subarachnoid_csf_ml);
  if (v.white_ml > 0.0)
    text += fmt::format("{:<20}{:.3g}\n", "grey : white", v.grey_ml / v.white_ml);
  return text;
}

}  // namespace neurograft
