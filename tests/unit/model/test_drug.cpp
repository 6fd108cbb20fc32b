#include <neurograft/core/error.hpp>
#include <neurograft/model/drug.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("every known drug has a complete, sourced section and acts on something") {
  CHECK(drug_names().size() == 8);
  for (const std::string_view name : drug_names()) {
    const ParameterTable& table = drug_profile_section(name).table();
    CHECK(table.section == name);
    for (const ParameterInfo& parameter : table.parameters) {
      CHECK(!parameter.source.empty());
      CHECK(parameter.range.contains(std::get<double>(parameter.fallback)));
    }
    const DrugProfile& profile = drug_profile(name);
    bool acts = false;
    for (const double ec50 : profile.ec50()) acts = acts || ec50 > 0.0;
    CHECK(acts);
    CHECK((profile.peripheral_volume_l > 0.0) == (profile.exchange_l_per_h > 0.0));
  }
  CHECK_THROWS_AS(drug_profile("aspirin"), InputError);
}

TEST_CASE("no known drug stops killing by mature effectors; tacrolimus stops induction alone") {
  for (const std::string_view name : drug_names()) {
    CHECK(drug_profile(name).ec50_kill_ng_per_ml == 0.0);
  }
  const auto ec50 = drug_profile("tacrolimus").ec50();
  for (std::size_t target = 0; target < ec50.size(); ++target) {
    const bool induction =
        drug_target_names[target] == "priming" || drug_target_names[target] == "expansion";
    CHECK((ec50[target] > 0.0) == induction);
  }
}
