#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/signalling.hpp>

#include "support/grids.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

FieldSetting& field(std::vector<FieldSetting>& fields, std::string_view name) {
  return *std::ranges::find(fields, name, &FieldSetting::name);
}

struct Bench {
  Simulation simulation;
  TissueState tissue;
  FieldState fields;

  explicit Bench(Grid grid, std::vector<FieldSetting> settings = field_settings(),
                 SignallingParameters parameters = accurate(), int threads = 1)
      : simulation(World(std::move(grid), Clock{}, 1), Threads{threads}) {
    simulation.add(std::make_unique<Signalling>(parameters, std::move(settings)));
    simulation.bind();
    tissue = TissueState::bind(world());
    fields = FieldState::bind(world());
  }

  static SignallingParameters accurate() {
    SignallingParameters parameters = signalling_section().defaults();
    parameters.tolerance = 1e-9;
    return parameters;
  }

  World& world() { return simulation.world(); }
  std::span<double> of(ArrayHandle handle) { return world().tissue()[handle]; }
  std::span<const double> level(ArrayHandle handle) { return world().fields()[handle]; }
  void fill(ArrayHandle handle, double value) { std::ranges::fill(of(handle), value); }
  /// Runs until tick n.
  void run_to(int n) { simulation.run_until(n / 24.0); }

  double amount(ArrayHandle handle) {
    const auto values = level(handle);
    return world().grid().voxel_volume_mm3() * std::accumulate(values.begin(), values.end(), 0.0);
  }
  std::vector<double> readout(std::string_view name) {
    const auto& table = simulation.readouts();
    const auto found = std::ranges::find(table.readouts(), name, &Readout::name);
    REQUIRE(found != table.readouts().end());
    std::vector<double> values(found->size());
    table.evaluate(static_cast<std::size_t>(found - table.readouts().begin()), world(), {}, values);
    return values;
  }
  void add_agents(std::size_t count, Kind kind, State state, VoxelIndex voxel) {
    const std::size_t first = world().append_agents(count);
    for (std::size_t slot = first; slot < first + count; ++slot) {
      world().agents().kind()[slot] = kind;
      world().agents().state()[slot] = state;
      world().agents().voxel()[slot] = voxel;
    }
  }
};

VoxelIndex middle(const Grid& grid) {
  return static_cast<VoxelIndex>(grid.parenchyma_size() / 2);
}

void check_uniform(std::span<const double> values, double expected) {
  for (const double value : values) REQUIRE(std::abs(value - expected) < 1e-6);
}

}  // namespace

TEST_CASE("a reference active lesion holds I = 1, whatever the half-life") {
  for (const double half_life_h : {0.5, 4.5}) {
    auto settings = field_settings();
    field(settings, "inflammatory").parameters.half_life_h = half_life_h;
    Bench bench(test::small_brain(10, 0.1), settings);
    bench.fill(bench.tissue.microglia_inflammatory,
               signalling_section().defaults().microglia_inflammatory_per_mm3);
    bench.run_to(1);
    check_uniform(bench.level(bench.fields.inflammatory), 1.0);
    check_uniform(bench.level(bench.fields.chemoattractant), 1.0);
    check_uniform(bench.level(bench.fields.regulatory), 0.0);
  }
}

TEST_CASE("healthy tissue stays silent") {
  Bench bench(test::small_brain(10, 0.1));
  bench.fill(bench.tissue.microglia_resting, 5e3);
  bench.run_to(2);
  for (const double mean : bench.readout("field_mean")) CHECK(mean == 0.0);
}

TEST_CASE("regulatory cells and drugs damp inflammation in the same step") {
  const auto p = signalling_section().defaults();
  Bench bench(test::small_brain(10, 0.1));
  bench.fill(bench.tissue.microglia_inflammatory, p.microglia_inflammatory_per_mm3);
  bench.fill(bench.tissue.microglia_reparative, 2.0 * p.microglia_reparative_per_mm3);
  bench.world().compartments().scalar(DrugEffects::bind(bench.world()).cytokine) = 0.25;
  bench.run_to(1);
  check_uniform(bench.level(bench.fields.regulatory), 2.0);
  check_uniform(bench.level(bench.fields.inflammatory), 0.75 / (1.0 + 2.0 / p.regulatory_half));
  check_uniform(bench.level(bench.fields.trophic), 2.0 * p.microglia_trophic_weight);
}

