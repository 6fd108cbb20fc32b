#include <memory>
#include <string>
#include <vector>

#include <neurograft/io/compare.hpp>

#include "commands.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

// Two runs under other settings are expected to differ: what was set comes to mind first.
void say_how_configs_differ(const std::string& a, const std::string& b) {
  constexpr std::size_t shown = 8;
  const std::vector<SettingDifference> differences = config_differences(a, b);
  if (differences.empty()) return;
  fmt::print("the configs differ too:\n");
  for (std::size_t n = 0; n < differences.size() && n < shown; ++n) {
    const auto& [key, left, right] = differences[n];
    fmt::print("  {}: {} and {}\n", key, left, right);
  }
  if (differences.size() > shown) fmt::print("  and {} more\n", differences.size() - shown);
}

}  // namespace

void add_compare(CLI::App& app, int& exit_code) {
  struct Files {
    std::string a, b;
  };
  auto files = std::make_shared<Files>();
  CLI::App* command = app.add_subcommand("compare", "Whether two results files hold the same bits");
  command->add_option("A.h5", files->a, "a results file")->required();
  command->add_option("B.h5", files->b, "another")->required();
  command->footer(
      "Exit: 0 and \"identical\", or 1 and the first difference. Series, fields, agents and "
      "events\n"
      "count; provenance does not.\n"
      "Example:\n  neurograft compare one_thread.h5 eight_threads.h5");
  command->callback([files, &exit_code] {
    const auto difference = compare(files->a, files->b);
    fmt::print("{}\n", difference ? to_string(*difference) : "identical");
    if (difference) say_how_configs_differ(files->a, files->b);
    exit_code = difference ? different : success;
  });
}

}  // namespace neurograft::command
