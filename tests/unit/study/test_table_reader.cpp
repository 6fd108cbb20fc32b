#include <neurograft/study/table_reader.hpp>

#include <doctest/doctest.h>

using namespace neurograft;

namespace {

using Texts = std::vector<std::string>;

// A table out of text, its reader, and what it complains of.
struct Table {
  explicit Table(const std::string& text) : config(Config::from_string(text, "t.toml")) {}

  std::string told() const {
    std::string text;
    for (const Problem& problem : problems) text += to_string(problem) + "\n";
    return text;
  }

  Config config;
  std::vector<Problem> problems{};
  TableReader reader{config.root(), "the table", problems};
};

}  // namespace

TEST_CASE("values come as they were written") {
  Table t(
      "a = 1.5\nb = 3\nc = true\nd = \"x\"\ne = [1, 2.5]\nf = [\"p\", \"q\"]\ng = []\n"
      "h = [[1.0, 2.0]]\n[s]\nx = 1\n[[l]]\n[[l]]\n");
  TableReader& r = t.reader;
  CHECK(r.number("a") == 1.5);
  CHECK(r.number("b") == 3.0);
  CHECK(r.whole("b", 3) == 3);
  CHECK(r.flag("c") == true);
  CHECK(r.text("d") == "x");
  CHECK(r.numbers("e") == std::vector<double>{1.0, 2.5});
  CHECK(r.texts("f") == Texts{"p", "q"});
  CHECK(r.texts("d") == Texts{"x"});
  CHECK(r.texts("g").empty());
  CHECK(r.items("f") == Texts{"\"p\"", "\"q\""});
  CHECK(r.items("h") == Texts{"[1.0, 2.0]"});
  CHECK(r.items("d") == Texts{"\"x\""});
  CHECK(r.items("b") == Texts{"3"});
  CHECK(r.tables("s").size() == 1);
  CHECK(r.tables("l").size() == 2);
  CHECK(r.has("s"));
  CHECK(r.has("a"));
  CHECK_FALSE(r.has("z"));
  r.finish();
  CHECK(t.told().empty());
}

TEST_CASE("what is not there is none, without a word") {
  Table t("");
  CHECK_FALSE(t.reader.number("a").has_value());
  CHECK_FALSE(t.reader.whole("a", 0).has_value());
  CHECK_FALSE(t.reader.flag("a").has_value());
  CHECK_FALSE(t.reader.text("a").has_value());
  CHECK_FALSE(t.reader.numbers("a").has_value());
  CHECK(t.reader.items("a").empty());
  CHECK(t.reader.texts("a").empty());
  CHECK(t.reader.tables("a").empty());
  t.reader.finish();
  CHECK(t.told().empty());
}

TEST_CASE("a value of the wrong type or size is told with its line, once") {
  Table t("a = \"1\"\nb = 1\nc = 1.5\nd = inf\ne = [\"x\"]\nf = []\ng = 1e300\nh = 2020-01-01\n");
  TableReader& r = t.reader;
  CHECK_FALSE(r.number("a").has_value());
  CHECK_FALSE(r.flag("b").has_value());
  CHECK_FALSE(r.text("b").has_value());
  CHECK_FALSE(r.whole("c", 0).has_value());
  CHECK_FALSE(r.number("d").has_value());
  CHECK_FALSE(r.numbers("e").has_value());
  CHECK(r.items("f").empty());
  CHECK_FALSE(r.whole("g", 0).has_value());
  CHECK_FALSE(r.whole("b", 2).has_value());
  CHECK_FALSE(r.text("h").has_value());
  CHECK(r.texts("b").empty());
  r.finish();
  CHECK(t.told() ==
        "t.toml:1: a = \"1\" (must be a number)\n"
        "t.toml:2: b = 1 (must be true or false)\n"
        "t.toml:2: b = 1 (must be a text)\n"
        "t.toml:3: c = 1.5 (must be a whole number of 0 or more)\n"
        "t.toml:4: d = inf (must be finite)\n"
        "t.toml:5: e = [\"x\"] (must be a list of numbers)\n"
        "t.toml:6: f = [] (must be a list with something in it)\n"
        "t.toml:7: g = 1e+300 (must be at most 9007199254740992)\n"
        "t.toml:2: b = 1 (must be a whole number of 2 or more)\n"
        "t.toml:8: h = a date (must be a text)\n"
        "t.toml:2: b = 1 (must be a list of texts)\n");
}

TEST_CASE("a whole number is one of any notation, up to 2^53") {
  Table t("a = 5e6\nb = 9007199254740992\nc = 9007199254740994\nd = -1\n");
  CHECK(t.reader.whole("a", 0) == 5000000);
  CHECK(t.reader.whole("b", 0) == 9007199254740992);
  CHECK_FALSE(t.reader.whole("c", 0).has_value());
  CHECK(t.reader.whole("d", -1) == -1);
  CHECK(t.problems.size() == 1);
}

TEST_CASE("a key that must be there") {
  Table t("a = 1\n[b]\n[[c]]\n");
  for (const char* key : {"a", "b", "c"}) t.reader.require(key);
  CHECK(t.told().empty());
  t.reader.require("d", "some d");
  t.reader.require("e");
  CHECK(t.told() ==
        "t.toml: the table has no d (it is needed); some d\n"
        "t.toml: the table has no e (it is needed)\n");
}

TEST_CASE("what nobody asked for is told, with what was probably meant") {
  Table t("replicats = 1\nzzz = 2\n[sectoin]\nx = 1\n[[sectoin2]]\n");
  t.reader.whole("replicates", 1);
  t.reader.tables("section");
  t.reader.finish();
  CHECK(t.told() ==
        "t.toml:1: unknown key \"replicats\" in the table; did you mean \"replicates\"?\n"
        "t.toml:2: unknown key \"zzz\" in the table\n"
        "t.toml:3: unknown key \"sectoin\" in the table; did you mean \"section\"?\n"
        "t.toml:5: unknown key \"sectoin2\" in the table; did you mean \"section\"?\n");
}

TEST_CASE("a section is no value, and a value no section") {
  Table t("section = 3\n[value]\nx = 1\n");
  CHECK(t.reader.tables("section").empty());
  CHECK_FALSE(t.reader.number("value").has_value());
  t.reader.finish();
  CHECK(t.told() ==
        "t.toml:1: section = 3 (must be a section); write [section]\n"
        "t.toml:2: [value] is a section (a value is needed)\n");
}
