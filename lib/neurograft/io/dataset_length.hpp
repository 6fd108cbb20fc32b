#pragma once

#include <cstdint>
#include <string>

namespace neurograft {

/// Rows of one dataset at some moment.
struct DatasetLength {
  std::string dataset;     ///< its path in the file
  std::uint64_t rows = 0;  ///< along the first axis
};

}  // namespace neurograft
