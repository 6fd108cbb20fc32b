#include <cmath>

#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/io/series_reader.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

using Texts = std::vector<std::string>;

std::filesystem::path sample(const test::Folder& folder, bool complete = true) {
  test::write_run(folder / "a.h5", {-1.0, 0.0, 2.5},
                  {{"donor_alive", {1, 2, 3}},
                   {"pbvc", {-1, -2, -3}},
                   {"myelin", {10, 20, 11, 21, 12, 22}, {"grey", "white"}}},
                  complete);
  return folder / "a.h5";
}

Texts names_of(const SeriesTable& table) {
  Texts names;
  for (const SeriesColumn& column : table.columns) names.push_back(column.name);
  return names;
}

SeriesTable read(const std::filesystem::path& path, const Texts& names) {
  return read_series(path, names);
}

}  // namespace

TEST_CASE("without names all curves of one number are read") {
  const test::Folder folder("series_reader");
  const SeriesTable table = read_series(sample(folder));
  CHECK(table.days == std::vector<double>{-1.0, 0.0, 2.5});
  CHECK(table.complete);
  CHECK(names_of(table) == Texts{"donor_alive", "pbvc"});
  CHECK(table.columns[1].values == std::vector<double>{-1, -2, -3});
  CHECK(table.columns[1].unit == "unit of pbvc");
  CHECK(table.columns[1].long_name == "long pbvc");
  CHECK_FALSE(read_series(sample(folder, false)).complete);
}

TEST_CASE("curves are read by name, in the order asked for, whole or by part") {
  const test::Folder folder("series_reader");
  const auto path = sample(folder);
  const SeriesTable table = read(path, {"pbvc", "myelin", "donor_alive"});
  CHECK(names_of(table) == Texts{"pbvc", "myelin.grey", "myelin.white", "donor_alive"});
  CHECK(table.columns[1].values == std::vector<double>{10, 11, 12});
  CHECK(table.columns[2].values == std::vector<double>{20, 21, 22});
  CHECK(table.columns[2].long_name == "long myelin, white");
  CHECK(table.columns[2].unit == "unit of myelin");
  const SeriesTable part = read(path, {"myelin.white"});
  CHECK(names_of(part) == Texts{"myelin.white"});
  CHECK(part.columns[0].values == std::vector<double>{20, 21, 22});
}

TEST_CASE("a curve that is asked for twice is there once") {
  const test::Folder folder("series_reader");
  const auto path = sample(folder);
  CHECK(names_of(read(path, {"pbvc", "pbvc"})) == Texts{"pbvc"});
  CHECK(names_of(read(path, {"myelin.white", "myelin"})) == Texts{"myelin.white", "myelin.grey"});
}

TEST_CASE("names that a file does not have are told, all at once, with what was meant") {
  const test::Folder folder("series_reader");
  const auto path = sample(folder);
  CHECK(test::problems_in(folder,
                          [&] {
                            read(path, {"donor_alve", "pbvc", "zzz", "time"});
                          }) ==
        "a.h5: no readout \"donor_alve\" in /series; did you mean \"donor_alive\"?\n"
        "a.h5: no readout \"zzz\" in /series\n"
        "a.h5: no readout \"time\" in /series");
  CHECK(test::problems_in(folder,
                          [&] {
                            read(path, {"myelin.gray", "pbvc.grey", "myelin.x"});
                          }) ==
        "a.h5: no readout \"myelin.gray\" in /series (the parts of myelin are grey, white)\n"
        "a.h5: no readout \"pbvc.grey\" in /series (only a readout of one number, or of labelled "
        "parts, has curves)\n"
        "a.h5: no readout \"myelin.x\" in /series (the parts of myelin are grey, white)");
}

TEST_CASE("a readout over several dimensions, or over numbers, is no curve") {
  const test::Folder folder("series_reader");
  toy::run_to_file(folder / "b.h5");
  CHECK(test::problems_in(folder, [&] {
          read(folder / "b.h5", {"mean_heat"});
        }).find("b.h5: no readout \"mean_heat\" in /series") == 0);
  const SeriesTable table =
      read(folder / "b.h5", {"donor_alive_by_state.quiescent", "donor_alive"});
  CHECK(table.columns.size() == 2);
  CHECK(table.columns[0].values.size() == table.days.size());
}

TEST_CASE("what is no results file") {
  const test::Folder folder("series_reader");
  CHECK_THROWS_AS(read_series(folder / "none.h5"), IoError);
  folder.write("text.h5", "text");
  CHECK_THROWS_AS(read_series(folder / "text.h5"), IoError);
  Hdf5File(folder / "empty.h5", Hdf5File::Mode::create).close();
  CHECK_THROWS_WITH_AS(
      read_series(folder / "empty.h5"),
      doctest::Contains(
          "empty.h5: is no results file (it has no curves in /series, or no results version); "
          "results files are written by `neurograft run`"),
      IoError);
}

TEST_CASE("a value is that of the record on its day") {
  const test::Folder folder("series_reader");
  const SeriesTable table = read_series(sample(folder));
  const SeriesColumn& column = table.columns[0];
  CHECK(value_at(table, column, -1.0) == 1.0);
  CHECK(value_at(table, column, 2.5 + 1e-12) == 3.0);
  CHECK(std::isnan(value_at(table, column, 1.0)));
  CHECK(std::isnan(value_at(table, column, 2.50001)));
}
