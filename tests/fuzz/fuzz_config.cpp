#include <string>

#include <neurograft/io/config.hpp>
#include <neurograft/scenario/build.hpp>

#include "input.hpp"

using namespace neurograft;

/// A config, then settings as of `--set`, each after a NUL. Whatever is taken must come out the
/// same when its resolved form is read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view rest = fuzz::text_of(bytes, size);
  const std::string text(fuzz::part_before('\0', rest));
  fuzz::is_taken([&] {
    Config config = Config::from_string(text, "fuzzed.toml");
    while (!rest.empty()) config.set_text(fuzz::part_before('\0', rest));
    const ResolvedConfig resolved = check_values(config);
    const std::string written = resolved.resolved_toml();
    const ResolvedConfig again = check_values(Config::from_string(written));
    fuzz::demand(again.resolved_toml() == written, "a resolved config reads as itself");
    fuzz::demand(again.hash() == resolved.hash(), "a resolved config has the same hash");
  });
  return 0;
}
