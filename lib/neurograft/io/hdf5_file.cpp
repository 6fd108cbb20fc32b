#include <algorithm>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/io/hdf5_handle.hpp>

#include <hdf5.h>

namespace neurograft {
namespace {

using hdf5::DiscardOnFailure;
using hdf5::Doing;
using hdf5::Handle;
using hdf5::Session;

hid_t text_type() {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

/// A copy of the HDF5 type, to be released by the caller.
hid_t hdf5_type(ElementType type) {
  switch (type) {
    case ElementType::u8:
      return H5Tcopy(H5T_NATIVE_UINT8);
    case ElementType::u16:
      return H5Tcopy(H5T_NATIVE_UINT16);
    case ElementType::u32:
      return H5Tcopy(H5T_NATIVE_UINT32);
    case ElementType::u64:
      return H5Tcopy(H5T_NATIVE_UINT64);
    case ElementType::i16:
      return H5Tcopy(H5T_NATIVE_INT16);
    case ElementType::i32:
      return H5Tcopy(H5T_NATIVE_INT32);
    case ElementType::i64:
      return H5Tcopy(H5T_NATIVE_INT64);
    case ElementType::f32:
      return H5Tcopy(H5T_NATIVE_FLOAT);
    case ElementType::f64:
      return H5Tcopy(H5T_NATIVE_DOUBLE);
    case ElementType::text:
      return text_type();
  }
  return -1;
}

std::optional<ElementType> element_type_of(hid_t type) {
  const std::size_t size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_STRING:
      return ElementType::text;
    case H5T_FLOAT:
      return size == 4 ? ElementType::f32 : ElementType::f64;
    case H5T_INTEGER:
      if (H5Tget_sign(type) == H5T_SGN_NONE) {
        return size == 1   ? ElementType::u8
               : size == 2 ? ElementType::u16
               : size == 4 ? ElementType::u32
                           : ElementType::u64;
      }
      if (size == 1) return std::nullopt;
      return size == 2 ? ElementType::i16 : size == 4 ? ElementType::i32 : ElementType::i64;
    default:
      return std::nullopt;
  }
}

constexpr unsigned in_order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;

hid_t access_list() {
  const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  // A run holds its own lock on the file it writes, and never writes one that others read.
  H5Pset_file_locking(list, false, true);
  H5Pset_fclose_degree(list, H5F_CLOSE_STRONG);
  return list;
}

hid_t link_list() {
  const hid_t list = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(list, 1);
  H5Pset_char_encoding(list, H5T_CSET_UTF8);
  return list;
}

std::vector<hsize_t> extent(hid_t dataset, const Doing& doing) {
  const Handle space(H5Dget_space(dataset), doing);
  std::vector<hsize_t> size(
      static_cast<std::size_t>(doing.check(H5Sget_simple_extent_ndims(space))));
  if (!size.empty()) doing.check(H5Sget_simple_extent_dims(space, size.data(), nullptr));
  return size;
}

/// Calls `transfer(memory_space, file_space, elements)` for a range of rows of a dataset.
template <class Transfer>
void with_rows(hid_t dataset, std::uint64_t first, std::uint64_t rows, const Doing& doing,
               Transfer&& transfer) {
  std::vector<hsize_t> count = extent(dataset, doing);
  const Handle file_space(H5Dget_space(dataset), doing);
  hsize_t elements = 1;
  if (!count.empty()) {
    std::vector<hsize_t> start(count.size(), 0);
    if (first > count[0] || rows > count[0] - first) {
      throw IoError({doing.file.string(),
                     std::string(doing.operation) + " " + doing.object + " failed",
                     "rows beyond its end", ""});
    }
    start[0] = first;
    count[0] = rows;
    for (const hsize_t n : count) elements *= n;
    if (elements == 0) return;
    doing.check(H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start.data(), nullptr, count.data(),
                                    nullptr));
  }
  const Handle memory_space(H5Screate_simple(1, &elements, nullptr), doing);
  transfer(memory_space, file_space, static_cast<std::size_t>(elements));
}

}  // namespace

std::size_t size_of(ElementType type) noexcept {
  switch (type) {
    case ElementType::u8:
      return 1;
    case ElementType::u16:
    case ElementType::i16:
      return 2;
    case ElementType::u32:
    case ElementType::i32:
    case ElementType::f32:
      return 4;
    case ElementType::u64:
    case ElementType::i64:
    case ElementType::f64:
      return 8;
    case ElementType::text:
      return 0;
  }
  return 0;
}

Hdf5File::Hdf5File(const std::filesystem::path& path, Mode mode) : path_(path) {
  const Session session;
  const std::string nothing;
  const Doing doing{path_, mode == Mode::create ? "creating" : "opening", nothing};
  const Handle access(access_list(), doing);
  if (mode == Mode::create) {
    const Handle creation(H5Pcreate(H5P_FILE_CREATE), doing);
    doing.check(H5Pset_obj_track_times(creation, false));
    doing.check(H5Pset_link_creation_order(creation, in_order));
    doing.check(H5Pset_attr_creation_order(creation, in_order));
    // Looked at here: releasing the list makes HDF5 forget why it failed.
    id_ = doing.check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access));
  } else {
    require_regular_file(path_);
    id_ = H5Fopen(path.c_str(), mode == Mode::read ? H5F_ACC_RDONLY : H5F_ACC_RDWR, access);
  }
  doing.check(id_);
}

