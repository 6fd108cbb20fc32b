#include <algorithm>

#include <neurograft/core/error.hpp>
#include <neurograft/io/csv.hpp>
#include <neurograft/study/design.hpp>

#include <fmt/format.h>

namespace neurograft {
namespace {

// Each is a text, and makes another of a setting: some gigabytes.
constexpr std::size_t most_values = 10'000'000;

void add_level(Point& point, const Axis& axis, const Level& level) {
  point.values.push_back(level.label);
  auto& settings = axis.after_branch ? point.after_branch : point.settings;
  settings.insert(settings.end(), level.settings.begin(), level.settings.end());
}

std::vector<std::string> names_of(const std::vector<Axis>& axes) {
  std::vector<std::string> names;
  for (const Axis& axis : axes) names.push_back(axis.name);
  return names;
}

// Points of a grid with so many draws of the axes that are not listed.
std::size_t grid_size(const Study& study, std::size_t draws) {
  std::size_t count = draws;
  for (const Axis& axis : study.axes) {
    count *= std::max<std::size_t>(1, axis.levels.size());
    require_feasible(study, count, study.axes.size());
  }
  return count;
}

// Every combination of listed axes, the last one fastest, each with every draw of the other axes.
Design grid(const Study& study) {
  const auto drawn_axes = static_cast<std::size_t>(
      std::ranges::count_if(study.axes, [](const Axis& axis) { return axis.levels.empty(); }));
  const std::size_t count = grid_size(study, drawn_axes == 0 ? 1 : study.samples);
  const auto seed = static_cast<std::uint64_t>(study.seed);
  const UnitPoints draws =
      drawn_axes == 0 ? UnitPoints{1, {0.5}} : uniform_points(study.samples, drawn_axes, seed);
  Design design{names_of(study.axes), {}};
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t draw = n % draws.count();
    std::vector<std::size_t> chosen(study.axes.size());
    std::size_t rest = n / draws.count();
    for (std::size_t axis = study.axes.size(); axis-- > 0;) {
      if (study.axes[axis].levels.empty()) continue;
      chosen[axis] = rest % study.axes[axis].levels.size();
      rest /= study.axes[axis].levels.size();
    }
    Point& point = design.points.emplace_back();
    std::size_t drawn = 0;
    for (std::size_t axis = 0; axis < study.axes.size(); ++axis) {
      const Axis& a = study.axes[axis];
      add_level(point, a,
                a.levels.empty() ? level_at(a, draws.row(draw)[drawn++]) : a.levels[chosen[axis]]);
    }
  }
  return design;
}

}  // namespace

void require_feasible(const Study& study, std::size_t points, std::size_t columns) {
  const auto replicates = static_cast<std::size_t>(study.replicates);
  const auto most = static_cast<std::size_t>(most_study_runs);
  if (points > most / replicates) {
    throw InputError(Problem{study.file.string(), fmt::format("more than {} runs", most_study_runs),
                             "that is a slip, or needs a sampled design or several studies",
                             "[design] kind = \"sobol\" with samples"});
  }
  if (points * columns > most_values) {
    throw InputError(Problem{study.file.string(),
                             fmt::format("{} points in {} columns", points, columns),
                             fmt::format("at most {} values", most_values), ""});
  }
}

Design design_of(const std::vector<Axis>& axes, const UnitPoints& points) {
  Design design{names_of(axes), {}};
  for (std::size_t n = 0; n < points.count(); ++n) {
    Point& point = design.points.emplace_back();
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      add_level(point, axes[axis], level_at(axes[axis], points.row(n)[axis]));
    }
  }
  return design;
}

Design design_of_table(const std::filesystem::path& csv) {
  const CsvTable table = read_csv(csv);
  const auto is_key = [](const std::string& column) {
    return column.find('.') != std::string::npos;
  };
  if (std::ranges::none_of(table.header, is_key)) {
    throw InputError(Problem{csv.string(), "no column is a key of the config", "",
                             "name columns as --set names keys: graft.cells"});
  }
  Design design{table.header, {}};
  for (const std::vector<std::string>& row : table.rows) {
    Point point{.values = row, .settings = {}};
    for (std::size_t column = 0; column < row.size(); ++column) {
      if (is_key(table.header[column])) {
        point.settings.push_back(setting(table.header[column], row[column]));
      }
    }
    design.points.push_back(std::move(point));
  }
  return design;
}

Design design_of(const Study& study) {
  const auto seed = static_cast<std::uint64_t>(study.seed);
  const std::size_t all = study.axes.size();
  if (study.kind != DesignKind::csv) require_feasible(study, study.samples, all);
  switch (study.kind) {
    case DesignKind::csv:
      return design_of_table(study.csv);
    case DesignKind::random:
      return design_of(study.axes, uniform_points(study.samples, all, seed));
    case DesignKind::latin_hypercube:
      return design_of(study.axes, latin_hypercube(study.samples, all, seed));
    case DesignKind::sobol:
      return design_of(study.axes, sobol_sequence(study.samples, all, seed));
    case DesignKind::grid:
      break;
  }
  return grid(study);
}

}  // namespace neurograft
