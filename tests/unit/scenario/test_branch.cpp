#include <algorithm>

#include <neurograft/core/version.hpp>
#include <neurograft/io/provenance.hpp>
#include <neurograft/scenario/branch.hpp>
#include <neurograft/scenario/build.hpp>
#include <neurograft/scenario/input_files.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Texts = std::vector<std::string>;

const std::string base =
    "[simulation]\nstart_d = -10\nduration_d = 120\n[brain]\nsource = \"patch\"\n"
    "patch_ventricle = true\n";
const std::string graft = "[graft]\ncells = 1000\n";
const std::string tacrolimus = "[[drug]]\nname = \"tacrolimus\"\ndose_mg = 3.0\nstart_d = -5\n";

// A saved run of one config at day 30, and its branches.
struct Parent {
  explicit Parent(const std::string& text, double day = 30.0) {
    header.day = day;
    header.run.results_version = results_version;
    header.run.config = check_values(Config::from_string(base + text, "p.toml")).resolved_toml();
  }

  std::vector<ConfigChange> changes(const std::string& text, const Texts& set = {}) const {
    Config config = Config::from_string(base + text, "b.toml");
    for (const std::string& one : set) config.set_text(one);
    return changes_of_branch("p.ckpt", header, check_values(config), {});
  }

  std::string refused(const std::string& text, const Texts& set = {}) const {
    return test::problems_in([&] { changes(text, set); });
  }

  // Changes as "key: before -> after".
  Texts allowed(const std::string& text, const Texts& set = {}) const {
    Texts list;
    for (const ConfigChange& change : changes(text, set)) {
      list.push_back(change.key + ": " + change.before + " -> " + change.after);
    }
    return list;
  }

  CheckpointHeader header;
};

bool starts_with(const std::string& text, const std::string& begin) {
  return text.compare(0, begin.size(), begin) == 0;
}

}  // namespace

TEST_CASE("a branch of the same plan changes nothing") {
  const Parent parent(graft + tacrolimus + "[[insult]]\nkind = \"cuprizone\"\nstart_d = 3\n");
  CHECK(parent.allowed(graft + tacrolimus + "[[insult]]\nkind = \"cuprizone\"\nstart_d = 3\n") ==
        Texts{});
}

TEST_CASE("parameters of processes, seed, end and output are free, and listed") {
  const Parent parent(graft);
  CHECK(parent.allowed(graft, {"simulation.seed=7"}) == Texts{"simulation.seed: 1 -> 7"});
  CHECK(parent.allowed(graft, {"simulation.duration_d=200"}) ==
        Texts{"simulation.duration_d: 120.0 -> 200.0"});
  CHECK(parent.allowed(graft, {"output.every_d=2"}).size() == 1);
  CHECK(parent.allowed(graft, {"host.adherence=0.5"}).size() == 1);
  CHECK(parent.allowed(graft, {"tacrolimus.bioavailability=0.7"}) ==
        Texts{"tacrolimus.bioavailability: 1.0 -> 0.7"});
}

TEST_CASE("brain, host, start and step are part of the saved state") {
  const Parent parent(graft);
  const std::string saved = " in the saved run (it is part of the saved state)";
  CHECK(parent.refused(graft, {"host.age_y=33"}).find("33.0 here and ") != std::string::npos);
  CHECK(starts_with(parent.refused(graft, {"host.age_y=33"}), "p.ckpt: host.age_y is 33.0 here"));
  CHECK(parent.refused(graft, {"simulation.start_d=-11"}) ==
        "p.ckpt: simulation.start_d is -11.0 here and -10.0" + saved);
  CHECK(parent.refused(graft, {"simulation.step_h=0.5"}) ==
        "p.ckpt: simulation.step_h is 0.5 here and 1.0" + saved);
  CHECK(parent.refused(graft, {"brain.patch_ventricle=false"}) ==
        "p.ckpt: brain.patch_ventricle is false here and true" + saved);
  // All of them at once.
  const std::string several =
      parent.refused(graft, {"host.age_y=33", "simulation.step_h=0.5", "simulation.seed=4"});
  CHECK(std::ranges::count(several, '\n') == 1);
}

TEST_CASE("a process goes on or stays off") {
  const Parent parent(graft);
  CHECK(
      parent.refused(graft, {"cytotoxicity.enabled=false"}) ==
      "p.ckpt: cytotoxicity.enabled is false here and true in the saved run (a process goes on or "
      "stays off)");
}

