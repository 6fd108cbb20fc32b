#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <neurograft/scenario/build.hpp>
#include <neurograft/study/design.hpp>

/// The runs of a study, each with a key that says what its result depends on.
namespace neurograft {

struct PlannedRun {
  /// 20 hexadecimal digits of a SHA-256 over the resolved config, the contents of the files that it
  /// reads, the seed and the results version, and for a branch over its parent's key.
  std::string key;
  std::size_t point = 0;  ///< index in the plan's points; of a parent, of its first branch
  std::size_t replicate = 0;
  std::int64_t seed = 0;
  std::vector<std::string> settings;  ///< as `--set` takes them
  std::string parent{};               ///< key of the run whose state it starts from
  std::optional<double> until_d{};    ///< of a parent: it stays at this day
  double cells = 0.0;                 ///< injected in all; with the next, what it will take
  double resolution_mm = 0.0;         ///< 0: not known, as in a plan that was read back
};

/// All runs of a study, those that others start from first. Points that set the same have the same
/// runs, which are done once.
struct Plan {
  std::string command{};        ///< sub-command that does the study; empty: a part of a calibration
  std::filesystem::path study;  ///< its file, absolute
  std::filesystem::path base;   ///< config, absolute
  std::string base_sha256;      ///< of its text when the runs were planned
  std::vector<std::string> columns;              ///< axes
  std::vector<std::vector<std::string>> points;  ///< value of each column
  std::vector<std::string> collect;
  bool common_random_numbers = false;
  std::optional<double> branch_d;
  std::vector<PlannedRun> runs;

  /// Runs that count as results: all but the parents of branches.
  std::vector<const PlannedRun*> results() const;
  const PlannedRun& run(const std::string& key) const;  ///< throws Error
};

/// Plans a study. Throws InputError with the faults of all points, the first of each kind.
Plan plan_of(const Study& study);

/// The same for points that come from elsewhere.
Plan plan_of(const Study& study, const Design& design);

/// Throws InputError if the base config is not what it was when the runs were planned: their keys
/// would name results of another config.
void require_same_base(const Plan& plan);

/// The config of a run, as `neurograft run` would read it.
Config config_of(const Plan& plan, const PlannedRun& run);

/// Seed of a replicate: below 2^53, so that every reader of tables gives it back exactly. It
/// follows from what the point sets, not from its place in the study, so that a study can grow.
std::int64_t seed_of(const Study& study, const Point& point, std::size_t replicate);

/// A plan as a TOML file, and back. Throw IoError and InputError.
void write_plan(const std::filesystem::path& path, const Plan& plan);
Plan read_plan(const std::filesystem::path& path);

}  // namespace neurograft
