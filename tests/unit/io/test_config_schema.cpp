#include <algorithm>
#include <limits>

#include <neurograft/io/schema.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

const std::vector<ParameterTable>& tables() {
  static const std::vector<ParameterTable> list{
      {"graft",
       "the \"graft\"",
       false,
       false,
       {{"cells", "cell", std::int64_t{5}, non_negative, "how many", "10.1/x"},
        {"route",
         "",
         std::string("icv"),
         any_number,
         "a | b",
         "assumed",
         Grade::setting,
         {"icv", "parenchymal"}}}},
      {"graft.extra",
       "more",
       true,
       false,
       {{"stop_d", "d", std::numeric_limits<double>::infinity(), positive, "end", "assumed"}}},
      {"fields",
       "a field",
       false,
       true,
       {{"points", "mm", std::vector<double>{0.5}, fraction, "where", "assumed"}}}};
  return list;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the schema nests sections and states type, bounds, names and default") {
  const std::string schema = json_schema(tables());
  CHECK(contains(schema, "\"$schema\": \"https://json-schema.org/draft/2020-12/schema\""));
  CHECK(contains(schema,
                 "\"cells\": {\"type\": \"integer\", \"minimum\": 0, \"default\": 5, "
                 "\"description\": \"how many [cell] (assumed; 10.1/x)\"}"));
  CHECK(contains(schema, "\"enum\": [\"icv\", \"parenchymal\"], \"default\": \"icv\""));
  CHECK(contains(schema,
                 "\"stop_d\": {\"type\": \"number\", \"exclusiveMinimum\": 0, "
                 "\"description\""));
  CHECK(contains(schema, "\"items\": {\"type\": \"number\", \"minimum\": 0, \"maximum\": 1}"));
  CHECK(contains(schema, "the \\\"graft\\\""));
  CHECK(schema.find("\"extra\"") > schema.find("\"graft\""));
  CHECK(std::count(schema.begin(), schema.end(), '{') ==
        std::count(schema.begin(), schema.end(), '}'));
}

TEST_CASE("the parameter list") {
  const std::string list = json_parameters(tables());
  CHECK(contains(list, "{\"section\": \"graft\", \"key\": \"cells\""));
  CHECK(contains(list, "\"default\": null"));
  CHECK(contains(list, "\"heading\": \"[fields.NAME]\""));
  CHECK(json_parameters({}) == "[]\n");
}

TEST_CASE("JSON pieces") {
  CHECK(json_text("a\"b\\c\n\x01") == "\"a\\\"b\\\\c\\u000a\\u0001\"");
  CHECK(json_number(0.1) == "0.1");
  CHECK(json_number(std::numeric_limits<double>::quiet_NaN()) == "null");
}
