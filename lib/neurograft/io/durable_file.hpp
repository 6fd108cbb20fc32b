#pragma once

#include <filesystem>
#include <optional>
#include <string>

/// File operations that leave either the old or the new state on disk, never a mixture, whatever
/// stops the program. All throw IoError naming path, operation and the system's reason.
namespace neurograft {

/// Copies the bytes of `from` over `to` (made or cut to nothing first) and syncs them to disk.
void copy_synced(const std::filesystem::path& from, const std::filesystem::path& to);

/// Syncs a file's bytes to disk.
void sync_file(const std::filesystem::path& path);

/// Renames, replacing `to` in one step, and syncs the folder so that the new name survives.
void rename_synced(const std::filesystem::path& from, const std::filesystem::path& to);

/// Throws IoError if there is something of this name that is no regular file: opening a pipe waits
/// for whoever writes it.
void require_regular_file(const std::filesystem::path& path);

/// Appends a seal, from which later damage to the file can be told: 8 bytes that name it and the
/// CRC-32 of all before them.
void seal_file(const std::filesystem::path& path);

/// Throws IoError unless the file ends in the seal of what it holds.
void require_seal(const std::filesystem::path& path);

/// A name beside `path` that no other program uses at the same time, to be renamed to it.
std::filesystem::path temporary_beside(const std::filesystem::path& path);

/// Makes a folder, and those above it, where they are missing.
void make_folder(const std::filesystem::path& folder);

/// Makes or replaces a file with this text in one step.
void write_text_durably(const std::filesystem::path& path, const std::string& text);

/// The sole right to write a file, among all programs that ask for it in this way, until destroyed.
/// The kernel gives it back when the program ends, however it ends.
class FileLock {
 public:
  /// Makes the file if it is not there. Throws IoError if another holds it.
  explicit FileLock(const std::filesystem::path& path);

  /// The same, but none if another holds it.
  static std::optional<FileLock> try_take(const std::filesystem::path& path);

  /// Whether anyone holds it, without taking it even for a moment.
  static bool is_held(const std::filesystem::path& path);

  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

  /// Whether the file of this name is still the one that was locked: others may have removed or
  /// replaced it.
  bool is_at(const std::filesystem::path& path) const noexcept;

  /// The open file that bears the lock: a program that inherits it holds the lock too.
  int descriptor() const noexcept { return descriptor_; }

 private:
  FileLock() = default;
  bool take(const std::filesystem::path& path);

  int descriptor_ = -1;
};

}  // namespace neurograft
