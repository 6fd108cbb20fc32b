#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <neurograft/core/export.hpp>
#include <neurograft/core/version.hpp>
#include <neurograft/engine/simulation.hpp>

namespace neurograft {

/// A file that a run read.
struct InputFile {
  std::string path;    ///< as it was opened
  std::string sha256;  ///< 64 lower-case hexadecimal digits
  std::string
      role;  ///< the key that names it, "lesions.mask"; "brain" for images of a packaged brain
};

/// A parameter that nobody has measured, left at its default.
struct AssumedParameter {
  std::string name;     ///< "section.key"
  std::string value;    ///< as TOML writes it
  std::string unit;     ///< as ParameterInfo::unit
  std::string grade;    ///< "assumed" or "hypothesis"
  std::string meaning;  ///< one line
};

/// How random numbers are made, as told to readers of a file.
inline constexpr std::string_view random_layout =
    "Philox 4x32-10; counter = {entity id, tick, stream, block}, key = {seed low, seed high}; "
    "streams are listed in core/random.hpp";

/// Where results come from: what the caller knows of a run before it begins.
struct Provenance {
  std::string title;                        ///< one line on the run; may be empty
  std::string config_name;                  ///< file name of the config
  std::string config_written;               ///< its text
  std::string config_resolved;              ///< with every default, as TOML
  std::string config_sha256;                ///< of what the results depend on; see RunIdentity
  std::uint64_t seed = 0;                   ///< of all random draws
  std::vector<InputFile> inputs{};          ///< every file that the run reads, its config apart
  std::vector<AssumedParameter> assumed{};  ///< of the sections that the run uses
  std::string command_line{};               ///< for the file's history
  std::string processor{};                  ///< the processor's own name for itself
  int threads = 1;                          ///< as Threads::count
  BuildInfo build{};                        ///< from build_info()
  std::string parent_file{};                ///< the checkpoint that the run began from, if any
  std::string parent_sha256{};              ///< of that file
  double parent_day = 0.0;                  ///< at which it left the parent
  std::vector<std::string>
      parent_changes{};  ///< what it does otherwise: "drug.x.stop_d: 180.0 -> 30.0"
  std::map<std::string, std::string> tags{};  ///< what the run is to its caller
};

/// Time now as ISO 8601 in UTC.
NEUROGRAFT_API std::string utc_now();

}  // namespace neurograft
