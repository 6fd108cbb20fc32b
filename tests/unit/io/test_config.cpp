#include <filesystem>
#include <fstream>

#include <neurograft/io/config.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

std::string message(const auto& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

const ConfigTable& table(const Config& config, std::string_view name) {
  for (const ConfigTable& child : config.root().tables) {
    if (child.name == name) return child;
  }
  throw Error("no such table");
}

constexpr const char* two_drugs = R"([[drug]]
name = "tacrolimus"
[[drug]]
kind = "constant_effect"
dose_mg = 2
)";

}  // namespace

TEST_CASE("keys keep their line, value and text") {
  const Config config =
      Config::from_string("# trial\n[graft]\ncells = 5_000_000\nroute = 'icv'\n", "trial.toml");
  const ConfigTable& graft = table(config, "graft");
  CHECK(graft.origin.where == "trial.toml:2");
  REQUIRE(graft.values.size() == 2);
  CHECK(graft.values[0].origin.where == "trial.toml:3");
  CHECK(graft.values[0].value == Value(std::int64_t{5000000}));
  CHECK(graft.values[1].key == "route");
  CHECK(graft.values[1].value == Value(std::string("icv")));
  CHECK(graft.values[1].text == "\"icv\"");
}

TEST_CASE("a multi-line list stands at the line of its key; inline tables are entries") {
  const Config config =
      Config::from_string("[output]\nsnapshots_d = [\n 0,\n 30.5]\n[a]\nb = [{c = 1}, {c = 2}]\n");
  const ConfigValue* list = table(config, "output").find("snapshots_d");
  REQUIRE(list != nullptr);
  CHECK(list->origin.where == "config:2");
  CHECK(list->value == Value(std::vector<double>{0.0, 30.5}));
  CHECK(table(config, "a").tables.size() == 2);
  CHECK(table(config, "a").tables[1].in_list);
}

TEST_CASE("values that no parameter has are kept by name") {
  const Config config = Config::from_string("[a]\nb = 2020-01-01\nc = [1, 'x']\nd = [[1], [2]]\n");
  CHECK_FALSE(table(config, "a").find("b")->value.has_value());
  CHECK(table(config, "a").find("b")->text == "a date");
  CHECK(table(config, "a").find("c")->text == "a list of mixed or nested values");
  CHECK(table(config, "a").find("d")->text == "a list of mixed or nested values");
}

TEST_CASE("a syntax error names file and line") {
  const std::string text =
      message([] { Config::from_string("[graft]\ncells = 5\nroute = icv\n", "trial.toml"); });
  CHECK(text.substr(0, 14) == "trial.toml:3: ");
  CHECK(text.find("(not valid TOML)") != std::string::npos);
  const std::string twice =
      message([] { Config::from_string("[graft]\ncells = 5\n\ncells = 6\n", "trial.toml"); });
  CHECK(twice.substr(0, 14) == "trial.toml:4: ");
  for (const char* header : {"[=graft]", "[[#graft]]", "[}graft]", "[,]", "[\\graft]"}) {
    const std::string line =
        message([&] { Config::from_string(std::string("\n") + header + "\n", "trial.toml"); });
    CHECK(line.substr(0, 14) == "trial.toml:2: ");
  }
}

TEST_CASE("a file that cannot be read is bad input") {
  CHECK(message([] { Config::from_file("nowhere/trial.toml"); }) ==
        "nowhere/trial.toml: config cannot be read (No such file or directory)");
  CHECK(message([] { Config::from_file("/tmp"); }) ==
        "/tmp: config cannot be read (it is a directory)");
}

TEST_CASE("from_file keeps the bytes and the folder") {
  const auto folder = std::filesystem::temp_directory_path() / "neurograft_test_config";
  std::filesystem::create_directories(folder);
  const auto path = folder / "trial.toml";
  std::ofstream(path) << "# as written\r\n[graft]\r\ncells = 1\r\n";
  const Config config = Config::from_file(path);
  CHECK(config.text() == "# as written\r\n[graft]\r\ncells = 1\r\n");
  CHECK(config.path() == path);
  CHECK(config.directory() == folder);
  CHECK(config.name() == path.string());
  CHECK(Config::from_string("").directory() == ".");
  std::filesystem::remove_all(folder);
}

TEST_CASE("set changes, adds and chains") {
  auto config = Config::from_string("[graft]\ncells = 1\n").set("graft.cells", 5e6);
  CHECK(table(config, "graft").find("cells")->value == Value(5e6));
  CHECK(table(config, "graft").find("cells")->origin.where == "--set graft.cells=5000000.0");
  config.set("brain.source", "phantom").set("fields.tnf.decay_per_d", 2);
  CHECK(table(config, "brain").find("source")->value == Value(std::string("phantom")));
  CHECK(table(config, "fields").tables.at(0).name == "tnf");
  CHECK(table(config, "graft").values.size() == 1);
  CHECK(config.overrides().size() == 3);
}

