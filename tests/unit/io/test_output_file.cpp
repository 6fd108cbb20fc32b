#include <csignal>
#include <set>

#include <neurograft/core/error.hpp>
#include <neurograft/io/compare.hpp>
#include <neurograft/io/durable_file.hpp>
#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/io/output_file.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>
#include <sys/resource.h>

using namespace neurograft;

namespace {

/// Makes writing beyond a file size fail, as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

/// Runs until `stop_d` and saves there, as a signal would make it; then the program ends.
void run_and_stop(const std::filesystem::path& path, double stop_d, double go_on_until_d) {
  OutputFile output = OutputFile::create(path, toy::options(), toy::provenance());
  Simulation run = toy::simulation();
  toy::connect(run, output);
  run.run_until(stop_d);
  output.save(run);
  run.run_until(go_on_until_d);
  output.publish();
}

bool complete(const std::filesystem::path& path) {
  return Hdf5File(path, Hdf5File::Mode::read).attribute("/", "complete") ==
         Attribute{std::int64_t{1}};
}

}  // namespace

TEST_CASE("a run stopped and resumed many times writes what an unbroken one does") {
  const toy::Folder folder("output");
  toy::run_to_file(folder / "whole.h5");
  CHECK(complete(folder / "whole.h5"));
  CHECK(!std::filesystem::exists(folder / "whole.h5.part"));
  CHECK(!std::filesystem::exists(folder / "whole.h5.ckpt"));

  const auto path = folder / "parts.h5";
  CHECK(OutputFile::look(path) == Resumable::nothing);
  // The output goes on after the checkpoint and must be cut.
  run_and_stop(path, 3.25, 9.0);
  CHECK(!complete(path));
  CHECK(OutputFile::look(path) == Resumable::yes);
  CHECK(compare(folder / "whole.h5", path).has_value());
  for (const double stop_d : {7.5, 7.75, 20.0}) {
    OutputFile output = OutputFile::resume(path, toy::options(), toy::provenance());
    Simulation run = toy::simulation();
    toy::connect(run, output);
    output.restore(run);
    run.run_until(stop_d);
    if (stop_d < 20.0) {
      output.save(run);
    } else {
      output.finish(run);
    }
  }
  CHECK(complete(path));
  CHECK(OutputFile::look(path) == Resumable::complete);
  const auto difference = compare(folder / "whole.h5", path);
  CHECK_MESSAGE(!difference, (difference ? to_string(*difference) : ""));
  CHECK(Hdf5File(path, Hdf5File::Mode::read).rows("/provenance/resumes/resume") == 3);
  CHECK(!std::filesystem::exists(OutputFile::checkpoint_path(path)));
}

TEST_CASE("what is published is whole, and stays while the run goes on or dies") {
  const toy::Folder folder("output");
  const auto path = folder / "a.h5";
  std::uint64_t published = 0;
  {
    OutputFile output = OutputFile::create(path, toy::options(), toy::provenance());
    Simulation run = toy::simulation();
    toy::connect(run, output);
    run.run_until(2.0);
    CHECK(!std::filesystem::exists(path));
    output.publish();
    published = Hdf5File(path, Hdf5File::Mode::read).rows("/series/time");
    CHECK(published == 7);
    run.run_until(5.0);
    CHECK(Hdf5File(path, Hdf5File::Mode::read).rows("/series/time") == published);
    output.publish();
    CHECK(Hdf5File(path, Hdf5File::Mode::read).rows("/series/time") == 13);
    run.run_until(6.0);
  }
  CHECK(!complete(path));
  CHECK(Hdf5File(path, Hdf5File::Mode::read).rows("/series/donor_alive") == 13);
  CHECK(!std::filesystem::exists(OutputFile::part_path(path)));
  // No checkpoint was written: there is nothing to resume.
  CHECK(OutputFile::look(path) == Resumable::nothing);
}

TEST_CASE("a second run on the same file is refused and harms nothing") {
  const toy::Folder folder("output");
  const auto path = folder / "a.h5";
  OutputFile output = OutputFile::create(path, toy::options(), toy::provenance());
  CHECK_THROWS_WITH_AS(OutputFile::create(path, toy::options(), toy::provenance()),
                       doctest::Contains("another run"), IoError);
  Simulation run = toy::simulation();
  toy::connect(run, output);
  run.run_until(1.0);
  output.finish(run);
  CHECK(complete(path));
}

