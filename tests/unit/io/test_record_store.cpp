#include <numeric>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/record_store.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

namespace {

RecordedDataset plain(const std::string& path, ElementType type,
                      std::vector<std::uint64_t> row = {}) {
  return {.path = path,
          .type = type,
          .row = std::move(row),
          .axes = {},
          .units = "mm",
          .long_name = "a name",
          .chunk = {}};
}

}  // namespace

TEST_CASE("rows come back in order, however large the pieces and whenever flushed") {
  const toy::Folder folder("store");
  RecordStore store(folder / "a.h5");
  const RecordHandle numbers = store.declare(plain("/g/numbers", ElementType::f64, {3}));
  const RecordHandle texts = store.declare(plain("/g/texts", ElementType::text));
  const RecordHandle rows = store.declare_dimension("/g/rows");
  std::vector<double> expected;
  for (const std::size_t count : {1U, 2U, 100000U, 1U, 50000U}) {
    std::vector<double> values(3 * count);
    std::iota(values.begin(), values.end(), static_cast<double>(expected.size()));
    store.append(numbers, std::span<const double>(values));
    store.append_text(texts, std::to_string(count));
    store.extend(rows, count);
    expected.insert(expected.end(), values.begin(), values.end());
    if (count == 2) {
      store.close();
      store.reopen();
    }
  }
  CHECK(store.rows(rows) == 150004);
  store.flush();
  CHECK(store.file().read_all<double>("/g/numbers") == expected);
  CHECK(store.file().read_all_text("/g/texts") ==
        std::vector<std::string>{"1", "2", "100000", "1", "50000"});
  CHECK(store.file().rows("/g/rows") == 150004);
  CHECK(store.file().text_attribute("/g/numbers", "units") == "mm");
}

TEST_CASE("a store taken up again cuts each dataset and appends after the cut") {
  const toy::Folder folder("store");
  {
    RecordStore store(folder / "a.h5");
    const RecordHandle a = store.declare(plain("/a", ElementType::f64));
    for (int i = 0; i < 10; ++i) store.append_one(a, static_cast<double>(i));
    store.close();
  }
  const std::vector<DatasetLength> lengths{{"/a", 3}};
  RecordStore store(folder / "a.h5", lengths);
  const RecordHandle a = store.declare(plain("/a", ElementType::f64));
  store.append_one(a, -1.0);
  store.flush();
  CHECK(store.file().read_all<double>("/a") == std::vector<double>{0, 1, 2, -1});
  CHECK(store.lengths().at(0).rows == 4);
}

TEST_CASE("a file that does not fit is refused") {
  const toy::Folder folder("store");
  {
    RecordStore store(folder / "a.h5");
    store.declare(plain("/a", ElementType::f64));
    CHECK_THROWS_AS(store.declare(plain("/a", ElementType::f64)), Error);
    store.close();
  }
  const std::vector<DatasetLength> too_long{{"/a", 1}, {"/b", 0}};
  try {
    RecordStore(folder / "a.h5", too_long);
    FAIL("a short output was taken up");
  } catch (const InputError& error) {
    CHECK(error.problems().size() == 2);
  }
  const std::vector<DatasetLength> lengths{{"/a", 0}};
  RecordStore store(folder / "a.h5", lengths);
  CHECK_THROWS_AS(store.declare(plain("/a", ElementType::f32)), InputError);
  CHECK_THROWS_AS(store.declare(plain("/a", ElementType::f64, {2})), InputError);
  CHECK_THROWS_AS(store.declare(plain("/b", ElementType::f64)), InputError);
}
