#include <initializer_list>

#include <neurograft/model/pharmacokinetics.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("nothing changes in no time and nothing comes from nothing") {
  const DrugRates rates{.absorption_per_h = 2.0,
                        .elimination_per_h = 0.1,
                        .to_tissue_per_h = 0.3,
                        .from_tissue_per_h = 0.2};
  const DrugAmounts same = propagate(rates, {1.0, 2.0, 3.0}, 0.0);
  CHECK(same.depot == 1.0);
  CHECK(same.central == doctest::Approx(2.0).epsilon(1e-14));
  CHECK(same.peripheral == doctest::Approx(3.0).epsilon(1e-14));
  CHECK(propagate(rates, {}, 5.0).total() == 0.0);
}

TEST_CASE("without elimination no drug is lost, in the end tissue and blood balance") {
  const DrugRates rates{.absorption_per_h = 2.0,
                        .elimination_per_h = 0.0,
                        .to_tissue_per_h = 0.3,
                        .from_tissue_per_h = 0.2};
  const DrugAmounts late = propagate(rates, {1.0, 0.5, 0.0}, 200.0);
  CHECK(late.total() == doctest::Approx(1.5).epsilon(1e-12));
  CHECK(late.central * 0.3 == doctest::Approx(late.peripheral * 0.2).epsilon(1e-12));
}

TEST_CASE("amounts never fall below zero, however long or short the time") {
  const DrugRates rates{.absorption_per_h = 5.0,
                        .elimination_per_h = 0.05,
                        .to_tissue_per_h = 0.16,
                        .from_tissue_per_h = 0.17};
  for (const double hours : {1e-12, 1e-6, 1.0, 1e3, 1e6}) {
    const DrugAmounts after = propagate(rates, {1.0, 0.0, 0.0}, hours);
    CHECK(after.depot >= 0.0);
    CHECK(after.central >= 0.0);
    CHECK(after.peripheral >= 0.0);
    CHECK(after.total() <= 1.0 + 1e-12);
  }
}
