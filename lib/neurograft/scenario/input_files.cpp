#include <string_view>
#include <system_error>

#include <neurograft/brain/lesions.hpp>
#include <neurograft/core/error.hpp>
#include <neurograft/scenario/input_files.hpp>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

// What is wrong with a file; empty if nothing is.
std::string fault_of(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return "no such file";
  return fs::is_directory(path, ignored) ? "is a folder" : "";
}

// The table of names beside a label image: its path with .txt for .nii or .nii.gz.
fs::path names_beside(fs::path image) {
  if (image.extension() == ".gz") image.replace_extension();
  return image.replace_extension(".txt");
}

}  // namespace

fs::path resolve(const std::string& path, const fs::path& directory) {
  return fs::path(path).is_absolute() ? fs::path(path) : (directory / path).lexically_normal();
}

BrainFiles brain_files(const BrainSettings& settings, const fs::path& directory) {
  const fs::path templates = resolve(settings.templates, directory);
  const std::string no_templates =
      "install Debian's mricron-data, set brain.templates, or use brain.source = \"phantom\"";
  BrainFiles files;
  if (settings.source == "colin27") {
    files.image = {"templates", templates / "ch2bet.nii.gz", no_templates};
  } else if (settings.source != "phantom" && settings.source != "patch") {
    files.image = {"source", resolve(settings.source, directory),
                   "give the path of an image, or one of colin27, phantom, patch"};
  }
  if (files.image.is_needed() && !settings.segmentation.empty()) {
    files.parcellation = {"segmentation", resolve(settings.segmentation, directory), ""};
  } else if (settings.source == "colin27") {
    files.parcellation = {"templates", templates / "jhu189.nii.gz", no_templates};
  } else if (files.image.is_needed() && !settings.labels.empty()) {
    files.labels = {"labels", resolve(settings.labels, directory), ""};
  }

  // The JHU atlas lies in the space of colin27: on another brain only if its owner says so.
  std::string tracts = settings.tracts;
  if (tracts == "auto") tracts = settings.source == "colin27" ? "jhu" : "none";
  if (tracts == "jhu") {
    files.tracts = {"templates", templates / "JHU-WhiteMatter-labels-1mm.nii.gz",
                    "install Debian's mricron-data, set brain.templates, or use "
                    "brain.tracts = \"none\""};
  } else if (tracts != "none") {
    files.tracts = {"tracts", resolve(tracts, directory),
                    "give the path of a label image, or one of auto, jhu, none"};
    files.tract_names = {"tracts", names_beside(files.tracts.path),
                         "it names the values of the label image: lines of value and name"};
  }
  return files;
}

std::vector<fs::path> input_paths(const ResolvedConfig& config, const fs::path& directory) {
  const BrainFiles files = brain_files(brain_section().read(config.section("brain")), directory);
  std::vector<fs::path> paths;
  for (const BrainFile* file :
       {&files.image, &files.parcellation, &files.labels, &files.tracts, &files.tract_names}) {
    if (file->is_needed()) paths.push_back(file->path);
  }
  const std::string mask = lesion_section().read(config.section("lesions")).mask;
  if (!mask.empty()) paths.push_back(resolve(mask, directory));
  return paths;
}

void require_file(const BrainFile& file) {
  if (!file.is_needed()) return;
  const std::string fault = fault_of(file.path);
  if (fault.empty()) return;
  throw InputError(Problem{"brain." + file.key, fault, file.path.string(), file.hint});
}

void check_files(ResolvedConfig& config, const fs::path& directory) {
  const auto check = [&](const char* section, const BrainFile& file) {
    if (!file.is_needed()) return true;
    const std::string fault = fault_of(file.path);
    if (!fault.empty()) {
      config.reject(section, file.key, fault + ": " + file.path.string(), file.hint);
    }
    return fault.empty();
  };
  // A default that stands in for a wrong value names no file of the user's.
  const auto usable = [&](std::string_view key) { return config.usable("brain", key); };
  const bool known = usable("source") && usable("templates");
  const bool with_tracts = known && usable("tracts");
  const BrainFiles files = brain_files(brain_section().read(config.section("brain")), directory);
  if (known) check("brain", files.image);
  if (known && usable("segmentation")) check("brain", files.parcellation);
  if (known && usable("labels")) check("brain", files.labels);
  if (with_tracts && check("brain", files.tracts)) check("brain", files.tract_names);
  const LesionParameters lesions = lesion_section().read(config.section("lesions"));
  if (!lesions.mask.empty() && config.usable("lesions", "mask")) {
    check("lesions", {"mask", resolve(lesions.mask, directory), ""});
  }
}

}  // namespace neurograft
