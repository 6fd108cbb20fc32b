#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <neurograft/io/config_check.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

const double infinity = std::numeric_limits<double>::infinity();

const std::vector<ParameterTable>& tables() {
  static const std::vector<ParameterTable> list{
      {"simulation",
       "the run",
       false,
       false,
       {{"duration_d", "d", 365.0, positive, "length", "assumed"},
        {"seed", "", std::int64_t{1}, non_negative, "seed", "assumed", Grade::setting}}},
      {"brain",
       "the brain",
       false,
       false,
       {{"source", "", std::string("phantom"), any_number, "what", "assumed"},
        {"resolution_mm", "mm", 1.0, positive, "voxel edge", "assumed"}}},
      {"graft",
       "the graft",
       false,
       false,
       {{"cells", "cell", std::int64_t{5000000}, non_negative, "how many", "NCT03282760"},
        {"route",
         "",
         std::string("icv"),
         any_number,
         "where",
         "assumed",
         Grade::setting,
         {"icv", "parenchymal"}},
        {"viability", "1", 0.9, fraction, "alive", "assumed"},
        {"site_mm", "mm", std::vector<double>{}, any_number, "point", "assumed"},
        {"frozen", "", false, any_number, "was frozen", "assumed"}}},
      {"graft.extra",
       "more injections",
       true,
       false,
       {{"cells", "cell", std::int64_t{0}, non_negative, "how many", "assumed"}}},
      {"drug",
       "a course",
       true,
       false,
       {{"name",
         "",
         std::string(""),
         any_number,
         "which",
         "assumed",
         Grade::setting,
         {"tacrolimus", "prednisone"}},
        {"dose_mg_per_kg", "mg/kg", 0.0, non_negative, "dose", "assumed"},
        {"half_life_h", "h", 12.0, positive, "elimination", "assumed"},
        {"stop_d", "d", infinity, any_number, "end", "assumed"}}},
      {"fields",
       "a field",
       false,
       true,
       {{"decay_per_d", "1/d", 24.0, non_negative, "decay", "assumed"}}},
      {"output",
       "what is written",
       false,
       false,
       {{"snapshots_d", "d", std::vector<double>{0.0, 365.0}, any_number, "when", "assumed"},
        {"fields",
         "",
         std::vector<std::string>{},
         any_number,
         "which",
         "assumed",
         Grade::setting,
         {"cytokine", "antigen"}}}}};
  return list;
}

ResolvedConfig check_text(std::string text) {
  return check(Config::from_string(std::move(text), "trial.toml"), tables());
}

std::vector<std::string> messages(const ResolvedConfig& resolved) {
  std::vector<std::string> lines;
  for (const Problem& problem : resolved.problems()) lines.push_back(to_string(problem));
  return lines;
}

/// The one problem of a config.
std::string message(std::string text) {
  const auto lines = messages(check_text(std::move(text)));
  REQUIRE(lines.size() == 1);
  return lines.front();
}

}  // namespace

TEST_CASE("an empty config gives the defaults") {
  const ResolvedConfig resolved = check_text("");
  CHECK_NOTHROW(resolved.throw_if_problems());
  CHECK(resolved.section("graft").at("cells") == Value(std::int64_t{5000000}));
  CHECK_FALSE(resolved.section("graft").is_given("cells"));
  CHECK_FALSE(resolved.is_given("graft"));
  CHECK(resolved.entries("drug").empty());
  CHECK(resolved.entries("fields").empty());
  CHECK_THROWS_AS(resolved.section("drug"), Error);
  CHECK_THROWS_AS(resolved.entries("graft"), Error);
}

