#pragma once

#include <cstddef>

/// Implicit diffusion along many lines at once.
namespace neurograft {

/// Lines that are worked on together, side by side in memory.
inline constexpr std::size_t line_lanes = 16;

/// The equations of `line_lanes` neighbouring lines of `rows` cells,
///
///     (1 + e + l- + l+) x - l- x- - l+ x+ = value,
///
/// factorised without subtraction (Grassmann, Taksar & Heyman 1985): solutions are positive and
/// accurate relative to their own size, so that a line without exchange keeps its total to rounding
/// whatever its links.
///
/// Cell `row` of lane `lane` is element `row * stride + lane` of `link` (l+, to the next row; that
/// of the last row is taken as 0) and of `exchange` (e; nullptr for none). `factors` gets
/// `factor_lanes` elements a row.
void factorise(const double* link, const double* exchange, std::size_t rows, std::size_t stride,
               double* factors) noexcept;
inline constexpr std::size_t factor_lanes = 2 * line_lanes;

/// Solves for levels, in place; `value` is laid out as `link`. What is not a number spreads along
/// its line.
void substitute(const double* factors, std::size_t rows, double* value,
                std::size_t stride) noexcept;

/// Turns `line_lanes` rows of `columns` elements, `stride` apart, into columns of `line_lanes`, one
/// after the other; and back. `columns` is a multiple of 4.
void gather_rows(const double* rows, std::size_t stride, std::size_t columns,
                 double* lanes) noexcept;
void scatter_rows(const double* lanes, std::size_t columns, double* rows,
                  std::size_t stride) noexcept;

}  // namespace neurograft
