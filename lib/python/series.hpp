#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bindings.hpp"

namespace neurograft::python {

/// Readouts kept in memory, one row a record.
struct Series {
  std::weak_ptr<Run> run;           ///< whose they are
  std::vector<std::string> wanted;  ///< empty: all
  std::vector<double> time;         ///< [d]
  std::vector<std::size_t> index;   ///< into the table, of what is kept
  std::vector<Readout> readouts;    ///< of the same
  std::vector<std::vector<double>> rows;
};

/// Fills a series every so often; the series outlives it.
std::unique_ptr<Recorder> series_recorder(std::shared_ptr<Series> series, RecordTimes times);

}  // namespace neurograft::python
