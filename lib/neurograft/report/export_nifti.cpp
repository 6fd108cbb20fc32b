#include <algorithm>
#include <cmath>
#include <functional>

#include <neurograft/core/error.hpp>
#include <neurograft/io/csv.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/nifti.hpp>
#include <neurograft/report/export.hpp>

namespace neurograft {

namespace {

// Voxels as wide as the affine says: a brain that was scaled to a person's volume lies over its
// scan in viewers that go by the widths as in those that go by the affine.
Geometry as_scanned(Geometry geometry) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    geometry.spacing_mm[axis] =
        std::hypot(geometry.affine[axis], geometry.affine[4 + axis], geometry.affine[8 + axis]);
  }
  return geometry;
}

}  // namespace

Paths export_nifti(const ResultsFile& file, const std::filesystem::path& folder) {
  if (!file.has_images()) {
    throw IoError(Problem{file.path().string(), "has no images", "the run recorded no snapshot",
                          "give output.snapshots_d and output.fields"});
  }
  make_folder(folder);
  const Geometry geometry = as_scanned(file.geometry());
  Paths written{folder / "label.nii.gz"};
  write_label_map(written.back().string(), {geometry, file.labels(), file.title()});

  std::string frames = "file,frame,day\n";
  const auto write = [&](const std::string& name, const std::string& unit,
                         const std::vector<double>& days,
                         const std::function<std::vector<float>(std::size_t)>& image) {
    std::vector<float> values;
    values.reserve(geometry.voxels() * days.size());
    for (std::size_t frame = 0; frame < days.size(); ++frame) {
      for (const float x : image(frame)) values.push_back(std::isfinite(x) ? x : 0.0F);
      frames += csv_line({name + ".nii.gz", std::to_string(frame), csv_number(days[frame])});
    }
    written.push_back(folder / (name + ".nii.gz"));
    write_nifti(written.back().string(), geometry, static_cast<int>(days.size()), values,
                name + " [" + unit + "]");
  };
  const std::vector<double> field_days = file.field_days();
  for (const ResultsArray& field : file.fields()) {
    if (field_days.empty()) break;
    write(field.name, field.unit, field_days,
          [&](std::size_t frame) { return file.field(field.name, frame); });
  }
  if (const std::vector<double> days = file.agent_days(); !days.empty()) {
    write("donor_density", "cell/mm3", days,
          [&](std::size_t frame) { return cell_density(file, frame, {"donor"}); });
    write("immune_density", "cell/mm3", days, [&](std::size_t frame) {
      return cell_density(file, frame, {"cd8", "cd4", "treg", "nk"});
    });
  }
  written.push_back(folder / "frames.csv");
  write_text_durably(written.back(), frames);
  return written;
}

}  // namespace neurograft
