#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <neurograft/core/parameter.hpp>
#include <neurograft/io/results_file.hpp>

/// What the report page shows, in the form in which it travels inside the page. Text out, no files.
namespace neurograft {

/// Values over a grid and frames in 16 bits: value = low + step (code - 1), code 0: no value there.
struct PackedLayer {
  double low = 0.0;
  double step = 1.0;
  std::vector<std::uint16_t> codes;  ///< as many as values
};

/// Packs values; what is not finite has no value. Exact for whole numbers that span less than
/// 65535, else within half a 65534th of their span.
PackedLayer pack(std::span<const float> values);

/// The grid of every `factor`-th voxel along each axis, its place in space unchanged: the corner of
/// the low voxel stays where it is. What is left over at the high ends is a voxel too.
Geometry coarser(const Geometry& geometry, int factor);

/// Means over what is finite in blocks of factor^3 voxels; NaN where nothing is.
std::vector<float> coarser(const Geometry& geometry, std::span<const float> values, int factor);

/// The commonest label in each block; of equally common ones the lowest.
std::vector<Label> coarser(const Geometry& geometry, std::span<const Label> labels, int factor);

/// Smallest factor that leaves at most `most` voxels.
int coarsening(const Geometry& geometry, std::size_t most);

/// Which of `frames` a page shows if it has room for `most` of each layer: the first, the last, and
/// others evenly between them; all of them if they fit. At least two, where there are two.
std::vector<std::size_t> shown_frames(std::size_t frames, std::size_t most);

/// A value that a run had and that differs from the default.
struct ChangedParameter {
  std::string key;  ///< "drug.tacrolimus.stop_d"
  std::string value;
  std::string fallback;  ///< empty: the tables do not know the key
  std::string unit, meaning, source, grade;
};

/// What a resolved config has changed, in its order. Throws InputError if it is not TOML.
std::vector<ChangedParameter> changed_parameters(const std::string& config_resolved,
                                                 std::span<const ParameterTable> tables);

/// One run: its JSON, and base64 texts of gzipped arrays that the JSON names by their index in
/// `blobs`, counted from `first_blob`.
struct PageRun {
  std::string json;
  std::vector<std::string> blobs;
};
PageRun page_run(const ResultsFile& file, std::span<const ParameterTable> tables,
                 std::size_t first_blob);

/// Name of the folder of a study.
std::string study_name(const std::filesystem::path& folder);

/// The tables of a study's folder as JSON: name and text of each .csv, plan, and links of runs
/// relative to the folder of the page. Throws IoError if the folder holds no study.
std::string page_study(const std::filesystem::path& folder, const std::filesystem::path& page);

}  // namespace neurograft