TEST_CASE("what cells release does not depend on voxel size") {
  const auto p = signalling_section().defaults();
  for (const double h : {0.5, 0.25, 0.125}) {
    Bench bench(test::white_box(static_cast<int>(2.0 / h), h));
    const VoxelIndex place = middle(bench.world().grid());
    bench.add_agents(30, Kind::donor, State::active, place);
    bench.add_agents(20, Kind::donor, State::attached, place);
    bench.add_agents(7, Kind::donor, State::suspended, place);
    bench.add_agents(5, Kind::treg, State::searching, place);
    bench.add_agents(8, Kind::cd8, State::engaged, place + 1);
    bench.add_agents(4, Kind::cd4, State::searching, place + 1);
    bench.add_agents(9, Kind::cd8, State::exhausted, place + 1);
    bench.run_to(1);
    CAPTURE(h);
    CHECK(bench.amount(bench.fields.trophic) ==
          doctest::Approx(50.0 / p.donor_trophic_per_mm3).epsilon(1e-6));
    CHECK(bench.amount(bench.fields.regulatory) ==
          doctest::Approx(50.0 / p.donor_regulatory_per_mm3 + 5.0 / p.treg_per_mm3).epsilon(1e-6));
    CHECK(bench.amount(bench.fields.antigen) ==
          doctest::Approx(50.0 * p.antigen_shedding_per_d / p.antigen_release_per_mm3_per_d)
              .epsilon(1e-6));
    // Damped where R stands: less than undamped, by little at these densities.
    const double undamped = 12.0 / p.t_cells_per_mm3;
    CHECK(bench.amount(bench.fields.inflammatory) < undamped);
    CHECK(bench.amount(bench.fields.inflammatory) > 0.7 * undamped);
  }
}

TEST_CASE("each death is counted once, as a rate over the step") {
  const auto p = signalling_section().defaults();
  Bench bench(test::white_box(6, 0.2));
  const ArrayHandle deaths = GraftState::bind(bench.world()).deaths_in_tissue;
  bench.of(deaths)[middle(bench.world().grid())] = 40.0;
  bench.run_to(1);
  const double per_d = 40.0 * 24.0;
  CHECK(bench.amount(bench.fields.antigen) ==
        doctest::Approx(per_d / p.antigen_release_per_mm3_per_d).epsilon(1e-6));
  CHECK(bench.amount(bench.fields.inflammatory) ==
        doctest::Approx(per_d / p.danger_deaths_per_mm3_per_d).epsilon(1e-6));
  CHECK(bench.amount(bench.fields.chemoattractant) ==
        doctest::Approx(p.danger_chemoattractant_weight * per_d / p.danger_deaths_per_mm3_per_d)
            .epsilon(1e-6));
  bench.run_to(2);
  CHECK(bench.amount(bench.fields.antigen) == 0.0);
  bench.of(deaths)[0] += 3.0;
  bench.run_to(3);
  CHECK(bench.amount(bench.fields.antigen) ==
        doctest::Approx(72.0 / p.antigen_release_per_mm3_per_d).epsilon(1e-6));
}