TEST_CASE("given values come in the type of the table, with their place") {
  const ResolvedConfig resolved = check_text(
      "[graft]\ncells = 5e6\nviability = 1\nsite_mm = [1, 2.5, -3]\nfrozen = true\n"
      "[[graft.extra]]\ncells = 7\n[[drug]]\nname = 'tacrolimus'\n[[drug]]\n[fields.tnf]\n"
      "decay_per_d = 3\n[fields.il10]\n[output]\nfields = ['antigen']\n");
  CHECK(messages(resolved).empty());
  const SectionValues& graft = resolved.section("graft");
  CHECK(graft.at("cells") == Value(std::int64_t{5000000}));
  CHECK(graft.at("viability") == Value(1.0));
  CHECK(graft.at("site_mm") == Value(std::vector<double>{1.0, 2.5, -3.0}));
  CHECK(graft.at("frozen") == Value(true));
  CHECK(graft.at("route") == Value(std::string("icv")));
  CHECK(graft.given.at("cells") == "trial.toml:2");
  CHECK(resolved.entries("graft.extra").at(0).at("cells") == Value(std::int64_t{7}));
  const auto& drugs = resolved.entries("drug");
  REQUIRE(drugs.size() == 2);
  CHECK(drugs[0].name == "tacrolimus");
  CHECK(drugs[1].name == "1");
  const auto& fields = resolved.entries("fields");
  REQUIRE(fields.size() == 2);
  CHECK(fields[0].name == "il10");  // by name, whatever the order in the file
  CHECK(fields[1].at("decay_per_d") == Value(3.0));
  CHECK(resolved.section("output").at("fields") == Value(std::vector<std::string>{"antigen"}));
  CHECK(resolved.where("graft", "cells") == "trial.toml:2");
  CHECK(resolved.where("graft", "route") == "trial.toml:1");
  CHECK(resolved.where("drug[0]", "name") == "trial.toml:9");
  CHECK(resolved.where("drug[1]") == "trial.toml:10");
  CHECK(resolved.where("fields.tnf", "decay_per_d") == "trial.toml:12");
  CHECK(resolved.where("brain", "source") == "trial.toml");
  CHECK(resolved.is_given("fields.il10"));
}

TEST_CASE("unknown names, with what was probably meant") {
  CHECK(message("\n\n[brain]\nresolution = 2\n") ==
        "trial.toml:4: unknown key \"resolution\" in [brain]; did you mean \"resolution_mm\"?");
  CHECK(message("[graft]\nviablity = 0.5\n") ==
        "trial.toml:2: unknown key \"viablity\" in [graft]; did you mean \"viability\"?");
  CHECK(message("[[drug]]\nhalf_life_d = 1\n") ==
        "trial.toml:2: unknown key \"half_life_d\" in [[drug]]; did you mean \"half_life_h\"?");
  CHECK(message("[[drug]]\ndose_mg = 1\n") ==
        "trial.toml:2: unknown key \"dose_mg\" in [[drug]]; did you mean \"dose_mg_per_kg\"?");
  CHECK(message("[graft]\nRoute = 'icv'\n") ==
        "trial.toml:2: unknown key \"Route\" in [graft]; did you mean \"route\"?");
  CHECK(message("[graft]\nseed = 2\n") ==
        "trial.toml:2: unknown key \"seed\" in [graft]; it belongs in [simulation]");
  CHECK(message("[graft]\nbanana = 2\n") == "trial.toml:2: unknown key \"banana\" in [graft]");
  CHECK(message("[grafts]\ncells = 2\n") ==
        "trial.toml:1: unknown section [grafts]; did you mean [graft]?");
  CHECK(message("[[drugs]]\n[[drugs]]\n") ==
        "trial.toml:1: unknown section [[drugs]]; did you mean [[drug]]?");
  CHECK(message("[fields.tnf.deep]\n") == "trial.toml:1: unknown section [fields.tnf.deep]");
  CHECK(message("seed = 3\n") ==
        "trial.toml:1: key \"seed\" stands outside any section; it belongs in [simulation]");
}

TEST_CASE("wrong types") {
  CHECK(message("[graft]\ncells = 'many'\n") ==
        "trial.toml:2: graft.cells = \"many\" (must be a whole number)");
  CHECK(message("[graft]\ncells = 1.5\n") ==
        "trial.toml:2: graft.cells = 1.5 (must be a whole number)");
  CHECK(message("[graft]\ncells = 1e300\n") ==
        "trial.toml:2: graft.cells = 1e+300 (must be a whole number)");
  CHECK(message("[graft]\ncells = nan\n") ==
        "trial.toml:2: graft.cells = nan (must be a whole number)");
  CHECK(message("[graft]\nviability = true\n") ==
        "trial.toml:2: graft.viability = true (must be a number)");
  CHECK(message("[graft]\nfrozen = 1\n") ==
        "trial.toml:2: graft.frozen = 1 (must be true or false)");
  CHECK(message("[graft]\nroute = 1\n") ==
        "trial.toml:2: graft.route = 1 (must be a text in quotes)");
  CHECK(message("[graft]\nroute = 2020-01-01\n") ==
        "trial.toml:2: graft.route is a date (must be a text in quotes)");
  CHECK(message("[graft]\nsite_mm = 3\n") ==
        "trial.toml:2: graft.site_mm = 3 (must be a list of numbers); write [3]");
  CHECK(message("[graft]\nsite_mm = ['a']\n") ==
        "trial.toml:2: graft.site_mm = [\"a\"] (must be a list of numbers)");
  CHECK(message("[output]\nfields = [1]\n") ==
        "trial.toml:2: output.fields = [1.0] (must be a list of texts in quotes)");
  CHECK(message("[graft.cells]\nx = 1\n") ==
        "trial.toml:1: graft.cells is a table (must be a whole number)");
  CHECK(message("graft = 5\n") == "trial.toml:1: graft = 5 (must be a section); write [graft]");
}

