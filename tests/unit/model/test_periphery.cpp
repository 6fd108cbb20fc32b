#include <array>

#include <neurograft/model/periphery.hpp>

#include <doctest/doctest.h>
#include <support/small_worlds.hpp>

using namespace neurograft;

namespace {

constexpr double hour = 1.0 / 24.0;

struct Host {
  World world = test::world_of(test::box(2, 2, 2, 1.0));
  Periphery process;
  ReadoutTable readouts;
  Tick tick = 0;

  explicit Host(double mass_kg = 0.025, double node_ml = 0.01,
                PeripheryParameters p = periphery_section().defaults())
      : process(p) {
    process.bind(world, readouts);
    const HostState host = HostState::bind(world);
    world.compartments().scalar(host.body_mass_kg) = mass_kg;
    world.compartments().scalar(host.node_volume_ml) = node_ml;
  }
  double& at(std::string_view name) {
    return world.compartments().scalar(world.compartments().find(name));
  }
  double readout(std::string_view name) {
    double value = -1.0;
    for (std::size_t i = 0; i < readouts.readouts().size(); ++i) {
      if (readouts.readouts()[i].name == name) readouts.evaluate(i, world, {1}, {&value, 1});
    }
    return value;
  }
  void run(double days, double dt_d = hour, int threads = 1) {
    for (double day = 0.0; day < days - 1e-9; day += dt_d) {
      process.step(world, {.tick = tick++, .dt_d = dt_d, .threads = {threads}});
    }
  }
};

void die(Host& host, std::uint64_t in_tissue, std::uint64_t in_csf) {
  const GraftState graft = GraftState::bind(host.world);
  host.world.tissue()[graft.deaths_in_tissue][0] += static_cast<double>(in_tissue);
  Hazards& hazards = host.world.hazards();
  hazards.causes()[hazards.declare("early").index].taken += in_tissue;
  hazards.causes()[hazards.declare("washout").index].taken += in_csf;
}

}  // namespace

TEST_CASE("dying cells put antigen into the nodes once, those lost from CSF a share") {
  PeripheryParameters p = periphery_section().defaults();
  p.antigen_decay_per_d = 0.0;
  p.shedding_per_d = 0.0;
  Host host(0.025, 0.01, p);
  die(host, 1000, 20000);
  host.run(1.0);
  CHECK(host.at("node_antigen") == doctest::Approx(1000 + p.csf_antigen_share * 20000));
  die(host, 500, 0);
  host.run(1.0);
  CHECK(host.at("node_antigen") == doctest::Approx(1500 + p.csf_antigen_share * 20000));
  CHECK(host.readout("node_antigen") == doctest::Approx(host.at("node_antigen") / 0.01));
}

TEST_CASE("conversions are no deaths, and live cells shed by their number") {
  PeripheryParameters p = periphery_section().defaults();
  p.antigen_decay_per_d = 0.0;
  Host host(0.025, 0.01, p);
  Hazards& hazards = host.world.hazards();
  const auto attach = hazards.declare("attach", Susceptibility::uniform, State::attaching);
  hazards.causes()[attach.index].taken = 77;
  test::add_donors(host.world, 300, State::active, 0.5F, 0.5F, 0.5F);
  test::add_donors(host.world, 100, State::attached, 1.5F, 0.5F, 0.5F);
  test::add_donors(host.world, 999, State::suspended, 1.5F, 0.5F, 0.5F);
  host.world.refresh({1});
  host.run(2.0);
  CHECK(host.at("node_antigen") == doctest::Approx(400 * p.shedding_per_d * 2.0));
}

TEST_CASE("a sensitising exposure is taken up once and answered") {
  Host host;
  host.at("sensitising_antigen") = 1e5;
  host.run(hour);
  CHECK(host.at("sensitising_antigen") == 0.0);
  CHECK(host.at("node_antigen") == doctest::Approx(1e5).epsilon(0.03));
  host.run(12.0);
  CHECK(host.at("effector_cd8") > 100.0);
  CHECK(host.at("help") > 0.3);
  host.run(40.0);
  CHECK(host.at("memory") > 1.0);
  CHECK(host.at("antibody") > 0.0);
}