TEST_CASE("the rim of a lesion has a width in mm, and borders on tissue only") {
  const auto rim_volume = [](double h, double lesion_mm) {
    const int n = static_cast<int>(std::lround((lesion_mm + 2.0) / h));
    const Grid grid = test::white_box(n, h);
    std::vector<double> id(grid.parenchyma_size(), 0.0);
    std::vector<double> kind(id.size(), 0.0);
    for (VoxelIndex v = 0; v < id.size(); ++v) {
      const auto at = grid.centre_mm(v);
      if (std::ranges::all_of(at, [&](double x) { return x > 1.0 && x < 1.0 + lesion_mm; })) {
        id[v] = 4.0;
        kind[v] = static_cast<double>(LesionKind::chronic_active);
      }
    }
    double volume = 0.0;
    for (const RimVoxel& rim : lesion_rim(grid, id, kind, 0.5)) {
      REQUIRE(id[rim.voxel] == 4.0);
      volume += rim.share * grid.voxel_volume_mm3();
    }
    return volume;
  };
  CHECK(rim_volume(0.5, 2.0) == doctest::Approx(7.0));
  CHECK(rim_volume(0.25, 2.0) == doctest::Approx(7.0));
  // Voxels wider than the rim hold it in part; corners count once: 76 for 91 mm3.
  CHECK(rim_volume(0.5, 6.0) == doctest::Approx(91.0));
  CHECK(rim_volume(1.0, 6.0) == doctest::Approx(76.0));

  // A lesion that fills all tissue beside the ventricle has no border with other tissue.
  const Grid grid = test::make_grid({4, 1, 1}, {0.5, 0.5, 0.5}, [](int i, int, int) {
    return i == 0 ? Label::ventricle : Label::white;
  });
  const std::vector<double> id(3, 1.0);
  const std::vector<double> kind(3, static_cast<double>(LesionKind::chronic_active));
  CHECK(lesion_rim(grid, id, kind, 0.5).empty());
}

TEST_CASE("the run says which fields the grid does not resolve, once") {
  Bench coarse(test::white_box(3, 2.0));
  coarse.run_to(3);
  CHECK(coarse.world().events().size() == 5);
  CHECK(coarse.world().events()[0].kind == "signalling");
  const auto& events = coarse.world().events();
  CHECK(std::ranges::any_of(events, [](const LoggedEvent& event) {
    return event.what ==
           "trophic range 0.46 mm is below the voxel 2 mm: gradients are not resolved";
  }));
  Bench fine(test::white_box(3, 0.1));
  fine.run_to(1);
  CHECK(fine.world().events().empty());
}

TEST_CASE("fields of a user's own: config section, source array, slow transport") {
  SectionValues values{.name = "dextran", .values = {}, .given = {}};
  for (const auto& info : field_section().table().parameters) {
    values.values.emplace(info.key, info.fallback);
  }
  const auto set = [&](const char* key, Value value) {
    values.values[key] = std::move(value);
    values.given[key] = "test.toml:1";
  };
  set("mode", std::string("transient"));
  set("half_life_h", 0.0);
  set("initial", 2.0);
  set("donor_production_mm3_per_cell_d", 0.5);
  const std::vector<SectionValues> sections{values};
  Bench bench(test::white_box(6, 0.2), field_settings(sections));
  const auto dextran = bench.world().fields().find("dextran");
  check_uniform(bench.level(dextran), 2.0);
  bench.add_agents(10, Kind::donor, State::active, 3);
  const auto source = bench.world().tissue().add("source_dextran", "1/d", "infusion", 216);
  bench.of(source)[100] = 7.0;
  const double before = bench.amount(dextran);
  bench.run_to(6);
  const double expected = 0.25 * (10.0 * 0.5 + 7.0 * 0.008);
  CHECK(std::abs(bench.amount(dextran) - before - expected) < 1e-12 * before);
  const auto ledger =
      bench.world().compartments()[bench.world().compartments().find("ledger_dextran")];
  CHECK(std::abs(ledger[0] - expected) < 1e-12);
  CHECK(ledger[1] == 0.0);
  CHECK(bench.readout("solver_iterations").back() >= 2.0);
}