TEST_CASE("set_text reads the value as TOML, else as a string") {
  const auto value = [](const char* text) {
    const Config config = Config::from_string("").set_text(text);
    return table(config, "a").find("b")->value;
  };
  CHECK(value("a.b=5e6") == Value(5e6));
  CHECK(value("a.b=-3") == Value(std::int64_t{-3}));
  CHECK(value(" a.b = true ") == Value(true));
  CHECK(value("a.b=phantom") == Value(std::string("phantom")));
  CHECK(value("a.b=\"x = 1\"") == Value(std::string("x = 1")));
  CHECK(value("a.b=c=d") == Value(std::string("c=d")));
  CHECK(value("a.b=") == Value(std::string()));
  CHECK(value("a.b=[1, 2]") == Value(std::vector<double>{1.0, 2.0}));
  CHECK(value("a.b=['x','y']") == Value(std::vector<std::string>{"x", "y"}));
  CHECK(value("a.b=1\nc = 2") == Value(std::string("1\nc = 2")));
}

TEST_CASE("entries of a list are reached by name, kind and index") {
  Config config = Config::from_string(two_drugs);
  config.set_text("drug.tacrolimus.stop_d=90")
      .set_text("drug.constant_effect.dose_mg=3")
      .set_text("drug.0.dose_mg=7");
  CHECK(config.problems().empty());
  const auto& drugs = config.root().tables;
  REQUIRE(drugs.size() == 2);
  CHECK(drugs[0].find("stop_d")->value == Value(std::int64_t{90}));
  CHECK(drugs[1].find("dose_mg")->value == Value(std::int64_t{3}));
  CHECK(drugs[0].find("dose_mg")->value == Value(std::int64_t{7}));
}

TEST_CASE("an empty list takes the entries of a list of tables away") {
  CHECK(Config::from_string(two_drugs).set_text("drug=[]").root().tables.empty());
  const Config none = Config::from_string(two_drugs).set("drug", std::vector<double>{});
  CHECK(none.root().tables.empty());
  CHECK(none.root().values.empty());
  CHECK(none.problems().empty());
  const Config inner =
      Config::from_string("[graft]\n[[graft.extra]]\ncells=1\n").set_text("graft.extra=[]");
  CHECK(inner.root().tables.at(0).tables.empty());
}

TEST_CASE("a set that leads nowhere is kept as a problem") {
  const auto problem = [](const char* text) {
    const Config config = Config::from_string(two_drugs).set_text(text);
    return config.problems().empty() ? "none" : to_string(config.problems().at(0).problem);
  };
  CHECK(problem("drug.cyclosporine.stop_d=9") ==
        "--set drug.cyclosporine.stop_d=9: [[drug]] has no entry \"cyclosporine\"; it has "
        "tacrolimus, constant_effect");
  CHECK(problem("drug.2.stop_d=9") ==
        "--set drug.2.stop_d=9: [[drug]] has no entry \"2\"; it has tacrolimus, constant_effect");
  CHECK(problem("drug.stop_d=9") ==
        "--set drug.stop_d=9: [[drug]] is a list; name the entry, as in drug.ENTRY.stop_d; it has "
        "tacrolimus, constant_effect");
  CHECK(problem("graft.cells") == "--set graft.cells: no value; write KEY=VALUE");
  CHECK(problem("graft..cells=1") ==
        "--set graft..cells=1: bad key \"graft..cells\" (a name is empty); write "
        "SECTION.KEY=VALUE");
  const Config twins =
      Config::from_string("[[drug]]\nname='a'\n[[drug]]\nname='a'\n").set_text("drug.a.dose_mg=1");
  CHECK(to_string(twins.problems().at(0).problem) ==
        "--set drug.a.dose_mg=1: [[drug]] has 2 entries \"a\"; use the index, from 0");
}

TEST_CASE("the text for provenance holds the overrides") {
  const Config config = Config::from_string("[graft]\ncells = 1").set_text("graft.cells=2");
  CHECK(config.text() == "[graft]\ncells = 1");
  CHECK(config.text_with_overrides() == "[graft]\ncells = 1\n# --set graft.cells=2\n");
}

TEST_CASE("a key of thousands of names is refused before it is followed") {
  std::string key = "a";
  for (int n = 0; n < 100'000; ++n) key += n % 2 == 0 ? ".a" : " . \"a\"";
  CHECK(test::problems_in([&] { Config::from_string("x = 1\n" + key + " = 1\n", "deep.toml"); }) ==
        "deep.toml:2: a key of more than 32 names (no section is nested as deeply)");
  CHECK(test::problems_in([&] { Config::from_string("[" + key + "]\n", "deep.toml"); }) != "");
  CHECK(Config::from_string("").set(key, Value(1.0)).problems().size() == 1);
  std::string decimals = "# columns:";
  for (int n = 0; n < 100; ++n) decimals += " 0." + std::to_string(n);
  CHECK_NOTHROW(Config::from_string(decimals + "\n"));
  CHECK_NOTHROW(Config::from_string("# 1. one. two. three, " + std::string(100, '.') + "\n"));
}