TEST_CASE("injections up to the day of the branch have happened, later ones are free") {
  const Parent parent(graft);
  const std::string refused =
      "p.ckpt: [graft] differs up to day 30 (it has happened in the saved state); only what comes "
      "later may change, as further [[...]] entries";
  const auto extra = [](const std::string& day) {
    return graft + "[[graft.extra]]\ncells = 50\nday = " + day + "\n";
  };
  CHECK(parent.refused("[graft]\ncells = 1001\n") == refused);
  CHECK(parent.refused("[graft]\ncells = 1000\nviability = 0.8\n") == refused);
  CHECK(parent.refused("[graft]\ncells = 1000\nday = 40\n") == refused);
  CHECK(parent.refused("") == refused);
  CHECK(parent.refused(extra("29")) == refused);
  CHECK(parent.refused(extra("30")) == refused);
  CHECK(parent.refused(extra("30.5")).empty());
  const Texts changes = parent.allowed(extra("40"));
  CHECK(std::ranges::count(changes, "graft.extra.0.cells:  -> 50.0") == 1);
  // A later one of the parent may go or change.
  const Parent later(extra("40"));
  CHECK(later.refused(graft).empty());
  CHECK(later.refused(extra("50")).empty());
  CHECK(later.refused(extra("20")) == refused);
  // An entry without cells is no injection.
  CHECK(parent.refused(graft + "[[graft.extra]]\ncells = 0\nday = 3\n").empty());
  // The first injection may come after the branch.
  CHECK(Parent("").refused("[graft]\ncells = 5\nday = 31\n").empty());
}

TEST_CASE("insults up to the day of the branch have happened, later ones are free") {
  const auto insult = [](const std::string& day, const std::string& more = "") {
    return graft + "[[insult]]\nkind = \"cuprizone\"\nstart_d = " + day + "\nstop_d = 90\n" + more;
  };
  const Parent parent(insult("10"));
  const std::string refused =
      "p.ckpt: [insult] differs up to day 30 (it has happened in the saved "
      "state); only what comes later may change, as further [[...]] entries";
  CHECK(parent.refused(insult("11")) == refused);
  CHECK(parent.refused(insult("10", "kill_per_d = 0.3\n")) == refused);
  CHECK(parent.refused(graft) == refused);
  const std::string second = "[[insult]]\nkind = \"sensitising\"\nstart_d = ";
  CHECK(parent.refused(insult("10", second + "30\n")) == refused);
  CHECK(parent.refused(insult("10", second + "31\n")).empty());
}

TEST_CASE("a drug may be stopped or changed from the branch on, not before") {
  const Parent parent(graft + tacrolimus);
  const std::string refused =
      "p.ckpt: drug.tacrolimus has other doses before the branch (they were given by day 30); "
      "change "
      "stop_d or later doses, or add a further [[drug]]";
  const auto with = [&](const std::string& setting) {
    return parent.refused(graft + tacrolimus, {setting});
  };
  CHECK(parent.allowed(graft + tacrolimus, {"drug.tacrolimus.stop_d=30"}) ==
        Texts{"drug.tacrolimus.stop_d: 36525.0 -> 30.0"});
  CHECK(with("drug.tacrolimus.stop_d=60").empty());
  CHECK(with("drug.tacrolimus.stop_d=29") == refused);
  CHECK(with("drug.tacrolimus.dose_mg=4") == refused);
  CHECK(with("drug.tacrolimus.start_d=-4") == refused);
  CHECK(with("drug.tacrolimus.every_h=12") == refused);
  CHECK(with("drug.tacrolimus.profile=tacrolimus_two_compartment") == refused);
  // A taper that begins after the branch is free, one that began before is not.
  CHECK(parent.refused(graft + tacrolimus + "stop_d = 60\ntaper_d = 20\n").empty());
  CHECK(parent.refused(graft + tacrolimus + "stop_d = 60\ntaper_d = 40\n") == refused);
}