TEST_CASE("a new donor meets the shared part of what earlier ones left, once, and all NK cells") {
  const std::array<const char*, 4> specific{"memory", "antibody", "effector_cd8", "treg"};
  Host before, after;
  for (Host* host : {&before, &after}) {
    for (const char* name : specific) host->at(name) = 100.0;
    host->at("nk") = 1e4;
  }
  after.at("alloresponse_lost") = 0.75;
  before.run(hour);
  after.run(hour);
  for (const char* name : specific) {
    INFO(name);
    CHECK(after.at(name) == doctest::Approx(0.25 * before.at(name)).epsilon(1e-9));
  }
  CHECK(after.at("nk") == before.at("nk"));
  CHECK(after.at("alloresponse_lost") == 0.0);
}

TEST_CASE("without mismatch antigen is not answered") {
  Host host;
  host.at("mismatch") = 0.0;
  host.at("sensitising_antigen") = 1e6;
  host.run(30.0);
  CHECK(host.at("effector_cd8") == 0.0);
  CHECK(host.at("effector_cd4") == 0.0);
  CHECK(host.at("antibody") == 0.0);
  CHECK(host.readout("sensitised") == 0.0);
  const PeripheryParameters p = periphery_section().defaults();
  CHECK(host.at("nk") == doctest::Approx(p.nk_per_kg * 0.025 * p.nk_basal_share).epsilon(1e-3));
}

TEST_CASE("equal antigen per volume of node gives equal effectors per body mass") {
  Host mouse(0.025, 0.01);
  Host human(70.0, 5.0);
  mouse.at("sensitising_antigen") = 1e4;
  human.at("sensitising_antigen") = 1e4 * 500.0;
  mouse.run(10.0);
  human.run(10.0);
  CHECK(human.at("effector_cd8") / 70.0 == doctest::Approx(mouse.at("effector_cd8") / 0.025));
  CHECK(human.at("help") == doctest::Approx(mouse.at("help")));
}

TEST_CASE("drugs on priming and expansion scale the response, memory answers lower antigen") {
  const auto peak = [](double priming, double expansion, double memory) {
    Host host;
    host.at("effect_priming") = priming;
    host.at("effect_expansion") = expansion;
    host.at("memory") = memory;
    host.at("sensitising_antigen") = 3e3;
    host.run(6.0);
    return host.at("effector_cd8");
  };
  const double none = peak(0.0, 0.0, 0.0);
  CHECK(none > 0.0);
  CHECK(peak(1.0, 0.0, 0.0) == 0.0);
  CHECK(peak(0.0, 1.0, 0.0) == 0.0);
  // Help falls as well, so that the response falls more than in proportion.
  CHECK(peak(0.5, 0.0, 0.0) < 0.5 * none);
  CHECK(peak(0.0, 0.0, 200.0) > 1.5 * none);
}

TEST_CASE("the period of the process and the number of threads do not change the course") {
  Host hourly;
  Host daily;
  for (Host* host : {&hourly, &daily}) host->at("sensitising_antigen") = 5e4;
  hourly.run(15.0, hour, 1);
  daily.run(15.0, 1.0, 2);
  CHECK(daily.at("effector_cd8") == doctest::Approx(hourly.at("effector_cd8")).epsilon(1e-9));
  CHECK(daily.at("antibody") == doctest::Approx(hourly.at("antibody")).epsilon(1e-9));
}

TEST_CASE("regulatory cells rise with donor cells, outlast antigen and damp priming") {
  PeripheryParameters p = periphery_section().defaults();
  p.shedding_per_d = 0.0;  // the same antigen with and without donor cells
  Host with(0.025, 0.01, p);
  Host without(0.025, 0.01, p);
  test::add_donors(with.world, 5000, State::active, 0.5F, 0.5F, 0.5F);
  with.world.refresh({1});
  for (Host* host : {&with, &without}) host->at("sensitising_antigen") = 3e4;
  with.run(7.0);
  without.run(7.0);
  CHECK(with.at("treg") > 1.3 * without.at("treg"));
  CHECK(with.at("effector_cd8") < without.at("effector_cd8"));
  const double then = without.at("treg");
  without.run(14.0);
  CHECK(without.at("treg") > 0.5 * then);
}
