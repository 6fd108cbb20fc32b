#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include <neurograft/world/image.hpp>

namespace neurograft {

/// Names of the labels, in the order of `Label`.
inline constexpr std::array<std::string_view, 5> label_names{"outside", "subarachnoid_csf",
                                                             "ventricle", "grey", "white"};

/// The label of a name. Throws InputError, naming the choices, if there is none.
Label label_from_name(std::string_view name, const std::string& where);

/// What the values of a segmentation stand for.
using LabelTable = std::map<int, Label>;

/// A user's segmentation as a label map. A 0 that is not in the table is outside. Throws InputError
/// if the image has several channels, values that are no whole numbers, or values that the table
/// lacks; all of those are named, with their numbers of voxels.
LabelMap apply_label_table(const Image& segmentation, const LabelTable& table,
                           const std::string& source);

}  // namespace neurograft
