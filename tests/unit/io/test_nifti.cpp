#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/nifti.hpp>

#include <doctest/doctest.h>
#include <unistd.h>
#include <zlib.h>

using namespace neurograft;

namespace {

/// A folder of this test alone, removed at its end.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("neurograft_nifti_" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
};

using Bytes = std::vector<char>;

template <class T>
void put(Bytes& bytes, std::size_t at, T value) {
  if (bytes.size() < at + sizeof(T)) bytes.resize(at + sizeof(T));
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

// Places of fields in a NIfTI-1 header.
constexpr std::size_t dim_at = 40, datatype_at = 70, bitpix_at = 72, pixdim_at = 76,
                      vox_offset_at = 108, slope_at = 112, inter_at = 116, units_at = 123,
                      qform_at = 252, sform_at = 254, quatern_at = 256, srow_at = 280,
                      magic_at = 344;

template <class T>
constexpr std::int16_t code_of() {
  if (std::is_same_v<T, std::uint8_t>) return 2;
  if (std::is_same_v<T, std::int16_t>) return 4;
  if (std::is_same_v<T, std::int32_t>) return 8;
  if (std::is_same_v<T, float>) return 16;
  if (std::is_same_v<T, double>) return 64;
  if (std::is_same_v<T, std::int8_t>) return 256;
  if (std::is_same_v<T, std::uint16_t>) return 512;
  if (std::is_same_v<T, std::uint32_t>) return 768;
  if (std::is_same_v<T, std::int64_t>) return 1024;
  return 1280;
}

/// A 2 x 3 x 2 image of 1 mm voxels, written field by field.
template <class T>
Bytes image_bytes(const std::vector<T>& values, const std::vector<int>& dims = {2, 3, 2}) {
  Bytes bytes(352, 0);
  put(bytes, 0, std::int32_t{348});
  put(bytes, dim_at, static_cast<std::int16_t>(dims.size()));
  for (std::size_t n = 0; n < 7; ++n) {
    put(bytes, dim_at + 2 * (n + 1), static_cast<std::int16_t>(n < dims.size() ? dims[n] : 1));
    put(bytes, pixdim_at + 4 * (n + 1), 1.0F);
  }
  put(bytes, datatype_at, code_of<T>());
  put(bytes, bitpix_at, static_cast<std::int16_t>(8 * sizeof(T)));
  put(bytes, vox_offset_at, 352.0F);
  std::memcpy(bytes.data() + magic_at, "n+1", 4);
  for (std::size_t n = 0; n < values.size(); ++n) put(bytes, 352 + n * sizeof(T), values[n]);
  return bytes;
}

void write(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
}

void write_gz(const std::string& path, const Bytes& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

template <class T>
void check_type(const Folder& folder) {
  std::vector<T> values;
  for (int n = 0; n < 12; ++n) values.push_back(static_cast<T>(n + 100));
  write(folder / "t.nii", image_bytes(values));
  const Image image = read_nifti(folder / "t.nii");
  REQUIRE(image.values.size() == 12);
  for (std::size_t n = 0; n < 12; ++n) CHECK(image.values[n] == static_cast<float>(values[n]));
}

Geometry oblique() {
  Geometry geometry;
  geometry.size = {3, 4, 5};
  geometry.spacing_mm = {1.0, 2.0, 3.0};
  const double c = std::sqrt(0.5);
  geometry.affine = {c, -2 * c, 0, -10, c, 2 * c, 0, 20, 0, 0, 3, 5, 0, 0, 0, 1};
  return geometry;
}

const std::vector<std::uint8_t> twelve{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

}  // namespace

TEST_CASE("every integer and float type is read") {
  const Folder folder;
  check_type<std::uint8_t>(folder);
  check_type<std::int8_t>(folder);
  check_type<std::uint16_t>(folder);
  check_type<std::int16_t>(folder);
  check_type<std::uint32_t>(folder);
  check_type<std::int32_t>(folder);
  check_type<std::uint64_t>(folder);
  check_type<std::int64_t>(folder);
  check_type<float>(folder);
  check_type<double>(folder);
}

TEST_CASE("slope and intercept are applied, a slope of 0 means none") {
  const Folder folder;
  Bytes bytes = image_bytes(twelve);
  put(bytes, slope_at, 0.5F);
  put(bytes, inter_at, -1.0F);
  write(folder / "a.nii", bytes);
  CHECK(read_nifti(folder / "a.nii").values[4] == 1.0F);
  put(bytes, slope_at, 0.0F);
  write(folder / "a.nii", bytes);
  CHECK(read_nifti(folder / "a.nii").values[4] == 4.0F);
}

TEST_CASE("a file of the other byte order reads the same") {
  const Folder folder;
  std::vector<std::int16_t> values(12, 258);
  Bytes bytes = image_bytes(values);
  const auto swap = [&](std::size_t from, std::size_t to, std::size_t width) {
    for (std::size_t at = from; at + width <= to; at += width) {
      std::reverse(bytes.begin() + static_cast<long>(at),
                   bytes.begin() + static_cast<long>(at + width));
    }
  };
  swap(0, 4, 4);
  swap(dim_at, dim_at + 16, 2);
  swap(68, 76, 2);
  swap(pixdim_at, 120, 4);
  swap(352, bytes.size(), 2);
  write(folder / "s.nii", bytes);
  const Image image = read_nifti(folder / "s.nii");
  CHECK(image.geometry.size == std::array<int, 3>{2, 3, 2});
  CHECK(image.values == std::vector<float>(12, 258.0F));
}

TEST_CASE("the affine is the sform, else the qform, else the spacing; units become mm") {
  const Folder folder;
  Bytes bytes = image_bytes(twelve);
  put(bytes, pixdim_at + 4, 2.0F);
  SUBCASE("neither") {
    write(folder / "a.nii", bytes);
    const Geometry geometry = read_nifti(folder / "a.nii").geometry;
    CHECK(geometry.affine[0] == 2.0);
    CHECK(geometry.affine[3] == 0.0);
    CHECK(geometry.spacing_mm[0] == 2.0);
  }
  // Half a turn about z: x and y change sign.
  put(bytes, qform_at, std::int16_t{1});
  put(bytes, quatern_at, 0.0F);
  put(bytes, quatern_at + 4, 0.0F);
  put(bytes, quatern_at + 8, 1.0F);
  put(bytes, quatern_at + 12, 7.0F);
  SUBCASE("qform") {
    write(folder / "a.nii", bytes);
    const Geometry geometry = read_nifti(folder / "a.nii").geometry;
    CHECK(geometry.affine[0] == doctest::Approx(-2.0));
    CHECK(geometry.affine[3] == doctest::Approx(7.0));
  }
  put(bytes, sform_at, std::int16_t{4});
  // Turned about z by the angle with sine 0.6.
  const std::array<float, 12> rows{1.6F, -0.6F, 0, -90, 1.2F, 0.8F, 0, -126, 0, 0, 1, -72};
  for (std::size_t n = 0; n < 12; ++n) put(bytes, srow_at + 4 * n, rows[n]);
  SUBCASE("sform wins, oblique as it is") {
    write(folder / "a.nii", bytes);
    const Geometry geometry = read_nifti(folder / "a.nii").geometry;
    for (std::size_t n = 0; n < 12; ++n) CHECK(geometry.affine[n] == static_cast<double>(rows[n]));
  }
  const auto refused = [&](std::size_t row, float value) {
    put(bytes, srow_at + 4 * row, value);
    write(folder / "a.nii", bytes);
    return message([&] { read_nifti(folder / "a.nii"); });
  };
  SUBCASE("no boxes") {
    CHECK(has(refused(1, 0.6F), "right angles"));
  }
  SUBCASE("other widths than stated") {
    CHECK(has(refused(10, 2.0F), "by pixdim"));
  }
  SUBCASE("singular") {
    CHECK(has(refused(10, 0.0F), "no width"));
  }
  SUBCASE("micrometres") {
    bytes[units_at] = 3;
    write(folder / "a.nii", bytes);
    const Geometry geometry = read_nifti(folder / "a.nii").geometry;
    CHECK(geometry.spacing_mm[0] == doctest::Approx(0.002));
    CHECK(geometry.affine[3] == doctest::Approx(-0.09));
  }
}

TEST_CASE("higher dimensions become channels") {
  const Folder folder;
  std::vector<float> values(36);
  for (std::size_t n = 0; n < 36; ++n) values[n] = static_cast<float>(n);
  write(folder / "v.nii", image_bytes(values, {2, 3, 2, 1, 3}));
  const Image image = read_nifti(folder / "v.nii");
  CHECK(image.channels == 3);
  CHECK(image.at(1, 0, 0, 2) == 25.0F);
}

TEST_CASE("a .hdr and .img pair is read by either name") {
  const Folder folder;
  Bytes header = image_bytes(std::vector<std::uint8_t>{});
  std::memcpy(header.data() + magic_at, "ni1", 4);
  put(header, vox_offset_at, 0.0F);
  header.resize(348);
  write(folder / "p.hdr", header);
  CHECK(has(message([&] { read_nifti(folder / "p.hdr"); }), "no .img file"));
  write_gz(folder / "p.img.gz", Bytes(twelve.begin(), twelve.end()));
  CHECK(read_nifti(folder / "p.hdr").values[11] == 11.0F);
  CHECK(read_nifti(folder / "p.img.gz").values[11] == 11.0F);
}

TEST_CASE("what cannot be an image is refused, saying why") {
  const Folder folder;
  const std::string path = folder / "bad.nii";
  const auto after = [&](const Bytes& bytes) {
    write(path, bytes);
    return message([&] { read_nifti(path); });
  };
  Bytes bytes = image_bytes(twelve);
  CHECK(has(message([&] { read_nifti(folder / "none.nii"); }), "no such file"));
  CHECK(has(message([&] { read_nifti(folder.path.string()); }), "folder"));
  CHECK(has(after(Bytes(100)), "348"));
  CHECK(has(after(Bytes(1000, 'x')), "not a NIfTI-1 image"));

  SUBCASE("zero-size dimension") {
    put(bytes, dim_at + 4, std::int16_t{0});
    CHECK(has(after(bytes), "dim[2] = 0"));
  }
  SUBCASE("absurd number of dimensions") {
    put(bytes, dim_at, std::int16_t{9});
    CHECK(has(after(bytes), "dim[0] = 9"));
  }
  SUBCASE("too many voxels, named limit") {
    for (std::size_t n = 1; n <= 3; ++n) put(bytes, dim_at + 2 * n, std::int16_t{32767});
    CHECK(has(after(bytes), std::to_string(nifti_voxel_limit)));
    CHECK(has(message([&] { read_nifti(path, 10); }), "10 voxels"));
  }
  SUBCASE("a header that promises more than the file holds") {
    for (std::size_t n = 1; n <= 3; ++n) put(bytes, dim_at + 2 * n, std::int16_t{600});
    CHECK(has(after(bytes), "its header gives this size"));
    write_gz(folder / "lie.nii.gz", bytes);
    CHECK(has(message([&] { read_nifti(folder / "lie.nii.gz"); }), "its header gives this size"));
  }
  SUBCASE("cut short") {
    bytes.resize(bytes.size() - 1);
    CHECK(has(after(bytes), "cut short"));
    write_gz(folder / "cut.nii.gz", bytes);
    CHECK(has(message([&] { read_nifti(folder / "cut.nii.gz"); }), "cut short"));
  }
  SUBCASE("unreadable type") {
    put(bytes, datatype_at, std::int16_t{128});
    CHECK(has(after(bytes), "datatype 128"));
  }
  SUBCASE("wrong bit width") {
    put(bytes, bitpix_at, std::int16_t{32});
    CHECK(has(after(bytes), "bitpix = 32"));
  }
  SUBCASE("voxel width of 0") {
    put(bytes, pixdim_at + 4, 0.0F);
    CHECK(has(after(bytes), "pixdim[1]"));
  }
  SUBCASE("affine not finite") {
    put(bytes, sform_at, std::int16_t{1});
    put(bytes, srow_at, std::numeric_limits<float>::quiet_NaN());
    CHECK(has(after(bytes), "affine"));
  }
}

TEST_CASE("a value that is not finite is refused with its place") {
  const Folder folder;
  std::vector<float> values(12, 1.0F);
  values[7] = std::numeric_limits<float>::quiet_NaN();
  write(folder / "n.nii", image_bytes(values));
  CHECK(has(message([&] { read_nifti(folder / "n.nii"); }), "voxel (1, 0, 1)"));
  values[7] = std::numeric_limits<float>::infinity();
  write(folder / "n.nii", image_bytes(values));
  CHECK(has(message([&] { read_nifti(folder / "n.nii"); }), "voxel (1, 0, 1)"));
  std::vector<double> large(12, 1e300);
  write(folder / "n.nii", image_bytes(large));
  CHECK(has(message([&] { read_nifti(folder / "n.nii"); }), "overflow"));
}

TEST_CASE("a damaged gzip stream is refused") {
  const Folder folder;
  std::vector<float> values(5000);
  for (std::size_t n = 0; n < values.size(); ++n) values[n] = std::sqrt(static_cast<float>(n));
  const Bytes bytes = image_bytes(values, {50, 10, 10});
  write_gz(folder / "g.nii.gz", bytes);
  std::fstream file(folder / "g.nii.gz", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-6, std::ios::end);  // inside the checksum
  file.put('\x5a');
  file.close();
  CHECK(has(message([&] { read_nifti(folder / "g.nii.gz"); }), "corrupt"));
}

TEST_CASE("what is written is read back, affine included") {
  const Folder folder;
  const Geometry geometry = oblique();
  std::vector<float> values(2 * geometry.voxels());
  for (std::size_t n = 0; n < values.size(); ++n) values[n] = 0.25F * static_cast<float>(n) - 3.0F;
  for (const std::string name : {"w.nii", "w.nii.gz"}) {
    write_nifti(folder / name, geometry, 2, values, "test");
    const Image image = read_nifti(folder / name);
    CHECK(image.values == values);
    CHECK(image.channels == 2);
    CHECK(image.geometry.size == geometry.size);
    for (std::size_t n = 0; n < 16; ++n) {
      CHECK(image.geometry.affine[n] == doctest::Approx(geometry.affine[n]).epsilon(1e-6));
    }
  }
  CHECK(std::filesystem::file_size(folder / "w.nii") == 352 + 4 * values.size());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 2);
  CHECK_THROWS_AS(write_nifti(folder / "x.nii", geometry, 1, values), Error);
  CHECK_THROWS_AS(write_nifti(folder / "no/such/x.nii", geometry, 2, values), IoError);
}

TEST_CASE("the qform is set where it says the same as the sform, and only there") {
  const Folder folder;
  const auto codes = [&](const Geometry& geometry) {
    write_nifti(folder / "q.nii", geometry, std::vector<std::uint8_t>(geometry.voxels()));
    std::ifstream file(folder / "q.nii", std::ios::binary);
    std::array<std::int16_t, 2> both{};
    file.seekg(qform_at);
    file.read(std::bit_cast<char*>(both.data()), 4);
    return both;
  };
  CHECK(codes(oblique()) == std::array<std::int16_t, 2>{2, 2});
  Geometry scaled = oblique();  // fitted to a native volume: the affine is still the scan's
  scaled.spacing_mm = {0.9, 1.8, 2.7};
  CHECK(codes(scaled) == std::array<std::int16_t, 2>{0, 2});
  const Geometry back = read_nifti(folder / "q.nii").geometry;
  CHECK(back.spacing_mm[0] == doctest::Approx(0.9));
  CHECK(back.affine[10] == 3.0);
}

TEST_CASE("a label map keeps its labels and its source") {
  const Folder folder;
  LabelMap map{oblique(),
               {},
               "colin27, 2 mm; a source text longer than the 80 bytes that the header "
               "of the format has room for"};
  for (std::size_t n = 0; n < map.geometry.voxels(); ++n) {
    map.labels.push_back(static_cast<Label>(n % 5));
  }
  write_label_map(folder / "m.nii.gz", map);
  const LabelMap back = read_label_map(folder / "m.nii.gz");
  CHECK(back.labels == map.labels);
  CHECK(back.source == map.source);
  map.source.clear();
  write_label_map(folder / "m.nii.gz", map);
  CHECK(read_label_map(folder / "m.nii.gz").source.empty());

  write(folder / "seven.nii", image_bytes(std::vector<std::uint8_t>(12, 7)));
  CHECK(has(message([&] { read_label_map(folder / "seven.nii"); }), "0 to 4"));
}
