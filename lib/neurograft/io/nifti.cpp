#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/nifti.hpp>

#include <nifti1_io.h>
#include <zlib.h>

namespace neurograft {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t header_bytes = 348;
constexpr std::size_t single_file_offset = 352;
constexpr int comment_extension = 6;

[[noreturn]] void refuse(const std::string& path, std::string what, std::string why,
                         std::string hint = "") {
  throw InputError(Problem{path, std::move(what), std::move(why), std::move(hint)});
}

/// zlib reads plain files as they are, so one kind of handle serves both.
struct CloseGz {
  void operator()(gzFile file) const noexcept { gzclose(file); }
};
using InputFile = std::unique_ptr<std::remove_pointer_t<gzFile>, CloseGz>;

InputFile open_input(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) refuse(path, "is a folder", "an image file is needed");
  if (!fs::exists(path, error)) {
    refuse(path, "no such file", "an image is read from here", "check the path");
  }
  InputFile file(gzopen(path.c_str(), "rb"));
  if (!file) refuse(path, "cannot be opened", std::strerror(errno), "check its permissions");
  return file;
}

/// Bytes read; fewer than asked only at the end of the file.
std::size_t read_bytes(const InputFile& file, const std::string& path, std::byte* to,
                       std::size_t count) {
  const int got = gzread(file.get(), to, static_cast<unsigned>(count));
  if (got < 0) refuse(path, "compressed data are corrupt", "checksum or format error of gzip");
  return static_cast<std::size_t>(got);
}

struct Layout {
  nifti_1_header header{};
  bool swapped = false;
  std::array<std::size_t, 3> size{1, 1, 1};
  std::size_t channels = 1;
  std::size_t offset = 0;  ///< of the voxels in the file that holds them [byte]
  std::string data_path;

  std::size_t values() const { return size[0] * size[1] * size[2] * channels; }
  std::size_t value_bytes() const { return static_cast<std::size_t>(header.bitpix) / 8; }
};

/// For a pair, the file of the other ending: `from` and `to` are ".img" and ".hdr".
std::optional<std::string> partner(const std::string& path, const std::string& from,
                                   const std::string& to) {
  for (const std::string compression : {"", ".gz"}) {
    if (!path.ends_with(from + compression)) continue;
    const std::string stem = path.substr(0, path.size() - from.size() - compression.size());
    for (const std::string other : {"", ".gz"}) {
      if (fs::exists(stem + to + other)) return stem + to + other;
    }
  }
  return std::nullopt;
}

int bits_of(int datatype) {
  switch (datatype) {
    case DT_UINT8:
    case DT_INT8:
      return 8;
    case DT_INT16:
    case DT_UINT16:
      return 16;
    case DT_INT32:
    case DT_UINT32:
    case DT_FLOAT32:
      return 32;
    case DT_INT64:
    case DT_UINT64:
    case DT_FLOAT64:
      return 64;
    default:
      return 0;
  }
}

void check_dimensions(const std::string& path, Layout& layout, std::size_t voxel_limit) {
  const nifti_1_header& header = layout.header;
  if (header.dim[0] < 1 || header.dim[0] > 7) {
    refuse(path, "dim[0] = " + std::to_string(header.dim[0]), "must be 1 to 7",
           "the header is damaged");
  }
  std::size_t values = 1;
  for (int axis = 1; axis <= header.dim[0]; ++axis) {
    if (header.dim[axis] < 1) {
      refuse(path, "dim[" + std::to_string(axis) + "] = " + std::to_string(header.dim[axis]),
             "every dimension must be at least 1", "the header is damaged");
    }
    const auto extent = static_cast<std::size_t>(header.dim[axis]);
    if (values > voxel_limit / extent) {
      refuse(path, "more than " + std::to_string(voxel_limit) + " voxels",
             "the limit for x * y * z * channels", "crop or resample the image");
    }
    values *= extent;
    if (axis <= 3) {
      layout.size[static_cast<std::size_t>(axis - 1)] = extent;
    } else {
      layout.channels *= extent;
    }
  }
  for (int axis = 1; axis <= std::min<int>(3, header.dim[0]); ++axis) {
    const float width = std::abs(header.pixdim[axis]);
    if (!(width > 0.0F) || !std::isfinite(width)) {
      refuse(path, "pixdim[" + std::to_string(axis) + "] = " + std::to_string(header.pixdim[axis]),
             "a voxel needs a positive width", "set it with a NIfTI tool");
    }
  }
}

