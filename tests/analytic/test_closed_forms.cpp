#include <string>
#include <vector>

#include <neurograft/verification/areas.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

// The same that `neurograft selftest` shows: every closed form of the model.

TEST_CASE("every closed form is met within its bound") {
  std::size_t checked = 0;
  for (const verification::Area& area : verification::areas()) {
    for (const verification::Check& check : area.run({1})) {
      INFO(area.name << ": " << check.quantity << ": expected " << check.expected << ", got "
                     << check.got << "; " << check.basis);
      CHECK(check.error <= check.bound);
      ++checked;
    }
  }
  CHECK(checked > 100);
}

TEST_CASE("closed forms come out the same for any number of threads") {
  for (const char* name : {"donor_cells", "immune_response"}) {
    const verification::Area& area = verification::area(name);
    const auto one = area.run({1});
    const auto three = area.run({3});
    REQUIRE(one.size() == three.size());
    for (std::size_t n = 0; n < one.size(); ++n) CHECK(one[n].got == three[n].got);
  }
}
