#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/durable_file.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

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

FileLock::FileLock(const std::filesystem::path& path) {
  while (true) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail(path, "opening");
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const bool taken = errno == EWOULDBLOCK;
      const int reason = errno;
      ::close(std::exchange(descriptor_, -1));
      errno = reason;
      if (!taken) fail(path, "locking");
      throw IoError({path.string(), "is being written by another run", "one file, one run",
                     "wait for it or choose another output name"});
    }
    // The holder before may have renamed the file between our opening and locking it.
    struct stat ours {};
    struct stat named {};
    if (::fstat(descriptor_, &ours) == 0 && ::stat(path.c_str(), &named) == 0 &&
        ours.st_ino == named.st_ino && ours.st_dev == named.st_dev) {
      return;
    }
    ::close(std::exchange(descriptor_, -1));
  }
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

}  // namespace neurograft
