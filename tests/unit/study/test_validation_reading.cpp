#include <string>
#include <vector>

#include <neurograft/study/validation.hpp>

#include "made_up_validation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;
using test::experiment;

namespace {

class Files {
 public:
  Files() {
    folder.write("base.toml", "[brain]\nsource = \"patch\"\n");
    folder.write("targets.toml",
                 "[[target]]\nreadout = \"alive\"\nat_d = 30\nvalue = 5\nerror = 1\n"
                 "source = \"Author 2020\"\n");
  }
  void add(const std::string& file, const std::string& id) const {
    folder.write(file, "id = \"" + id + "\"\ntitle = \"A title\"\n" +
                           experiment("a", "targets = \"targets.toml\"\n"));
  }
  std::string problems() const {
    return test::problems_in(folder, [&] { read_validations(folder.path()); });
  }

  test::Folder folder{"validation_reading"};
};

std::string problems_of(const std::string& text) {
  const Files files;
  const auto path = files.folder.write("v.toml", text);
  return test::problems_in(files.folder, [&] { read_validation(path); });
}

}  // namespace

TEST_CASE("a validation is read") {
  const Files files;
  const Validation one = read_validation(files.folder.write(
      "v.toml", "id = \"V5\"\ntitle = \"Grafts\"\nabout = \"Of mice\"\nseed = 9\n" +
                    experiment("control") +
                    experiment("drug", "replicates = 3\ntargets = \"targets.toml\"\n")));
  CHECK(one.id == "V5");
  CHECK(one.title == "Grafts");
  CHECK(one.about == "Of mice");
  CHECK(one.file == files.folder / "v.toml");
  REQUIRE(one.experiments.size() == 2);
  CHECK(one.experiments[0].study.seed == 9);
  CHECK(one.experiments[1].study.collect == std::vector<std::string>{"alive@30"});
  CHECK(plan_of(one.experiments[1]).runs.size() == 3);
  CHECK(store_of("out", one, one.experiments[1]).folder() == "out/V5/drug");
}

TEST_CASE("what is wrong with a validation is told at once") {
  CHECK(problems_of("name = \"V5\"\n") ==
        "v.toml: the validation has no id (it is needed)\n"
        "v.toml: the validation has no title (it is needed)\n"
        "v.toml: no [[experiment]] entries\n"
        "v.toml:1: unknown key \"name\" in the validation");
  CHECK(problems_of("id = \"../V5\"\ntitle = \"x\"\n" + experiment("a")) ==
        "v.toml:1: id = \"../V5\" (must be letters, digits, _ and -); a folder is named after it");
}

TEST_CASE("all validations of a folder, by number; other files are passed over") {
  const Files files;
  files.add("z.toml", "V2");
  files.add("b.toml", "V12");
  files.add("c.toml", "V9");
  files.folder.write("notes.txt", "id = \"V1\"\n");
  const std::vector<Validation> all = read_validations(files.folder.path());
  REQUIRE(all.size() == 3);
  CHECK(all[0].id == "V2");
  CHECK(all[1].id == "V9");
  CHECK(all[2].id == "V12");
}

TEST_CASE("two validations with one id, or none at all") {
  const Files files;
  CHECK(files.problems().find("no validation in this folder") != std::string::npos);
  files.add("a.toml", "V2");
  files.add("b.toml", "V2");
  files.add("c.toml", "V2");
  CHECK(files.problems() ==
        "b.toml: id = \"V2\" (that is the id of a.toml)\n"
        "c.toml: id = \"V2\" (that is the id of a.toml)");
  files.folder.write("d.toml", "id = \"V3\"\n");
  CHECK(files.problems().find("d.toml: the validation has no title") != std::string::npos);
  CHECK(test::problems_in([&] {
          read_validations(files.folder / "none");
        }).find("no validation in this folder") != std::string::npos);
}

TEST_CASE("a quick look has a share of the runs, and no more than there are") {
  Validation validation;
  for (const std::int64_t replicates : {1, 3, 8, 41, 100}) {
    Experiment& one = validation.experiments.emplace_back();
    one.study.replicates = replicates;
    one.study.samples = 60;
  }
  reduce(validation, 0.25, 4);
  std::vector<std::int64_t> left;
  for (const Experiment& one : validation.experiments) {
    left.push_back(one.study.replicates);
    CHECK(one.study.samples == 15);
  }
  CHECK(left == std::vector<std::int64_t>{1, 3, 4, 11, 25});
}

TEST_CASE("the validations that come with the program can be read and planned") {
  const std::vector<Validation> all =
      read_validations(std::string(NEUROGRAFT_CONFIGS) + "/validation");
  CHECK(all.size() >= 10);
  for (const Validation& validation : all) {
    for (const Experiment& one : validation.experiments) {
      CAPTURE(validation.id);
      CHECK_FALSE(plan_of(one).runs.empty());
    }
  }
}
