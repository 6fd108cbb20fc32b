#pragma once

#include <cstddef>
#include <span>
#include <string>

/// Bytes in the forms that travel inside text files.
namespace neurograft {

/// The bytes as one gzip member. Throws Error if memory runs out.
std::string gzip(std::span<const std::byte> bytes);

/// The bytes as one zlib stream, as VTK's XML files hold them. Throws Error likewise.
std::string deflate_zlib(std::span<const std::byte> bytes);

/// Base64 with padding, in one line.
std::string base64(std::span<const std::byte> bytes);

}  // namespace neurograft
