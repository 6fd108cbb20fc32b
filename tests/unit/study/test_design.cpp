#include <algorithm>
#include <cmath>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/study/design.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Texts = std::vector<std::string>;

Axis listed(const std::string& name, const Texts& labels) {
  Axis axis{name, name, {}, {}, false};
  for (const std::string& label : labels) axis.levels.push_back({label, {setting(name, label)}});
  return axis;
}

Axis drawn(const std::string& name, double lowest, double highest) {
  return {name, name, {}, Distribution::uniform(lowest, highest), false};
}

Study study_of(std::vector<Axis> axes, DesignKind kind = DesignKind::grid,
               std::size_t samples = 1) {
  Study study;
  study.file = "s.toml";
  study.axes = std::move(axes);
  study.kind = kind;
  study.samples = samples;
  return study;
}

std::vector<double> column(const Design& design, std::size_t number) {
  std::vector<double> values;
  for (const Point& point : design.points) values.push_back(std::stod(point.values.at(number)));
  return values;
}

bool same(const Design& a, const Design& b) {
  const auto equal = [](const Point& p, const Point& q) {
    return p.values == q.values && p.settings == q.settings && p.after_branch == q.after_branch;
  };
  return a.columns == b.columns && std::ranges::equal(a.points, b.points, equal);
}

}  // namespace

TEST_CASE("a grid has every combination, the last axis fastest") {
  const Design design =
      design_of(study_of({listed("a.x", {"1", "2"}), listed("b.y", {"p", "q", "r"})}));
  CHECK(design.columns == Texts{"a.x", "b.y"});
  std::vector<Texts> values;
  for (const Point& point : design.points) values.push_back(point.values);
  CHECK(values ==
        std::vector<Texts>{{"1", "p"}, {"1", "q"}, {"1", "r"}, {"2", "p"}, {"2", "q"}, {"2", "r"}});
  CHECK(design.points[4].settings == Texts{"a.x=2", "b.y=q"});
  CHECK(design.points[4].after_branch.empty());
}

TEST_CASE("without axes there is one point, of the base config") {
  const Design design = design_of(study_of({}));
  REQUIRE(design.points.size() == 1);
  CHECK(design.columns.empty());
  CHECK(design.points[0].settings.empty());
}

TEST_CASE("what holds from a branch on is kept apart, and levels may set several keys") {
  Axis late = listed("c.z", {"5"});
  late.after_branch = true;
  const Axis arms{"arm", "", {{"none", {}}, {"both", {"a.x=1", "b.y=2"}}}, {}, false};
  const Design design = design_of(study_of({arms, late}));
  REQUIRE(design.points.size() == 2);
  CHECK(design.points[0].values == Texts{"none", "5"});
  CHECK(design.points[0].settings.empty());
  CHECK(design.points[1].settings == Texts{"a.x=1", "b.y=2"});
  CHECK(design.points[1].after_branch == Texts{"c.z=5"});
}

TEST_CASE("each combination of a grid is met by the same draws of the other axes") {
  const Design design = design_of(
      study_of({drawn("a.x", 10.0, 20.0), listed("b.y", {"1", "2"}), drawn("c.z", 0.0, 1.0)},
               DesignKind::grid, 3));
  REQUIRE(design.points.size() == 6);
  const std::vector<double> x = column(design, 0);
  const std::vector<double> z = column(design, 2);
  CHECK(column(design, 1) == std::vector<double>{1, 1, 1, 2, 2, 2});
  CHECK(std::set<double>(x.begin(), x.end()).size() == 3);
  for (std::size_t n = 0; n < 3; ++n) {
    CHECK(x[n] == x[n + 3]);
    CHECK(z[n] == z[n + 3]);
    CHECK(x[n] > 10.0);
    CHECK(x[n] < 20.0);
    // Each axis has draws of its own.
    CHECK(std::abs((x[n] - 10.0) / 10.0 - z[n]) > 1e-6);
  }
}

TEST_CASE("sampled designs are points of the unit cube through each axis's law") {
  const std::vector<Axis> axes{drawn("a.x", 2.0, 6.0), listed("b.y", {"p", "q"})};
  const auto check = [&](DesignKind kind, const UnitPoints& points) {
    const Design design = design_of(study_of(axes, kind, 16));
    REQUIRE(design.points.size() == 16);
    for (std::size_t n = 0; n < 16; ++n) {
      CHECK(std::stod(design.points[n].values[0]) ==
            doctest::Approx(2.0 + 4.0 * points.row(n)[0]).epsilon(1e-12));
      CHECK(design.points[n].values[1] == (points.row(n)[1] < 0.5 ? "p" : "q"));
      CHECK(design.points[n].settings[1] == "b.y=" + design.points[n].values[1]);
    }
  };
  check(DesignKind::random, uniform_points(16, 2, 1));
  check(DesignKind::latin_hypercube, latin_hypercube(16, 2, 1));
  check(DesignKind::sobol, sobol_sequence(16, 2, 1));
}

