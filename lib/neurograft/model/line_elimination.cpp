#include <neurograft/core/wide.hpp>
#include <neurograft/model/line_elimination.hpp>

namespace neurograft {
namespace {

constexpr std::size_t wides = line_lanes / wide_lanes;

template <bool exchanges>
void eliminate_lanes(double* value, const double* link, const double* exchange, std::size_t rows,
                     std::size_t stride, double* scratch) noexcept {
  double* ratio = scratch;
  double* solution = scratch + line_lanes * rows;
  Wide link_before[wides]{}, factor_before[wides]{}, solution_before[wides]{};
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t w = 0; w < wides; ++w) {
      const std::size_t cell = row * stride + wide_lanes * w;
      const Wide to_next = row + 1 < rows ? Wide(wide(link + cell)) : wide_zero;
      Wide pivot = 1.0 + to_next + factor_before[w];
      if constexpr (exchanges) pivot = pivot + wide(exchange + cell);
      const Wide inverse = 1.0 / pivot;
      const Wide share = to_next * inverse;
      const Wide level = (wide(value + cell) + link_before[w] * solution_before[w]) * inverse;
      wide(ratio + line_lanes * row + wide_lanes * w) = share;
      wide(solution + line_lanes * row + wide_lanes * w) = level;
      link_before[w] = to_next;
      factor_before[w] = to_next * (1.0 - share);
      solution_before[w] = level;
    }
  }
  Wide after[wides]{}, flux_after[wides]{};
  const auto settle = [&](std::size_t row, std::size_t w, Wide level, Wide in) {
    Wide& here = wide(value + row * stride + wide_lanes * w);
    Wide left = here - flux_after[w] + in;
    if constexpr (exchanges) left = left - wide(exchange + row * stride + wide_lanes * w) * level;
    const WideMask negative = left < wide_zero;
    here = negative ? wide_zero : left;
  };
  // The flux over a face is known one row later than the level behind it.
  for (std::size_t row = rows; row-- > 0;) {
    for (std::size_t w = 0; w < wides; ++w) {
      const std::size_t cell = line_lanes * row + wide_lanes * w;
      const Wide level = wide(solution + cell) + wide(ratio + cell) * after[w];
      Wide flux = wide_zero;
      if (row + 1 < rows) {
        flux = wide(link + row * stride + wide_lanes * w) * (level - after[w]);
        settle(row + 1, w, after[w], flux);
      }
      after[w] = level;
      flux_after[w] = flux;
    }
  }
  for (std::size_t w = 0; w < wides; ++w) settle(0, w, after[w], wide_zero);
}

struct Block4 {
  Wide row[4];

  Block4 transposed() const noexcept {
    const Wide a = __builtin_shufflevector(row[0], row[1], 0, 4, 2, 6);
    const Wide b = __builtin_shufflevector(row[0], row[1], 1, 5, 3, 7);
    const Wide c = __builtin_shufflevector(row[2], row[3], 0, 4, 2, 6);
    const Wide d = __builtin_shufflevector(row[2], row[3], 1, 5, 3, 7);
    return {__builtin_shufflevector(a, c, 0, 1, 4, 5), __builtin_shufflevector(b, d, 0, 1, 4, 5),
            __builtin_shufflevector(a, c, 2, 3, 6, 7), __builtin_shufflevector(b, d, 2, 3, 6, 7)};
  }
};

// Both counts are multiples of four.
void transpose(const double* from, std::size_t from_stride, std::size_t from_rows,
               std::size_t from_columns, double* to, std::size_t to_stride) noexcept {
  for (std::size_t column = 0; column < from_columns; column += 4) {
    for (std::size_t row = 0; row < from_rows; row += 4) {
      Block4 block;
      for (std::size_t i = 0; i < 4; ++i) {
        block.row[i] = wide(from + (row + i) * from_stride + column);
      }
      block = block.transposed();
      for (std::size_t i = 0; i < 4; ++i) wide(to + (column + i) * to_stride + row) = block.row[i];
    }
  }
}

}  // namespace

void eliminate(double* value, const double* link, const double* exchange, std::size_t rows,
               std::size_t stride, double* scratch) noexcept {
  if (rows == 0) return;
  if (exchange == nullptr) {
    eliminate_lanes<false>(value, link, exchange, rows, stride, scratch);
  } else {
    eliminate_lanes<true>(value, link, exchange, rows, stride, scratch);
  }
}

void gather_rows(const double* rows, std::size_t stride, std::size_t columns,
                 double* lanes) noexcept {
  transpose(rows, stride, line_lanes, columns, lanes, line_lanes);
}

void scatter_rows(const double* lanes, std::size_t columns, double* rows,
                  std::size_t stride) noexcept {
  transpose(lanes, line_lanes, columns, line_lanes, rows, stride);
}

}  // namespace neurograft
