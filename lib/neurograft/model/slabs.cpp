#include <limits>

#include <neurograft/model/slabs.hpp>

namespace neurograft {

std::vector<VoxelRun> voxel_runs(const Grid& grid) {
  std::vector<VoxelRun> runs;
  for (VoxelIndex voxel = 0; voxel < grid.parenchyma_size(); ++voxel) {
    const auto at = grid.coordinates(voxel);
    const bool goes_on = !runs.empty() && at[1] == runs.back().at[1] &&
                         at[2] == runs.back().at[2] &&
                         at[0] == runs.back().at[0] + static_cast<int>(runs.back().length);
    if (goes_on) {
      ++runs.back().length;
    } else {
      runs.push_back({voxel, 1, at});
    }
  }
  return runs;
}

Slabs::Slabs(const std::vector<VoxelRun>& all, std::size_t cut_across, int places)
    : across(cut_across), row_axis(3 - cut_across), runs(all) {
  slab_at.assign(static_cast<std::size_t>(places), 0);
  std::ranges::stable_sort(runs, {}, [&](const VoxelRun& run) { return run.at[across]; });
  for (std::size_t first = 0; first < runs.size();) {
    const int place = runs[first].at[across];
    Slab slab{first, first, std::numeric_limits<int>::max(), std::numeric_limits<int>::max(), 0, 0};
    int last_row = 0;
    int last_column = 0;
    for (; slab.last_run < runs.size(); ++slab.last_run) {
      const VoxelRun& run = runs[slab.last_run];
      if (run.at[across] != place) break;
      slab.first_row = std::min(slab.first_row, run.at[row_axis]);
      slab.first_column = std::min(slab.first_column, run.at[0]);
      last_row = std::max(last_row, run.at[row_axis]);
      last_column = std::max(last_column, run.at[0] + static_cast<int>(run.length) - 1);
    }
    slab.rows = static_cast<std::size_t>(last_row - slab.first_row) + 1;
    slab.columns = static_cast<std::size_t>(last_column - slab.first_column) + 1;
    most_rows = std::max(most_rows, slab.rows);
    most_columns = std::max(most_columns, slab.columns);
    slab_at[static_cast<std::size_t>(place)] = static_cast<std::uint32_t>(slabs.size());
    first = slab.last_run;
    slabs.push_back(slab);
  }
}

Tile::Tile(std::vector<double>& memory, const Slabs& slabs, std::size_t substances)
    : stride_(slabs.stride()),
      cells_(Slabs::whole_lines(slabs.most_rows) * stride_),
      line_(line_lanes * std::max(Slabs::whole_lines(slabs.most_columns), slabs.most_rows)),
      substances_(substances) {
  memory.resize((substances + 2) * cells_ + 4 * line_);
  value_ = memory.data();
  link_ = value_ + substances * cells_;
  exchange_ = link_ + cells_;
  lines_ = exchange_ + cells_;
  exchange_lines_ = lines_ + line_;
  factors_ = exchange_lines_ + line_;
}

void Tile::solve_rows(bool exchanges) noexcept {
  const std::size_t columns = (slab_->columns + 3) / 4 * 4;
  for (std::size_t row = 0; row < slab_->rows; row += line_lanes) {
    const std::size_t cell = row * stride_;
    gather_rows(link_ + cell, stride_, columns, lines_);
    if (exchanges) gather_rows(exchange_ + cell, stride_, columns, exchange_lines_);
    factorise(lines_, exchanges ? exchange_lines_ : nullptr, slab_->columns, line_lanes, factors_);
    for (std::size_t s = 0; s < substances_; ++s) {
      gather_rows(value(s) + cell, stride_, columns, lines_);
      substitute(factors_, slab_->columns, lines_, line_lanes);
      scatter_rows(lines_, columns, value(s) + cell, stride_);
    }
  }
}

void Tile::solve_columns(bool exchanges) noexcept {
  for (std::size_t column = 0; column < slab_->columns; column += line_lanes) {
    factorise(link_ + column, exchanges ? exchange_ + column : nullptr, slab_->rows, stride_,
              factors_);
    for (std::size_t s = 0; s < substances_; ++s) {
      substitute(factors_, slab_->rows, value(s) + column, stride_);
    }
  }
}

}  // namespace neurograft