TEST_CASE("what takes the place of a run's part file is neither published nor removed") {
  const toy::Folder folder("output");
  const auto path = folder / "a.h5";
  const auto part = OutputFile::part_path(path);
  {
    OutputFile output = OutputFile::create(path, toy::options(), toy::provenance());
    Simulation run = toy::simulation();
    toy::connect(run, output);
    run.run_until(2.0);
    output.publish();
    std::filesystem::remove(part);
    const OutputFile other = OutputFile::create(path, toy::options(), toy::provenance());
    run.run_until(5.0);
    CHECK_THROWS_WITH_AS(output.publish(), doctest::Contains("is another file"), IoError);
    { const OutputFile ends = std::move(output); }
    CHECK(std::filesystem::exists(part));
  }
  CHECK(!std::filesystem::exists(part));
  CHECK(Hdf5File(path, Hdf5File::Mode::read).rows("/series/time") == 7);
}

TEST_CASE("a resume is refused for another run or an older output") {
  const toy::Folder folder("output");
  const auto path = folder / "a.h5";
  run_and_stop(path, 3.0, 3.0);
  Provenance other = toy::provenance();
  other.config_sha256 = "4567";
  CHECK_THROWS_WITH_AS(OutputFile::resume(path, toy::options(), other),
                       doctest::Contains("another configuration"), InputError);
  other = toy::provenance();
  other.seed = 8;
  CHECK_THROWS_WITH_AS(OutputFile::resume(path, toy::options(), other),
                       doctest::Contains("seed 7, not 8"), InputError);
  std::filesystem::copy(path, folder / "old.h5");
  std::filesystem::rename(OutputFile::checkpoint_path(path), folder / "later.ckpt");
  run_and_stop(path, 1.0, 1.0);
  std::filesystem::rename(folder / "later.ckpt", OutputFile::checkpoint_path(path));
  CHECK_THROWS_WITH_AS(OutputFile::resume(path, toy::options(), toy::provenance()),
                       doctest::Contains("older than the checkpoint"), InputError);
  CHECK(Hdf5File(path, Hdf5File::Mode::read).rows("/series/time") == 5);
}

TEST_CASE("a new run's first publish ends the checkpoint of the run before") {
  const toy::Folder folder("output");
  const auto path = folder / "a.h5";
  run_and_stop(path, 3.0, 3.0);
  OutputFile output = OutputFile::create(path, toy::options(), toy::provenance());
  CHECK(OutputFile::look(path) == Resumable::yes);
  Simulation run = toy::simulation();
  toy::connect(run, output);
  run.run_until(1.0);
  output.publish();
  CHECK(OutputFile::look(path) == Resumable::nothing);
}

TEST_CASE("a full disk leaves the last good state, from which the run resumes") {
  const toy::Folder folder("output");
  const auto path = folder / "a.h5";
  {
    OutputFile output = OutputFile::create(path, toy::options(), toy::provenance());
    Simulation run = toy::simulation();
    toy::connect(run, output);
    run.run_until(3.0);
    output.save(run);
    run.run_until(15.0);
    const FileSizeLimit limit(std::filesystem::file_size(path) / 2);
    CHECK_THROWS_AS(output.save(run), IoError);
  }
  CHECK(Hdf5File(path, Hdf5File::Mode::read).rows("/series/time") == 9);
  CHECK(!std::filesystem::exists(folder / "a.h5.new"));
  OutputFile output = OutputFile::resume(path, toy::options(), toy::provenance());
  Simulation run = toy::simulation();
  toy::connect(run, output);
  output.restore(run);
  run.run_until(20.0);
  output.finish(run);
  toy::run_to_file(folder / "whole.h5");
  CHECK(!compare(folder / "whole.h5", path));
}

