#include <algorithm>
#include <cmath>
#include <limits>

#include <neurograft/core/error.hpp>
#include <neurograft/core/math.hpp>
#include <neurograft/core/random.hpp>
#include <neurograft/core/units.hpp>
#include <neurograft/model/tissue.hpp>
#include <neurograft/model/tissue_law.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

// A bar of white matter along x, with a layer of grey at its low y side.
World bar(int length, double spacing_mm) {
  LabelMap map;
  map.geometry.size = {length, 2, 1};
  map.geometry.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
  map.labels.assign(map.geometry.voxels(), Label::white);
  for (int i = 0; i < length; ++i) map.labels[map.geometry.index(i, 0, 0)] = Label::grey;
  return World(Grid(map), Clock{}, 1);
}

VoxelIndex white_at(const World& world, int i) {
  const double h = world.grid().geometry().spacing_mm[0];
  return world.grid().voxel_at(static_cast<float>((i + 0.5) * h), static_cast<float>(1.5 * h),
                               static_cast<float>(0.5 * h));
}

struct Run {
  World world;
  Tissue process;
  ReadoutTable readouts;
  Threads threads{1};

  explicit Run(World start, TissueParameters parameters = tissue_section().defaults())
      : world(std::move(start)), process(parameters) {
    process.bind(world, readouts);
  }
  std::span<double> array(const char* name) { return world.tissue()[world.tissue().find(name)]; }
  void days(int steps, int days_a_step = 1) {
    for (int n = 0; n < steps; ++n) {
      const StepContext context{.tick = world.tick(),
                                .period = 24 * days_a_step,
                                .day = world.day(),
                                .dt_d = 1.0 * days_a_step,
                                .seed = 1,
                                .order = 0,
                                .threads = threads};
      process.step(world, context);
      world.set_tick(world.tick() + 24 * days_a_step);
    }
  }
  void demyelinate(VoxelIndex v, LesionKind kind) {
    array("myelin_original")[v] = 0.0;
    array("oligodendrocytes")[v] *= 0.2;
    array("lesion_kind")[v] = static_cast<double>(kind);
    array("lesion_id")[v] = 1.0;
    array("opc_capacity")[v] = 0.02;
  }
};

}  // namespace

TEST_CASE("tissue: bind fills what is empty, stepping keeps health to the bit") {
  Run run(bar(4, 1.0));
  CHECK(run.array("oligodendrocytes")[white_at(run.world, 0)] == 5e4);
  CHECK(run.array("opc")[0] == 3e3);  // grey comes first along y
  const World before = run.world;
  run.days(30);
  for (std::size_t i = 0; i < before.tissue().entries().size(); ++i) {
    CHECK(before.tissue().entries()[i].values == run.world.tissue().entries()[i].values);
  }

  World seeded = bar(4, 1.0);
  const TissueState tissue = TissueState::bind(seeded);
  seeded.tissue()[tissue.opc][1] = 17.0;
  Run kept(std::move(seeded));
  CHECK(kept.array("opc")[1] == 17.0);
  CHECK(kept.array("oligodendrocytes")[1] == 0.0);
}

TEST_CASE("tissue: the ledger balances over a whole process run") {
  Run run(bar(6, 1.0));
  run.demyelinate(white_at(run.world, 2), LesionKind::active);
  run.array("debris")[white_at(run.world, 2)] = 0.7;
  run.array("oligodendrocytes")[white_at(run.world, 4)] = 0.0;
  run.array("opc_capacity")[white_at(run.world, 2)] = 1.0;
  const auto content = [&] {
    double sum = 0.0;
    for (std::size_t v = 0; v < run.array("debris").size(); ++v) {
      sum += run.array("myelin_original")[v] + run.array("myelin_remyelinated")[v] +
             run.array("debris")[v];
    }
    return sum;
  };
  const double before = content();
  run.days(60);
  const auto ledger = run.world.compartments()[run.world.compartments().find("myelin_ledger")];
  CHECK(ledger[0] > 0.1);
  CHECK(ledger[1] > 0.1);
  CHECK(content() == doctest::Approx(before + ledger[0] - ledger[2]).epsilon(1e-12));
}

