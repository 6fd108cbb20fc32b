#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <neurograft/core/export.hpp>

namespace neurograft {

/// One thing that is wrong, in the grammar of every message: `where: what (why); hint`.
struct Problem {
  std::string where;  ///< file and line, or the part of the program; may be empty
  std::string what;   ///< the fact, e.g. `graft.cells = -3`
  std::string why;    ///< the rule it breaks, e.g. `must be >= 0`; may be empty
  std::string hint;   ///< what to do about it; may be empty
};

/// The problem as one line of text: control characters as `\xNN`, what was found cut at 500 bytes,
/// the rest at 5000.
NEUROGRAFT_API std::string to_string(const Problem& problem);

/// Base of all errors that the library throws.
class NEUROGRAFT_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Bad input: config, images, arguments. Holds every problem found, not only the first.
class NEUROGRAFT_API InputError : public Error {
 public:
  explicit InputError(std::vector<Problem> problems);  ///< `what()` has a line for each, up to 50
  explicit InputError(Problem problem);                ///< of one problem

  /// At least one, in the order of the lines of `what()`.
  const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// A value that is not finite, negative where it must not be, or a solver that did not converge.
class NEUROGRAFT_API NumericalError : public Error {
 public:
  /// `voxel` is an index of the compact voxel list, or -1 for a value of the whole body; `tick` the
  /// step in which it was seen.
  NumericalError(std::string process, std::string field, std::int64_t voxel, std::int64_t tick,
                 std::string what);

  /// The same with the place of the voxel in the grid, for the message.
  NumericalError at(int i, int j, int k) const;

  /// That noticed it, or whose array it is.
  const std::string& process() const noexcept { return process_; }
  const std::string& field() const noexcept { return field_; }  ///< array or quantity
  std::int64_t voxel() const noexcept { return voxel_; }        ///< compact index; -1: whole body
  std::int64_t tick() const noexcept { return tick_; }          ///< step in which it was seen

 private:
  NumericalError(std::string process, std::string field, std::int64_t voxel, std::string place,
                 std::int64_t tick, std::string what);

  std::string process_;
  std::string field_;
  std::int64_t voxel_;
  std::int64_t tick_;
  std::string problem_;
};

/// A number as messages show it: NaN without a sign.
NEUROGRAFT_API std::string shown(double value);

/// Reading or writing failed: disk full, no permission, file vanished.
class NEUROGRAFT_API IoError : public Error {
 public:
  explicit IoError(Problem problem);  ///< `what()` is the problem as one line
};

}  // namespace neurograft
