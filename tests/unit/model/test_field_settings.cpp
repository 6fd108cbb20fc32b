#include <cmath>
#include <vector>

#include <neurograft/core/units.hpp>
#include <neurograft/model/field_settings.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("built-in fields reach 0.2-0.5 mm") {
  const auto settings = field_settings();
  REQUIRE(settings.size() == built_in_fields().size());
  for (const auto& setting : settings) {
    const auto& parameters = setting.parameters;
    CAPTURE(setting.name);
    const double range =
        std::sqrt(units::mm2_per_d(parameters.d_grey_um2_per_s) / parameters.decay_per_d());
    CHECK(range > 0.2);
    CHECK(range < 0.5);
    CHECK(parameters.mode == "quasi_steady");
  }
}

TEST_CASE("a half-life becomes a rate; none is no decay") {
  FieldParameters parameters = field_section().defaults();
  parameters.half_life_h = 12.0;
  CHECK(std::exp(-parameters.decay_per_d() * 0.5) == doctest::Approx(0.5));
  parameters.half_life_h = 0.0;
  CHECK(parameters.decay_per_d() == 0.0);
}

TEST_CASE("sections stand in for built-in fields of their name and add others") {
  const auto section = [](const char* name, const Section<FieldParameters>& declared) {
    SectionValues values{.name = name, .values = {}, .given = {}};
    for (const auto& info : declared.table().parameters) {
      values.values.emplace(info.key, info.fallback);
    }
    values.values["half_life_h"] = 9.0;
    return values;
  };
  const std::vector<SectionValues> sections{section("antigen", field_section("antigen")),
                                            section("dextran", field_section())};
  const auto settings = field_settings(sections);
  REQUIRE(settings.size() == built_in_fields().size() + 1);
  CHECK(settings[4].name == "antigen");
  CHECK(settings[4].parameters.half_life_h == 9.0);
  CHECK(settings[4].parameters.d_grey_um2_per_s ==
        field_section("antigen").defaults().d_grey_um2_per_s);
  CHECK(settings[5].name == "dextran");
  CHECK(settings[5].parameters.half_life_h == 9.0);
}

TEST_CASE("the table that configs are checked against knows the built-in fields") {
  const ParameterTable table = field_table();
  CHECK(table.named);
  for (const std::string_view name : built_in_fields()) {
    REQUIRE(table.find_known(name) != nullptr);
    CHECK(table.find_known(name)->find("half_life_h")->fallback ==
          field_section(name).table().find("half_life_h")->fallback);
  }
  CHECK(table.find_known("dextran") == nullptr);
}
