#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <neurograft/io/config.hpp>
#include <neurograft/study/distribution.hpp>
#include <neurograft/study/table_reader.hpp>

/// What a study asks for, as its file says it.
namespace neurograft {

/// More runs, or points of a design, are a slip of the exponent, or belong in several studies.
inline constexpr std::int64_t most_study_runs = 1'000'000;

/// One value of an axis: what is set, as `--set` takes it.
struct Level {
  std::string label;  ///< as tables show it: "5e+06", "icv", "no drug"
  std::vector<std::string> settings;
};

/// Something that differs between the points of a study. Listed, drawn from a law, or both: a
/// linspace is a list in a grid and a range in a sampled design.
struct Axis {
  std::string name;  ///< the key, or a name of its own: the column of the tables
  std::string key;   ///< empty if its levels set several keys
  std::vector<Level> levels;
  std::optional<Distribution> law;
  bool after_branch = false;
  bool whole = false;  ///< values of a range or law are rounded: for counts, as of cells
};

/// How points are chosen from the axes.
enum class DesignKind {
  grid,             ///< every combination of listed axes, times `samples` draws of the others
  random,           ///< independent draws of all axes
  latin_hypercube,  ///< one point in each stratum of each axis
  sobol,            ///< a randomised Sobol sequence
  csv,              ///< the rows of a table
};

struct Study {
  std::filesystem::path file;
  std::filesystem::path base;          ///< config that every run starts from
  std::vector<std::string> set;        ///< settings of every run
  std::int64_t replicates = 1;         ///< runs of each point, with seeds of their own
  std::int64_t seed = 1;               ///< of the seeds and of all draws
  bool common_random_numbers = false;  ///< the same seeds at every point, by replicate
  std::vector<std::string> collect;    ///< readouts in the tables; empty: all that are one number
  std::vector<Axis> axes;
  DesignKind kind = DesignKind::grid;
  std::size_t samples = 1;    ///< points of a sampled design, or draws for each point of a grid
  std::filesystem::path csv;  ///< of kind csv
  std::optional<double> branch_d;  ///< runs of a patient are one until this day, and branch then
};

/// Reads a study. Throws InputError with all problems found.
Study read_study(const std::filesystem::path& path);

/// The keys that every kind of study shares, out of a file that may have more: base, set,
/// replicates, seed, common_random_numbers, collect.
Study read_common(TableReader& reader, const Config& file);

/// The axes of a file, from the entries of this name.
std::vector<Axis> read_axes(TableReader& reader, const std::string& name,
                            std::vector<Problem>& problems);

/// A value as `--set` takes it.
std::string setting(const std::string& key, const std::string& value);

/// A value of the axis at `u` in (0, 1): the quantile of its law, or one of its levels.
Level level_at(const Axis& axis, double u);

}  // namespace neurograft
