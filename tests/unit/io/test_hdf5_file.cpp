#include <fstream>
#include <string>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/hdf5_file.hpp>

#include "toy_simulation.hpp"
#include <doctest/doctest.h>

using namespace neurograft;

TEST_CASE("numbers of every type, texts and attributes come back as written") {
  const toy::Folder folder("hdf5");
  const std::vector<std::uint8_t> bytes{0, 255};
  const std::vector<std::int16_t> shorts{-32768, 32767};
  const std::vector<std::uint64_t> longs{0, ~std::uint64_t{0}};
  const std::vector<double> reals{0.1, -0.0, 1e300};
  const std::vector<std::string> texts{"", "grey \u00b5m", "white"};
  {
    Hdf5File file(folder / "a.h5", Hdf5File::Mode::create);
    file.write_all("/deep/er/bytes", std::span(bytes));
    file.write_all("/shorts", std::span(shorts));
    file.write_all("/longs", std::span(longs));
    file.write_all("/reals", std::span(reals));
    file.write_all("/none", std::span<const double>());
    file.write_all_text("/texts", texts);
    file.write_one_text("/long_text", std::string(200000, 'x'));
    file.set_attribute("/reals", "units", std::string("mm"));
    file.set_attribute("/reals", "units", std::string("a longer unit"));
    file.set_attribute("/", "signed", std::int64_t{-3});
    file.set_attribute("/", "unsigned", ~std::uint64_t{0});
    file.set_attribute("/", "list", std::vector<double>{1.5, 2.5});
    file.set_attribute("/", "empty", std::string());
    file.close();
  }
  const Hdf5File file(folder / "a.h5", Hdf5File::Mode::read);
  CHECK(file.read_all<std::uint8_t>("/deep/er/bytes") == bytes);
  CHECK(file.read_all<std::int16_t>("/shorts") == shorts);
  CHECK(file.read_all<std::uint64_t>("/longs") == longs);
  CHECK(file.read_all<double>("/reals") == reals);
  CHECK(file.read_all<double>("/none").empty());
  CHECK(file.read_all_text("/texts") == texts);
  CHECK(file.read_all_text("/long_text").at(0).size() == 200000);
  CHECK(file.text_attribute("/reals", "units") == "a longer unit");
  CHECK(file.text_attribute("/reals", "none", "fallback") == "fallback");
  CHECK(file.attribute("/", "signed") == Attribute{std::int64_t{-3}});
  CHECK(file.attribute("/", "unsigned") == Attribute{~std::uint64_t{0}});
  CHECK(file.attribute("/", "list") == Attribute{std::vector<double>{1.5, 2.5}});
  CHECK(file.text_attribute("/", "empty", "fallback").empty());
  CHECK(file.is_group("/deep"));
  CHECK(!file.is_group("/reals"));
  CHECK(!file.exists("/deep/not/there"));
  // The order of making, not of the alphabet.
  CHECK(file.children("/") ==
        std::vector<std::string>{"deep", "shorts", "longs", "reals", "none", "texts", "long_text"});
}

TEST_CASE("an extendible dataset grows, is written by rows and is cut") {
  const toy::Folder folder("hdf5");
  Hdf5File file(folder / "a.h5", Hdf5File::Mode::create);
  file.create_dataset("/g/rows", ElementType::f32,
                      {.size = {0, 2}, .chunk = {4, 2}, .extendible = true, .compress = true});
  const std::vector<float> first{1, 2, 3, 4};
  const std::vector<float> second{5, 6};
  file.resize("/g/rows", 2);
  file.write("/g/rows", ElementType::f32, first.data(), 0, 2);
  file.resize("/g/rows", 3);
  file.write("/g/rows", ElementType::f32, second.data(), 2, 1);
  CHECK(file.read_all<double>("/g/rows") == std::vector<double>{1, 2, 3, 4, 5, 6});
  file.resize("/g/rows", 1);
  CHECK(file.read_all<float>("/g/rows") == std::vector<float>{1, 2});
  CHECK(file.size("/g/rows") == std::vector<std::uint64_t>{1, 2});
  CHECK(file.type("/g/rows") == ElementType::f32);
  CHECK_THROWS_AS(file.write("/g/rows", ElementType::f32, first.data(), 1, 1), IoError);
}

TEST_CASE("failures name the file and the operation") {
  const toy::Folder folder("hdf5");
  std::ofstream(folder / "text.h5") << "no HDF5 at all";
  CHECK_THROWS_WITH_AS(Hdf5File(folder / "text.h5", Hdf5File::Mode::read),
                       doctest::Contains("text.h5: opening failed"), IoError);
  CHECK_THROWS_AS(Hdf5File(folder / "none.h5", Hdf5File::Mode::read), IoError);
  CHECK_THROWS_AS(Hdf5File(folder / "no/such/folder.h5", Hdf5File::Mode::create), IoError);
  Hdf5File file(folder / "a.h5", Hdf5File::Mode::create);
  CHECK_THROWS_WITH_AS(file.read_all<double>("/none"), doctest::Contains("/none"), IoError);
  file.create_group("/g");
  CHECK_THROWS_AS(file.create_dataset("/g", ElementType::f64, {.size = {1}, .chunk = {}}), IoError);
}