TEST_CASE("transient fields that diffuse alike share their sub-steps, each with its own source") {
  auto settings = field_settings();
  const auto add = [&](const char* name, double half_life_h, double d) {
    FieldSetting setting = field(settings, "antigen");
    setting.name = name;
    setting.parameters.mode = "transient";
    setting.parameters.half_life_h = half_life_h;
    setting.parameters.d_grey_um2_per_s = setting.parameters.d_white_um2_per_s = d;
    setting.parameters.exchange_ventricle_mm_per_d = 0.0;
    setting.parameters.exchange_pia_mm_per_d = 0.0;
    // One stands before the built-in fields, which are in balance and diffuse alike.
    settings.insert(settings[0].name == "lasting" ? settings.end() : settings.begin(), setting);
  };
  const double d = field(settings, "trophic").parameters.d_grey_um2_per_s;
  CHECK(field(settings, "trophic").parameters.exchange_ventricle_mm_per_d == 0.0);
  add("lasting", 0.0, d);
  add("far", 0.0, 4.0);
  add("brief", 1.0, d);
  Bench bench(test::white_box(9, 0.1), settings);
  bench.of(bench.world().tissue().add("source_lasting", "1/d", "", 729))[364] = 7.0;
  bench.of(bench.world().tissue().add("source_far", "1/d", "", 729))[364] = 9.0;
  bench.of(bench.world().tissue().add("source_brief", "1/d", "", 729))[364] = 11.0;
  bench.run_to(6);
  const auto amount = [&](const char* name) {
    return bench.amount(bench.world().fields().find(name));
  };
  const double volume = 1e-3;
  CHECK(amount("lasting") == doctest::Approx(0.25 * 7.0 * volume));
  CHECK(amount("far") == doctest::Approx(0.25 * 9.0 * volume));
  const double k = std::log(2.0) * 24.0;
  CHECK(amount("brief") == doctest::Approx(11.0 * volume * (1.0 - std::exp(-0.25 * k)) / k));
  const auto iterations = bench.readout("solver_iterations");
  CHECK(iterations.front() == iterations.back());
  CHECK(iterations.front() != iterations[iterations.size() - 2]);
}

TEST_CASE("the ledger of a quasi-steady field closes to the tolerance, exchange included") {
  auto settings = field_settings();
  field(settings, "trophic").parameters.exchange_ventricle_mm_per_d = 20.0;
  field(settings, "trophic").parameters.exchange_pia_mm_per_d = 5.0;
  SignallingParameters parameters = Bench::accurate();
  parameters.tolerance = 1e-12;
  Bench bench(test::small_brain(14, 0.1), settings, parameters);
  bench.fill(bench.tissue.microglia_reparative, 1e4);
  bench.run_to(5);
  const auto& compartments = bench.world().compartments();
  const auto ledger = compartments[compartments.find("ledger_trophic")];
  CHECK(ledger[0] > 0.0);
  CHECK(ledger[2] > 0.0);
  CHECK(ledger[3] > 0.0);
  CHECK(std::abs(ledger[0] - ledger[1] - ledger[2] - ledger[3]) < 1e-11 * ledger[0]);
}

TEST_CASE("readouts: means over brain and lesions, largest level") {
  Bench bench(test::white_box(8, 1.0));
  const auto p = signalling_section().defaults();
  for (std::size_t v = 0; v < 64; ++v) {
    bench.of(bench.tissue.microglia_inflammatory)[v] = p.microglia_inflammatory_per_mm3;
    bench.of(bench.tissue.lesion_id)[v] = 1.0;
  }
  bench.run_to(1);
  const auto level = bench.level(bench.fields.inflammatory);
  const double total = std::accumulate(level.begin(), level.end(), 0.0);
  const double in_lesion = std::accumulate(level.begin(), level.begin() + 64, 0.0);
  CHECK(bench.readout("field_mean")[0] == doctest::Approx(total / 512.0));
  CHECK(total / 512.0 == doctest::Approx(64.0 / 512.0).epsilon(1e-6));
  CHECK(bench.readout("field_mean_lesion")[0] == doctest::Approx(in_lesion / 64.0));
  CHECK(bench.readout("field_max")[0] == *std::ranges::max_element(level));
  CHECK(in_lesion / 64.0 < 1.0);
  CHECK(bench.readout("solver_iterations")[0] >= 1.0);
}

