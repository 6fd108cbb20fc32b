#pragma once

#include <cstdint>
#include <string>

namespace neurograft {

/// Rows of one dataset at some moment.
struct DatasetLength {
  std::string dataset;
  std::uint64_t rows = 0;
};

}  // namespace neurograft
