#include <string>
#include <vector>

#include <neurograft/core/error.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("a problem is one line, in the grammar of all") {
  CHECK(to_string(Problem{"a.toml:3", "x = 1", "must be > 1", "try 2"}) ==
        "a.toml:3: x = 1 (must be > 1); try 2");
  CHECK(to_string(Problem{"", "x", "", ""}) == "x");
}

TEST_CASE("text of a file neither steers the terminal nor ends the line") {
  CHECK(to_string(Problem{"a\nb", "\x1b[31m\r\x7f", "\t", ""}) ==
        "a\\x0ab: \\x1b[31m\\x0d\\x7f (\\x09)");
  CHECK(to_string(Problem{"", "\xc2\x9b\xc2\xb5", "", ""}) == "\\xc2\\x9b\xc2\xb5");
  CHECK(to_string(Problem{"", "ventricle \xc3\xa4", "", ""}) == "ventricle \xc3\xa4");
}

TEST_CASE("what was found is cut, at the end of a character") {
  const std::string most(500, 'x');
  CHECK(to_string(Problem{"a", most, "why", ""}) == "a: " + most + " (why)");
  CHECK(to_string(Problem{"a", most + "y", "why", ""}) == "a: " + most + "... (why)");
  const std::string long_place(5001, 'p');
  CHECK(to_string(Problem{long_place, "x", long_place, long_place}).size() < 15100);
  const std::string before(499, 'x');
  CHECK(to_string(Problem{"", before + "\xc3\xa4", "", ""}) == before + "...");
}

TEST_CASE("of very many problems the first are told, and how many more there are") {
  const std::vector<Problem> problems(53, Problem{"a", "b", "", ""});
  const InputError error(problems);
  std::string expected;
  for (int n = 0; n < 50; ++n) expected += "a: b\n";
  CHECK(error.what() == expected + "and 3 more");
  CHECK(error.problems().size() == 53);
}