TEST_CASE("diffusion along fibres spreads farther, with the same mean") {
  auto parameters = Bench::accurate();
  parameters.fibre_diffusion_ratio = 4.0;
  World world(test::white_box(21, 0.1), Clock{}, 1);
  const std::size_t n = world.grid().parenchyma_size();
  for (const char* name : {"fibre_x", "fibre_y", "fibre_z"}) {
    world.maps().add(name, "1", "fibre direction", n, name[6] == 'y' ? 2.0 : 0.0);
  }
  Simulation simulation(std::move(world), {});
  simulation.add(std::make_unique<Signalling>(parameters, field_settings()));
  simulation.bind();
  const VoxelIndex centre = middle(simulation.world().grid());
  simulation.world().tissue()[TissueState::bind(simulation.world()).microglia_reparative][centre] =
      1e4;
  simulation.run_until(1.0 / 24.0);
  const World& after = simulation.world();
  const auto level = after.fields()[after.fields().find("regulatory")];
  const auto& beside = after.grid().neighbours(centre);
  CHECK(level[beside[2]] > 1.5 * level[beside[0]]);
  CHECK(level[beside[0]] == doctest::Approx(level[beside[4]]));
}

TEST_CASE("the same bits for any number of threads and after a resume") {
  auto settings = field_settings();
  field(settings, "antigen").parameters.mode = "transient";
  field(settings, "antigen").parameters.exchange_ventricle_mm_per_d = 3.0;
  const auto prepare = [&](int threads) {
    Bench bench(test::small_brain(32, 0.1), settings, signalling_section().defaults(), threads);
    const auto n = bench.world().grid().parenchyma_size();
    REQUIRE(n > 2 * voxel_block);
    for (std::size_t v = 0; v < n; v += 7) {
      bench.of(bench.tissue.microglia_inflammatory)[v] = 1e3 * double(v % 13);
      bench.of(bench.tissue.microglia_reparative)[v] = 7e2 * double(v % 11);
      bench.of(GraftState::bind(bench.world()).deaths_in_tissue)[v] = double(v % 3);
    }
    return bench;
  };
  const auto disturb = [](Bench& bench) {
    for (std::size_t v = 0; v < 500; ++v) {
      bench.of(GraftState::bind(bench.world()).deaths_in_tissue)[v] += 2.0;
    }
  };
  const auto same = [](const NamedArrays& a, const NamedArrays& b) {
    return std::ranges::equal(a.entries(), b.entries(), {}, &NamedArrays::Entry::values,
                              &NamedArrays::Entry::values);
  };
  Bench whole = prepare(1);
  whole.run_to(2);
  disturb(whole);
  Bench stopped = prepare(7);
  stopped.run_to(2);
  disturb(stopped);

  Bench resumed = prepare(2);
  const auto copy = [](NamedArrays& to, const NamedArrays& from) {
    for (std::size_t i = 0; i < to.entries().size(); ++i) {
      to.entries()[i].values = from.entries()[i].values;
    }
  };
  copy(resumed.world().tissue(), stopped.world().tissue());
  copy(resumed.world().fields(), stopped.world().fields());
  copy(resumed.world().compartments(), stopped.world().compartments());
  resumed.world().set_tick(2);
  resumed.simulation.resume_here();
  whole.run_to(4);
  resumed.run_to(4);
  CHECK(same(whole.world().fields(), resumed.world().fields()));
  CHECK(same(whole.world().tissue(), resumed.world().tissue()));
  CHECK(same(whole.world().compartments(), resumed.world().compartments()));
}

TEST_CASE("a bad source is named by field, voxel and step") {
  Bench bench(test::white_box(4, 0.2));
  bench.run_to(2);
  bench.of(bench.tissue.microglia_reparative)[17] = std::numeric_limits<double>::quiet_NaN();
  try {
    bench.run_to(3);
    FAIL("no error");
  } catch (const NumericalError& error) {
    CHECK(error.process() == "signalling");
    CHECK(error.field() == "regulatory");
    CHECK(error.voxel() == 17);
    CHECK(error.tick() == 2);
  }
}

TEST_CASE("settings that cannot work are all refused at once") {
  auto settings = field_settings();
  field(settings, "trophic").parameters.half_life_h = 0.0;
  field(settings, "antigen").parameters.half_life_h = 0.0;
  field(settings, "antigen").parameters.mode = "transient";
  settings.push_back(settings[0]);
  settings.erase(settings.begin() + 1);
  try {
    const Signalling process(signalling_section().defaults(), settings);
    FAIL("no error");
  } catch (const InputError& error) {
    CHECK(error.problems().size() == 4);
  }
}
