#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace neurograft {

/// SHA-256 (FIPS 180-4) of bytes given piece by piece: the fingerprint of inputs and configs.
class Sha256 {
 public:
  Sha256() noexcept;
  void add(std::span<const std::byte> bytes) noexcept;

  /// The digest as 64 lower-case hexadecimal digits. Ends the object's use.
  std::string finish();

 private:
  void compress(const std::byte* block) noexcept;

  std::array<std::uint32_t, 8> state_;
  std::array<std::byte, 64> pending_{};
  std::uint64_t length_ = 0;  ///< [byte]
};

/// Digest of a text's bytes.
std::string sha256_of_text(std::string_view text);

/// Digest of a file's bytes, read in pieces. Throws IoError if it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace neurograft
