#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <neurograft/core/error.hpp>

#include <fmt/format.h>

/// What fuzzing targets share. A target hands arbitrary bytes to a reader: what is wrong must be
/// refused by an error that says so; anything else (a crash, another exception, a hang, much
/// memory) is a finding.
namespace neurograft::fuzz {

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Cuts `text` at its first `end`, and gives what was before it.
inline std::string_view part_before(char end, std::string_view& text) {
  const std::size_t at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

inline void demand(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

/// Whether a reader took its input; a refusal must say where and what.
template <class Read>
bool is_taken(Read&& read) {
  try {
    std::forward<Read>(read)();
    return true;
  } catch (const InputError& error) {
    demand(!error.problems().empty(), "an InputError has problems");
    for (const Problem& problem : error.problems()) {
      demand(!problem.what.empty(), "a problem says what is wrong");
    }
  } catch (const IoError& error) {
    demand(error.what()[0] != '\0', "an IoError says what is wrong");
  }
  return false;
}

}  // namespace neurograft::fuzz
