#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/durable_file.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace neurograft {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& operation) {
  const std::string reason = std::strerror(errno);
  throw IoError({path.string(), operation + " failed", reason, ""});
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : path_(path), value_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (value_ < 0) fail(path, "opening");
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int value() const noexcept { return value_; }

  void sync_and_close() {
    if (::fsync(value_) != 0) fail(path_, "syncing");
    if (::close(std::exchange(value_, -1)) != 0) fail(path_, "closing");
  }

 private:
  std::filesystem::path path_;
  int value_;
};

void write_all(int descriptor, const char* bytes, std::size_t count,
               const std::filesystem::path& path) {
  while (count > 0) {
    const ssize_t written = ::write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path, "writing");
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
}

constexpr std::string_view seal_name = "NGSEAL01";
constexpr std::size_t seal_size = seal_name.size() + 4;

std::size_t size_of(int descriptor, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail(path, "looking at");
  return static_cast<std::size_t>(status.st_size);
}

// CRC-32 of the first `size` bytes.
std::uint32_t crc_of(int descriptor, std::size_t size, const std::filesystem::path& path) {
  std::vector<unsigned char> buffer(std::size_t{1} << 20);
  unsigned long crc = ::crc32_z(0, nullptr, 0);
  for (std::size_t at = 0; at < size;) {
    const ssize_t got = ::pread(descriptor, buffer.data(), std::min(buffer.size(), size - at),
                                static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail(path, "reading");
    crc = ::crc32_z(crc, buffer.data(), static_cast<std::size_t>(got));
    at += static_cast<std::size_t>(got);
  }
  return static_cast<std::uint32_t>(crc);
}

/// Lets the kernel copy; false if the file systems do not support it, with nothing copied.
bool copy_in_kernel(int from, int to, const std::filesystem::path& path) {
  bool any = false;
  while (true) {
    const ssize_t copied = ::copy_file_range(from, nullptr, to, nullptr, std::size_t{1} << 30, 0);
    if (copied > 0) {
      any = true;
      continue;
    }
    if (copied == 0) return any;  // some file systems answer 0 where they mean "cannot"
    if (errno == EINTR) continue;
    if (!any && (errno == EXDEV || errno == ENOSYS || errno == EINVAL || errno == EOPNOTSUPP)) {
      return false;
    }
    fail(path, "copying");
  }
}

}  // namespace

void copy_synced(const std::filesystem::path& from, const std::filesystem::path& to) {
  const Descriptor source(from, O_RDONLY);
  Descriptor target(to, O_WRONLY | O_CREAT | O_TRUNC);
  if (!copy_in_kernel(source.value(), target.value(), to)) {
    std::vector<char> buffer(std::size_t{1} << 20);
    while (true) {
      const ssize_t got = ::read(source.value(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(from, "reading");
      if (got == 0) break;
      write_all(target.value(), buffer.data(), static_cast<std::size_t>(got), to);
    }
  }
  target.sync_and_close();
}

void sync_file(const std::filesystem::path& path) {
  Descriptor(path, O_RDONLY).sync_and_close();
}

void rename_synced(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail(to, "renaming " + from.string());
  const std::filesystem::path folder = to.has_parent_path() ? to.parent_path() : ".";
  Descriptor(folder, O_RDONLY | O_DIRECTORY).sync_and_close();
}

void require_regular_file(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) return;
  throw IoError(
      {path.string(), "is not a regular file", "it cannot be read from any place in it", ""});
}

void seal_file(const std::filesystem::path& path) {
  Descriptor file(path, O_RDWR | O_APPEND);
  const std::uint32_t crc = crc_of(file.value(), size_of(file.value(), path), path);
  std::array<char, seal_size> seal{};
  std::copy_n(seal_name.data(), seal_name.size(), seal.data());
  for (std::size_t byte = 0; byte < 4; ++byte) {
    seal[seal_name.size() + byte] = static_cast<char>(crc >> (8 * byte));
  }
  write_all(file.value(), seal.data(), seal.size(), path);
  file.sync_and_close();
}

void require_seal(const std::filesystem::path& path) {
  require_regular_file(path);
  const Descriptor file(path, O_RDONLY);
  const std::size_t size = size_of(file.value(), path);
  const auto refuse = [&](const char* why) {
    throw IoError({path.string(), "is damaged", why, "use an earlier copy, or start afresh"});
  };
  if (size < seal_size) refuse("it is cut short");
  const std::uint32_t crc = crc_of(file.value(), size - seal_size, path);
  std::array<char, seal_size> seal{};
  if (::pread(file.value(), seal.data(), seal.size(), static_cast<off_t>(size - seal_size)) !=
      static_cast<ssize_t>(seal.size())) {
    fail(path, "reading");
  }
  if (!std::equal(seal_name.begin(), seal_name.end(), seal.begin())) {
    refuse("it is cut short, of an older release, or no checkpoint");
  }
  std::uint32_t expected = 0;
  for (std::size_t byte = 0; byte < 4; ++byte) {
    expected |= std::uint32_t{static_cast<unsigned char>(seal[seal_name.size() + byte])}
                << (8 * byte);
  }
  if (crc != expected) refuse("its bytes are not those that were written");
}

std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  std::filesystem::path temporary = path;
  // Containers and machines that share a folder have the same process numbers.
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  temporary += fmt::format(".{}.{}.{}.new", host.data(), ::getpid(), now.tv_nsec);
  return temporary;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw IoError(Problem{folder.string(), "cannot make this folder", error.message(), ""});
  }
}

void write_text_durably(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path temporary = temporary_beside(path);
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) fail(temporary, "writing");
  sync_file(temporary);
  rename_synced(temporary, path);
}

namespace {

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

bool FileLock::is_held(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) {
    if (errno == ENOENT) return false;
    fail(path, "opening");
  }
  struct flock lock = whole_file();
  const int result = ::fcntl(file, F_OFD_GETLK, &lock);
  const int reason = errno;
  ::close(file);
  errno = reason;
  if (result != 0) fail(path, "looking at the lock of");
  return lock.l_type != F_UNLCK;
}

bool FileLock::is_at(const std::filesystem::path& path) const noexcept {
  struct stat ours {};
  struct stat named {};
  return ::fstat(descriptor_, &ours) == 0 && ::stat(path.c_str(), &named) == 0 &&
         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

// False if another holds it.
bool FileLock::take(const std::filesystem::path& path) {
  while (true) {
    // Through a link somebody else's file would be written.
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ < 0) fail(path, errno == ELOOP ? "opening a symbolic link" : "opening");
    // A lock of the open file, not of the process: a program that inherits it holds it too, and it
    // can be asked for without being taken.
    struct flock whole = whole_file();
    if (::fcntl(descriptor_, F_OFD_SETLK, &whole) != 0) {
      const bool taken = errno == EAGAIN || errno == EACCES;
      const int reason = errno;
      ::close(std::exchange(descriptor_, -1));
      errno = reason;
      if (!taken) fail(path, "locking (on a file system with locks)");
      return false;
    }
    // The holder before may have renamed the file between our opening and locking it.
    if (is_at(path)) return true;
    ::close(std::exchange(descriptor_, -1));
  }
}

FileLock::FileLock(const std::filesystem::path& path) {
  if (take(path)) return;
  throw IoError({path.string(), "is being written by another run", "one file, one run",
                 "wait for it or choose another output name"});
}

std::optional<FileLock> FileLock::try_take(const std::filesystem::path& path) {
  FileLock lock;
  if (!lock.take(path)) return std::nullopt;
  return lock;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

}  // namespace neurograft
