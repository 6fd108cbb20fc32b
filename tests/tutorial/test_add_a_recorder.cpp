// Tutorial 3: a recorder of your own.
//
// A recorder looks at the world when it is due and writes something somewhere; it changes nothing,
// so a run with it is the same run. This one writes how far a graft has spread, as a table of text:
// day, cells, and the mean squared distance of donor cells from a site.
//
// What must come out is known. A persistent random walk with diffusivity D and persistence tau has,
// in three dimensions and far from any border,
//
//     <r^2>(t) = r0^2 + 6 D (t - tau (1 - exp(-t / tau))),
//
// r0^2 = 3/5 R^2 for cells that start uniformly in a ball of radius R.

#include <array>
#include <cmath>
#include <memory>
#include <ostream>
#include <sstream>
#include <vector>

#include <neurograft/neurograft.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

class SpreadRecorder final : public Recorder {
 public:
  /// `out` must outlive the simulation.
  SpreadRecorder(std::ostream& out, std::array<double, 3> site_mm, RecordTimes times)
      : out_(out), site_mm_(site_mm), times_(std::move(times)) {}

  // Once, when all processes are bound: the place to look for arrays, columns and readouts by name,
  // and to write headings.
  void begin(const World& /*world*/, const ReadoutTable& /*readouts*/) override {
    out_ << "day,cells,mean_square_um2\n";
  }

  bool due(Tick tick) const override { return times_.due(tick); }

  // At the start of a tick, after its injections and births.
  void record(const World& world, const ReadoutTable& /*readouts*/, Threads /*threads*/) override {
    const Agents& agents = world.agents();
    std::int64_t cells = 0;
    std::int64_t sum_um2 = 0;
    for (std::size_t slot = 0; slot < agents.size(); ++slot) {
      // Slots hold the dead, until they are cleared away, and other kinds of cell.
      if (agents.kind()[slot] != donor || !is_in_tissue(agents.state()[slot])) continue;
      const double dx = double{agents.x()[slot]} - site_mm_[0];
      const double dy = double{agents.y()[slot]} - site_mm_[1];
      const double dz = double{agents.z()[slot]} - site_mm_[2];
      // Agents may stand in any order, and a sum of fractions depends on it. A sum of whole numbers
      // does not: square micrometres are fine enough.
      sum_um2 += std::llround((dx * dx + dy * dy + dz * dz) * 1e6);
      ++cells;
    }
    const double mean = cells > 0 ? static_cast<double>(sum_um2) / static_cast<double>(cells) : 0.0;
    out_ << world.day() << ',' << cells << ',' << mean << '\n';
  }

 private:
  std::ostream& out_;
  std::array<double, 3> site_mm_;
  RecordTimes times_;
};

// 3000 cells in the middle of a block of grey matter, wide enough that none meets its border, and
// in a ball wide enough that they do not crowd. They move and do nothing else.
constexpr const char* walking_cells = R"(
[simulation]
start_d = 0.0
duration_d = 8.0
seed = 5
[brain]
source = "patch"
patch_tissue = "grey"
patch_size_mm = [6.0, 6.0, 6.0]
patch_voxel_um = 500.0
[graft]
cells = 3000
route = "parenchymal"
site_mm = [3.0, 3.0, 3.0]
radius_mm = 0.5
viability = 1.0
[migration]
donor_diffusivity_mm2_per_d = 0.02
donor_persistence_h = 12.0
grey_factor = 1.0
crowding_limit_per_mm3 = 1e9
chemotaxis_max_mm_per_d = 0.0
[lifecycle]
enabled = false
[cytotoxicity]
enabled = false
)";

struct Row {
  double day, cells, mean_square_um2;
};

std::vector<Row> rows_of(const std::string& table) {
  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);
  CHECK(line == "day,cells,mean_square_um2");
  std::vector<Row> rows;
  char comma = 0;
  for (Row row{}; lines >> row.day >> comma >> row.cells >> comma >> row.mean_square_um2;) {
    rows.push_back(row);
  }
  return rows;
}

// Adds the recorder, every 2 days from day 0 to day 8, and runs.
std::string recorded(const Config& config, Threads threads) {
  std::ostringstream table;
  Simulation simulation = build(config, threads);
  const RecordTimes times = RecordTimes::every(simulation.world().clock(), 2.0, 8.0);
  simulation.add(std::make_unique<SpreadRecorder>(table, std::array{3.0, 3.0, 3.0}, times));
  simulation.run_until(8.0);
  return table.str();
}

std::vector<float> final_x(Simulation& simulation) {
  simulation.run_until(8.0);
  const auto x = simulation.world().agents().x();
  return {x.begin(), x.end()};
}

}  // namespace

TEST_CASE("the recorder sees the spread of a persistent random walk") {
  const std::vector<Row> rows = rows_of(recorded(Config::from_string(walking_cells), Threads{2}));
  REQUIRE(rows.size() == 5);
  const double d = 0.02;
  const double tau = 0.5;
  for (const Row& row : rows) {
    const double expected_mm2 =
        0.6 * 0.5 * 0.5 + 6.0 * d * (row.day - tau * (1.0 - std::exp(-row.day / tau)));
    CHECK(row.cells == 3000.0);
    // For a normal law the s.d. of r^2 is sqrt(2/3) of its mean, for the ball less: 5 s.d. of the
    // mean of 3000.
    const double bound = 5.0 * std::sqrt(2.0 / 3.0 / 3000.0);
    INFO("day ", row.day, ": ", row.mean_square_um2, " um2, expected ", expected_mm2 * 1e6);
    CHECK(std::abs(row.mean_square_um2 * 1e-6 - expected_mm2) < bound * expected_mm2);
  }
  CHECK(rows.back().mean_square_um2 > 4.0 * rows.front().mean_square_um2);
}

TEST_CASE("what it writes depends on neither threads nor the order of agents in memory") {
  const Config config = Config::from_string(walking_cells);
  const std::string table = recorded(config, Threads{1});
  CHECK(recorded(config, Threads{3}) == table);
  CHECK(recorded(Config(config).set("simulation.sort_every_h", 1.0), Threads{1}) == table);
  CHECK(recorded(Config(config).set("simulation.seed", std::int64_t{6}), Threads{1}) != table);
}

TEST_CASE("a run with the recorder is the same run") {
  const Config config = Config::from_string(walking_cells);
  std::ostringstream table;
  Simulation watched = build(config, Threads{1});
  const RecordTimes hourly = {.period = 1};
  watched.add(std::make_unique<SpreadRecorder>(table, std::array{3.0, 3.0, 3.0}, hourly));
  Simulation alone = build(config, Threads{1});
  CHECK(final_x(watched) == final_x(alone));
  CHECK(rows_of(table.str()).size() == 8 * 24 + 1);
}
