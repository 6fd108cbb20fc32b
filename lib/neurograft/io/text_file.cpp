#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include <neurograft/core/error.hpp>
#include <neurograft/io/text_file.hpp>

#include <fmt/format.h>

namespace neurograft {

std::string read_text_file(const std::filesystem::path& path, const std::string& what,
                           std::size_t most) {
  const auto fail = [&](std::string why) {
    return InputError(Problem{path.string(),
                              what.empty() ? "cannot be read" : what + " cannot be read",
                              std::move(why), ""});
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw fail("it is a directory");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw fail(std::generic_category().message(errno));
  // Piece by piece: the size that a device or a pipe states says nothing.
  std::string text;
  constexpr std::size_t piece = std::size_t{1} << 16;
  while (file) {
    const std::size_t before = text.size();
    if (before > most) throw fail(fmt::format("larger than {} MB", most >> 20));
    text.resize(before + piece);
    file.read(text.data() + before, piece);
    text.resize(before + static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) throw fail("reading stopped half way");
  return text;
}

}  // namespace neurograft
