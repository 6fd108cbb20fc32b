#include <algorithm>
#include <array>
#include <cstdio>

#include <neurograft/core/error.hpp>
#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/io/hdf5_handle.hpp>

#include <hdf5.h>
#include <hdf5_hl.h>

namespace neurograft {
namespace {

using hdf5::DiscardOnFailure;
using hdf5::Doing;
using hdf5::Handle;
using hdf5::Session;

/// How an attribute is stored: a memory type, how many, and where.
struct Stored {
  hid_t type;
  hsize_t count;  ///< 0 for a single value
  const void* values;
};

Stored stored(const Attribute& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    // Fixed length: netCDF shows it as plain text.
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, std::max<std::size_t>(text->size(), 1));
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return {type, 0, text->c_str()};
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return {H5Tcopy(H5T_NATIVE_INT64), 0, number};
  }
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    return {H5Tcopy(H5T_NATIVE_UINT64), 0, number};
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return {H5Tcopy(H5T_NATIVE_DOUBLE), 0, number};
  }
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    return {H5Tcopy(H5T_NATIVE_DOUBLE), list->size(), list->data()};
  }
  const auto& list = std::get<std::vector<std::uint8_t>>(value);
  return {H5Tcopy(H5T_NATIVE_UINT8), list.size(), list.data()};
}

std::string text_value(hid_t attribute, hid_t type, const Doing& doing) {
  if (H5Tis_variable_str(type) > 0) {
    char* text = nullptr;
    const Handle memory(H5Tcopy(type), doing);
    const Handle space(H5Aget_space(attribute), doing);
    doing.check(H5Aread(attribute, memory, &text));
    std::string result = text == nullptr ? "" : text;
    H5Dvlen_reclaim(memory, space, H5P_DEFAULT, &text);
    return result;
  }
  std::string text(H5Tget_size(type), '\0');
  doing.check(H5Aread(attribute, type, text.data()));
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

}  // namespace

void Hdf5File::set_attribute(const std::string& object, const std::string& name,
                             const Attribute& value) {
  const Session session;
  const std::string both = object + "@" + name;
  const Doing doing{path_, "writing", both};
  const Handle owner(H5Oopen(id_, object.c_str(), H5P_DEFAULT), doing);
  const Stored what = stored(value);
  const Handle type(what.type, doing);
  const Handle space(
      what.count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &what.count, nullptr), doing);
  const DiscardOnFailure discard(id_);
  if (doing.check(H5Aexists(owner, name.c_str())) > 0) {
    // In place where it fits: a file that is often updated must not grow.
    Handle known(H5Aopen(owner, name.c_str(), H5P_DEFAULT), doing);
    const Handle known_type(H5Aget_type(known), doing);
    const Handle known_space(H5Aget_space(known), doing);
    const bool fits = H5Tequal(type, known_type) > 0 && H5Sextent_equal(space, known_space) > 0;
    if (fits) doing.check(H5Awrite(known, type, what.values));
    known.close(doing);
    if (fits) return;
    doing.check(H5Adelete(owner, name.c_str()));
  }
  Handle attribute(H5Acreate2(owner, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), doing);
  doing.check(H5Awrite(attribute, type, what.values));
  attribute.close(doing);
}

std::optional<Attribute> Hdf5File::attribute(const std::string& object,
                                             const std::string& name) const {
  const Session session;
  const std::string both = object + "@" + name;
  const Doing doing{path_, "reading", both};
  const Handle owner(H5Oopen(id_, object.c_str(), H5P_DEFAULT), doing);
  if (doing.check(H5Aexists(owner, name.c_str())) == 0) return std::nullopt;
  const Handle attribute(H5Aopen(owner, name.c_str(), H5P_DEFAULT), doing);
  const Handle type(H5Aget_type(attribute), doing);
  const Handle space(H5Aget_space(attribute), doing);
  const hssize_t count = doing.check(H5Sget_simple_extent_npoints(space));
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_STRING && count == 1) return text_value(attribute, type, doing);
  if (kind == H5T_INTEGER && count == 1) {
    if (H5Tget_sign(type) == H5T_SGN_NONE) {
      std::uint64_t number = 0;
      doing.check(H5Aread(attribute, H5T_NATIVE_UINT64, &number));
      return number;
    }
    std::int64_t number = 0;
    doing.check(H5Aread(attribute, H5T_NATIVE_INT64, &number));
    return number;
  }
  if (kind != H5T_FLOAT && kind != H5T_INTEGER) return std::nullopt;
  std::vector<double> list(static_cast<std::size_t>(count));
  doing.check(H5Aread(attribute, H5T_NATIVE_DOUBLE, list.data()));
  if (H5Sget_simple_extent_type(space) == H5S_SCALAR) return list.at(0);
  return list;
}

std::vector<std::string> Hdf5File::attributes(const std::string& object) const {
  const Session session;
  const Doing doing{path_, "listing attributes of", object};
  const Handle owner(H5Oopen(id_, object.c_str(), H5P_DEFAULT), doing);
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5A_info_t*, void* data) -> herr_t {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
  };
  // Files by other writers may not keep the order of making.
  if (H5Aiterate2(owner, H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, add, &names) < 0) {
    names.clear();
    doing.check(H5Aiterate2(owner, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names));
  }
  return names;
}

std::string Hdf5File::text_attribute(const std::string& object, const std::string& name,
                                     std::string_view fallback) const {
  const std::optional<Attribute> value = attribute(object, name);
  if (!value || !std::holds_alternative<std::string>(*value)) return std::string(fallback);
  return std::get<std::string>(*value);
}

void Hdf5File::make_scale(const std::string& dataset, bool values_matter) {
  const Session session;
  const Doing doing{path_, "making a scale of", dataset};
  const std::uint64_t length = rows(dataset);
  Handle handle(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), doing);
  std::string name = dataset.substr(dataset.rfind('/') + 1);
  if (!values_matter) {
    // The words by which netCDF knows a dimension that is no variable.
    char words[96];
    std::snprintf(words, sizeof words,
                  "This is a netCDF dimension but not a netCDF variable.%10llu",
                  static_cast<unsigned long long>(length));
    name = words;
  }
  const DiscardOnFailure discard(id_);
  doing.check(H5DSset_scale(handle, name.c_str()));
  handle.close(doing);
}

void Hdf5File::attach_scale(const std::string& dataset, unsigned axis, const std::string& scale) {
  const Session session;
  const Doing doing{path_, "attaching a scale to", dataset};
  const Handle owner(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), doing);
  const Handle other(H5Dopen2(id_, scale.c_str(), H5P_DEFAULT), doing);
  const DiscardOnFailure discard(id_);
  doing.check(H5DSattach_scale(owner, other, axis));
}

std::string Hdf5File::scale_of(const std::string& dataset, unsigned axis) const {
  const Session session;
  const Doing doing{path_, "reading the scale of", dataset};
  const Handle owner(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), doing);
  const auto take_first = [](hid_t, unsigned, hid_t scale, void* name) -> herr_t {
    std::array<char, 256> text{};
    if (H5Iget_name(scale, text.data(), text.size()) > 0) {
      *static_cast<std::string*>(name) = text.data();
    }
    return 1;
  };
  std::string name;
  if (H5DSget_num_scales(owner, axis) > 0) {
    doing.check(H5DSiterate_scales(owner, axis, nullptr, take_first, &name));
  }
  return name;
}

}  // namespace neurograft
