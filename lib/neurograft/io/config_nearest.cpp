#include <algorithm>
#include <array>
#include <cctype>

#include <neurograft/io/config_check.hpp>

namespace neurograft {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return result;
}

/// Edits (insert, remove, replace, swap of neighbours) from `a` to `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({row[j - 1] + 1, last[j] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

/// A name without its unit: "half_life_h" -> "half_life", "dose_mg_per_kg" -> "dose".
std::string_view without_unit(std::string_view name) {
  const std::size_t per = name.rfind("_per_");
  if (per != std::string_view::npos) name = name.substr(0, per);
  const std::size_t cut = name.rfind('_');
  if (cut == std::string_view::npos || cut == 0) return name;
  constexpr std::array<std::string_view, 17> units{"h",   "d",   "s",  "y",    "min",  "mm",
                                                   "mm2", "mm3", "um", "um2",  "ml",   "kg",
                                                   "mg",  "ug",  "ng", "cell", "cells"};
  const bool ends_in_unit = std::ranges::find(units, name.substr(cut + 1)) != units.end();
  return ends_in_unit || per != std::string_view::npos ? name.substr(0, cut) : name;
}

bool starts_as_word(std::string_view text, std::string_view beginning) {
  return text.size() > beginning.size() && text.substr(0, beginning.size()) == beginning &&
         text[beginning.size()] == '_';
}

constexpr std::size_t far_apart = 1000;

/// 0 for equal but for case, 1 for another unit, else twice the number of edits.
std::size_t unlikeness(std::string_view name, std::string_view candidate) {
  if (name == candidate) return 0;
  if (starts_as_word(candidate, name) || starts_as_word(name, candidate) ||
      without_unit(name) == without_unit(candidate)) {
    return 1;
  }
  const std::size_t edits = edit_distance(name, candidate);
  const std::size_t allowed = std::max<std::size_t>(1, std::min(name.size(), std::size_t{12}) / 3);
  return edits <= allowed ? 2 * edits : far_apart;
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> candidates) {
  if (name.size() > 100) return {};
  std::size_t least = far_apart, most_shared = 0;
  std::string nearest;
  const std::string wanted = lower(name);
  for (const std::string& candidate : candidates) {
    const std::string known = lower(candidate);
    const std::size_t distance = unlikeness(wanted, known);
    const std::size_t shared =
        static_cast<std::size_t>(std::ranges::mismatch(wanted, known).in1 - wanted.begin());
    // Of equally near ones that with the longer beginning in common.
    if (distance > least || distance == far_apart || (distance == least && shared <= most_shared)) {
      continue;
    }
    least = distance;
    most_shared = shared;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace neurograft
