#include <string>

#include <neurograft/core/error.hpp>
#include <neurograft/scenario/build.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

// What is wrong with a [brain] that has a line `patch_fibres` of this value.
std::string problems_of(const std::string& fibres, const std::string& more = "source = \"patch\"") {
  const std::string text = "[brain]\n" + more + "\npatch_fibres = " + fibres + "\n";
  return test::problems_in([&] { check_values(Config::from_string(text, "a.toml")); });
}

}  // namespace

TEST_CASE("fibres of a patch have three components, not all 0") {
  CHECK(problems_of("[0, 1, 0]").empty());
  CHECK(problems_of("[-1.5, 0.2, 3]").empty());
  CHECK(problems_of("[]").empty());  // none
  for (const char* wrong : {"[0, 0, 0]", "[0.0, -0.0, 0.0]", "[1, 0]", "[1, 0, 0, 0]"}) {
    CAPTURE(wrong);
    const std::string found = problems_of(wrong);
    CHECK(found.find("a.toml:3: brain.patch_fibres = ") == 0);
    CHECK(found.find("(needs x, y and z, not all 0)") != std::string::npos);
  }
  CHECK(problems_of("[1, nan, 0]").find("finite") != std::string::npos);
  CHECK(problems_of("[1, inf, 0]").find("finite") != std::string::npos);
}

TEST_CASE("fibres are those of a patch, unless it has tracts") {
  const std::string other = "(is for brain.source = \"patch\" without brain.tracts)";
  CHECK(problems_of("[1, 0, 0]", "source = \"phantom\"").find(other) != std::string::npos);
  CHECK(problems_of("[1, 0, 0]", "source = \"patch\"\ntracts = \"tracts.nii.gz\"").find(other) !=
        std::string::npos);
  CHECK(problems_of("[1, 0, 0]", "source = \"patch\"\ntracts = \"none\"").empty());
  CHECK(problems_of("[]", "source = \"phantom\"").empty());
}
