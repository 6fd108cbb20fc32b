#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <neurograft/world/image.hpp>

/// NIfTI-1 images. The bytes are checked before anything is allocated and every value after it was
/// read: a file that is cut short, or holds NaN, is refused rather than mended.
namespace neurograft {

/// `intent_name` of images whose voxel widths differ from their affine on purpose: those of a brain
/// that was scaled to a native volume and keeps the place of its scan.
inline constexpr const char* scaled_spacing = "scaled spacing";

/// Largest image that is read: x * y * z * channels.
inline constexpr std::size_t nifti_voxel_limit = std::size_t{1} << 28;

/// Reads `.nii`, `.nii.gz`, or a `.hdr`/`.img` pair (either name, gzipped or not), of any integer
/// or float type of 8 to 64 bits; `scl_slope` and `scl_inter` are applied. The affine is the sform,
/// else the qform, else the spacing alone; spacing is `pixdim`; both in mm whatever the file's
/// unit. Dimensions above three become channels. Whole numbers above 2^24 are rounded to float.
/// Throws InputError for a file that is missing, no NIfTI-1 image, too large, cut short or corrupt,
/// or that holds a value which is not finite.
Image read_nifti(const std::string& path, std::size_t voxel_limit = nifti_voxel_limit);

/// Writes floats, channel-major as in `Image`; compressed if `path` ends in `.gz`. The affine goes
/// to the sform, and to the qform where a rotation and the spacing alone can express it. Written
/// to a temporary file beside `path`, which it then replaces.
/// Throws IoError if that fails, Error if `values` is not geometry.voxels() * channels long.
void write_nifti(const std::string& path, const Geometry& geometry, int channels,
                 std::span<const float> values, const std::string& description = {});

/// The same for whole numbers of 0 to 255, one channel.
void write_nifti(const std::string& path, const Geometry& geometry,
                 std::span<const std::uint8_t> values, const std::string& description = {});

/// Writes a label map, its numbers those of `Label`, with its source as a comment extension.
void write_label_map(const std::string& path, const LabelMap& map);

/// Reads what `write_label_map` wrote, source included. Throws InputError as `read_nifti`, and for
/// a value that is no `Label`.
LabelMap read_label_map(const std::string& path);

}  // namespace neurograft
