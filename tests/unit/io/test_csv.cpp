#include <cmath>
#include <limits>

#include <neurograft/core/error.hpp>
#include <neurograft/io/csv.hpp>

#include <doctest/doctest.h>
#include <support/files.hpp>

using namespace neurograft;

namespace {

using Row = std::vector<std::string>;

std::string problem_of(const std::string& text) {
  return test::problems_in([&] { parse_csv(text, "t.csv"); });
}

std::vector<Row> rows_of(const std::string& text) {
  return parse_csv(text, "t.csv").rows;
}

void check_round_trip(const CsvTable& table) {
  const CsvTable again = parse_csv(to_csv(table), "t.csv");
  CHECK(again.header == table.header);
  CHECK(again.rows == table.rows);
}

}  // namespace

TEST_CASE("fields are split at commas, rows at line ends") {
  const CsvTable table = parse_csv("a,b,c\n1,,3\n x , y,\n", "t.csv");
  CHECK(table.header == Row{"a", "b", "c"});
  CHECK(table.rows == std::vector<Row>{{"1", "", "3"}, {" x ", " y", ""}});
}

TEST_CASE("line ends of every kind, and a last line without one") {
  const std::vector<Row> rows{{"1", "2"}, {"3", ""}};
  CHECK(rows_of("a,b\n1,2\n3,\n") == rows);
  CHECK(rows_of("a,b\r\n1,2\r\n3,\r\n") == rows);
  CHECK(rows_of("a,b\r1,2\r3,\r") == rows);
  CHECK(rows_of("a,b\n1,2\n3,") == rows);
  CHECK(rows_of("\n\na,b\n\n1,2\n\r\n3,\n\n\n") == rows);
}

TEST_CASE("a byte-order mark is not part of the first name") {
  CHECK(parse_csv("\xef\xbb\xbf"
                  "a,b\n1,2\n",
                  "t.csv")
            .header == Row{"a", "b"});
  CHECK(parse_csv("\xef\xbb\xbf\"a,x\",b\n1,2\n", "t.csv").header == Row{"a,x", "b"});
}

TEST_CASE("quotes hold commas, quotes and line ends") {
  CHECK(rows_of("a,b\n\"1,5\",\"say \"\"no\"\"\"\n\"two\r\nlines\",\"\"\n\"\"\"\",x\"y\n") ==
        std::vector<Row>{{"1,5", "say \"no\""}, {"two\r\nlines", ""}, {"\"", "x\"y"}});
}

TEST_CASE("a quote must end, and end its field") {
  CHECK(problem_of("a,b\n1,2\n3,\"4\n5,6\n") == "t.csv:3: a quote does not end");
  CHECK(problem_of("\"a") == "t.csv:1: a quote does not end");
  const std::string after =
      " text after the quote that ends a field (a quote within one is written twice)";
  CHECK(problem_of("\"a\"b\n1\n") == "t.csv:1:" + after);
  CHECK(problem_of("a,b\n1,2\n\"3\" ,4\n") == "t.csv:3:" + after);
  CHECK(problem_of("a,b\n\"1\n2\"3,4\n") == "t.csv:3:" + after);
}

TEST_CASE("a row of another length than the header is told with its line") {
  CHECK(problem_of("a,b\n1,2\n3\n") == "t.csv:3: has 1 fields (the header has 2)");
  CHECK(problem_of("a,b\n1,2,3\n") == "t.csv:2: has 3 fields (the header has 2)");
  CHECK(problem_of("\n\na,b\r\n\"x\ny\",2\r\n\r\n1,2,3\r\n") ==
        "t.csv:7: has 3 fields (the header has 2)");
}

TEST_CASE("columns have names, each once") {
  CHECK(problem_of("a,,c\n1,2,3\n") == "t.csv:1: a column has no name");
  CHECK(problem_of("a,b,\n1,2,3\n") == "t.csv:1: a column has no name");
  CHECK(problem_of("\na,b,a\n1,2,3\n") == "t.csv:2: column \"a\" is there twice");
}

TEST_CASE("a table has a header and rows") {
  const std::string empty = "t.csv: is empty (a table begins with the names of its columns)";
  CHECK(problem_of("") == empty);
  CHECK(problem_of("\r\n\n") == empty);
  CHECK(problem_of("\xef\xbb\xbf") == empty);
  CHECK(problem_of("a,b\n") == "t.csv: has no row below its header");
}

TEST_CASE("what is written reads back the same") {
  check_round_trip({{"plain", "with,comma", "with \"quotes\""},
                    {{"", "", ""}, {"a\nb", "c\r\nd", "\r"}, {" spaces ", "\"", ",\n\","}}});
  check_round_trip({{"one"}, {{"1"}, {""}, {"2"}}});
  check_round_trip({{"a", "b"}, {{"", ""}}});
  CHECK(csv_line({"a", "b,c", "d\"e", "f\ng"}) == "a,\"b,c\",\"d\"\"e\",\"f\ng\"\n");
}

TEST_CASE("numbers read back the same, and what is not one is empty") {
  for (const double value : {0.1, 1.0 / 3.0, 5e6, -1e-300, 1e300, 9007199254740991.0, 0.0}) {
    CHECK(std::stod(csv_number(value)) == value);
  }
  CHECK(csv_number(3.0) == "3");
  CHECK(csv_number(0.1) == "0.1");
  CHECK(csv_number(std::numeric_limits<double>::quiet_NaN()).empty());
  CHECK(csv_number(-std::numeric_limits<double>::quiet_NaN()).empty());
  CHECK(csv_number(std::numeric_limits<double>::infinity()) == "inf");
}

TEST_CASE("a file is read by name, and named in messages") {
  const test::Folder folder("csv");
  CHECK(read_csv(folder.write("t.csv", "a\n1\n")).rows == std::vector<Row>{{"1"}});
  CHECK(test::problems_in(folder, [&] { read_csv(folder / "none.csv"); }) ==
        "none.csv: cannot be read (No such file or directory)");
  CHECK(test::problems_in([&] { read_csv(folder.path()); }) ==
        folder.path().string() + ": cannot be read (it is a directory)");
  const auto bad = folder.write("bad.csv", "a\n1,2\n");
  CHECK(test::problems_in(folder, [&] { read_csv(bad); }) ==
        "bad.csv:2: has 2 fields (the header has 1)");
}
