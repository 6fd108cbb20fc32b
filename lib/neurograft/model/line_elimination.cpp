#include <neurograft/core/wide.hpp>
#include <neurograft/model/line_elimination.hpp>

namespace neurograft {
namespace {

constexpr std::size_t wides = line_lanes / wide_lanes;

// Of a row, in this order: the inverse of its pivot, and its link to the next row over its pivot.
enum class Factor : std::size_t { inverse, share };

constexpr std::size_t place(std::size_t row, Factor which, std::size_t w) noexcept {
  return factor_lanes * row + line_lanes * static_cast<std::size_t>(which) + wide_lanes * w;
}
Wide factor(const double* factors, std::size_t row, Factor which, std::size_t w) noexcept {
  return load(factors + place(row, which, w));
}
void set_factor(double* factors, std::size_t row, Factor which, std::size_t w,
                const Wide& value) noexcept {
  store(factors + place(row, which, w), value);
}

// Diagonal of the matrix without links.
template <bool exchanges>
Wide unlinked(const double* exchange, std::size_t cell) noexcept {
  if constexpr (exchanges) return 1.0 + load(exchange + cell);
  return Wide{1.0, 1.0, 1.0, 1.0};
}

// Two rows share a division.
template <bool exchanges>
void factorise_lanes(const double* link, const double* exchange, std::size_t rows,
                     std::size_t stride, double* factors) noexcept {
  // `diagonal` is that of this row after elimination of those above, less its link to the next.
  Wide diagonal[wides];
  for (std::size_t w = 0; w < wides; ++w) {
    diagonal[w] = unlinked<exchanges>(exchange, wide_lanes * w);
  }
  std::size_t row = 0;
  for (; row + 1 < rows; row += 2) {
    const bool ends = row + 2 == rows;
    for (std::size_t w = 0; w < wides; ++w) {
      const std::size_t first = row * stride + wide_lanes * w;
      const std::size_t second = first + stride;
      const Wide own = unlinked<exchanges>(exchange, second);
      const Wide between = load(link + first);
      const Wide below = ends ? wide_zero : load(link + second);
      const Wide pivot = diagonal[w] + between;
      const Wide linked = own + between;
      // The product of both pivots, and of the second row's diagonal with the first pivot.
      const Wide both = fused(linked + below, diagonal[w], (own + below) * between);
      const Wide rest = fused(linked, diagonal[w], own * between);
      const Wide inverse = 1.0 / (both * pivot);
      const Wide inverse_first = both * inverse;
      const Wide inverse_both = pivot * inverse;
      const Wide inverse_second = pivot * inverse_both;
      set_factor(factors, row, Factor::inverse, w, inverse_first);
      set_factor(factors, row, Factor::share, w, between * inverse_first);
      set_factor(factors, row + 1, Factor::inverse, w, inverse_second);
      set_factor(factors, row + 1, Factor::share, w, below * inverse_second);
      if (ends) continue;
      diagonal[w] =
          fused(below * rest, inverse_both, unlinked<exchanges>(exchange, second + stride));
    }
  }
  if (row == rows) return;
  for (std::size_t w = 0; w < wides; ++w) {
    set_factor(factors, row, Factor::inverse, w, 1.0 / diagonal[w]);
    set_factor(factors, row, Factor::share, w, wide_zero);
  }
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
        block.row[i] = load(from + (row + i) * from_stride + column);
      }
      block = block.transposed();
      for (std::size_t i = 0; i < 4; ++i) {
        store(to + (column + i) * to_stride + row, block.row[i]);
      }
    }
  }
}

}  // namespace

void factorise(const double* link, const double* exchange, std::size_t rows, std::size_t stride,
               double* factors) noexcept {
  if (exchange == nullptr) {
    factorise_lanes<false>(link, exchange, rows, stride, factors);
  } else {
    factorise_lanes<true>(link, exchange, rows, stride, factors);
  }
}

void substitute(const double* factors, std::size_t rows, double* value,
                std::size_t stride) noexcept {
  Wide beside[wides], share[wides]{};
  for (Wide& level : beside) level = wide_zero;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t w = 0; w < wides; ++w) {
      double* const level = value + row * stride + wide_lanes * w;
      const Wide known = fused(share[w], beside[w], load(level));
      store(level, known);
      beside[w] = known;
      share[w] = factor(factors, row, Factor::share, w);
    }
  }
  for (Wide& level : beside) level = wide_zero;
  for (std::size_t row = rows; row-- > 0;) {
    for (std::size_t w = 0; w < wides; ++w) {
      double* const level = value + row * stride + wide_lanes * w;
      const Wide known = fused(factor(factors, row, Factor::share, w), beside[w],
                               load(level) * factor(factors, row, Factor::inverse, w));
      store(level, known);
      beside[w] = known;
    }
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
