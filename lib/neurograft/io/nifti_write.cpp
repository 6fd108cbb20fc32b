#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/nifti.hpp>

#include <nifti1_io.h>
#include <unistd.h>
#include <zlib.h>

namespace neurograft {
namespace {

constexpr std::size_t header_bytes = 348;
constexpr std::size_t single_file_offset = 352;
constexpr int comment_extension = 6;

struct CloseGz {
  void operator()(gzFile file) const noexcept { gzclose(file); }
};
using OutputFile = std::unique_ptr<std::remove_pointer_t<gzFile>, CloseGz>;

bool is_near(double a, double b, double scale) {
  return std::abs(a - b) <= 1e-4 * scale;
}

void set_orientation(nifti_1_header& header, const Geometry& geometry) {
  mat44 affine{};
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      affine.m[row][column] = static_cast<float>(geometry.affine[4 * row + column]);
    }
  }
  header.sform_code = NIFTI_XFORM_ALIGNED_ANAT;
  std::copy_n(&affine.m[0][0], 4, header.srow_x);
  std::copy_n(&affine.m[1][0], 4, header.srow_y);
  std::copy_n(&affine.m[2][0], 4, header.srow_z);

  float handedness = 1.0F;
  nifti_mat44_to_quatern(affine, &header.quatern_b, &header.quatern_c, &header.quatern_d,
                         &header.qoffset_x, &header.qoffset_y, &header.qoffset_z, nullptr, nullptr,
                         nullptr, &handedness);
  header.pixdim[0] = handedness;
  const mat44 back = nifti_quatern_to_mat44(
      header.quatern_b, header.quatern_c, header.quatern_d, header.qoffset_x, header.qoffset_y,
      header.qoffset_z, header.pixdim[1], header.pixdim[2], header.pixdim[3], handedness);
  bool same = true;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      same =
          same && is_near(static_cast<double>(back.m[row][column]),
                          static_cast<double>(affine.m[row][column]), geometry.spacing_mm[column]);
    }
  }
  // A sheared affine, or one of another scale than the spacing, has no qform.
  header.qform_code = same ? NIFTI_XFORM_ALIGNED_ANAT : NIFTI_XFORM_UNKNOWN;
  if (!same) std::strncpy(header.intent_name, scaled_spacing, sizeof header.intent_name - 1);
}

nifti_1_header make_header(const std::string& path, const Geometry& geometry, int channels,
                           int datatype, const std::string& description,
                           std::size_t extension_bytes) {
  nifti_1_header header{};
  header.sizeof_hdr = static_cast<int>(header_bytes);
  header.regular = 'r';
  std::fill(std::begin(header.dim), std::end(header.dim), short{1});
  std::fill(std::begin(header.pixdim), std::end(header.pixdim), 1.0F);
  header.dim[0] = channels > 1 ? 4 : 3;
  const auto set_dimension = [&](int axis, int extent) {
    if (extent < 1 || extent > std::numeric_limits<short>::max()) {
      throw IoError(Problem{path, std::to_string(extent) + " voxels along an axis",
                            "NIfTI-1 holds 1 to 32767", ""});
    }
    header.dim[axis] = static_cast<short>(extent);
  };
  for (int axis = 0; axis < 3; ++axis) {
    set_dimension(axis + 1, geometry.size[static_cast<std::size_t>(axis)]);
    header.pixdim[axis + 1] =
        static_cast<float>(geometry.spacing_mm[static_cast<std::size_t>(axis)]);
  }
  set_dimension(4, channels);
  header.datatype = static_cast<short>(datatype);
  header.bitpix = datatype == DT_UINT8 ? short{8} : short{32};
  header.vox_offset = static_cast<float>(single_file_offset + extension_bytes);
  header.scl_slope = 1.0F;
  header.xyzt_units = NIFTI_UNITS_MM;
  std::snprintf(header.descrip, sizeof header.descrip, "%s", description.c_str());
  std::memcpy(header.magic, "n+1", 4);
  set_orientation(header, geometry);
  return header;
}

/// A comment extension: size and code, then text padded with zeros to a multiple of 16 bytes.
std::vector<std::byte> comment(const std::string& text) {
  if (text.empty()) return {};
  const std::size_t size = (8 + text.size() + 1 + 15) / 16 * 16;
  std::vector<std::byte> bytes(size);
  const std::array<std::int32_t, 2> head{static_cast<std::int32_t>(size), comment_extension};
  std::memcpy(bytes.data(), head.data(), sizeof head);
  std::memcpy(bytes.data() + sizeof head, text.data(), text.size());
  return bytes;
}

void write_all(gzFile file, const std::string& path, std::span<const std::byte> bytes) {
  constexpr std::size_t chunk = 1 << 20;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(chunk, bytes.size()));
    if (gzwrite(file, part.data(), static_cast<unsigned>(part.size())) !=
        static_cast<int>(part.size())) {
      throw IoError(Problem{path, "writing failed", std::strerror(errno), "is the disk full?"});
    }
    bytes = bytes.subspan(part.size());
  }
}

void write_file(const std::string& path, const nifti_1_header& header,
                const std::vector<std::byte>& extension, std::span<const std::byte> voxels) {
  // The temporary name is this process's own, so that two runs may write one cache file.
  const std::string temporary = path + ".part" + std::to_string(getpid());
  struct Remove {
    const std::string& path;
    ~Remove() { std::remove(path.c_str()); }
  } const remove_if_left{temporary};

  const char* mode = path.ends_with(".gz") ? "wb6" : "wbT";
  OutputFile file(gzopen(temporary.c_str(), mode));
  if (!file) throw IoError(Problem{path, "cannot be written", std::strerror(errno), ""});
  write_all(file.get(), path, std::as_bytes(std::span(&header, 1)));
  const std::array<std::byte, 4> has_extension{extension.empty() ? std::byte{0} : std::byte{1}};
  write_all(file.get(), path, has_extension);
  write_all(file.get(), path, extension);
  write_all(file.get(), path, voxels);
  if (gzclose(file.release()) != Z_OK) {
    throw IoError(Problem{path, "writing failed", std::strerror(errno), "is the disk full?"});
  }
  sync_file(temporary);
  rename_synced(temporary, path);
}

void check_count(const std::string& path, const Geometry& geometry, int channels,
                 std::size_t values) {
  if (channels < 1 || values != geometry.voxels() * static_cast<std::size_t>(channels)) {
    throw Error(path + ": " + std::to_string(values) + " values for " +
                std::to_string(geometry.voxels()) + " voxels and " + std::to_string(channels) +
                " channels");
  }
}

}  // namespace

void write_nifti(const std::string& path, const Geometry& geometry, int channels,
                 std::span<const float> values, const std::string& description) {
  check_count(path, geometry, channels, values.size());
  write_file(path, make_header(path, geometry, channels, DT_FLOAT32, description, 0), {},
             std::as_bytes(values));
}

void write_nifti(const std::string& path, const Geometry& geometry,
                 std::span<const std::uint8_t> values, const std::string& description) {
  check_count(path, geometry, 1, values.size());
  write_file(path, make_header(path, geometry, 1, DT_UINT8, description, 0), {},
             std::as_bytes(values));
}

void write_label_map(const std::string& path, const LabelMap& map) {
  check_count(path, map.geometry, 1, map.labels.size());
  const std::vector<std::byte> source = comment(map.source);
  write_file(path, make_header(path, map.geometry, 1, DT_UINT8, "label map", source.size()), source,
             std::as_bytes(std::span(map.labels)));
}

}  // namespace neurograft