TEST_CASE("values out of bounds") {
  CHECK(message("[[drug]]\n[[drug]]\ndose_mg_per_kg = -3\n") ==
        "trial.toml:3: drug[1].dose_mg_per_kg = -3 (must be >= 0)");
  CHECK(message("[graft]\nviability = 1.5\n") ==
        "trial.toml:2: graft.viability = 1.5 (must be in [0, 1])");
  CHECK(message("[brain]\nresolution_mm = 0\n") ==
        "trial.toml:2: brain.resolution_mm = 0 (must be > 0)");
  CHECK(message("[graft]\nviability = nan\n") ==
        "trial.toml:2: graft.viability = nan (must be finite)");
  CHECK(message("[brain]\nresolution_mm = inf\n") ==
        "trial.toml:2: brain.resolution_mm = inf (must be finite)");
  CHECK(message("[graft]\nsite_mm = [1, nan]\n") ==
        "trial.toml:2: graft.site_mm = [1.0, nan] (every element must be finite)");
  CHECK(message("[graft]\nroute = 'ivc'\n") ==
        "trial.toml:2: graft.route = \"ivc\" (must be one of \"icv\", \"parenchymal\"); did you "
        "mean \"icv\"?");
  CHECK(message("[output]\nfields = ['antigen', 'x']\n") ==
        "trial.toml:2: output.fields = [\"antigen\", \"x\"] (every element must be one of "
        "\"cytokine\", \"antigen\")");
  CHECK(message("[fields.tnf]\ndecay_per_d = -1\n") ==
        "trial.toml:2: fields.tnf.decay_per_d = -1 (must be >= 0)");
  CHECK(message("[brain]\nsource = \"a\\u0007\"\n").find("must not hold control characters") !=
        std::string::npos);
}

TEST_CASE("the default itself is always allowed") {
  const auto resolved = check_text("[[drug]]\nname = ''\nstop_d = inf\n");
  CHECK(messages(resolved).empty());
  CHECK(resolved.entries("drug")[0].at("stop_d") == Value(infinity));
  CHECK(message("[[drug]]\nstop_d = -inf\n") ==
        "trial.toml:2: drug[0].stop_d = -inf (must be finite)");
}

TEST_CASE("the form of a section") {
  CHECK(message("[drug]\nname = 'tacrolimus'\n") ==
        "trial.toml:1: [drug] is a list of entries; write [[drug]]");
  CHECK(message("[[graft]]\n[[graft]]\n") ==
        "trial.toml:1: [[graft]] is not a list; write [graft]");
  CHECK(message("[fields]\ndecay_per_d = 1\n") ==
        "trial.toml:2: key \"decay_per_d\" in [fields] belongs to no name; write [fields.NAME]");
  CHECK(message("[[fields.tnf]]\n") ==
        "trial.toml:1: [[fields.tnf]] is not a list; write [fields.tnf]");
  CHECK(message("[fields.'t n f']\n") ==
        "trial.toml:1: name \"t n f\" in [fields] (must be letters, digits, _ and -)");
  CHECK(messages(check_text("drug = []\n")).empty());
}

TEST_CASE("more entries than an experiment has are refused, once") {
  std::string courses, fields;
  for (int n = 0; n < 1000; ++n) {
    courses += "[[drug]]\n";
    fields += "[fields.f" + std::to_string(n) + "]\n";
  }
  CHECK(messages(check_text(courses)).empty());
  CHECK(messages(check_text(fields)).empty());
  CHECK(message(courses + "[[drug]]\n[[drug]]\n") ==
        "trial.toml:1001: more than 1000 entries [[drug]] (no experiment has so many)");
  CHECK(message(fields + "[fields.a]\n[fields.b]\n") ==
        "trial.toml:1001: more than 1000 entries [fields.NAME] (no experiment has so many)");
}