void check_values_format(const std::string& path, const Layout& layout) {
  const nifti_1_header& header = layout.header;
  const int bits = bits_of(header.datatype);
  if (bits == 0) {
    refuse(path, "datatype " + std::to_string(header.datatype),
           "only integers and floats of 8 to 64 bits are read", "convert it to float");
  }
  if (header.bitpix != bits) {
    refuse(path, "bitpix = " + std::to_string(header.bitpix),
           "datatype " + std::to_string(header.datatype) + " has " + std::to_string(bits) + " bits",
           "the header is damaged");
  }
  if (!std::isfinite(header.scl_slope) || !std::isfinite(header.scl_inter)) {
    refuse(path, "scl_slope or scl_inter is not finite", "values are scaled by them",
           "the header is damaged");
  }
  if (!std::isfinite(header.vox_offset) || header.vox_offset < 0.0F || header.vox_offset > 1e9F) {
    refuse(path, "vox_offset = " + std::to_string(header.vox_offset),
           "the place of the first voxel in the file", "the header is damaged");
  }
}

/// Refuses a header that promises more than the file can hold, before memory is taken for it.
void check_byte_count(const Layout& layout) {
  const std::string& path = layout.data_path;
  const std::size_t wanted = layout.offset + layout.values() * layout.value_bytes();
  const auto on_disk = static_cast<std::size_t>(fs::file_size(path));
  const InputFile file = open_input(path);
  std::byte probe{};
  read_bytes(file, path, &probe, 1);
  const bool plain = gzdirect(file.get()) != 0;
  constexpr std::size_t deflate_limit = 1032;  // the format cannot compress further
  const std::size_t possible = plain ? on_disk : (on_disk + 1) * deflate_limit;
  if (wanted > possible) {
    refuse(path,
           "holds at most " + std::to_string(possible) + " bytes of " + std::to_string(wanted),
           "its header gives this size", "the file is cut short or its header is damaged");
  }
}

Layout read_layout(const std::string& path, std::size_t voxel_limit) {
  Layout layout;
  const std::string header_path = partner(path, ".img", ".hdr").value_or(path);
  nifti_1_header& header = layout.header;
  {
    const InputFile file = open_input(header_path);
    std::array<std::byte, header_bytes> raw{};
    const std::size_t got = read_bytes(file, header_path, raw.data(), raw.size());
    if (got < raw.size()) {
      refuse(header_path, std::to_string(got) + " bytes", "a NIfTI-1 header has 348 bytes");
    }
    std::memcpy(&header, raw.data(), raw.size());
  }
  if (header.sizeof_hdr != static_cast<int>(header_bytes)) {
    swap_nifti_header(&header, 1);
    layout.swapped = true;
  }
  const bool single = std::memcmp(header.magic, "n+1", 4) == 0;
  const bool pair = std::memcmp(header.magic, "ni1", 4) == 0;
  if (header.sizeof_hdr != static_cast<int>(header_bytes) || (!single && !pair)) {
    refuse(header_path, "is not a NIfTI-1 image", "no NIfTI-1 header found",
           "convert it, for instance with dcm2niix or mri_convert");
  }
  check_dimensions(header_path, layout, voxel_limit);
  check_values_format(header_path, layout);
  layout.offset = static_cast<std::size_t>(header.vox_offset);
  layout.data_path = header_path;
  if (single) {
    layout.offset = std::max(layout.offset, single_file_offset);
  } else {
    const auto voxels = partner(header_path, ".hdr", ".img");
    if (!voxels) refuse(header_path, "has no .img file beside it", "the voxels are kept there");
    layout.data_path = *voxels;
  }
  check_byte_count(layout);
  return layout;
}

double unit_in_mm(int spatial_unit) {
  if (spatial_unit == NIFTI_UNITS_METER) return 1000.0;
  if (spatial_unit == NIFTI_UNITS_MICRON) return 0.001;
  return 1.0;
}

std::string short_number(double x) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", x);
  return text.data();
}

