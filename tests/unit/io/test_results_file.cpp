#include <fstream>

#include <neurograft/core/error.hpp>
#include <neurograft/io/results_file.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a results file gives its readouts with their axes, part by part") {
  const test::Folder folder("results_file");
  test::write_run(folder / "a.h5", {-1.0, 0.0},
                  {{"alive", {1, 2}}, {"myelin", {10, 20, 11, 21}, {"grey", "white"}}}, false);
  const ResultsFile file(folder / "a.h5");
  CHECK_FALSE(file.complete());
  CHECK(file.days() == std::vector<double>{-1.0, 0.0});
  const std::vector<ResultsReadout> readouts = file.readouts();
  REQUIRE(readouts.size() == 2);
  CHECK(readouts[0].parts() == 1);
  CHECK(readouts[0].part_labels(0).empty());
  CHECK(readouts[1].parts() == 2);
  CHECK(readouts[1].part_labels(1) == Texts{"white"});
  CHECK(readouts[1].values == std::vector<double>{10, 20, 11, 21});
  CHECK(readouts[1].unit == "unit of myelin");
}

TEST_CASE("what is no results file is refused with its name") {
  const test::Folder folder("results_file");
  std::ofstream(folder / "text.h5") << "not HDF5";
  CHECK_THROWS_AS(ResultsFile(folder / "text.h5"), IoError);
  CHECK_THROWS_AS(ResultsFile(folder / "missing.h5"), IoError);
}

TEST_CASE("labels of several axes run with the last axis fastest") {
  ResultsReadout readout;
  readout.axes = {{"drug", "", {"a", "b"}}, {"window", "", {"below", "above", "in"}}};
  CHECK(readout.parts() == 6);
  CHECK(readout.part_labels(1) == Texts{"a", "above"});
  CHECK(readout.part_labels(5) == Texts{"b", "in"});
}