TEST_CASE("everything wrong comes at once, in file order, overrides last") {
  const Config config = Config::from_string(
                            "[output]\nsnapshots_d = 3\n[graft]\ncells = -1\nroute = 'x'\n"
                            "[[drug]]\nname = 'tacrolimus'\n[brian]\n",
                            "trial.toml")
                            .set_text("brain.resolution_mm=-2")
                            .set_text("drug.x.stop_d=1")
                            .set_text("drug.tacrolimus.dose_mg_per_kg=-3")
                            .set_text("fields.tnf.decay=4");
  ResolvedConfig resolved = check(config, tables());
  resolved.reject("drug[0]", "stop_d", "must be given");
  resolved.reject("graft", "cells", "must suit the drug");  // is wrong already: not twice
  resolved.reject("graft", "viability", "must suit the route", "use 0.5");
  resolved.reject("graft", "viability", "must suit the drug");  // nor here
  resolved.add_problem({"graft.viability", "is too high", "", ""});
  resolved.add_problem({"brain.nii.gz", "no such file", "", ""});
  const std::vector<std::string> expected{
      "trial.toml:2: output.snapshots_d = 3 (must be a list of numbers); write [3]",
      "trial.toml:3: graft.viability = 0.9 (must suit the route); use 0.5",
      "trial.toml:4: graft.cells = -1 (must be >= 0)",
      "trial.toml:5: graft.route = \"x\" (must be one of \"icv\", \"parenchymal\")",
      "trial.toml:6: drug[0].stop_d = inf (must be given)",
      "trial.toml:8: unknown section [brian]; did you mean [brain]?",
      "--set brain.resolution_mm=-2: brain.resolution_mm = -2 (must be > 0)",
      "--set drug.x.stop_d=1: [[drug]] has no entry \"x\"; it has tacrolimus",
      "--set drug.tacrolimus.dose_mg_per_kg=-3: drug[0].dose_mg_per_kg = -3 (must be >= 0)",
      "--set fields.tnf.decay=4: unknown key \"decay\" in [fields.tnf]; did you mean "
      "\"decay_per_d\"?",
      "brain.nii.gz: no such file"};
  CHECK(messages(resolved) == expected);
  CHECK_FALSE(resolved.usable("graft", "cells"));
  CHECK_FALSE(resolved.usable("graft", "viability"));
  CHECK(resolved.usable("output", "every_d"));
  CHECK(resolved.section("graft").at("cells") == Value(std::int64_t{5000000}));
  try {
    resolved.throw_if_problems();
    FAIL("no error thrown");
  } catch (const InputError& error) {
    CHECK(error.problems().size() == expected.size());
    CHECK(std::string(error.what()).substr(0, 60) == expected[0].substr(0, 60));
  }
}

TEST_CASE("overrides of lists that are not there") {
  const auto problem = [](const char* text) {
    const auto lines =
        messages(check(Config::from_string("", "trial.toml").set_text(text), tables()));
    REQUIRE(lines.size() == 1);
    return lines[0];
  };
  CHECK(problem("drug.tacrolimus.stop_d=90") ==
        "--set drug.tacrolimus.stop_d=90: [[drug]] has no entry \"tacrolimus\"");
  CHECK(problem("drug.stop_d=90") == "--set drug.stop_d=90: [[drug]] has no entries to set");
  CHECK(problem("graft=90") == "--set graft=90: graft = 90 (must be a section); write [graft]");
  CHECK(problem("graft.cells=5e") ==
        "--set graft.cells=5e: graft.cells = \"5e\" (must be a whole number)");
}