/// Refuses an affine whose voxels are no boxes, or not of the widths that the header states.
void check_affine(const std::string& path, const Geometry& geometry,
                  const std::array<double, 3>& stated_mm, bool scaled) {
  constexpr double tolerance = 0.01;
  const auto& affine = geometry.affine;
  const auto dot = [&affine](std::size_t a, std::size_t b) {
    return affine[a] * affine[b] + affine[4 + a] * affine[4 + b] + affine[8 + a] * affine[8 + b];
  };
  std::array<double, 3> widths{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    widths[axis] = std::sqrt(dot(axis, axis));
    if (!(widths[axis] > 1e-6)) {
      refuse(path, "affine gives voxels no width along axis " + std::to_string(axis + 1),
             "sform or qform of the header", "set it with a NIfTI tool");
    }
    if (!scaled && std::abs(widths[axis] - stated_mm[axis]) > tolerance * stated_mm[axis]) {
      refuse(path,
             "voxels are " + short_number(stated_mm[axis]) + " mm wide by pixdim and " +
                 short_number(widths[axis]) + " mm by the affine",
             "which of them is right cannot be told", "mend the header with a NIfTI tool");
    }
  }
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t b = (a + 1) % 3;
    if (std::abs(dot(a, b)) <= tolerance * widths[a] * widths[b]) continue;
    refuse(path, "axes of the affine are not at right angles", "voxels are boxes",
           "resample the image to a straight grid");
  }
}

Geometry geometry_of(const std::string& path, const Layout& layout) {
  nifti_set_debug_level(0);
  nifti_1_header header = layout.header;
  for (int axis = header.dim[0] + 1; axis <= 3; ++axis) header.pixdim[axis] = 1.0F;
  const std::unique_ptr<nifti_image, decltype(&nifti_image_free)> image(
      nifti_convert_nhdr2nim(header, path.c_str()), &nifti_image_free);
  if (!image) refuse(path, "is not a NIfTI-1 image", "its header is inconsistent");

  Geometry geometry;
  const double mm = unit_in_mm(image->xyz_units);
  std::array<double, 3> stated_mm{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    geometry.size[axis] = static_cast<int>(layout.size[axis]);
    stated_mm[axis] = mm * std::abs(static_cast<double>(header.pixdim[axis + 1]));
  }
  const mat44& chosen = image->sform_code > 0 ? image->sto_xyz : image->qto_xyz;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      const double element = static_cast<double>(chosen.m[row][column]);
      if (!std::isfinite(element)) {
        refuse(path, "affine holds a value that is not finite", "sform or qform of the header",
               "the header is damaged");
      }
      geometry.affine[4 * row + column] = mm * element;
    }
  }
  const std::string_view intent(header.intent_name,
                                ::strnlen(header.intent_name, sizeof header.intent_name));
  const bool scaled = intent == scaled_spacing;
  check_affine(path, geometry, stated_mm, scaled);
  geometry.spacing_mm = stated_mm;
  return geometry;
}

template <class T>
double value_at(const std::byte* bytes, bool swapped) {
  std::array<std::byte, sizeof(T)> raw;
  std::memcpy(raw.data(), bytes, sizeof(T));
  if (swapped) std::reverse(raw.begin(), raw.end());
  return static_cast<double>(std::bit_cast<T>(raw));
}

using Decode = double (*)(const std::byte*, bool);

Decode decoder(int datatype) {
  switch (datatype) {
    case DT_UINT8:
      return value_at<std::uint8_t>;
    case DT_INT8:
      return value_at<std::int8_t>;
    case DT_INT16:
      return value_at<std::int16_t>;
    case DT_UINT16:
      return value_at<std::uint16_t>;
    case DT_INT32:
      return value_at<std::int32_t>;
    case DT_UINT32:
      return value_at<std::uint32_t>;
    case DT_FLOAT32:
      return value_at<float>;
    case DT_INT64:
      return value_at<std::int64_t>;
    case DT_UINT64:
      return value_at<std::uint64_t>;
    default:
      return value_at<double>;
  }
}

std::string place(const Layout& layout, std::size_t value) {
  const auto [nx, ny, nz] = layout.size;
  return "voxel (" + std::to_string(value % nx) + ", " + std::to_string(value / nx % ny) + ", " +
         std::to_string(value / nx / ny % nz) + ")" +
         (layout.channels > 1 ? " of channel " + std::to_string(value / nx / ny / nz) : "");
}

