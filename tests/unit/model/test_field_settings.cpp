#include <cmath>
#include <vector>

#include <neurograft/core/units.hpp>
#include <neurograft/model/field_settings.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("built-in fields reach 0.2-0.5 mm") {
  const auto settings = field_settings();
  REQUIRE(settings.size() == built_in_fields().size());
  for (const auto& [name, parameters] : settings) {
    CAPTURE(name);
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

TEST_CASE("a key that is not given takes the default of its own field") {
  SectionValues section{.name = "antigen", .values = {}, .given = {}};
  for (const auto& info : field_section().table().parameters) {
    section.values.emplace(info.key, info.fallback);
  }
  section.values["half_life_h"] = 9.0;
  section.given["half_life_h"] = "run.toml:3";
  SectionValues extra = section;
  extra.name = "dextran";
  const std::vector<SectionValues> sections{section, extra};
  const auto settings = field_settings(sections);
  REQUIRE(settings.size() == built_in_fields().size() + 1);
  CHECK(settings[4].name == "antigen");
  CHECK(settings[4].parameters.half_life_h == 9.0);
  CHECK(settings[4].parameters.d_grey_um2_per_s ==
        field_section("antigen").defaults().d_grey_um2_per_s);
  CHECK(settings[5].name == "dextran");
  CHECK(settings[5].parameters.half_life_h == 9.0);
  CHECK(settings[5].parameters.d_grey_um2_per_s == field_section().defaults().d_grey_um2_per_s);
}
