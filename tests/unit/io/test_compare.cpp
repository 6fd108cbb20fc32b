#include <limits>

#include <neurograft/core/error.hpp>
#include <neurograft/io/compare.hpp>
#include <neurograft/io/hdf5_file.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

/// Two copies of one run's file, the second to be changed.
struct Pair {
  toy::Folder folder{"compare"};
  std::filesystem::path a = folder / "a.h5";
  std::filesystem::path b = folder / "b.h5";

  Pair() {
    toy::run_to_file(a);
    std::filesystem::copy(a, b);
  }
  Hdf5File change() const { return Hdf5File(b, Hdf5File::Mode::modify); }
};

}  // namespace

TEST_CASE("a file is identical to its copy, NaN included, whatever its provenance") {
  const Pair pair;
  {
    Hdf5File file = pair.change();
    file.set_attribute("/provenance", "threads", std::int64_t{99});
  }
  CHECK(!compare(pair.a, pair.b));
}

TEST_CASE("the earliest differing record is named with both values") {
  const Pair pair;
  {
    Hdf5File file = pair.change();
    const double values[] = {1e99, 0.0};
    file.write("/series/donor_alive", ElementType::f64, values, 40, 1);
    auto row = file.read_all<double>("/series/mean_heat");
    row[2 * 5 + 1] += 1.0;
    file.write("/series/mean_heat", ElementType::f64, row.data(), 0, row.size() / 2);
  }
  const auto difference = compare(pair.a, pair.b);
  REQUIRE(difference);
  CHECK(difference->dataset == "/series/mean_heat");
  CHECK(difference->record == 5);
  CHECK(difference->day == 1.5);
  CHECK(difference->index == std::vector<std::uint64_t>{1});
  CHECK(std::stod(difference->right) - std::stod(difference->left) == doctest::Approx(1.0));
  CHECK(to_string(*difference).find("day 1.5: values differ") != std::string::npos);
}

TEST_CASE("the last bit and the sign of zero count") {
  const Pair pair;
  {
    Hdf5File file = pair.change();
    auto scent = file.read_all<float>("/fields/scent");
    for (float& value : scent) {
      if (value == 0.0F) value = -0.0F;
    }
    file.write("/fields/scent", ElementType::f32, scent.data(), 0, 4);
  }
  const auto difference = compare(pair.a, pair.b);
  REQUIRE(difference);
  CHECK(difference->dataset == "/fields/scent");
  CHECK(difference->left == "0");
  CHECK(difference->right == "-0");
  CHECK(difference->index.size() == 3);
}

TEST_CASE("an agent's difference is told with its frame") {
  const Pair pair;
  std::uint64_t row = 0;
  {
    Hdf5File file = pair.change();
    row = file.read_all<std::uint64_t>("/agents/offset").at(2);
    const float value = -123.0F;
    file.write("/agents/x", ElementType::f32, &value, row, 1);
  }
  const auto difference = compare(pair.a, pair.b);
  REQUIRE(difference);
  CHECK(difference->dataset == "/agents/x");
  CHECK(difference->row == row);
  CHECK(difference->record == 2);
  CHECK(difference->day == 7.5);
  CHECK(difference->right == "-123");
}

TEST_CASE("missing datasets, other lengths and other texts") {
  {
    const Pair pair;
    pair.change().remove("/series/mean_heat");
    CHECK(compare(pair.a, pair.b)->what.starts_with("missing in"));
    CHECK(compare(pair.b, pair.a)->dataset == "/series/mean_heat");
  }
  {
    const Pair pair;
    pair.change().resize("/series/donor_alive", 40);
    const auto difference = compare(pair.a, pair.b);
    CHECK(difference->what == "lengths differ");
    CHECK(difference->left == "43");
    CHECK(difference->right == "40");
  }
  {
    const Pair pair;
    const std::vector<std::string> text{"other"};
    pair.change().write_text("/events/what", text, 1);
    const auto difference = compare(pair.a, pair.b);
    CHECK(difference->dataset == "/events/what");
    CHECK(difference->right == "\"other\"");
    CHECK(difference->day == 1.5);
  }
  CHECK_THROWS_AS(compare("nothing.h5", "nothing.h5"), IoError);
}

TEST_CASE("two runs that drift apart differ") {
  const toy::Folder folder("compare");
  toy::run_to_file(folder / "a.h5");
  toy::run_to_file(folder / "b.h5", 0.01);
  CHECK(compare(folder / "a.h5", folder / "b.h5")->dataset == "/agents/y");
}
