#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/io/provenance.hpp>
#include <neurograft/io/provenance_file.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("provenance holds what the caller gave and what happened since") {
  const toy::Folder folder("provenance");
  Hdf5File file(folder / "a.h5", Hdf5File::Mode::create);
  Provenance provenance = toy::provenance();
  provenance.config_written = std::string(100000, '#');
  write_provenance(file, provenance);
  CHECK(file.text_attribute("/", "title") == "toy");
  CHECK(file.text_attribute("/", "source") == "neurograft 0.0 (abc)");
  CHECK(file.attribute("/", "complete") == Attribute{std::int64_t{0}});
  CHECK(file.attribute("/", "results_version") == Attribute{results_version});
  CHECK(file.attribute("/provenance", "seed") == Attribute{std::uint64_t{7}});
  CHECK(file.attribute("/provenance", "git_dirty") == Attribute{std::int64_t{1}});
  CHECK(file.read_all_text("/provenance/config_written").at(0) == provenance.config_written);
  CHECK(file.read_all_text("/provenance/inputs/sha256").at(0) == std::string(64, 'a'));
  CHECK(file.read_all_text("/provenance/assumed/name").at(0) == "colony.drift");
  CHECK(file.text_attribute("/provenance", "start").size() == 20);

  write_resume(file, provenance, 12.5);
  write_resume(file, provenance, 13.5);
  CHECK(file.rows("/provenance/resumes/resume") == 2);
  CHECK(file.read_all_text("/provenance/resumes/day").at(1).starts_with("13.5"));
  write_end(file, 3.25);
  CHECK(recorded_wall_s(file) == 3.25);
  CHECK(std::get<std::int64_t>(*file.attribute("/provenance", "peak_memory_bytes")) > 100000);
  write_costs(file, {{"colony", 1.5, 10}});
  write_costs(file, {{"colony", 2.5, 20}, {"commit", 0.5, 3}});
  CHECK(file.read_all<double>("/provenance/costs/seconds") == std::vector<double>{2.5, 0.5});
}
