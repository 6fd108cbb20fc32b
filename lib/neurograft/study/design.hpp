#pragma once

#include <string>
#include <vector>

#include <neurograft/study/study_file.hpp>
#include <neurograft/study/unit_points.hpp>

namespace neurograft {

/// One place in the space of a study's axes.
struct Point {
  std::vector<std::string> values;          ///< one for each column of the design
  std::vector<std::string> settings;        ///< as `--set` takes them, in the order of columns
  std::vector<std::string> after_branch{};  ///< those that only hold from the branch on
  std::string patient{};  ///< if given, seeds follow from it and not from the settings
};

struct Design {
  std::vector<std::string> columns;
  std::vector<Point> points;
};

/// Throws InputError if so many points come to more than `most_study_runs` runs, replicates
/// included, or their values would fill the memory.
void require_feasible(const Study& study, std::size_t points, std::size_t columns);

/// The points that a study asks for. The same study gives the same points, on any machine. Throws
/// InputError if they are too many, as `require_feasible`, for a table that cannot be read, or one
/// in which no column is a key.
Design design_of(const Study& study);

/// Axes mapped from points of the unit cube, one row each.
Design design_of(const std::vector<Axis>& axes, const UnitPoints& points);

/// Points out of a table whose columns are keys ("graft.cells"); columns without a dot in their
/// name are carried along and set nothing.
Design design_of_table(const std::filesystem::path& csv);

}  // namespace neurograft