TEST_CASE("wherever the disk fills up, the run ends in an error and the next one works") {
  const toy::Folder folder("output");
  toy::run_to_file(folder / "whole.h5", 0.0, 4.0);
  const auto size = std::filesystem::file_size(folder / "whole.h5");
  int failures = 0;
  for (int part = 0; part <= 40; ++part) {
    const FileSizeLimit limit(size * static_cast<rlim_t>(part) / 20);
    try {
      toy::run_to_file(folder / "a.h5", 0.0, 4.0);
    } catch (const IoError&) {
      ++failures;
      CHECK(!std::filesystem::exists(folder / "a.h5"));
      CHECK(!std::filesystem::exists(folder / "a.h5.part"));
    }
    Simulation run = toy::simulation();
    run.run_until(4.0);
    try {
      write_checkpoint(folder / "a.ckpt", run.world(), {});
    } catch (const IoError&) {
      ++failures;
      CHECK(!std::filesystem::exists(folder / "a.ckpt"));
    }
    std::filesystem::remove(folder / "a.ckpt");
  }
  CHECK(failures >= 20);
  CHECK(!compare(folder / "whole.h5", folder / "a.h5"));
}

TEST_CASE("what a killed run left beside its output goes with the next run") {
  const toy::Folder folder("output");
  const auto path = folder / "a.h5";
  run_and_stop(path, 3.0, 5.0);
  const auto names = [&] {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path.parent_path())) {
      all.insert(entry.path().filename().string());
    }
    return all;
  };
  const std::filesystem::path checkpoint = OutputFile::checkpoint_path(path);
  std::filesystem::copy_file(checkpoint, folder / "a.h5.ckpt.new");
  std::filesystem::copy_file(path, folder / "a.h5.new");
  std::filesystem::copy_file(path, folder / "a.h5.ckpt.mine");
  CHECK(names().size() == 5);
  {
    OutputFile output = OutputFile::resume(path, toy::options(), toy::provenance());
    CHECK(names() == std::set<std::string>{"a.h5", "a.h5.ckpt", "a.h5.ckpt.mine", "a.h5.part"});
    Simulation run = toy::simulation();
    toy::connect(run, output);
    output.restore(run);
    run.run_until(20.0);
    std::filesystem::copy_file(checkpoint, folder / "kept");
    output.finish(run);
  }
  // Killed between its last two steps: complete, and the checkpoint is still there.
  std::filesystem::rename(folder / "kept", checkpoint);
  {
    const FileLock writer(OutputFile::part_path(path));
    OutputFile::tidy(path);
    CHECK(std::filesystem::exists(checkpoint));
  }
  std::filesystem::copy_file(path, folder / "a.h5.new");
  OutputFile::tidy(path);
  CHECK(names() == std::set<std::string>{"a.h5", "a.h5.ckpt.mine"});
}

TEST_CASE("when to save follows the wall clock and the cost of publishing") {
  SavePolicy policy(100.0, 600.0);
  CHECK(!policy.publish_due(104.0));
  CHECK(policy.publish_due(105.0));
  policy.published(105.0, 107.0);
  CHECK(!policy.publish_due(306.0));
  CHECK(policy.publish_due(307.0));
  CHECK(!policy.checkpoint_due(699.0));
  CHECK(policy.checkpoint_due(700.0));
  policy.checkpointed(710.0);
  CHECK(!policy.checkpoint_due(1309.0));
}

TEST_CASE("saving after every tick changes nothing") {
  const toy::Folder folder("output");
  toy::run_to_file(folder / "whole.h5", 0.0, 2.0);
  OutputOptions often = toy::options();
  often.checkpoint_every_min = 0.0;
  OutputFile output = OutputFile::create(folder / "a.h5", often, toy::provenance());
  Simulation run = toy::simulation();
  toy::connect(run, output);
  run.set_observer([&](const Simulation& seen) {
    output.after_tick(seen);
    return true;
  });
  run.run_until(2.0);
  output.finish(run);
  CHECK(!compare(folder / "whole.h5", folder / "a.h5"));
}

TEST_CASE("what a link in the place of the part file stands for is not written") {
  const toy::Folder folder("output_link");
  const auto victim = folder.write("victim", "somebody else's");
  std::filesystem::create_symlink(victim, OutputFile::part_path(folder / "out.h5"));
  CHECK_THROWS_WITH_AS(OutputFile::create(folder / "out.h5", {}, toy::provenance()),
                       doctest::Contains("symbolic link"), IoError);
  CHECK(test::content(victim) == "somebody else's");
}