TEST_CASE("a hypercube has one point in each stratum of an axis, and half its points per level") {
  const Design design = design_of(study_of({drawn("a.x", 0.0, 8.0), listed("b.y", {"p", "q"})},
                                           DesignKind::latin_hypercube, 8));
  std::set<double> strata;
  for (const double x : column(design, 0)) strata.insert(std::floor(x));
  CHECK(strata == std::set<double>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(std::ranges::count_if(design.points, [](const Point& p) { return p.values[1] == "p"; }) ==
        4);
}

TEST_CASE("a range is a list in a grid and a law in a sampled design") {
  const test::Folder folder("design");
  folder.write("base.toml", "");
  const auto design = [&](const std::string& kind) {
    return design_of(read_study(folder.write(
        "s.toml", "base = \"base.toml\"\n[[axis]]\nkey = \"a.x\"\nlinspace = [1, 3, 3]\n" + kind)));
  };
  CHECK(column(design(""), 0) == std::vector<double>{1, 2, 3});
  const std::vector<double> drawn_values =
      column(design("[design]\nkind = \"random\"\nsamples = 50\n"), 0);
  CHECK(std::set<double>(drawn_values.begin(), drawn_values.end()).size() == 50);
}

TEST_CASE("a study has the same points every time, and others with another seed") {
  const std::vector<Axis> axes{drawn("a.x", 0.0, 1.0), drawn("b.y", 0.0, 1.0)};
  for (const DesignKind kind :
       {DesignKind::grid, DesignKind::random, DesignKind::latin_hypercube, DesignKind::sobol}) {
    Study study = study_of(axes, kind, 8);
    const Design design = design_of(study);
    CHECK(same(design, design_of(study)));
    study.seed = 2;
    CHECK_FALSE(same(design, design_of(study)));
  }
}

TEST_CASE("columns of a table with a dot in their names are keys, others are carried along") {
  const test::Folder folder("design");
  Study study = study_of({}, DesignKind::csv);
  study.csv = folder.write("t.csv",
                           "who,graft.cells,note,brain.source\n"
                           "a,5e6,\"x, y\",patch\nb,1e6,,phantom\n");
  const Design design = design_of(study);
  CHECK(design.columns == Texts{"who", "graft.cells", "note", "brain.source"});
  REQUIRE(design.points.size() == 2);
  CHECK(design.points[0].values == Texts{"a", "5e6", "x, y", "patch"});
  CHECK(design.points[0].settings == Texts{"graft.cells=5e6", "brain.source=patch"});
  CHECK(design.points[1].settings == Texts{"graft.cells=1e6", "brain.source=phantom"});
  study.csv = folder.write("no.csv", "who,cells\na,1\n");
  CHECK(test::problems_in(folder, [&] { design_of(study); }) ==
        "no.csv: no column is a key of the config; name columns as --set names keys: graft.cells");
  study.csv = folder / "none.csv";
  CHECK(test::problems_in(folder, [&] { design_of(study); }) ==
        "none.csv: cannot be read (No such file or directory)");
}

TEST_CASE("a design of more than a million runs, replicates included, is refused") {
  const Texts many(1001, "1");
  const std::string refused =
      "s.toml: more than 1000000 runs (that is a slip, or needs a sampled design or several "
      "studies); [design] kind = \"sobol\" with samples";
  const auto problem_of = [](const Study& study) {
    return test::problems_in([&] { design_of(study); });
  };
  CHECK(problem_of(study_of({listed("a.x", many), listed("b.y", many)})) == refused);
  CHECK(problem_of(study_of(std::vector<Axis>(40, listed("a", many)))) == refused);
  CHECK(problem_of(study_of({drawn("b.y", 0, 1)}, DesignKind::grid, 1'000'001)) == refused);
  CHECK(problem_of(study_of({listed("a.x", many), drawn("b.y", 0, 1)}, DesignKind::grid, 1000)) ==
        refused);
  for (const DesignKind kind :
       {DesignKind::random, DesignKind::sobol, DesignKind::latin_hypercube}) {
    Study study = study_of({drawn("b.y", 0, 1)}, kind, 1'000'000);
    require_feasible(study, study.samples, 1);
    study.replicates = 2;
    CHECK(problem_of(study) == refused);
    study = study_of(std::vector<Axis>(101, drawn("b.y", 0, 1)), kind, 100'000);
    CHECK(problem_of(study) == "s.toml: 100000 points in 101 columns (at most 10000000 values)");
  }
}
