#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/verification/areas.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("areas are found by name, and no other is") {
  std::set<std::string_view> names;
  for (const verification::Area& area : verification::areas()) {
    CHECK(names.insert(area.name).second);
    CHECK(!area.meaning.empty());
    CHECK(&verification::area(area.name) == &area);
  }
  CHECK_THROWS_WITH_AS(verification::area("kiling"), doctest::Contains("killing"), InputError);
}

TEST_CASE("each check says what it is, in which unit, and why its bound is what it is") {
  for (const char* name : {"pharmacokinetics", "tissue"}) {
    std::set<std::string> quantities;
    for (const verification::Check& check : verification::area(name).run({1})) {
      INFO(check.quantity);
      CHECK(quantities.insert(check.quantity).second);
      CHECK(!check.unit.empty());
      CHECK(check.basis.size() > 10);
      CHECK(check.bound > 0.0);
    }
  }
}
