#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <neurograft/model/line_elimination.hpp>
#include <neurograft/world/grid.hpp>

/// Parenchyma cut into slabs one voxel thick, and a slab unfolded into a dense tile, in which lines
/// of voxels lie side by side.
namespace neurograft {

/// Voxels that follow each other along x, in image coordinates.
struct VoxelRun {
  VoxelIndex begin;
  std::uint32_t length;
  std::array<int, 3> at;
};
std::vector<VoxelRun> voxel_runs(const Grid& grid);

/// One image plane of voxels: its box, and its runs.
struct Slab {
  std::size_t first_run, last_run;  ///< in Slabs::runs
  int first_row, first_column;
  std::size_t rows, columns;
};

/// All slabs across y or z; columns count along x, rows along the third axis.
struct Slabs {
  Slabs(const std::vector<VoxelRun>& runs, std::size_t across, int places);

  std::size_t across, row_axis;
  std::vector<Slab> slabs;
  std::vector<VoxelRun> runs;          ///< slab by slab
  std::vector<std::uint32_t> slab_at;  ///< by image coordinate
  std::size_t most_rows = 0, most_columns = 0;

  /// Elements between rows of a tile: an odd number of cache lines, so that a column does not fall
  /// on few of the cache's sets.
  std::size_t stride() const noexcept { return whole_lines(most_columns) + 8; }
  std::size_t cell_of(const Slab& slab, const std::array<int, 3>& at) const noexcept {
    return static_cast<std::size_t>(at[row_axis] - slab.first_row) * stride() +
           static_cast<std::size_t>(at[0] - slab.first_column);
  }
  /// Lines are worked on in groups of `line_lanes`.
  static constexpr std::size_t whole_lines(std::size_t count) noexcept {
    return (count + line_lanes - 1) / line_lanes * line_lanes;
  }
};

/// Values of several substances in a slab, with the links and the exchange they share. Cells
/// without tissue hold anything finite and have no links. Borrows its memory.
class Tile {
 public:
  Tile(std::vector<double>& memory, const Slabs& slabs, std::size_t substances);

  /// Forgets all values.
  void clear() noexcept { std::fill_n(value_, substances_ * cells_, 0.0); }
  /// Takes up a slab.
  void open(const Slab& slab) noexcept { slab_ = &slab; }
  const Slab& slab() const noexcept { return *slab_; }

  double* value(std::size_t substance) noexcept { return value_ + substance * cells_; }
  double* link() noexcept { return link_; }  ///< to the next column or row
  double* exchange() noexcept { return exchange_; }
  std::size_t cells() const noexcept { return Slabs::whole_lines(slab_->rows) * stride_; }

  /// Solves along the columns' axis or the rows', for all substances.
  void solve_rows(bool exchanges) noexcept;
  void solve_columns(bool exchanges) noexcept;

 private:
  std::size_t stride_, cells_, line_, substances_;
  const Slab* slab_ = nullptr;
  double* value_;
  double* link_;
  double* exchange_;
  double* lines_;
  double* exchange_lines_;
  double* factors_;
};

}  // namespace neurograft