Hdf5File::~Hdf5File() {
  if (id_ < 0) return;
  const Session session;
  if (H5Fflush(id_, H5F_SCOPE_LOCAL) < 0) hdf5::discard_writes(id_);
  H5Fclose(id_);
}

Hdf5File::Hdf5File(Hdf5File&& other) noexcept
    : path_(std::move(other.path_)), id_(std::exchange(other.id_, -1)) {}

void Hdf5File::close() {
  const Session session;
  const std::string nothing;
  const Doing doing{path_, "closing", nothing};
  doing.check(H5Fflush(id_, H5F_SCOPE_LOCAL));
  doing.check(H5Fclose(std::exchange(id_, -1)));
}

bool Hdf5File::exists(const std::string& object) const {
  const Session session;
  if (object == "/") return true;
  for (std::size_t end = object.find('/', 1); end != std::string::npos;
       end = object.find('/', end + 1)) {
    if (H5Lexists(id_, object.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
  }
  return H5Lexists(id_, object.c_str(), H5P_DEFAULT) > 0;
}

bool Hdf5File::is_group(const std::string& object) const {
  const Session session;
  const Handle handle(H5Oopen(id_, object.c_str(), H5P_DEFAULT), {path_, "opening", object});
  return H5Iget_type(handle) == H5I_GROUP;
}

std::vector<std::string> Hdf5File::children(const std::string& group) const {
  const Session session;
  const Doing doing{path_, "listing", group};
  const Handle handle(H5Gopen2(id_, group.c_str(), H5P_DEFAULT), doing);
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
  };
  // Files by other writers may not keep the order of making.
  if (H5Literate(handle, H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, add, &names) < 0) {
    names.clear();
    doing.check(H5Literate(handle, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names));
  }
  return names;
}

void Hdf5File::create_group(const std::string& group) {
  const Session session;
  const Doing doing{path_, "creating group", group};
  // One level at a time, so that groups in between keep order too.
  for (std::size_t end = group.find('/', 1);; end = group.find('/', end + 1)) {
    const std::string part = group.substr(0, end);
    if (!exists(part)) {
      const Handle creation(H5Pcreate(H5P_GROUP_CREATE), doing);
      doing.check(H5Pset_obj_track_times(creation, false));
      doing.check(H5Pset_link_creation_order(creation, in_order));
      doing.check(H5Pset_attr_creation_order(creation, in_order));
      const DiscardOnFailure discard(id_);
      Handle(H5Gcreate2(id_, part.c_str(), H5P_DEFAULT, creation, H5P_DEFAULT), doing).close(doing);
    }
    if (end == std::string::npos) return;
  }
}

void Hdf5File::create_dataset(const std::string& dataset, ElementType type, const Layout& layout) {
  const Session session;
  const Doing doing{path_, "creating", dataset};
  const std::size_t slash = dataset.rfind('/');
  if (slash != std::string::npos && slash > 0) create_group(dataset.substr(0, slash));
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), doing);
  // The same content gives the same bytes, whenever it is written.
  doing.check(H5Pset_obj_track_times(creation, false));
  doing.check(H5Pset_attr_creation_order(creation, in_order));
  const std::vector<hsize_t> size(layout.size.begin(), layout.size.end());
  std::vector<hsize_t> most = size;
  if (!layout.chunk.empty()) {
    for (hsize_t& n : most) n = n == 0 ? H5S_UNLIMITED : n;
    if (layout.extendible) most.at(0) = H5S_UNLIMITED;
    const std::vector<hsize_t> chunk(layout.chunk.begin(), layout.chunk.end());
    doing.check(H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data()));
    if (layout.compress) {
      doing.check(H5Pset_shuffle(creation));
      doing.check(H5Pset_deflate(creation, 1));
    }
  }
  const Handle space(
      size.empty() ? H5Screate(H5S_SCALAR)
                   : H5Screate_simple(static_cast<int>(size.size()), size.data(), most.data()),
      doing);
  const Handle stored(hdf5_type(type), doing);
  const Handle links(link_list(), doing);
  const DiscardOnFailure discard(id_);
  Handle(H5Dcreate2(id_, dataset.c_str(), stored, space, links, creation, H5P_DEFAULT), doing)
      .close(doing);
}

void Hdf5File::remove(const std::string& object) {
  const Session session;
  const Doing doing{path_, "removing", object};
  const DiscardOnFailure discard(id_);
  doing.check(H5Ldelete(id_, object.c_str(), H5P_DEFAULT));
}

ElementType Hdf5File::type(const std::string& dataset) const {
  const Session session;
  const Doing doing{path_, "opening", dataset};
  const Handle handle(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), doing);
  const Handle stored(H5Dget_type(handle), doing);
  const std::optional<ElementType> type = element_type_of(stored);
  if (!type) {
    throw IoError({path_.string(), dataset + " has an unknown element type", "", ""});
  }
  return *type;
}