TEST_CASE("tissue: a flat rim moves at its speed whatever the voxel size; others stay") {
  const double years = 2.0;
  for (const double spacing : {0.05, 0.1, 2.0}) {
    TissueParameters p = tissue_section().defaults();
    p.rim_speed_mm_per_y = 0.5;
    const int length = std::max(2, static_cast<int>(std::lround(2.0 / spacing)));
    for (const LesionKind kind : {LesionKind::chronic_active, LesionKind::inactive}) {
      Run run(bar(length, spacing), p);
      run.demyelinate(white_at(run.world, 0), kind);
      run.days(static_cast<int>(years * units::days_per_year));
      double passed_mm = 0.0;
      for (int i = 1; i < length; ++i) {
        const VoxelIndex v = white_at(run.world, i);
        passed_mm += spacing * run.array("rim_progress")[v];
        CHECK((run.array("lesion_kind")[v] != 0.0) == (run.array("rim_progress")[v] == 1.0));
      }
      CAPTURE(spacing);
      const double expected = kind == LesionKind::inactive ? 0.0 : 0.5 * years;
      // Half a voxel at most: a voxel's last step is cut off at its edge.
      CHECK(passed_mm == doctest::Approx(expected).epsilon(0.03));
      for (std::size_t v = 0; v < run.array("lesion_kind").size(); ++v) {
        const bool grey = run.world.grid().label(static_cast<VoxelIndex>(v)) == Label::grey;
        if (grey) CHECK(run.array("lesion_kind")[v] == 0.0);
      }
    }
  }
}

TEST_CASE("tissue: the rim of a ball grows it by its surface") {
  for (const double spacing : {0.25, 0.5}) {
    const double radius = 3.0;
    const int size = static_cast<int>(std::lround(9.0 / spacing));
    LabelMap map;
    map.geometry.size = {size, size, size};
    map.geometry.spacing_mm = {spacing, spacing, spacing};
    map.labels.assign(map.geometry.voxels(), Label::white);
    TissueParameters p = tissue_section().defaults();
    p.rim_speed_mm_per_y = 0.5;
    Run run(World(Grid(map), Clock{.start_d = 0.0, .step_h = 24.0}, 1), p);
    double volume = 0.0;
    for (VoxelIndex v = 0; v < run.world.grid().parenchyma_size(); ++v) {
      double squares = 0.0;
      for (const double c : run.world.grid().centre_mm(v)) squares += (c - 4.5) * (c - 4.5);
      if (squares > radius * radius) continue;
      run.demyelinate(v, LesionKind::chronic_active);
      volume += run.world.grid().voxel_volume_mm3();
    }
    run.days(365);
    double grown = 0.0;
    const auto progress = run.array("rim_progress");
    for (const double share : progress) grown += share * run.world.grid().voxel_volume_mm3();
    const double effective = std::cbrt(volume * 0.75 / M_PI);
    const double expected =
        4.0 / 3.0 * M_PI * (std::pow(effective + 0.5, 3) - std::pow(effective, 3));
    CAPTURE(spacing);
    CHECK(grown == doctest::Approx(expected).epsilon(0.12));
  }
}

TEST_CASE("tissue: the rim takes its share of a voxel, and what it took stays taken") {
  TissueParameters p = tissue_section().defaults();
  p.rim_speed_mm_per_y = 0.5;
  const auto left = [&](double spacing, const char* name, int days) {
    Run run(bar(2, spacing), p);
    run.demyelinate(white_at(run.world, 0), LesionKind::chronic_active);
    run.days(days);
    return run.array(name)[white_at(run.world, 1)];
  };
  // Half a voxel passed: half the myelin and, of the oligodendrocytes, half and the spared.
  CHECK(left(0.5, "myelin_original", 183) == doctest::Approx(0.5).epsilon(0.03));
  CHECK(left(0.5, "oligodendrocytes", 183) ==
        doctest::Approx(5e4 * (0.5 + 0.5 * p.rim_oligodendrocyte_survival)).epsilon(0.03));
  CHECK(left(0.5, "lesion_kind", 183) == 0.0);
  CHECK(left(0.5, "myelin_original", 366) == 0.0);
  CHECK(left(0.5, "lesion_kind", 366) == 2.0);
}