TEST_CASE("the resolved text gives the same values back") {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> exponent(-300.0, 300.0);
  for (int i = 0; i < 50; ++i) {
    const double x = std::pow(10.0, exponent(random));
    const double y = -std::pow(10.0, exponent(random));
    const Config config = Config::from_string(
                              "[[graft.extra]]\ncells = 3\n[[graft.extra]]\n[[drug]]\n"
                              "name = 'prednisone'\n[fields.b]\n[fields.a]\n",
                              "trial.toml")
                              .set("brain.resolution_mm", x)
                              .set("graft.site_mm", std::vector<double>{x, y, 0.1})
                              .set("brain.source", "a \"quoted\" \\ path.nii")
                              .set("output.fields", std::vector<std::string>{"antigen", "cytokine"})
                              .set("fields.a.decay_per_d", x);
    const ResolvedConfig first = check(config, tables());
    REQUIRE(messages(first).empty());
    const std::string text = first.resolved_toml();
    const ResolvedConfig second = check(Config::from_string(text), tables());
    REQUIRE(messages(second).empty());
    CHECK(second.resolved_toml() == text);
    CHECK(second.hash() == first.hash());
    CHECK(second.section("brain").values == first.section("brain").values);
    CHECK(second.section("graft").values == first.section("graft").values);
    CHECK(second.section("output").values == first.section("output").values);
    REQUIRE(second.entries("graft.extra").size() == 2);
    CHECK(second.entries("drug").at(0).values == first.entries("drug").at(0).values);
    CHECK(second.entries("fields").at(0).at("decay_per_d") == Value(x));
  }
}

TEST_CASE("the hash depends on values alone") {
  const auto hash = [](std::string text) { return check_text(std::move(text)).hash(); };
  CHECK(hash("") == hash("# a comment\n[graft]\ncells = 5_000_000\n"));
  CHECK(hash("[graft]\ncells = 6e6\nviability = 1\n") ==
        hash("[graft]\nviability = 1.0\ncells = 6000000\n"));
  CHECK(hash("[fields.a]\n[fields.b]\n") == hash("[fields.b]\n[fields.a]\n"));
  CHECK(hash("") != hash("[graft]\ncells = 5000001\n"));
  CHECK(hash("") != hash("[[drug]]\n"));
}

TEST_CASE("known names of a named section exist and have defaults of their own") {
  std::vector<ParameterTable> known_tables = tables();
  ParameterTable& fields = *std::find_if(known_tables.begin(), known_tables.end(),
                                         [](const auto& t) { return t.section == "fields"; });
  ParameterTable tnf{"tnf", "a known field", false, false, fields.parameters};
  tnf.parameters[0].fallback = 33.0;
  fields.known.push_back(tnf);
  const auto resolve = [&](std::string text) {
    return check(Config::from_string(std::move(text), "trial.toml"), known_tables);
  };
  const ResolvedConfig empty = resolve("");
  REQUIRE(empty.entries("fields").size() == 1);
  CHECK(empty.entries("fields")[0].at("decay_per_d") == Value(33.0));
  CHECK_FALSE(empty.is_given("fields.tnf"));

  const ResolvedConfig both = resolve("[fields.tnf]\n[fields.il10]\n");
  REQUIRE(both.entries("fields").size() == 2);
  CHECK(both.entries("fields")[0].at("decay_per_d") == Value(24.0));  // il10
  CHECK(both.entries("fields")[1].at("decay_per_d") == Value(33.0));
  CHECK(both.is_given("fields.tnf"));
  CHECK(resolve(both.resolved_toml()).resolved_toml() == both.resolved_toml());
  CHECK(resolve("[fields.tnf]\n").hash() == empty.hash());

  CHECK(messages(resolve("[fields.tmf]\n")) ==
        std::vector<std::string>{"trial.toml:1: unknown name \"tmf\" in [fields] (too like a known "
                                 "name to be a new one); did you mean [fields.tnf]?"});
  CHECK(messages(resolve("[fields.tnf_alpha]\n")).empty());
}

TEST_CASE("nearest names") {
  const std::vector<std::string> names{"attach_per_d", "washout_per_d", "kd", "half_life_h"};
  CHECK(nearest_name("atach_per_d", names) == "attach_per_d");
  CHECK(nearest_name("attach_per_h", names) == "attach_per_d");
  CHECK(nearest_name("attach", names) == "attach_per_d");
  CHECK(nearest_name("half_life", names) == "half_life_h");
  CHECK(nearest_name("hafl_life_h", names) == "half_life_h");
  const std::vector<std::string> doses{"dose_mg", "dose_mg_per_kg", "dose_mg_per_h"};
  CHECK(nearest_name("dose_mg_per_kg_per_d", doses) == "dose_mg_per_kg");
  CHECK(nearest_name("zzz", names).empty());
  CHECK(nearest_name(std::string(5000, 'x'), names).empty());
}
