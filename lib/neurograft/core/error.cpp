#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

#include <neurograft/core/error.hpp>

namespace neurograft {
namespace {

constexpr std::size_t most_lines = 50;        // of problems: who has more begins with these
constexpr std::size_t most_characters = 500;  // of what was found, which may be a whole file
constexpr std::size_t most_others = 5000;     // of places, which have paths, reasons and hints

std::string join_lines(const std::vector<Problem>& problems) {
  std::string text;
  for (std::size_t n = 0; n < std::min(problems.size(), most_lines); ++n) {
    if (n > 0) text += '\n';
    text += to_string(problems[n]);
  }
  if (problems.size() > most_lines) {
    text += "\nand " + std::to_string(problems.size() - most_lines) + " more";
  }
  return text;
}

// Without half a character at its end, of UTF-8.
std::string_view beginning(std::string_view text, std::size_t size) {
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

// Text of a file must neither steer the terminal nor end the line.
void append(std::string& line, std::string_view text, std::size_t most = most_others) {
  constexpr std::string_view digits = "0123456789abcdef";
  const bool whole = text.size() <= most;
  if (!whole) text = beginning(text, most);
  for (std::size_t n = 0; n < text.size(); ++n) {
    const auto byte = static_cast<unsigned char>(text[n]);
    // U+0080 to U+009F are control characters too: 0xc2, then 0x80 to 0x9f.
    const bool leads =
        byte == 0xc2 && n + 1 < text.size() && static_cast<unsigned char>(text[n + 1]) < 0xa0;
    const bool follows = n > 0 && static_cast<unsigned char>(text[n - 1]) == 0xc2 && byte < 0xa0;
    if (byte >= 0x20 && byte != 0x7f && !leads && !(follows && byte >= 0x80)) {
      line += text[n];
    } else {
      line += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
  }
  if (!whole) line += "...";
}

}  // namespace

std::string to_string(const Problem& problem) {
  std::string line;
  append(line, problem.where);
  if (!problem.where.empty()) line += ": ";
  append(line, problem.what, most_characters);
  if (!problem.why.empty()) {
    line += " (";
    append(line, problem.why);
    line += ')';
  }
  if (!problem.hint.empty()) {
    line += "; ";
    append(line, problem.hint);
  }
  return line;
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
