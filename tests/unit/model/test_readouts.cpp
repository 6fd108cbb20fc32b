#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/engine/simulation.hpp>
#include <neurograft/model/donor_readouts.hpp>
#include <neurograft/model/readouts.hpp>
#include <neurograft/model/safety_readouts.hpp>
#include <neurograft/model/tissue.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

// 8 x 4 x 4 voxels of 1 mm: a ventricle of 2 layers, then grey 2, then white 4.
World block(double start_d = 0.0) {
  LabelMap map;
  map.geometry.size = {8, 4, 4};
  map.labels.resize(map.geometry.voxels());
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 4; ++j) {
      for (int i = 0; i < 8; ++i) {
        map.labels[map.geometry.index(i, j, k)] = i < 2   ? Label::ventricle
                                                  : i < 4 ? Label::grey
                                                          : Label::white;
      }
    }
  }
  World world(Grid(map), Clock{.start_d = start_d, .step_h = 24.0}, 1);
  const auto voxels = world.grid().parenchyma_size();
  const auto distance = world.maps().add("wall_distance", "mm", "", voxels);
  const auto tract = world.maps().add("tract_id", "1", "", voxels);
  const auto aqueduct = world.maps().add("aqueduct_distance", "mm", "", voxels, 100.0);
  for (VoxelIndex v = 0; v < voxels; ++v) {
    const auto [i, j, k] = world.grid().coordinates(v);
    world.maps()[distance][v] = i - 1.5;
    world.maps()[tract][v] = i >= 6 ? 2.0 : i >= 4 ? 1.0 : 0.0;
    if (i == 3) world.maps()[aqueduct][v] = 1.0;
  }
  return world;
}

// A process that declares causes, as others do.
class Causes final : public Process {
 public:
  std::string_view name() const noexcept override { return "causes"; }
  void bind(World& world, ReadoutTable&) override {
    world.hazards().declare("early");
    world.hazards().declare("attach", Susceptibility::uniform, State::attaching);
    world.hazards().declare("ctl", Susceptibility::hla1);
    world.hazards().causes()[0].taken = 3;
    world.hazards().causes()[1].taken = 50;
    world.hazards().causes()[2].taken = 4;
  }
  void step(World&, const StepContext&) override {}
};

Simulation simulation(World world) {
  Simulation result(std::move(world), Threads{2});
  result.add(std::make_unique<Tissue>(tissue_section().defaults()));
  result.add(std::make_unique<Readouts>(readouts_section().defaults(),
                                        std::vector<std::string>{"corticospinal", "callosal"}));
  result.add(std::make_unique<Causes>());
  result.bind();
  return result;
}

std::vector<double> values(const Simulation& simulation, std::string_view name) {
  const auto& known = simulation.readouts().readouts();
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i].name != name) continue;
    std::vector<double> out(known[i].size());
    simulation.readouts().evaluate(i, simulation.world(), simulation.threads(), out);
    return out;
  }
  FAIL("no readout " << name);
  return {};
}

VoxelIndex voxel(const World& world, int i) {
  return world.grid().voxel_at(static_cast<float>(i) + 0.5F, 0.5F, 0.5F);
}

void place(World& world, Kind kind, State state, int i, AgentId clone = no_agent) {
  const std::size_t slot = world.append_agents(1);
  world.agents().kind()[slot] = kind;
  world.agents().state()[slot] = state;
  world.agents().voxel()[slot] = voxel(world, i);
  if (clone != no_agent) world.agents().clone()[slot] = clone;
}

}  // namespace

TEST_CASE("readouts: cells by state, place, depth and kind") {
  Simulation s = simulation(block());
  World& world = s.world();
  place(world, Kind::donor, State::suspended, 0);
  place(world, Kind::donor, State::attaching, 1);
  place(world, Kind::donor, State::attached, 2, 900000);
  place(world, Kind::donor, State::active, 3, 900000);
  place(world, Kind::donor, State::opc_like, 5, 900000);
  place(world, Kind::donor, State::astrocyte, 7, 70000);
  place(world, Kind::donor, State::dead, 7, 900000);
  place(world, Kind::cd8, State::searching, 5, 900000);
  place(world, Kind::treg, State::resident, 5);
  place(world, Kind::nk, State::searching, 5);
  world.refresh(Threads{1});
  CHECK(s.readout("donor_alive") == 6.0);
  CHECK(values(s, "donor_alive_by_state") == std::vector<double>{1, 1, 1, 1, 0, 1, 0, 0, 1});
  CHECK(values(s, "donor_alive_by_compartment") == std::vector<double>{2, 1, 1, 2});
  // Distances 0.5, 1.5, 3.5 and 5.5 mm; edges 0, 0.5, 1, 2, 3, 5, 10, 20.
  CHECK(values(s, "donor_alive_by_depth") == std::vector<double>{0, 1, 1, 0, 1, 1, 0, 0});
  CHECK(s.readout("t_cells") == 2.0);
  CHECK(values(s, "t_cells_by_kind") == std::vector<double>{1, 0, 1});
  CHECK(s.readout("nk_cells") == 1.0);
  CHECK(s.readout("donor_dividing") == 1.0);
  CHECK(s.readout("largest_clone") == 3.0);
  CHECK(s.readout("donor_near_aqueduct") == 1.0);
  // One cell on a square millimetre of wall, in a layer of half a millimetre.
  CHECK(s.readout("peak_donor_density") == doctest::Approx(2.0).epsilon(0.05));
}

