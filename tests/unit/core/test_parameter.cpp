#include <neurograft/core/error.hpp>
#include <neurograft/core/parameter.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

struct Sample {
  double rate_per_d;
  std::int64_t count;
  std::string mode;
};

const Section<Sample>& sample_section() {
  static const Section<Sample> section(
      "sample", "For the test",
      {{{"rate_per_d", "1/d", 0.5, non_negative, "A rate", "assumed", Grade::assumed},
        &Sample::rate_per_d},
       {{"count", "1", std::int64_t{3}, positive, "A count", "assumed", Grade::assumed},
        &Sample::count},
       {{"mode",
         "",
         std::string("slow"),
         any_number,
         "A name",
         "",
         Grade::setting,
         {"slow", "fast"}},
        &Sample::mode}});
  return section;
}

}  // namespace

TEST_CASE("a section gives its defaults and reads values into the struct") {
  const Sample defaults = sample_section().defaults();
  CHECK(defaults.rate_per_d == 0.5);
  CHECK(defaults.count == 3);
  CHECK(defaults.mode == "slow");

  SectionValues values;
  values.name = "sample";
  values.values = {{"rate_per_d", 2.0}, {"count", std::int64_t{9}}, {"mode", std::string("fast")}};
  const Sample read = sample_section().read(values);
  CHECK(read.rate_per_d == 2.0);
  CHECK(read.count == 9);
  CHECK(read.mode == "fast");
  values.values.erase("mode");
  CHECK_THROWS_AS(sample_section().read(values), Error);
}

TEST_CASE("ranges say what they allow") {
  CHECK(to_string(non_negative) == ">= 0");
  CHECK(to_string(positive) == "> 0");
  CHECK(to_string(fraction) == "in [0, 1]");
  CHECK(!positive.contains(0.0));
  CHECK(fraction.contains(1.0));
}

TEST_CASE("values are written as TOML reads them") {
  CHECK(to_string(Value{2.0}) == "2.0");
  CHECK(to_string(Value{std::int64_t{2}}) == "2");
  CHECK(to_string(Value{true}) == "true");
  CHECK(to_string(Value{std::string("a \"b\"")}) == R"("a \"b\"")");
  CHECK(to_string(Value{std::string("a\nb\r\x1b\x7f\t")}) == "\"a\\nb\\u000D\\u001B\\u007F\t\"");
  CHECK(to_string(Value{std::vector<double>{1.0, 2.5}}) == "[1.0, 2.5]");
}

TEST_CASE("a problem reads where: what (why); hint") {
  CHECK(to_string(Problem{"a.toml:3", "x = -1", "must be >= 0", "try 1"}) ==
        "a.toml:3: x = -1 (must be >= 0); try 1");
  const InputError error({Problem{"", "one", "", ""}, Problem{"", "two", "", ""}});
  CHECK(std::string(error.what()) == "one\ntwo");
  const NumericalError numerical("tissue", "opc", 7, 12, "is not a number");
  CHECK(std::string(numerical.what()) == "tissue: opc at voxel 7, step 12: is not a number");
}