TEST_CASE("a further drug is free if it begins after the branch") {
  const Parent parent(graft + tacrolimus);
  const auto further = [](const std::string& day) {
    return "[[drug]]\nname = \"second\"\nprofile = \"cyclosporine\"\ndose_mg = 100\nstart_d = " +
           day + "\n";
  };
  CHECK(parent.refused(graft + tacrolimus + further("31")).empty());
  CHECK(parent.refused(graft + tacrolimus + further("30")).empty());
  CHECK(parent.refused(graft + tacrolimus + further("29"))
            .find("p.ckpt: drug.second has other doses before the branch") == 0);
  // The saved state holds drugs by number.
  const std::string moved = parent.refused(graft + further("31") + tacrolimus);
  CHECK(
      moved.find("p.ckpt: drug.tacrolimus is not number 0 of the drugs (the saved state holds the "
                 "drugs of its run, in their order); keep the entry, and end it with stop_d") == 0);
  CHECK(parent.refused(graft).find("p.ckpt: drug.tacrolimus is not number 0 of the drugs") == 0);
}

TEST_CASE("a constant effect may end or change after the branch") {
  const auto drug = [](const std::string& start, const std::string& stop, const std::string& kill) {
    return graft + "[[drug]]\nname = \"block\"\nkind = \"constant_effect\"\neffect_kill = " + kill +
           "\nstart_d = " + start + "\nstop_d = " + stop + "\n";
  };
  const Parent parent(drug("0", "100", "0.5"));
  CHECK(parent.refused(drug("0", "60", "0.5")).empty());
  CHECK(parent.refused(drug("0", "20", "0.5")).find("has other doses") != std::string::npos);
  CHECK(parent.refused(drug("0", "100", "0.6")).find("has other doses") != std::string::npos);
  CHECK(parent.refused(drug("1", "100", "0.5")).find("has other doses") != std::string::npos);
  // One that has not begun is free altogether.
  const Parent later(drug("40", "100", "0.5"));
  CHECK(later.refused(drug("50", "70", "0.9")).empty());
}

TEST_CASE("single doses are compared up to the branch") {
  const auto drug = [](const std::string& days, const std::string& mg) {
    return graft + "[[drug]]\nname = \"tacrolimus\"\nschedule_day = " + days +
           "\nschedule_mg = " + mg + "\n";
  };
  const Parent parent(drug("[0, 20, 40]", "[1, 2, 3]"));
  CHECK(parent.refused(drug("[0, 20]", "[1, 2]")).empty());
  CHECK(parent.refused(drug("[0, 20, 35, 50]", "[1, 2, 9, 9]")).empty());
  CHECK(!parent.refused(drug("[0, 40]", "[1, 3]")).empty());
  CHECK(!parent.refused(drug("[0, 20, 40]", "[1, 2.5, 3]")).empty());
}

TEST_CASE("sections with a name are compared by their names") {
  const std::string second = "[fields.zinc]\nhalf_life_h = 2.0\n";
  const Parent parent(graft + second);
  const Texts changes = parent.allowed(graft + second + "[fields.alum]\nhalf_life_h = 3.0\n");
  CHECK(std::ranges::count(changes, "fields.alum.half_life_h:  -> 3.0") == 1);
  CHECK(std::ranges::none_of(
      changes, [](const std::string& one) { return one.find("zinc") != std::string::npos; }));
  CHECK(parent.allowed(graft + "[fields.zinc]\nhalf_life_h = 2.5\n") ==
        Texts{"fields.zinc.half_life_h: 2.0 -> 2.5"});
  // A field that exists without being given has its defaults.
  CHECK(Parent(graft).allowed(graft, {"fields.inflammatory.half_life_h=0.7"}) ==
        Texts{"fields.inflammatory.half_life_h: 0.5 -> 0.7"});
}

TEST_CASE("a state of another release, or of other files, is refused") {
  Parent parent(graft);
  parent.header.run.input_sha256 = {"abc"};
  CHECK(parent.refused(graft) ==
        "p.ckpt: the files that the config reads are not those of the saved run (they are part of "
        "the saved state)");
  parent.header.run.results_version = results_version + 1;
  CHECK(parent.refused(graft) == "p.ckpt: was written by results version " +
                                     std::to_string(results_version + 1) + ", not " +
                                     std::to_string(results_version) +
                                     " (what follows would not be one run); run its parent again");
}

TEST_CASE("what makes a change forbidden is the day of the branch") {
  const std::string late = "[graft]\ncells = 1000\nday = 5\n";
  CHECK(Parent(late, 4.0).refused("[graft]\ncells = 7\nday = 5\n").empty());
  CHECK_FALSE(Parent(late, 5.0).refused("[graft]\ncells = 7\nday = 5\n").empty());
}
