#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include <neurograft/core/error.hpp>

namespace neurograft {
namespace {

std::string join_lines(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += to_string(problem);
  }
  return text;
}

}  // namespace

std::string to_string(const Problem& problem) {
  std::string text;
  if (!problem.where.empty()) text += problem.where + ": ";
  text += problem.what;
  if (!problem.why.empty()) text += " (" + problem.why + ")";
  if (!problem.hint.empty()) text += "; " + problem.hint;
  return text;
}

InputError::InputError(std::vector<Problem> problems)
    : Error(join_lines(problems)), problems_(std::move(problems)) {}

InputError::InputError(Problem problem) : InputError(std::vector<Problem>{std::move(problem)}) {}

NumericalError::NumericalError(std::string process, std::string field, std::int64_t voxel,
                               std::string place, std::int64_t tick, std::string what)
    : Error(process + ": " + field +
            (voxel < 0 ? std::string() : " at voxel " + std::to_string(voxel) + place) + ", step " +
            std::to_string(tick) + ": " + what),
      process_(std::move(process)),
      field_(std::move(field)),
      voxel_(voxel),
      tick_(tick),
      problem_(std::move(what)) {}

NumericalError::NumericalError(std::string process, std::string field, std::int64_t voxel,
                               std::int64_t tick, std::string what)
    : NumericalError(std::move(process), std::move(field), voxel, {}, tick, std::move(what)) {}

NumericalError NumericalError::at(int i, int j, int k) const {
  return {process_,
          field_,
          voxel_,
          " (" + std::to_string(i) + ", " + std::to_string(j) + ", " + std::to_string(k) + ")",
          tick_,
          problem_};
}

std::string shown(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return std::isnan(value) ? "nan" : text.data();
}

IoError::IoError(Problem problem) : Error(to_string(problem)) {}

}  // namespace neurograft