TEST_CASE("tissue: donor cells and their deaths act where they are") {
  Run run(bar(4, 0.2));
  const VoxelIndex graft = white_at(run.world, 1);
  const VoxelIndex other = white_at(run.world, 3);
  for (const VoxelIndex v : {graft, other}) {
    run.array("myelin_original")[v] = 0.0;
    run.array("oligodendrocytes")[v] = 0.0;
    run.array("opc")[v] = 0.0;
    run.array("opc_capacity")[v] = 0.0;  // the host repairs nothing
  }
  const std::size_t first = run.world.append_agents(240);
  for (std::size_t slot = first; slot < first + 240; ++slot) {
    run.world.agents().kind()[slot] = Kind::donor;
    run.world.agents().state()[slot] = State::oligodendrocyte;
    run.world.agents().voxel()[slot] = graft;
  }
  run.days(20);
  // 240 cells in 8e-3 mm3 are 3e4 /mm3: they keep 3/5 of the axons wrapped.
  CHECK(run.array("myelin_remyelinated")[graft] == doctest::Approx(0.6).epsilon(0.03));
  CHECK(run.array("myelin_remyelinated")[other] < 1e-3);

  Run dying(bar(4, 0.2));
  const VoxelIndex v = white_at(dying.world, 1);
  dying.array("donor_deaths_in_tissue")[v] = 40.0;
  dying.days(1);
  const double activated = dying.array("microglia_inflammatory")[v];
  CHECK(activated > 100.0);
  CHECK(dying.array("microglia_inflammatory")[white_at(dying.world, 3)] == 0.0);
  dying.days(20);  // no further deaths: the count stands, danger is over
  CHECK(dying.array("microglia_inflammatory")[v] < activated);
}

TEST_CASE("tissue: voxels smaller than a cell's reach see donor cells and deaths together") {
  Run run(bar(4, 0.1));  // two by two voxels are joined
  run.array("donor_deaths_in_tissue")[white_at(run.world, 1)] = 20.0;
  run.days(1);
  const auto activated = [&](int i) {
    return run.array("microglia_inflammatory")[white_at(run.world, i)];
  };
  CHECK(activated(1) > 100.0);
  CHECK(activated(0) == activated(1));
  CHECK(activated(2) == 0.0);
  Run coarse(bar(2, 0.2));
  const VoxelIndex v = white_at(coarse.world, 0);
  coarse.array("donor_deaths_in_tissue")[v] = 40.0;  // as many per volume
  coarse.days(1);
  CHECK(activated(1) == coarse.array("microglia_inflammatory")[v]);
}

TEST_CASE("tissue: what comes through CSF slows degeneration, the field T does not") {
  const double gain = tissue_section().defaults().degeneration_trophic_gain;
  const auto loss_per_y = [](double field, double from_csf) {
    Run run(bar(2, 1.0));
    run.world.compartments().scalar(HostState::bind(run.world).degeneration_per_y) = 0.1;
    const std::size_t voxels = run.world.grid().parenchyma_size();
    run.world.tissue().find_or_add("trophic_csf", "1", "made up", voxels);
    const VoxelIndex v = white_at(run.world, 1);
    run.array("trophic_csf")[v] = from_csf;
    run.world.fields()[FieldState::bind(run.world).trophic][v] = field;
    run.days(365);
    return -std::log(run.array("axon_fraction")[v]) * units::days_per_year / 365.0;
  };
  CHECK(loss_per_y(0.0, 0.0) == doctest::Approx(0.1).epsilon(1e-3));
  CHECK(loss_per_y(1.0, 0.0) == doctest::Approx(0.1).epsilon(1e-3));
  CHECK(loss_per_y(0.0, 1.0) == doctest::Approx(0.1 / (1.0 + 0.5 * gain)).epsilon(1e-3));
}

