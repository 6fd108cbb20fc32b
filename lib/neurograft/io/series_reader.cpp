#include <algorithm>
#include <cmath>
#include <limits>

#include <neurograft/core/error.hpp>
#include <neurograft/io/config_check.hpp>
#include <neurograft/io/results_file.hpp>
#include <neurograft/io/series_reader.hpp>

namespace neurograft {
namespace {

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : file_(path), known_(file_.readout_names()) {
    table_.days = file_.days();
    table_.complete = file_.complete();
  }

  SeriesTable read(std::span<const std::string> names) {
    if (names.empty()) return read_known(false);
    std::vector<Problem> problems;
    for (const std::string& name : names) {
      const std::size_t dot = name.find('.');
      const std::string readout = name.substr(0, dot);
      const std::string label = dot == std::string::npos ? "" : name.substr(dot + 1);
      if (std::ranges::find(known_, readout) == known_.end()) {
        const std::string nearest = nearest_name(readout, known_);
        problems.push_back(no_such(name, "", nearest));
      } else if (const ResultsReadout found = file_.readout(readout); !add(found, label)) {
        problems.push_back(no_such(name, why_not(found), ""));
      }
    }
    if (!problems.empty()) throw InputError(std::move(problems));
    return std::move(table_);
  }

  // All that are one number per record, and if asked for those with labels.
  SeriesTable read_known(bool with_parts) {
    for (const std::string& name : known_) {
      const ResultsReadout readout = file_.readout(name);
      if (with_parts || readout.axes.empty()) add(readout, "");
    }
    return std::move(table_);
  }

 private:
  static bool has_labels(const ResultsReadout& readout) {
    return readout.axes.size() == 1 && readout.axes.front().is_text;
  }

  // False if the readout has not the label, or not one labelled dimension.
  bool add(const ResultsReadout& readout, const std::string& label) {
    if (readout.axes.empty() ? !label.empty() : !has_labels(readout)) return false;
    bool found = false;
    for (std::size_t part = 0; part < readout.parts(); ++part) {
      const std::string of = readout.axes.empty() ? "" : readout.axes.front().labels[part];
      if (!label.empty() && of != label) continue;
      found = true;
      add_column(readout, part, of);
    }
    return found;
  }

  void add_column(const ResultsReadout& readout, std::size_t part, const std::string& label) {
    const std::string name = label.empty() ? readout.name : readout.name + "." + label;
    if (std::ranges::find(table_.columns, name, &SeriesColumn::name) != table_.columns.end())
      return;
    SeriesColumn column{
        name, readout.unit, readout.long_name + (label.empty() ? "" : ", " + label), {}};
    for (std::size_t row = 0; row < table_.days.size(); ++row) {
      column.values.push_back(readout.values.at(row * readout.parts() + part));
    }
    table_.columns.push_back(std::move(column));
  }

  static std::string why_not(const ResultsReadout& readout) {
    std::string list;
    if (has_labels(readout)) {
      for (const std::string& label : readout.axes.front().labels) {
        list += (list.empty() ? "" : ", ") + label;
      }
    }
    return list.empty() ? "only a readout of one number, or of labelled parts, has curves"
                        : "the parts of " + readout.name + " are " + list;
  }

  Problem no_such(const std::string& name, std::string why, const std::string& nearest) const {
    return {file_.path().string(), "no readout \"" + name + "\" in /series", std::move(why),
            nearest.empty() ? "" : "did you mean \"" + nearest + "\"?"};
  }

  ResultsFile file_;
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
