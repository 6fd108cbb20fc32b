#include <string>

#include <neurograft/io/text_file.hpp>

#include "../../support/files.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("a text file is read whole, up to its limit") {
  const test::Folder folder("text_file");
  constexpr std::size_t mb = std::size_t{1} << 20;
  const std::string text(2 * mb, 'x');
  const auto path = folder.write("long.txt", text);
  CHECK(read_text_file(path) == text);
  CHECK(read_text_file(folder.write("empty.txt", "")).empty());
  CHECK(test::problems_in(folder, [&] { read_text_file(path, "a table", mb); }) ==
        "long.txt: a table cannot be read (larger than 1 MB)");
}

TEST_CASE("a device without an end fills no memory") {
  CHECK(test::problems_in([] { read_text_file("/dev/zero", "config"); }) ==
        "/dev/zero: config cannot be read (larger than 16 MB)");
}
