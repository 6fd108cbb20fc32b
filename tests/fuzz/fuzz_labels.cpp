#include <string>

#include <neurograft/brain/label_table.hpp>
#include <neurograft/scenario/value_table.hpp>

#include "input.hpp"
#include <support/files.hpp>

using namespace neurograft;

/// A label table, then the voxels of a segmentation after a NUL: a byte each, less 128, over 2.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const test::Folder folder("fuzz_labels");
  std::string_view voxels = fuzz::text_of(bytes, size);
  const auto path = folder.write("labels.txt", std::string(fuzz::part_before('\0', voxels)));
  LabelTable table;
  const bool is_table = fuzz::is_taken([&] {
    read_value_table(path, "a label table", "2 white",
                     [&](int value, const std::string& tissue, const std::string& where) {
                       table.emplace(value, label_from_name(tissue, where));
                     });
  });
  if (!is_table || voxels.empty()) return 0;
  Image image;
  image.geometry.size = {static_cast<int>(voxels.size()), 1, 1};
  for (const char voxel : voxels) {
    image.values.push_back((static_cast<float>(static_cast<unsigned char>(voxel)) - 128.0F) / 2.0F);
  }
  fuzz::is_taken([&] {
    const LabelMap map = apply_label_table(image, table, "fuzzed");
    fuzz::demand(map.labels.size() == voxels.size(), "every voxel has a label");
  });
  return 0;
}
