#include <cmath>
#include <string>

#include <neurograft/io/gzip.hpp>
#include <neurograft/io/nifti.hpp>

#include "input.hpp"
#include <support/files.hpp>

using namespace neurograft;

/// An image: as it is, or compressed first if the last byte is odd, so that what lies in gzip's own
/// checksum is reached too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const test::Folder folder("fuzz_nifti");
  constexpr std::size_t few_voxels = 1 << 16;
  const bool compress = size > 0 && bytes[size - 1] % 2 == 1;
  const std::string image = compress ? gzip(std::as_bytes(std::span(bytes, size)))
                                     : std::string(fuzz::text_of(bytes, size));
  const std::string path = folder.write(compress ? "image.nii.gz" : "image.nii", image);
  fuzz::is_taken([&] {
    const Image read = read_nifti(path, few_voxels);
    const Geometry& geometry = read.geometry;
    fuzz::demand(read.values.size() == geometry.voxels() * static_cast<std::size_t>(read.channels),
                 "an image has a value for each voxel and channel");
    fuzz::demand(read.values.size() <= few_voxels, "the limit of voxels is kept");
    for (const float value : read.values) fuzz::demand(std::isfinite(value), "values are finite");
    for (const double width : geometry.spacing_mm) fuzz::demand(width > 0.0, "voxels have a width");
  });
  return 0;
}