TEST_CASE("tissue: the same bits for any number of threads") {
  const auto course = [](int threads) {
    Run run(bar(5000, 0.1));
    for (int i = 0; i < 5000; i += 7) run.demyelinate(white_at(run.world, i), LesionKind::active);
    run.threads.count = threads;
    run.days(5);
    return run;
  };
  const Run one = course(1);
  const Run three = course(3);
  for (std::size_t i = 0; i < one.world.tissue().entries().size(); ++i) {
    CHECK(one.world.tissue().entries()[i].values == three.world.tissue().entries()[i].values);
  }
  for (std::size_t i = 0; i < one.world.compartments().entries().size(); ++i) {
    CHECK(one.world.compartments().entries()[i].values ==
          three.world.compartments().entries()[i].values);
  }
}

TEST_CASE("tissue: a voxel's bits do not depend on how many others there are") {
  const auto disturb = [](Run& run, VoxelIndex v, int number) {
    if (number % 3 == 0) return;  // stays healthy
    const double share = 0.1 * (1 + number % 9);
    run.array("myelin_original")[v] -= share;
    run.array("debris")[v] = share;
    run.array("microglia_inflammatory")[v] = 1e3 * share;
  };
  for (const int length : {1, 2, 31, 33, 100}) {  // half of the voxels
    Run run(bar(length, 1.0));
    for (int i = 0; i < length; ++i) disturb(run, white_at(run.world, i), i);
    run.days(3);
    for (int i = 0; i < length; ++i) {
      Run alone(bar(1, 1.0));
      disturb(alone, white_at(alone.world, 0), i);
      alone.days(3);
      for (const auto* name : {"axon_fraction", "myelin_original", "debris", "opc",
                               "microglia_inflammatory", "barrier_leak"}) {
        REQUIRE(run.array(name)[white_at(run.world, i)] ==
                alone.array(name)[white_at(alone.world, 0)]);
      }
    }
  }
}

TEST_CASE(
    "tissue: health keeps its bits also where an oligodendrocyte keeps no more than it must") {
  TissueParameters parameters = tissue_section().defaults();
  parameters.keeping_capacity = 1.0;
  parameters.white_oligodendrocytes_per_mm3 = 11000.0;
  parameters.myelinated_axon_loss_per_y = parameters.bare_axon_loss_per_y = 0.0;
  const TissueLaw law(parameters);
  TissueVoxel voxel = TissueLaw::healthy(law.white());
  law.advance(voxel, {}, law.white(), 1.0);
  CHECK(voxel == TissueLaw::healthy(law.white()));
}

TEST_CASE("tissue: a field that is not a number is reported with its place") {
  Run run(bar(4, 1.0));
  const FieldState fields = FieldState::bind(run.world);
  run.world.fields()[fields.inflammatory][3] = std::numeric_limits<double>::quiet_NaN();
  try {
    run.days(1);
    FAIL("no error");
  } catch (const NumericalError& error) {
    CHECK(error.process() == "tissue");
    CHECK(error.voxel() == 3);
    CHECK(error.tick() == 0);
    CHECK_FALSE(error.field().empty());
  }
}

TEST_CASE("tissue: chronic inactive lesions hardly remyelinate in a year, active ones do") {
  Run run(bar(6, 1.0));
  const VoxelIndex inactive = white_at(run.world, 1);
  const VoxelIndex active = white_at(run.world, 4);
  run.demyelinate(inactive, LesionKind::inactive);
  run.demyelinate(active, LesionKind::active);
  run.array("opc_capacity")[inactive] = run.array("opc_capacity")[active] = 0.5;
  const double spared = run.array("oligodendrocytes")[inactive] / 5e4;
  run.days(365);
  CHECK(run.array("myelin_remyelinated")[inactive] < spared + 0.3);
  CHECK(run.array("myelin_remyelinated")[active] > 0.8);
}

