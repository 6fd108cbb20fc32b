#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace neurograft {

/// A readout, or one part of it, over the records of a run.
struct SeriesColumn {
  std::string name;  ///< "donor_alive", or "pbvc_by_tissue.grey" for a part by label
  std::string unit;
  std::string long_name;
  std::vector<double> values;  ///< one for each day
};

/// Curves of one run.
struct SeriesTable {
  std::vector<double> days;
  std::vector<SeriesColumn> columns;
  bool complete = false;  ///< whether the run got to its end
};

/// Reads readouts of a results file by name: "donor_alive", a readout with one labelled dimension
/// ("myelinated_fraction", giving one column for each label), or one part of it
/// ("myelinated_fraction.lesion"), each once. Without names: all that are one number per record.
/// Throws InputError for names that the file does not have, IoError if it cannot be read.
SeriesTable read_series(const std::filesystem::path& path, std::span<const std::string> names = {});

/// The value at a day: of the record on it, NaN if there is none.
double value_at(const SeriesTable& series, const SeriesColumn& column, double day);

}  // namespace neurograft
