#include <algorithm>
#include <cmath>
#include <limits>

#include <neurograft/core/error.hpp>
#include <neurograft/io/config_check.hpp>
#include <neurograft/io/hdf5_file.hpp>
#include <neurograft/io/series_reader.hpp>

namespace neurograft {
namespace {

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : file_(path, Hdf5File::Mode::read) {
    if (!file_.exists("/series/time")) {
      throw IoError(Problem{path.string(), "has no curves in /series", "", ""});
    }
    for (const std::string& name : file_.children("/series")) {
      if (file_.text_attribute("/series/" + name, "CLASS") != "DIMENSION_SCALE") {
        known_.push_back(name);
      }
    }
    table_.days = file_.read_all<double>("/series/time");
    table_.complete = file_.attribute("/", "complete") == Attribute{std::int64_t{1}};
  }

  SeriesTable read(std::span<const std::string> names) {
    if (names.empty()) return read_known(false);
    std::vector<Problem> problems;
    for (const std::string& name : names) {
      const std::size_t dot = name.find('.');
      const std::string readout = name.substr(0, dot);
      const std::string label = dot == std::string::npos ? "" : name.substr(dot + 1);
      const bool known = std::ranges::find(known_, readout) != known_.end();
      if (!known || !add(readout, label)) problems.push_back(no_such(name, readout, known));
    }
    if (!problems.empty()) throw InputError(std::move(problems));
    return std::move(table_);
  }

  // All that are one number per record, and if asked for those with labels.
  SeriesTable read_known(bool with_parts) {
    for (const std::string& name : known_) {
      if (with_parts || file_.size("/series/" + name).size() == 1) add(name, "");
    }
    return std::move(table_);
  }

 private:
  // Of a readout with one labelled dimension; else none.
  std::vector<std::string> labels_of(const std::string& path) const {
    if (file_.size(path).size() != 2) return {};
    const std::string scale = file_.scale_of(path, 1);
    if (scale.empty() || file_.type(scale) != ElementType::text) return {};
    return file_.read_all_text(scale);
  }

  // False if the readout has not the label, or not one labelled dimension.
  bool add(const std::string& readout, const std::string& label) {
    const std::string path = "/series/" + readout;
    const std::vector<std::uint64_t> size = file_.size(path);
    if (size.size() == 1 && label.empty()) {
      if (!has(readout)) {
        table_.columns.push_back(column(path, readout, "", file_.read_all<double>(path)));
      }
      return true;
    }
    if (size.size() != 2) return false;
    const std::vector<std::string> labels = labels_of(path);
    const std::vector<double> all = file_.read_all<double>(path);
    bool found = false;
    for (std::size_t part = 0; part < labels.size(); ++part) {
      if (!label.empty() && labels[part] != label) continue;
      found = true;
      if (has(readout + "." + labels[part])) continue;
      std::vector<double> values;
      for (std::size_t row = 0; row < table_.days.size(); ++row) {
        values.push_back(all.at(row * labels.size() + part));
      }
      table_.columns.push_back(
          column(path, readout + "." + labels[part], ", " + labels[part], std::move(values)));
    }
    return found;
  }

  bool has(const std::string& name) const {
    return std::ranges::find(table_.columns, name, &SeriesColumn::name) != table_.columns.end();
  }

  SeriesColumn column(const std::string& path, const std::string& name, const std::string& part,
                      std::vector<double> values) const {
    return {name, file_.text_attribute(path, "units"),
            file_.text_attribute(path, "long_name") + part, std::move(values)};
  }

  Problem no_such(const std::string& name, const std::string& readout, bool known) const {
    Problem problem{file_.path().string(), "no readout \"" + name + "\" in /series", "", ""};
    if (known) {
      const std::vector<std::string> parts = labels_of("/series/" + readout);
      std::string list;
      for (const std::string& part : parts) list += (list.empty() ? "" : ", ") + part;
      problem.why = list.empty() ? "only a readout of one number, or of labelled parts, has curves"
                                 : "the parts of " + readout + " are " + list;
    } else if (const std::string nearest = nearest_name(readout, known_); !nearest.empty()) {
      problem.hint = "did you mean \"" + nearest + "\"?";
    }
    return problem;
  }

  Hdf5File file_;
  std::vector<std::string> known_;
  SeriesTable table_;
};

}  // namespace

SeriesTable read_series(const std::filesystem::path& path, std::span<const std::string> names) {
  return Reader(path).read(names);
}

SeriesTable read_whole_series(const std::filesystem::path& path) {
  return Reader(path).read_known(true);
}

double value_at(const SeriesTable& series, const SeriesColumn& column, double day) {
  constexpr double same_day = 1e-9;
  for (std::size_t n = 0; n < series.days.size(); ++n) {
    if (std::abs(series.days[n] - day) < same_day) return column.values[n];
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace neurograft