TEST_CASE("tissue: a toxic lesion has no drive of its own, an active one has") {
  const auto after = [](LesionKind kind) {
    Run run(bar(4, 1.0));
    run.demyelinate(white_at(run.world, 1), kind);
    run.days(20);
    std::ranges::fill(run.array("lesion_kind"), 0.0);  // the one thing that must differ
    return run;
  };
  Run toxic = after(LesionKind::toxic);
  const Run unmarked = after(LesionKind::none);
  for (std::size_t i = 0; i < toxic.world.tissue().entries().size(); ++i) {
    CHECK(toxic.world.tissue().entries()[i].values == unmarked.world.tissue().entries()[i].values);
  }
  const VoxelIndex v = white_at(toxic.world, 1);
  Run active = after(LesionKind::active);
  CHECK(active.array("microglia_inflammatory")[v] >
        2.0 * toxic.array("microglia_inflammatory")[v] + 1.0);
}

TEST_CASE("tissue: a toxin kills by its whole exposure, whatever the steps") {
  const auto left = [](int days_a_step) {
    Run run(bar(2, 1.0));
    auto& compartments = run.world.compartments();
    double& hazard = compartments.scalar(compartments.find("insult_cuprizone"));
    for (int day = 0; day < 12; day += days_a_step) {
      hazard = 0.05 * std::clamp(day + days_a_step - 1.5, 0.0, 6.0);
      run.days(1, days_a_step);
    }
    return run.array("oligodendrocytes")[white_at(run.world, 0)];
  };
  CHECK(left(1) < 0.8 * 5e4);
  CHECK(left(1) == doctest::Approx(left(3)).epsilon(0.02));
}

TEST_CASE("tissue: voxels advanced side by side have the bits of voxels advanced alone") {
  const TissueLaw law(tissue_section().defaults());
  const Stream draws(3, StreamCode::run_setup, 0);
  std::uint32_t number = 0;
  const auto uniform = [&] { return math::uniform(draws.word(number++)); };
  int alone_in_parts = 0;
  for (int n = 0; n < 3000; ++n) {
    TissueVoxels voxels;
    TissueInputs inputs;
    TissueReferences references;
    std::array<TissueVoxel, tissue_lanes> expected;
    std::array<MyelinLedger, tissue_lanes> ledgers;
    const double dt = n % 3 == 0 ? 0.25 : 1.0;
    for (std::size_t lane = 0; lane < tissue_lanes; ++lane) {
      const TissueReference reference = uniform() < 0.5 ? law.white() : law.grey();
      TissueVoxel voxel = TissueLaw::healthy(reference);
      TissueInput input;
      if (uniform() < 0.7) {
        voxel.axon = uniform();
        voxel.myelin_original = voxel.axon * uniform();
        voxel.myelin_remyelinated = (voxel.axon - voxel.myelin_original) * uniform();
        voxel.debris = uniform();
        voxel.opc *= uniform();
        voxel.premyelinating = 1e4 * uniform();
        voxel.oligodendrocytes *= uniform();
        voxel.inflammatory = 1e4 * uniform();
        voxel.reparative = 1e4 * uniform();
        input.inflammatory = uniform();
        input.toxin_per_d = uniform() < 0.3 ? 30.0 * uniform() : 0.0;
        input.passed_by_rim = uniform() < 0.3 ? uniform() : 0.0;
        input.lesion_drive = uniform();
      }
      input.degeneration_per_d = 1e-5 * uniform();
      set_lane(voxels, lane, voxel);
      set_lane(inputs, lane, input);
      set_lane(references, lane, reference);
      CHECK(lane_of<TissueVoxel>(voxels, lane) == voxel);
      expected[lane] = voxel;
      ledgers[lane] = law.advance(expected[lane], input, reference, dt);
      alone_in_parts += input.toxin_per_d > 4.0;
    }
    const auto moved = law.advance(voxels, inputs, references, dt);
    for (std::size_t lane = 0; lane < tissue_lanes; ++lane) {
      REQUIRE(lane_of<TissueVoxel>(voxels, lane) == expected[lane]);
      REQUIRE(moved[lane].formed == ledgers[lane].formed);
      REQUIRE(moved[lane].lost == ledgers[lane].lost);
      REQUIRE(moved[lane].cleared == ledgers[lane].cleared);
    }
  }
  CHECK(alone_in_parts > 100);
}
