#pragma once

#include <cstddef>

/// Implicit diffusion along many lines at once.
namespace neurograft {

/// Lines that are worked on together, side by side in memory.
inline constexpr std::size_t line_lanes = 16;

/// Solves, for `line_lanes` neighbouring lines of `rows` cells,
///
///     (1 + e + l- + l+) x - l- x- - l+ x+ = value,
///
/// by elimination, and then moves amounts by the fluxes of the solution, which cancel in pairs: the
/// total of a line is kept whatever the rounding of the elimination. What is left of a cell that
/// empties may round below zero, and is set to zero; what is not a number stays so.
///
/// Cell `row` of lane `lane` is element `row * stride + lane` of `value`, of `link` (l+, to the
/// next row; that of the last row is taken as 0) and of `exchange` (e; nullptr for none). `scratch`
/// holds at least 2 * line_lanes * rows elements.
void eliminate(double* value, const double* link, const double* exchange, std::size_t rows,
               std::size_t stride, double* scratch) noexcept;

/// Turns `line_lanes` rows of `columns` elements, `stride` apart, into columns of `line_lanes`, one
/// after the other; and back. `columns` is a multiple of 4.
void gather_rows(const double* rows, std::size_t stride, std::size_t columns,
                 double* lanes) noexcept;
void scatter_rows(const double* lanes, std::size_t columns, double* rows,
                  std::size_t stride) noexcept;

}  // namespace neurograft
