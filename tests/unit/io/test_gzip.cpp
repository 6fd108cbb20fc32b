#include <string>
#include <vector>

#include <neurograft/io/gzip.hpp>

#include <doctest/doctest.h>
#include <zlib.h>

using namespace neurograft;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// zlib's own reader; 32 more in the window lets it tell gzip from zlib.
std::string inflated(const std::string& packed, std::size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 32) == Z_OK);
  std::vector<unsigned char> in(packed.begin(), packed.end());
  stream.next_in = in.data();
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("base64 of RFC 4648, section 10") {
  CHECK(base64(bytes_of("")).empty());
  CHECK(base64(bytes_of("f")) == "Zg==");
  CHECK(base64(bytes_of("fo")) == "Zm8=");
  CHECK(base64(bytes_of("foo")) == "Zm9v");
  CHECK(base64(bytes_of("foob")) == "Zm9vYg==");
  CHECK(base64(bytes_of("fooba")) == "Zm9vYmE=");
  CHECK(base64(bytes_of("foobar")) == "Zm9vYmFy");
}

TEST_CASE("what was compressed comes back, whatever its size") {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65536}, std::size_t{300001}}) {
    std::string text;
    for (std::size_t n = 0; n < size; ++n) text += static_cast<char>(n * n % 251);
    CHECK(inflated(gzip(bytes_of(text)), size) == text);
    CHECK(inflated(deflate_zlib(bytes_of(text)), size) == text);
  }
  CHECK(gzip(bytes_of("x")).substr(0, 2) == "\x1f\x8b");
}
