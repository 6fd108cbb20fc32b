#include <algorithm>

#include <neurograft/core/error.hpp>
#include <neurograft/io/file_info.hpp>
#include <neurograft/io/hdf5_file.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("one screen tells what a file holds") {
  const toy::Folder folder("info");
  toy::run_to_file(folder / "a.h5");
  const std::string text = file_info(folder / "a.h5");
  for (const char* part :
       {"toy", "complete    yes", "seed 7", "43 from day -1 to day 20", "donor_alive = ", " cell",
        "heat, scent; frames: 4", "brain.nii.gz", "toy.toml", "also: donor_alive_by_state"}) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, part, " not in:\n", text);
  }
  CHECK(std::count(text.begin(), text.end(), '\n') < 40);
  {
    OutputFile output = OutputFile::create(folder / "b.h5", {}, toy::provenance());
    output.publish();
    CHECK(file_info(folder / "b.h5").find("no: the run was stopped") != std::string::npos);
  }
  { Hdf5File(folder / "c.h5", Hdf5File::Mode::create).close(); }
  CHECK_THROWS_AS(file_info(folder / "c.h5"), IoError);
}
