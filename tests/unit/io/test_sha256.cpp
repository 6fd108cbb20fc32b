#include <fstream>
#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/io/sha256.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

// Vectors of FIPS 180-4 and NIST's example collection.
TEST_CASE("the digests of the standard's examples") {
  CHECK(sha256_of_text("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of_text("abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_of_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256_of_text(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("pieces of any size give the digest of the whole") {
  const std::string text(1000, 'q');
  for (const std::size_t piece : {1U, 55U, 56U, 63U, 64U, 65U, 999U}) {
    Sha256 hash;
    for (std::size_t begin = 0; begin < text.size(); begin += piece) {
      hash.add(std::as_bytes(std::span(text).subspan(begin, std::min(piece, 1000 - begin))));
    }
    CHECK(hash.finish() == sha256_of_text(text));
  }
}

TEST_CASE("a file's digest is that of its bytes") {
  const toy::Folder folder("sha256");
  std::ofstream(folder / "text") << std::string(3000000, 'z');
  CHECK(sha256_of_file(folder / "text") == sha256_of_text(std::string(3000000, 'z')));
  CHECK_THROWS_AS(sha256_of_file(folder / "nothing"), IoError);
  CHECK_THROWS_AS(sha256_of_file(folder.path()), IoError);
}