std::vector<std::uint64_t> Hdf5File::size(const std::string& dataset) const {
  const Session session;
  const Doing doing{path_, "opening", dataset};
  const Handle handle(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), doing);
  const std::vector<hsize_t> found = extent(handle, doing);
  return {found.begin(), found.end()};
}

std::uint64_t Hdf5File::rows(const std::string& dataset) const {
  const std::vector<std::uint64_t> found = size(dataset);
  return found.empty() ? 1 : found[0];
}

bool Hdf5File::is_stored_list(const std::string& dataset) const {
  const Session session;
  const Doing doing{path_, "opening", dataset};
  const Handle handle(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), doing);
  const Handle creation(H5Dget_create_plist(handle), doing);
  const std::vector<hsize_t> axes = extent(handle, doing);
  if (axes.size() > 1 || H5Pget_layout(creation) != H5D_CONTIGUOUS) return false;
  if (H5Pget_external_count(creation) != 0) return false;
  const Handle stored(H5Dget_type(handle), doing);
  const hsize_t elements = axes.empty() ? 1 : axes[0];
  const hsize_t bytes = H5Dget_storage_size(handle);
  // A text is stored elsewhere; in its place are its length and where that is.
  constexpr std::size_t reference_bytes = 16;
  const bool texts = H5Tis_variable_str(stored) > 0;
  const std::size_t width = texts ? reference_bytes : H5Tget_size(stored);
  return width > 0 && bytes / width == elements && bytes % width == 0;
}

std::size_t Hdf5File::elements(const std::string& dataset) const {
  std::uint64_t product = 1;
  for (const std::uint64_t n : size(dataset)) product *= n;
  return static_cast<std::size_t>(product);
}

void Hdf5File::resize(const std::string& dataset, std::uint64_t rows) {
  const Session session;
  const Doing doing{path_, "resizing", dataset};
  Handle handle(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), doing);
  std::vector<hsize_t> size = extent(handle, doing);
  if (size.empty()) doing.fail();
  size[0] = rows;
  const DiscardOnFailure discard(id_);
  doing.check(H5Dset_extent(handle, size.data()));
  doing.check(H5Dflush(handle));
  handle.close(doing);
}

void Hdf5File::write(const std::string& dataset, ElementType type, const void* values,
                     std::uint64_t first_row, std::uint64_t rows) {
  const Session session;
  const Doing doing{path_, "writing", dataset};
  Handle handle(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), doing);
  const Handle memory_type(hdf5_type(type), doing);
  const DiscardOnFailure discard(id_);
  with_rows(handle, first_row, rows, doing, [&](hid_t memory, hid_t file, std::size_t) {
    doing.check(H5Dwrite(handle, memory_type, memory, file, H5P_DEFAULT, values));
  });
  doing.check(H5Dflush(handle));
  handle.close(doing);
}

void Hdf5File::read(const std::string& dataset, ElementType type, void* values,
                    std::uint64_t first_row, std::uint64_t rows) const {
  const Session session;
  const Doing doing{path_, "reading", dataset};
  const Handle handle(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), doing);
  const Handle memory_type(hdf5_type(type), doing);
  with_rows(handle, first_row, rows, doing, [&](hid_t memory, hid_t file, std::size_t) {
    doing.check(H5Dread(handle, memory_type, memory, file, H5P_DEFAULT, values));
  });
}

void Hdf5File::write_text(const std::string& dataset, std::span<const std::string> values,
                          std::uint64_t first_row) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  write(dataset, ElementType::text, pointers.data(), first_row, values.size());
}

std::vector<std::string> Hdf5File::read_text(const std::string& dataset, std::uint64_t first_row,
                                             std::uint64_t rows) const {
  const Session session;
  const Doing doing{path_, "reading", dataset};
  const Handle handle(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), doing);
  const Handle memory_type(text_type(), doing);
  std::vector<std::string> texts;
  with_rows(handle, first_row, rows, doing, [&](hid_t memory, hid_t file, std::size_t count) {
    std::vector<char*> pointers(count, nullptr);
    doing.check(H5Dread(handle, memory_type, memory, file, H5P_DEFAULT, pointers.data()));
    for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
    H5Dvlen_reclaim(memory_type, memory, H5P_DEFAULT, pointers.data());
  });
  return texts;
}

std::vector<std::string> Hdf5File::read_all_text(const std::string& dataset) const {
  return read_text(dataset, 0, rows(dataset));
}

void Hdf5File::write_all_text(const std::string& dataset, std::span<const std::string> values) {
  create_dataset(dataset, ElementType::text, {.size = {values.size()}, .chunk = {}});
  write_text(dataset, values);
}

void Hdf5File::write_one_text(const std::string& dataset, const std::string& text) {
  create_dataset(dataset, ElementType::text, {.size = {}, .chunk = {}});
  write_text(dataset, {&text, 1});
}

}  // namespace neurograft
