#include <algorithm>
#include <cstdint>
#include <limits>

#include <neurograft/core/error.hpp>
#include <neurograft/io/gzip.hpp>

#include <zlib.h>

namespace neurograft {
namespace {

constexpr int level = 6;
constexpr int gzip_window = 15 + 16;  // zlib's mark for a gzip header
constexpr int zlib_window = 15;

std::string compressed(std::span<const std::byte> bytes, int window) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error("compression could not begin: out of memory");
  }
  std::string out;
  std::string piece(std::size_t{1} << 16, '\0');
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    if (stream.avail_in == 0 && !bytes.empty()) {
      const auto part = bytes.first(std::min<std::size_t>(bytes.size(), 1U << 30));
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(part.data()));
      stream.avail_in = static_cast<uInt>(part.size());
      bytes = bytes.subspan(part.size());
    }
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    state = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
    if (state == Z_STREAM_ERROR) break;
    out.append(piece, 0, piece.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  if (state != Z_STREAM_END) throw Error("compression failed");
  return out;
}

}  // namespace

std::string gzip(std::span<const std::byte> bytes) {
  return compressed(bytes, gzip_window);
}

std::string deflate_zlib(std::span<const std::byte> bytes) {
  return compressed(bytes, zlib_window);
}

std::string base64(std::span<const std::byte> bytes) {
  static constexpr char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t n = 0; n < bytes.size(); n += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      three =
          three << 8U | (n + k < bytes.size() ? std::to_integer<std::uint32_t>(bytes[n + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += n + k > bytes.size() ? '=' : digits[three >> (18U - 6U * k) & 63U];
    }
  }
  return text;
}

}  // namespace neurograft
