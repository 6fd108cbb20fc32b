#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <mutex>
#include <string>

/// What the sources of `Hdf5File` share; not for others. Identifiers of HDF5 are 64-bit integers.
namespace neurograft::hdf5 {

/// One caller at a time inside HDF5, whose high-level part is not safe for threads even where the
/// rest is, and no printing by HDF5 meanwhile.
class Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  using Print = int (*)(std::int64_t, void*);

  std::scoped_lock<std::recursive_mutex> lock_;
  Print print_ = nullptr;
  void* print_data_ = nullptr;
};

/// What is being done, for messages.
struct Doing {
  const std::filesystem::path& file;
  const char* operation;
  const std::string& object;

  /// Throws IoError with the innermost reason that HDF5 gives.
  [[noreturn]] void fail() const;

  /// Passes on what HDF5 returned unless it means failure.
  template <class Result>
  Result check(Result result) const {
    if (result < 0) fail();
    return result;
  }
};

/// Lets whatever HDF5 still writes to this file vanish: it then closes in good order.
void discard_writes(std::int64_t file) noexcept;

/// Discards a file's further writes if the scope is left by an exception. HDF5 cannot close a
/// dataset whose data do not fit on the disk, and crashes when it tries again as the program ends.
/// To stand after the handles of the file's objects, so that they close later.
class DiscardOnFailure {
 public:
  explicit DiscardOnFailure(std::int64_t file) noexcept
      : file_(file), exceptions_(std::uncaught_exceptions()) {}
  ~DiscardOnFailure() {
    if (std::uncaught_exceptions() > exceptions_) discard_writes(file_);
  }
  DiscardOnFailure(const DiscardOnFailure&) = delete;
  DiscardOnFailure& operator=(const DiscardOnFailure&) = delete;

 private:
  std::int64_t file_;
  int exceptions_;
};

/// Any HDF5 object, released at the end of the scope.
class Handle {
 public:
  Handle(std::int64_t id, const Doing& doing) : id_(doing.check(id)) {}
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator std::int64_t() const noexcept { return id_; }  // NOLINT: stands for the identifier

  /// Releases now and reports failure: closing a dataset may write.
  void close(const Doing& doing);

 private:
  std::int64_t id_;
};

}  // namespace neurograft::hdf5
