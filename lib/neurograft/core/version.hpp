#pragma once

#include <cstdint>
#include <string_view>

#include <neurograft/core/export.hpp>

namespace neurograft {

/// Raised whenever the same config and seed give other numbers than before; written to every file.
inline constexpr std::int64_t results_version = 1;

/// What this binary was built from and with.
struct BuildInfo {
  std::string_view version;   ///< release, e.g. "0.1.0"
  std::string_view commit;    ///< git commit, or "unknown" outside a repository
  bool dirty;                 ///< true when the tree held uncommitted changes
  std::string_view compiler;  ///< name and version
  std::string_view flags;     ///< build type and the flags that results depend on
};

/// Of the library that is linked. The texts live as long as the program.
NEUROGRAFT_API BuildInfo build_info() noexcept;

}  // namespace neurograft