void skip(const InputFile& file, const std::string& path, std::size_t count) {
  std::vector<std::byte> scratch(std::min<std::size_t>(count, 1 << 16));
  while (count > 0) {
    const std::size_t got = read_bytes(file, path, scratch.data(), std::min(count, scratch.size()));
    if (got == 0) refuse(path, "ends before its voxels begin", "the file is cut short");
    count -= got;
  }
}

std::vector<float> read_values(const Layout& layout) {
  const std::string& path = layout.data_path;
  const InputFile file = open_input(path);
  skip(file, path, layout.offset);

  const Decode decode = decoder(layout.header.datatype);
  const double slope = static_cast<double>(layout.header.scl_slope);
  const double intercept = static_cast<double>(layout.header.scl_inter);
  const std::size_t width = layout.value_bytes();
  const std::size_t total = layout.values();
  constexpr std::size_t chunk_values = 1 << 17;
  std::vector<std::byte> chunk(chunk_values * width);
  std::vector<float> values(total);
  for (std::size_t done = 0; done < total;) {
    const std::size_t count = std::min(chunk_values, total - done);
    const std::size_t got = read_bytes(file, path, chunk.data(), count * width);
    if (got < count * width) {
      refuse(path,
             std::to_string(done * width + got) + " bytes of voxels, " +
                 std::to_string(total * width) + " expected",
             "the file is cut short", "copy or export it again");
    }
    for (std::size_t n = 0; n < count; ++n, ++done) {
      const double stored = decode(chunk.data() + n * width, layout.swapped);
      const float value = static_cast<float>(slope != 0.0 ? slope * stored + intercept : stored);
      if (!std::isfinite(value)) {
        refuse(path, place(layout, done) + " is not a finite number", "NaN, infinity or overflow",
               "replace such voxels, for instance with fslmaths -nan");
      }
      values[done] = value;
    }
  }
  // zlib checks the sum of the data only where it meets their end.
  std::byte probe{};
  read_bytes(file, path, &probe, 1);
  return values;
}

std::string read_comment(const std::string& path) {
  const Layout layout = read_layout(path, nifti_voxel_limit);
  const InputFile file = open_input(path);
  std::vector<std::byte> head(layout.offset);
  if (layout.offset < single_file_offset + 16 ||
      read_bytes(file, path, head.data(), head.size()) < head.size()) {
    return {};
  }
  std::array<std::int32_t, 2> size_and_code{};
  std::memcpy(size_and_code.data(), head.data() + single_file_offset, sizeof size_and_code);
  const std::size_t room = head.size() - single_file_offset;
  if (head[header_bytes] == std::byte{0} || size_and_code[1] != comment_extension ||
      size_and_code[0] < 16 || static_cast<std::size_t>(size_and_code[0]) > room) {
    return {};
  }
  std::string text(static_cast<std::size_t>(size_and_code[0]) - 8, '\0');
  std::memcpy(text.data(), head.data() + single_file_offset + 8, text.size());
  return text.substr(0, text.find('\0'));
}

}  // namespace

Image read_nifti(const std::string& path, std::size_t voxel_limit) {
  const Layout layout = read_layout(path, voxel_limit);
  Image image;
  image.geometry = geometry_of(path, layout);
  image.channels = static_cast<int>(layout.channels);
  image.values = read_values(layout);
  return image;
}

LabelMap read_label_map(const std::string& path) {
  const Image image = read_nifti(path);
  if (image.channels != 1) {
    refuse(path, std::to_string(image.channels) + " channels", "a label map has one");
  }
  LabelMap map{image.geometry, {}, read_comment(path)};
  map.labels.reserve(image.values.size());
  for (const float value : image.values) {
    if (!(value >= 0.0F && value <= static_cast<float>(Label::white)) ||
        value != std::floor(value)) {
      refuse(path, "label " + short_number(static_cast<double>(value)), "a label map holds 0 to 4",
             "give other segmentations with a label table");
    }
    map.labels.push_back(static_cast<Label>(static_cast<std::uint8_t>(value)));
  }
  return map;
}

}  // namespace neurograft
