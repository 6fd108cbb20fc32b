#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <neurograft/core/error.hpp>
#include <neurograft/io/hdf5_file.hpp>

#include <unistd.h>

/// Files for tests, in a folder that goes with the test.
namespace neurograft::test {

class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() /
              ("neurograft_" + name + "_" + std::to_string(::getpid()) + "_" +
               std::to_string(++made))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

  /// Writes a file of this folder, and gives its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  inline static int made = 0;  // several of one name may live at once
  std::filesystem::path path_;
};

inline std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What a call finds wrong with its input, one problem per line; empty: nothing.
template <class Call>
std::string problems_in(Call&& call) {
  try {
    std::forward<Call>(call)();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// The same without the name of a folder, which differs from run to run.
template <class Call>
std::string problems_in(const Folder& folder, Call&& call) {
  std::string text = problems_in(std::forward<Call>(call));
  const std::string name = folder.path().string() + "/";
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    text.erase(at, name.size());
  }
  return text;
}

/// A readout over the records of a made-up run; several labels: one part for each.
struct Curve {
  std::string name;
  std::vector<double> values;
  std::vector<std::string> labels{};
};

/// Results as a run leaves them, as far as curves go.
inline void write_run(const std::filesystem::path& path, const std::vector<double>& days,
                      const std::vector<Curve>& curves, bool complete = true) {
  std::filesystem::create_directories(path.parent_path());
  Hdf5File file(path, Hdf5File::Mode::create);
  file.set_attribute("/", "complete", std::int64_t{complete ? 1 : 0});
  file.set_attribute("/", "results_version", std::int64_t{1});
  file.write_all("/series/time", std::span<const double>(days));
  file.make_scale("/series/time");
  for (const Curve& curve : curves) {
    const std::string dataset = "/series/" + curve.name;
    Layout layout{.size = {days.size()}, .chunk = {}};
    if (!curve.labels.empty()) layout.size.push_back(curve.labels.size());
    file.create_dataset(dataset, ElementType::f64, layout);
    file.write(dataset, ElementType::f64, curve.values.data(), 0, days.size());
    file.attach_scale(dataset, 0, "/series/time");
    file.set_attribute(dataset, "units", std::string("unit of ") + curve.name);
    file.set_attribute(dataset, "long_name", std::string("long ") + curve.name);
    if (curve.labels.empty()) continue;
    const std::string scale = "/series/part_of_" + curve.name;
    file.write_all_text(scale, curve.labels);
    file.make_scale(scale);
    file.attach_scale(dataset, 1, scale);
  }
  file.close();
}

}  // namespace neurograft::test
