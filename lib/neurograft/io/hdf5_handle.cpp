#include <algorithm>
#include <string_view>
#include <type_traits>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/io/hdf5_handle.hpp>

#include <fcntl.h>
#include <hdf5.h>
#include <unistd.h>

namespace neurograft::hdf5 {

static_assert(std::is_same_v<hid_t, std::int64_t> && std::is_same_v<herr_t, int>);

namespace {

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex one;
  // Every file is closed by its owner. What HDF5 would do besides as the program ends is to close
  // again what it failed to close before, and to crash over it.
  static const herr_t once = H5dont_atexit();
  static_cast<void>(once);
  return one;
}

}  // namespace

Session::Session() : lock_(library_mutex()) {
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Session::~Session() {
  H5Eset_auto2(H5E_DEFAULT, print_, print_data_);
}

void Doing::fail() const {
  std::string why;
  const auto keep_first = [](unsigned, const H5E_error2_t* error, void* data) -> herr_t {
    auto& found = *static_cast<std::string*>(data);
    if (found.empty() && error->desc != nullptr) found = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &why);
  // A failed system call is told at length; its reason is the part in quotes.
  constexpr std::string_view before = "error message = '";
  if (const std::size_t at = why.find(before); at != std::string::npos) {
    why = why.substr(at + before.size());
    why.resize(std::min(why.find('\''), why.size()));
  }
  const std::string what = std::string(operation) + (object.empty() ? "" : " ") + object;
  throw IoError({file.string(), what + " failed", why, ""});
}

void discard_writes(std::int64_t file) noexcept {
  void* descriptor = nullptr;
  if (H5Fget_vfd_handle(file, H5P_DEFAULT, &descriptor) < 0 || descriptor == nullptr) return;
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0) return;
  ::dup3(nowhere, *static_cast<int*>(descriptor), O_CLOEXEC);
  ::close(nowhere);
}

Handle::~Handle() {
  if (id_ >= 0) H5Idec_ref(id_);
}

void Handle::close(const Doing& doing) {
  doing.check(H5Idec_ref(std::exchange(id_, -1)));
}

}  // namespace neurograft::hdf5
