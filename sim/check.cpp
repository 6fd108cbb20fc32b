#include <memory>
#include <sstream>

#include <neurograft/scenario/build.hpp>

#include "commands.hpp"
#include "text.hpp"
#include <fmt/format.h>

namespace neurograft::command {
namespace {

/// Each line as a TOML comment, so that the whole output is a config again.
std::string as_comment(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    result += line.empty() ? "#\n" : "# " + line + '\n';
  }
  return result;
}

void execute(const ConfigArguments& arguments, bool brief) {
  const Scenario scenario = prepare(arguments.read());
  if (!brief) fmt::print("{}\n", scenario.resolved().resolved_toml());
  const Estimate estimate = scenario.estimate();
  const std::string text =
      scenario.summary_text() +
      fmt::format("\nestimate: {} of memory, {} on disk, {} on this machine\n",
                  bytes_text(estimate.memory_bytes), bytes_text(estimate.disk_bytes),
                  duration_text(estimate.seconds));
  fmt::print("{}", brief ? text : as_comment(text));
}

}  // namespace

void add_check(CLI::App& app) {
  auto arguments = std::make_shared<ConfigArguments>();
  auto brief = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "check", "Read all that a run would read; print every value, and an estimate");
  arguments->add_to(*command);
  command->add_flag("--brief", *brief, "leave out the list of values");
  command->footer(
      "What it prints is a complete config, defaults included. Errors come all at once, by line.\n"
      "Example:\n  neurograft check configs/leone2023_24m.toml --set brain.resolution_mm=2");
  command->callback([arguments, brief] { execute(*arguments, *brief); });
}

}  // namespace neurograft::command
