#include <neurograft/model/antigenicity.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

World graft(double inflammation) {
  World world = test::world_of(test::box(3, 3, 3, 1.0));
  test::add_donors(world, 5, State::active, 1.5F, 1.5F, 1.5F);
  test::add_donors(world, 5, State::attached, 0.5F, 1.5F, 1.5F);
  test::add_donors(world, 5, State::suspended, 1.5F, 1.5F, 1.5F);
  test::add_donors(world, 5, State::searching, 1.5F, 1.5F, 1.5F);
  for (std::size_t slot = 15; slot < 20; ++slot) world.agents().kind()[slot] = Kind::cd8;
  const auto low = hla_fixed_point(0.22);
  for (auto& e : world.agents().hla1()) e = low;
  for (double& level : world.fields()[FieldState::bind(world).inflammatory]) level = inflammation;
  return world;
}

}  // namespace

TEST_CASE("HLA reaches its target within one unit at hourly steps, from below and from above") {
  const float approach = 0.0166F;  // 1 - exp(-0.4 / 24)
  for (const double target : {0.9, 0.05}) {
    const float units = static_cast<float>(target) * hla_scale;
    std::uint16_t now = hla_fixed_point(0.22);
    for (int hour = 0; hour < 24 * 60; ++hour) now = relaxed_hla(now, units, approach);
    CHECK(std::abs(static_cast<float>(now) - units) < 1.0F);
    CHECK(relaxed_hla(now, units, approach) == now);
  }
  CHECK(relaxed_hla(65534, hla_scale, 1.0F) == 65535);
  CHECK(relaxed_hla(1, 0.0F, 1.0F) == 0);
}

TEST_CASE("only donor cells on the wall and in tissue change their HLA, and with inflammation") {
  const AntigenicityParameters p = antigenicity_section().defaults();
  World world = graft(p.hla1_inflammation_half);
  Antigenicity process(p);
  ReadoutTable readouts;
  process.bind(world, readouts);
  for (Tick tick = 0; tick < 24 * 40; ++tick) {
    process.step(world, {.tick = tick, .dt_d = 1.0 / 24.0, .threads = {2}});
  }
  const double middle = p.hla1_resting + 0.5 * (p.hla1_max - p.hla1_resting);
  const auto hla1 = world.agents().hla1();
  for (std::size_t slot = 0; slot < 10; ++slot) {
    CHECK(hla1[slot] / double{hla_scale} == doctest::Approx(middle).epsilon(1e-3));
    CHECK(world.agents().hla2()[slot] > hla_fixed_point(p.hla2_resting));
  }
  for (std::size_t slot = 10; slot < 20; ++slot) CHECK(hla1[slot] == hla_fixed_point(0.22));
}