TEST_CASE("readouts: deaths by cause leave conversions out") {
  Simulation s = simulation(block());
  CHECK(s.readout("donor_deaths") == 7.0);
  CHECK(values(s, "donor_deaths_by_cause") == std::vector<double>{3.0, 4.0});
}

TEST_CASE("readouts: the largest clone of suspended cells is one cell, of none zero") {
  World world = block();
  CHECK(largest_clone(world.agents(), Threads{1}) == 0);
  place(world, Kind::donor, State::suspended, 0, 5);
  place(world, Kind::donor, State::suspended, 0, 6);
  CHECK(largest_clone(world.agents(), Threads{1}) == 1);
}

TEST_CASE("readouts: tissue by region and tract") {
  Simulation s = simulation(block());
  auto& arrays = s.world().tissue();
  for (VoxelIndex v = 0; v < s.world().grid().parenchyma_size(); ++v) {
    if (s.world().grid().coordinates(v)[0] != 7) continue;
    arrays[arrays.find("myelin_original")][v] = 0.2;
    arrays[arrays.find("myelin_remyelinated")][v] = 0.4;
    arrays[arrays.find("axon_fraction")][v] = 0.8;
    arrays[arrays.find("lesion_kind")][v] = static_cast<double>(LesionKind::inactive);
  }
  // Regions: whole, white, grey, lesions, active, chronic active, inactive, remyelinated.
  const auto axons = values(s, "axon_fraction");
  CHECK(axons[1] == doctest::Approx(0.95));
  CHECK(axons[2] == 1.0);
  CHECK(axons[3] == doctest::Approx(0.8));
  CHECK(axons[4] == 0.0);
  CHECK(axons[6] == doctest::Approx(0.8));
  CHECK(values(s, "myelinated_fraction")[6] == doctest::Approx(0.6));
  CHECK(values(s, "region_volume")[3] == doctest::Approx(0.016));
  CHECK(s.readout("lesion_remyelinated_share") == doctest::Approx(0.4 / 0.6));
  CHECK(values(s, "oligodendrocytes")[1] == doctest::Approx(64 * 5e4));
  CHECK(values(s, "microglia_fold")[0] == doctest::Approx(1.0));
  CHECK(values(s, "tract_axon_fraction")[0] == 1.0);
  CHECK(values(s, "tract_axon_fraction")[1] == doctest::Approx(0.9));
  CHECK(values(s, "tract_myelin_fraction")[1] == doctest::Approx(0.8));
  // Signal 1 - 0.2 - 0.7 * 0.4 = 0.52: above 0.3, so in full.
  CHECK(s.readout("t2_lesion_volume") == doctest::Approx(0.016));
}

TEST_CASE("readouts: imposed degeneration gives the asked atrophy, a steady PBVC and NfL") {
  World world = block(-30.0);
  const HostState host = HostState::bind(world);
  const VolumeLaw law = volume_law(readouts_section().defaults());
  world.compartments().scalar(host.degeneration_per_y) =
      degeneration_for_atrophy(world, law, 0.0058);
  Simulation s = simulation(std::move(world));
  s.run_until(-1.0);
  CHECK(std::isnan(values(s, "pbvc")[0]));
  s.run_until(0.0);
  CHECK(values(s, "pbvc") == std::vector<double>{0.0, 0.0, 0.0});
  const double volume = values(s, "parenchymal_volume")[0];
  CHECK(volume == doctest::Approx(0.096).epsilon(1e-3));
  s.run_until(365.0);
  CHECK(values(s, "pbvc")[0] == doctest::Approx(-0.58).epsilon(0.02));
  CHECK(s.readout("nfl") > 10.0);
}

TEST_CASE("readouts: less water is less volume without loss of tissue") {
  Simulation s = simulation(block());
  World& world = s.world();
  const FieldState fields = FieldState::bind(world);
  const TissueState tissue = TissueState::bind(world);
  for (double& x : world.fields()[fields.inflammatory]) x = 1.0;
  for (double& x : world.tissue()[tissue.barrier_leak]) x = 0.5;
  // w = 1 - 0.5 / 2 = 0.75, at a swelling of 0.1.
  CHECK(values(s, "parenchymal_volume")[0] == doctest::Approx(0.096 * 1.075));
}

TEST_CASE("readouts: a neurofilament step follows its closed form") {
  World world = block();
  Simulation s = simulation(std::move(world));
  s.run_until(1.0);  // the first step takes note of the axons
  auto& arrays = s.world().tissue();
  for (double& x : arrays[arrays.find("axon_fraction")]) x *= 0.9;
  for (double& x : arrays[arrays.find("myelin_original")]) x *= 0.9;
  s.run_until(2.0);
  const ReadoutsParameters p = readouts_section().defaults();
  const double lost = 0.1 * (32 * p.grey_axon_share + 64 * p.white_axon_share);
  const double rate = std::log(2.0) / p.nfl_half_life_d;
  const double expected = p.nfl_baseline_pg_per_ml +
                          p.nfl_yield_pg_per_ml_per_mm3 * lost / rate * (1.0 - std::exp(-rate));
  CHECK(s.readout("nfl") == doctest::Approx(expected).epsilon(1e-4));
}

TEST_CASE("readouts: depth edges that do not rise, or are too many, are refused") {
  std::vector<double> many(256);
  std::iota(many.begin(), many.end(), 0.0);
  for (const std::vector<double>& edges : {std::vector<double>{0.0, 2.0, 2.0}, many}) {
    ReadoutsParameters p = readouts_section().defaults();
    p.depth_edges_mm = edges;
    World world = block();
    ReadoutTable table;
    Readouts process(p);
    CHECK_THROWS_AS(process.bind(world, table), InputError);
  }
}
